/** Bilinear maps: x1 · A · x2. */
import { RuntimeError, showShape, ValueError } from '../base/errors.js';
import { sameShape } from '../base/shape.js';
import { method } from '../op/op.js';
import { pythonBool } from '../print/python.js';
import type { Tensor } from '../tensor.js';
import { uniform_ } from './init.js';
import { Module } from './module.js';
import { type Given, type ModuleOptions, newParameter, signature } from './options.js';
import type { Parameter } from './parameter.js';

function check(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | null): void {
  if (weight.ndim !== 3) throw new RuntimeError(`bilinear: weight must have 3 dimensions, got ${weight.ndim}`);
  const [outputs, ...inputs] = weight.sizes;
  if (!sameShape(input1.sizes.slice(0, -1), input2.sizes.slice(0, -1))) {
    throw new RuntimeError(
      'bilinear(): input batch dimensions do not match: got ' +
        `${showShape(input1.sizes.slice(0, -1))} and ${showShape(input2.sizes.slice(0, -1))}`,
    );
  }
  for (const [i, input] of [input1, input2].entries()) {
    if (input.sizes[input.ndim - 1] !== inputs[i]) {
      throw new RuntimeError(
        `bilinear(): input${i + 1} size does not match weight size: got ${input.sizes[input.ndim - 1]} but expected ` +
          inputs[i],
      );
    }
  }
  if (bias !== null && bias.count !== outputs) {
    throw new RuntimeError(
      `bilinear(): bias size does not match weight size: got ${bias.count} but expected ${outputs}`,
    );
  }
}

/** For each output k, input1 · weight[k] · input2, plus bias: [*, I], [*, J], weight [K, I, J] to [*, K]. */
export const bilinear: (input1: Tensor, input2: Tensor, weight: Tensor, bias?: Tensor | null) => Tensor = method(
  'bilinear(Tensor input1, Tensor input2, Tensor weight, Tensor? bias=None) -> Tensor',
  (input1, input2, weight, bias) => {
    check(input1, input2, weight, bias);
    const [outputs, first, second] = weight.shape;
    const [x, y] = [input1.reshape(-1, first), input2.reshape(-1, second)];
    const halves = x.matmul(weight.permute(1, 0, 2).reshape(first, outputs * second)).view(-1, outputs, second);
    const products = halves.matmul(y.unsqueeze(-1)).reshape([...input1.shape.slice(0, -1), outputs]);
    return bias === null ? products : products.add(bias);
  },
);

const read = signature(
  'Bilinear(int in1_features, int in2_features, int out_features, bool bias=True, Any device=None, ScalarType? dtype=None) -> ()',
);

/**
 * x1 · A · x2 + bias, with a matrix A for each output: [*, in1_features] and [*, in2_features] to [*, out_features].
 */
export class Bilinear extends Module {
  readonly in1_features: number;
  readonly in2_features: number;
  readonly out_features: number;
  weight: Parameter;
  bias: Parameter | null;

  constructor(
    in1_features: number,
    in2_features: number,
    out_features: number,
    ...options: Given<ModuleOptions & { bias?: boolean }, ['bias']>
  ) {
    super();
    const [first, second, outputs, bias, device, dtype] = read([in1_features, in2_features, out_features, ...options]);
    if (first <= 0) throw new ValueError(`in1_features must be > 0, but got ${first}`);
    this.in1_features = first;
    this.in2_features = second;
    this.out_features = outputs;
    this.weight = newParameter([outputs, first, second], device, dtype);
    this.bias = bias ? newParameter([outputs], device, dtype) : null;
    this.reset_parameters();
  }

  /** New random values for all parameters. */
  reset_parameters(): void {
    const bound = 1 / Math.sqrt(this.in1_features);
    uniform_(this.weight, -bound, bound);
    if (this.bias !== null) uniform_(this.bias, -bound, bound);
  }

  override forward(input1: Tensor, input2: Tensor): Tensor {
    return bilinear(input1, input2, this.weight, this.bias);
  }

  override extra_repr(): string {
    const { in1_features, in2_features, out_features, bias } = this;
    return (
      `in1_features=${in1_features}, in2_features=${in2_features}, out_features=${out_features}, ` +
      `bias=${pythonBool(bias !== null)}`
    );
  }
}
