/** What normalizations share: of rows, of channels, of groups of channels. */
import { RuntimeError, showShape } from '../base/errors.js';
import { repeated, type Shape } from '../base/shape.js';
import { opcode } from '../engine/native.js';
import { begin, operand, run, scalar } from '../engine/program.js';
import type { Gradient } from '../graph/node.js';
import { emptyTensor, type Tensor } from '../tensor.js';
import { rowMajor, vectorOperand } from './slices.js';

/** A weight and a bias, in a schema. */
export const affine = 'Tensor? weight=None, Tensor? bias=None';

/** The same, as options. */
export interface Affine {
  weight?: Tensor | null;
  bias?: Tensor | null;
}

/** Of input, weight and bias. */
export type Gradients = readonly [Gradient, Gradient, Gradient];

/** x̂ and 1/σ over `dims`, differentiable. */
export function normalized(input: Tensor, dims: number[], eps: number): readonly [normal: Tensor, rstd: Tensor] {
  const around = input.sub(input.mean(dims, true));
  // Of large elements the mean is rounded so much that what is left of it shows beside small differences.
  const centred = around.sub(around.mean(dims, true));
  const rstd = centred.square().mean(dims, true).add(eps).rsqrt();
  return [centred.mul(rstd), rstd];
}

/** 1/σ · (g - mean(g) - x̂ · mean(g·x̂)): the gradient of x from that of x̂. */
export function centredGradient(g: Tensor, normal: Tensor, rstd: Tensor, dims: number[]): Tensor {
  const parallel = normal.mul(g.mul(normal).mean(dims, true));
  return g.sub(g.mean(dims, true)).sub(parallel).mul(rstd);
}

/** What backward knows of a normalization. */
export interface Norm {
  readonly input: Tensor;
  readonly weight: Tensor | null;
  readonly bias: Tensor | null;
  needs(input: string): boolean;
}

/**
 * `gradientKernel('layer_norm_backward', 2)(sizes, grad, norm, mean, rstd, …flags)` computes those gradients that are
 * needed, from means and reciprocal deviations, over sizes of as many dimensions as are named.
 */
export function gradientKernel(
  name: string,
  dims: number,
): (sizes: Shape, grad: Tensor, norm: Norm, mean: Tensor, rstd: Tensor, ...flags: readonly number[]) => Gradients {
  const code = opcode(name);
  const still = repeated(0, dims);
  return (sizes, grad, norm, mean, rstd, ...flags) => {
    const { weight, bias } = norm;
    const [g, x, w] = [rowMajor(grad), rowMajor(norm.input), weight && rowMajor(weight)];
    const wanted = [
      norm.needs('input') ? emptyTensor(x.sizes, x.dtype) : null,
      norm.needs('weight') && weight ? emptyTensor(weight.sizes, x.dtype) : null,
      norm.needs('bias') && bias ? emptyTensor(bias.sizes, x.dtype) : null,
    ] as const;
    begin(code, sizes, 8);
    for (const each of wanted) operand(each ?? mean, still);
    for (const each of [g, x, mean, rstd]) operand(each, still);
    vectorOperand(w, 1, x.dtype, dims, 0);
    for (const flag of flags) scalar(flag);
    for (const each of wanted) scalar(each === null ? 0 : 1);
    run(name, x.dtype);
    return wanted;
  };
}

/** @throws RuntimeError unless a vector has the input's dtype. */
export function checkSameDType(op: string, name: string, vector: Tensor | null, input: Tensor): void {
  if (vector === null || vector.dtype === input.dtype) return;
  throw new RuntimeError(
    `${op}: expected scalar type ${input.dtype.scalarName} but found ${vector.dtype.scalarName} in argument '${name}'`,
  );
}

/** A vector of channels, so that it broadcasts over the input. */
export const overChannels = (vector: Tensor, input: Tensor): Tensor =>
  vector.reshape(Array.from({ length: input.ndim }, (_, i) => (i === 1 ? -1 : 1)));

/** @throws RuntimeError unless a vector has an element for each channel, of the input's dtype. */
export function checkChannels(name: string, vector: Tensor | null, input: Tensor): void {
  if (vector === null) return;
  if (vector.ndim !== 1 || vector.count !== input.sizes[1]) {
    throw new RuntimeError(
      `${name} should contain ${input.sizes[1]} elements not ${vector.count} (of shape ${showShape(vector.sizes)})`,
    );
  }
  checkSameDType('batch_norm', name, vector, input);
}
