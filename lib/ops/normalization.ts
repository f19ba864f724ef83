/** Normalization to mean 0 and variance 1: of rows, and of groups of channels. */
import { RuntimeError, showShape } from '../base/errors.js';
import { numel, type Shape, sameShape } from '../base/shape.js';
import { opcode } from '../engine/native.js';
import { begin, operand, run, scalar } from '../engine/program.js';
import { is_grad_enabled } from '../graph/modes.js';
import { isTransformed } from '../op/levels.js';
import {
  type Affine,
  affine,
  centredGradient,
  checkChannels,
  checkSameDType,
  type Gradients,
  gradientKernel,
  type Norm,
  normalized,
  overChannels,
} from '../op/normalizing.js';
import { method, op } from '../op/op.js';
import { floatingOr, rowMajor, vectorOperand } from '../op/slices.js';
import { together } from '../op/together.js';
import { emptyTensor, type Tensor } from '../tensor.js';

const layerNormCode = opcode('layer_norm');
const layerNormBackward = gradientKernel('layer_norm_backward', 2);
const rows: Shape = [0, 0];

/** Writes means and reciprocal deviations beside the result. */
function emitLayerNorm(
  input: Tensor,
  weight: Tensor | null,
  bias: Tensor | null,
  mean: Tensor,
  rstd: Tensor,
  n: number,
  eps: number,
): Tensor {
  const [x, w, b] = [rowMajor(input), weight && rowMajor(weight), bias && rowMajor(bias)];
  const out = emptyTensor(input.sizes, input.dtype);
  begin(layerNormCode, [mean.count, n], 6);
  for (const each of [out, mean, rstd, x]) operand(each, rows);
  vectorOperand(w, 1, x.dtype, 2, 0);
  vectorOperand(b, 0, x.dtype, 2, 1);
  scalar(eps);
  run('layer_norm', x.dtype);
  return out;
}

/** What backward knows of a layer_norm. */
interface LayerNorm extends Norm {
  readonly mean: Tensor;
  readonly rstd: Tensor;
  readonly n: number;
  readonly eps: number;
}

function layerNormGradients(grad: Tensor, norm: LayerNorm): Gradients {
  if (is_grad_enabled() || isTransformed()) return composedLayerNormGradients(grad, norm);
  const { mean, rstd, n } = norm;
  return layerNormBackward([mean.count, n], grad, norm, mean, rstd);
}

function composedLayerNormGradients(grad: Tensor, { input, weight, bias, mean, n, eps }: LayerNorm): Gradients {
  const matrix = [mean.count, n];
  const [normal, rstd] = normalized(input.reshape(matrix), [1], eps);
  const g = grad.reshape(matrix);
  const scaled = weight === null ? g : g.mul(weight.reshape(n));
  return [
    centredGradient(scaled, normal, rstd, [1]).reshape(input.shape),
    weight && g.mul(normal).sum(0).reshape(weight.shape),
    bias && g.sum(0).reshape(bias.shape),
  ];
}

/** layer_norm of arguments that were checked; `mean` and `rstd` are written. */
const layerNorm: typeof emitLayerNorm = op(
  'native_layer_norm(Tensor input, Tensor? weight, Tensor? bias, Tensor mean, Tensor rstd, int n, float eps) -> Tensor',
  {
    forward: emitLayerNorm,
    backward: together(['input', 'weight', 'bias'], layerNormGradients),
    saves: ['input', 'weight', 'mean', 'rstd'],
  },
);

function checkNormalizedShape(input: Tensor, shape: Shape): void {
  if (shape.length === 0) {
    throw new RuntimeError(
      'Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but got ' +
        'normalized_shape = []',
    );
  }
  if (input.ndim >= shape.length && sameShape(input.sizes.slice(input.ndim - shape.length), shape)) return;
  throw new RuntimeError(
    `Given normalized_shape=${showShape(shape)}, expected input with shape [*, ${shape.join(', ')}], but got input of ` +
      `size${showShape(input.sizes)}`,
  );
}

function checkAffine(name: string, vector: Tensor | null, shape: Shape, input: Tensor): void {
  if (vector === null) return;
  if (!sameShape(vector.sizes, shape)) {
    throw new RuntimeError(
      `Expected ${name} to be of same shape as normalized_shape, but got ${name} of shape ${showShape(vector.sizes)} ` +
        `and normalized_shape = ${showShape(shape)}`,
    );
  }
  checkSameDType('layer_norm', name, vector, input);
}

interface LayerNormOptions extends Affine {
  eps?: number;
  cudnn_enable?: boolean;
}

/**
 * Each row over the last dimensions, of sizes `normalized_shape`, with mean 0 and variance 1; then times weight plus
 * bias, which have these sizes.
 * @throws RuntimeError unless the input ends in these sizes.
 * @example torch.nn.functional.layer_norm(torch.randn(2, 5, 16), [16])
 */
export const layer_norm: (
  input: Tensor,
  normalized_shape: readonly number[],
  ...args:
    | [options?: LayerNormOptions]
    | [weight: Tensor | null, options?: Omit<LayerNormOptions, 'weight'>]
    | [weight: Tensor | null, bias: Tensor | null, options?: Omit<LayerNormOptions, 'weight' | 'bias'>]
    | [weight: Tensor | null, bias: Tensor | null, eps: number, cudnn_enable?: boolean]
) => Tensor = method(
  `layer_norm(Tensor input, int[] normalized_shape, ${affine}, float eps=1e-05, bool cudnn_enable=True) -> Tensor`,
  (input, normalized_shape, weight, bias, eps) => {
    checkNormalizedShape(input, normalized_shape);
    checkAffine('weight', weight, normalized_shape, input);
    checkAffine('bias', bias, normalized_shape, input);
    const n = numel(normalized_shape);
    const outer = [numel(input.sizes.slice(0, input.ndim - normalized_shape.length))];
    const dtype = floatingOr('LayerNormKernelImpl', input.dtype);
    return layerNorm(input, weight, bias, emptyTensor(outer, dtype), emptyTensor(outer, dtype), n, eps);
  },
);

type Optional = Tensor | null;

/**
 * Groups of channels of [N, C, *], each with mean 0 and variance 1 in each item; then times weight plus bias, of [C].
 * @throws RuntimeError unless the channels can be divided into so many groups.
 */
export const group_norm: (
  input: Tensor,
  num_groups: number,
  ...args:
    | [options?: LayerNormOptions]
    | [weight: Optional, options?: LayerNormOptions]
    | [weight: Optional, bias: Optional, options?: LayerNormOptions]
    | [weight: Optional, bias: Optional, eps: number, cudnn_enabled?: boolean]
) => Tensor = method(
  `group_norm(Tensor input, int num_groups, ${affine}, float eps=1e-05, bool cudnn_enabled=True) -> Tensor`,
  (input, num_groups, weight, bias, eps) => {
    checkGroups(input, num_groups);
    checkChannels('weight', weight, input);
    checkChannels('bias', bias, input);
    const groups = input.sizes[0] * num_groups;
    const n = groups === 0 ? 0 : input.count / groups;
    const dtype = floatingOr('GroupNormKernelImpl', input.dtype);
    const [mean, rstd] = [emptyTensor([groups], dtype), emptyTensor([groups], dtype)];
    const normal = layerNorm(input, null, null, mean, rstd, n, eps);
    const scaled = weight === null ? normal : normal.mul(overChannels(weight, input));
    return bias === null ? scaled : scaled.add(overChannels(bias, input));
  },
);

function checkGroups(input: Tensor, groups: number): void {
  if (input.ndim < 2) {
    throw new RuntimeError(`Expected at least 2 dimensions for input tensor but received ${input.ndim}`);
  }
  if (groups <= 0) throw new RuntimeError(`Expected num groups to be greater than 0, got ${groups}`);
  if (input.sizes[1] % groups !== 0) {
    throw new RuntimeError(
      `Expected number of channels in input to be divisible by num_groups, but got input of shape ` +
        `${showShape(input.sizes)} and num_groups=${groups}`,
    );
  }
}
