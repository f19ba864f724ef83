/** Normalization to mean 0 and variance 1: of rows, of channels, of groups of channels. */
import { RuntimeError, showShape, ValueError } from '../base/errors.js';
import { numel, type Shape, sameShape } from '../base/shape.js';
import { opcode } from '../engine/native.js';
import { begin, operand, run, scalar } from '../engine/program.js';
import { is_grad_enabled } from '../graph/modes.js';
import type { Gradient } from '../graph/node.js';
import { isTransformed } from '../op/levels.js';
import { method, op } from '../op/op.js';
import { copyInto } from '../op/pointwise.js';
import { floatingOr, rowMajor, vectorOperand } from '../op/slices.js';
import { together } from '../op/together.js';
import { emptyTensor, type Tensor } from '../tensor.js';

const codes = {
  layer_norm: opcode('layer_norm'),
  layer_norm_backward: opcode('layer_norm_backward'),
  batch_norm: opcode('batch_norm'),
  batch_norm_backward: opcode('batch_norm_backward'),
};

/** Parameters that several schemas share. */
const affine = 'Tensor? weight=None, Tensor? bias=None';
const vectors = 'Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var';
const numbers = 'bool training, float momentum, float eps';
const instance = 'bool use_input_stats=True, float momentum=0.1, float eps=1e-05';
const defaults = 'bool training=False, float momentum=0.1, float eps=1e-05';

/** Of input, weight and bias. */
type Gradients = readonly [Gradient, Gradient, Gradient];

/** x̂ and 1/σ over `dims`, differentiable. */
function normalized(input: Tensor, dims: number[], eps: number): readonly [normal: Tensor, rstd: Tensor] {
  const centred = input.sub(input.mean(dims, true));
  const rstd = centred.square().mean(dims, true).add(eps).rsqrt();
  return [centred.mul(rstd), rstd];
}

/** 1/σ · (g - mean(g) - x̂ · mean(g·x̂)): the gradient of x from that of x̂. */
function centredGradient(g: Tensor, normal: Tensor, rstd: Tensor, dims: number[]): Tensor {
  const parallel = normal.mul(g.mul(normal).mean(dims, true));
  return g.sub(g.mean(dims, true)).sub(parallel).mul(rstd);
}

const still: Shape = [0, 0, 0];
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
  begin(codes.layer_norm, [mean.count, n], 6);
  for (const each of [out, mean, rstd, x]) operand(each, rows);
  vectorOperand(w, 1, x.dtype, 2, 0);
  vectorOperand(b, 0, x.dtype, 2, 1);
  scalar(eps);
  run('layer_norm', x.dtype);
  return out;
}

/** What backward knows of a layer_norm. */
interface LayerNorm {
  readonly input: Tensor;
  readonly weight: Tensor | null;
  readonly bias: Tensor | null;
  readonly mean: Tensor;
  readonly rstd: Tensor;
  readonly n: number;
  readonly eps: number;
  needs(input: string): boolean;
}

function layerNormGradients(grad: Tensor, norm: LayerNorm): Gradients {
  if (is_grad_enabled() || isTransformed()) return composedLayerNormGradients(grad, norm);
  const { weight, bias, mean, rstd, n } = norm;
  const [g, x, w] = [rowMajor(grad), rowMajor(norm.input), weight && rowMajor(weight)];
  const wanted = [
    norm.needs('input') ? emptyTensor(x.sizes, x.dtype) : null,
    norm.needs('weight') && weight ? emptyTensor(weight.sizes, x.dtype) : null,
    norm.needs('bias') && bias ? emptyTensor(bias.sizes, x.dtype) : null,
  ] as const;
  begin(codes.layer_norm_backward, [mean.count, n], 8);
  for (const each of wanted) operand(each ?? mean, rows);
  for (const each of [g, x, mean, rstd]) operand(each, rows);
  vectorOperand(w, 1, x.dtype, 2, 0);
  for (const each of wanted) scalar(each === null ? 0 : 1);
  run('layer_norm_backward', x.dtype);
  return wanted;
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
const layerNorm: (
  input: Tensor,
  weight: Tensor | null,
  bias: Tensor | null,
  mean: Tensor,
  rstd: Tensor,
  n: number,
  eps: number,
) => Tensor = op(
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

function checkSameDType(op: string, name: string, vector: Tensor | null, input: Tensor): void {
  if (vector === null || vector.dtype === input.dtype) return;
  throw new RuntimeError(
    `${op}: expected scalar type ${input.dtype.scalarName} but found ${vector.dtype.scalarName} in argument '${name}'`,
  );
}

interface Affine {
  weight?: Tensor | null;
  bias?: Tensor | null;
}
interface LayerNormOptions extends Affine {
  eps?: number;
  cudnn_enable?: boolean;
}

/** Each row over the last dimensions, of `normalized_shape`, with mean 0 and variance 1; then times weight plus bias. */
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

/** The form of a batch as the kernel sees it: batch, channels, all positions. */
const channelForm = (input: Tensor): Shape => [input.sizes[0], input.sizes[1], numel(input.sizes.slice(2))];

/** Of every position but its channel. */
const besidesChannels = (input: Tensor): number[] =>
  Array.from({ length: input.ndim }, (_, i) => i).filter((i) => i !== 1);

/** A vector of channels, so that it broadcasts over the input. */
const overChannels = (vector: Tensor, input: Tensor): Tensor =>
  vector.reshape(Array.from({ length: input.ndim }, (_, i) => (i === 1 ? -1 : 1)));

/** What batch_norm knows of a call. */
interface BatchNorm {
  readonly input: Tensor;
  readonly weight: Tensor | null;
  readonly bias: Tensor | null;
  /** Of the batch in training, else the running ones. */
  readonly mean: Tensor;
  readonly invstd: Tensor;
  readonly training: boolean;
  readonly eps: number;
  needs(input: string): boolean;
}

function batchNormGradients(grad: Tensor, norm: BatchNorm): Gradients {
  if (is_grad_enabled() || isTransformed()) return composedBatchNormGradients(grad, norm);
  const { weight, bias, mean, invstd, training } = norm;
  const [g, x, w] = [rowMajor(grad), rowMajor(norm.input), weight && rowMajor(weight)];
  const wanted = [
    norm.needs('input') ? emptyTensor(x.sizes, x.dtype) : null,
    norm.needs('weight') && weight ? emptyTensor(weight.sizes, x.dtype) : null,
    norm.needs('bias') && bias ? emptyTensor(bias.sizes, x.dtype) : null,
  ] as const;
  begin(codes.batch_norm_backward, channelForm(x), 8);
  for (const each of wanted) operand(each ?? mean, still);
  for (const each of [g, x, mean, invstd]) operand(each, still);
  vectorOperand(w, 1, x.dtype, 3, 0);
  scalar(training ? 1 : 0);
  for (const each of wanted) scalar(each === null ? 0 : 1);
  run('batch_norm_backward', x.dtype);
  return wanted;
}

function composedBatchNormGradients(grad: Tensor, norm: BatchNorm): Gradients {
  const { input, weight, bias, training } = norm;
  const dims = besidesChannels(input);
  const [normal, rstd] = training ? normalized(input, dims, norm.eps) : runningNormal(norm);
  const scaled = weight === null ? grad : grad.mul(overChannels(weight, input));
  return [
    training ? centredGradient(scaled, normal, rstd, dims) : scaled.mul(rstd),
    weight && grad.mul(normal).sum(dims),
    bias && grad.sum(dims),
  ];
}

function runningNormal({ input, mean, invstd }: BatchNorm): readonly [normal: Tensor, rstd: Tensor] {
  const rstd = overChannels(invstd, input);
  return [input.sub(overChannels(mean, input)).mul(rstd), rstd];
}

/** A running statistic as the kernel takes it, and what brings the kernel's writes back. */
function running(statistic: Tensor | null, mean: Tensor): readonly [operand: Tensor, write: () => void] {
  if (statistic === null) return [mean, () => {}];
  const plain = rowMajor(statistic, mean.dtype);
  const write = (): void => {
    if (plain !== statistic) copyInto(statistic, plain);
    statistic.storage.version++;
  };
  return [plain, write];
}

/** batch_norm of arguments that were checked; `mean` and `invstd` are written, and in training the running statistics. */
const batchNorm: (
  input: Tensor,
  weight: Tensor | null,
  bias: Tensor | null,
  running_mean: Tensor | null,
  running_var: Tensor | null,
  mean: Tensor,
  invstd: Tensor,
  training: boolean,
  momentum: number,
  eps: number,
) => Tensor = op(`native_batch_norm(Tensor input, ${vectors}, Tensor mean, Tensor invstd, ${numbers}) -> Tensor`, {
  forward: (input, weight, bias, running_mean, running_var, mean, invstd, training, momentum, eps) => {
    const [x, w, b] = [rowMajor(input), weight && rowMajor(weight), bias && rowMajor(bias)];
    const [average, writeAverage] = running(running_mean, mean);
    const [variance, writeVariance] = running(running_var, mean);
    const out = emptyTensor(x.sizes, x.dtype);
    begin(codes.batch_norm, channelForm(x), 8);
    for (const each of [out, mean, invstd, average, variance, x]) operand(each, still);
    vectorOperand(w, 1, x.dtype, 3, 0);
    vectorOperand(b, 0, x.dtype, 3, 1);
    for (const each of [training ? 1 : 0, running_mean === null ? 0 : 1, momentum, eps]) scalar(each);
    run('batch_norm', x.dtype);
    if (training) writeAverage();
    if (training) writeVariance();
    return out;
  },
  backward: together(['input', 'weight', 'bias'], batchNormGradients),
  saves: ['input', 'weight', 'mean', 'invstd'],
});

function checkChannels(name: string, vector: Tensor | null, input: Tensor): void {
  if (vector === null) return;
  if (vector.ndim !== 1 || vector.count !== input.sizes[1]) {
    throw new RuntimeError(
      `${name} should contain ${input.sizes[1]} elements not ${vector.count} (of shape ${showShape(vector.sizes)})`,
    );
  }
  checkSameDType('batch_norm', name, vector, input);
}

/** @throws RuntimeError unless the statistic may be used, and in training be written to. */
function checkRunning(name: string, statistic: Tensor | null, input: Tensor, training: boolean): void {
  if (statistic === null && !training) throw new RuntimeError(`${name} must be defined in evaluation mode`);
  checkChannels(name, statistic, input);
  if (statistic?.requires_grad) {
    throw new RuntimeError(`batch_norm: the derivative for argument '${name}' is not implemented`);
  }
}

type Optional = Tensor | null;

function normalizeChannels(
  input: Tensor,
  weight: Optional,
  bias: Optional,
  running_mean: Optional,
  running_var: Optional,
  training: boolean,
  momentum: number,
  eps: number,
): Tensor {
  if (input.ndim < 2) {
    throw new RuntimeError(`batch_norm: input must have at least 2 dimensions, got shape ${showShape(input.sizes)}`);
  }
  const dtype = floatingOr('batch_norm', input.dtype);
  checkChannels('weight', weight, input);
  checkChannels('bias', bias, input);
  checkRunning('running_mean', running_mean, input, training);
  checkRunning('running_var', running_var, input, training);
  if ((running_mean === null) !== (running_var === null)) {
    throw new RuntimeError('batch_norm: running_mean and running_var must be given both, or neither');
  }
  const channels = [input.sizes[1]];
  const [mean, invstd] = [emptyTensor(channels, dtype), emptyTensor(channels, dtype)];
  return batchNorm(input, weight, bias, running_mean, running_var, mean, invstd, training, momentum, eps);
}

/**
 * Each channel (dimension 1) with mean 0 and variance 1, times weight plus bias; in training over the batch, with the
 * running statistics moved by `momentum` of the way, else by the running statistics.
 */
export const batch_norm: (
  input: Tensor,
  weight: Optional,
  bias: Optional,
  running_mean: Optional,
  running_var: Optional,
  training: boolean,
  momentum: number,
  eps: number,
  cudnn_enabled: boolean,
) => Tensor = method(`batch_norm(Tensor input, ${vectors}, ${numbers}, bool cudnn_enabled) -> Tensor`, (...args) =>
  normalizeChannels(...(args.slice(0, 8) as Parameters<typeof normalizeChannels>)),
);

interface BatchNormOptions extends Affine {
  training?: boolean;
  momentum?: number;
  eps?: number;
}

/** @throws ValueError when a channel has one value only, whose variance is 0. */
function checkSeveral(input: Tensor): void {
  if (numel(input.sizes) === input.sizes[1] && input.ndim >= 2) {
    throw new ValueError(
      `Expected more than 1 value per channel when training, got input size torch.Size(${showShape(input.sizes)})`,
    );
  }
}

/** batch_norm as torch.nn.functional has it. @throws ValueError in training on one value per channel. */
export const functionalBatchNorm: (
  input: Tensor,
  running_mean: Optional,
  running_var: Optional,
  ...args:
    | [options?: BatchNormOptions]
    | [weight: Optional, options?: BatchNormOptions]
    | [weight: Optional, bias: Optional, options?: BatchNormOptions]
    | [weight: Optional, bias: Optional, training: boolean, options?: BatchNormOptions]
    | [weight: Optional, bias: Optional, training: boolean, momentum: number, eps?: number]
) => Tensor = method(
  `batch_norm(Tensor input, Tensor? running_mean, Tensor? running_var, ${affine}, ${defaults}) -> Tensor`,
  (input, running_mean, running_var, weight, bias, training, momentum, eps) => {
    if (training) checkSeveral(input);
    return normalizeChannels(input, weight, bias, running_mean, running_var, training, momentum, eps);
  },
);

/** Groups of channels, each with mean 0 and variance 1 in each item of the batch; then times weight plus bias. */
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

interface InstanceNormOptions extends Affine {
  running_mean?: Optional;
  running_var?: Optional;
  use_input_stats?: boolean;
  momentum?: number;
  eps?: number;
}

/** The mean over the batch of what every item made of a running statistic. */
const gather = (statistic: Tensor, items: Tensor, batch: number): void => {
  copyInto(statistic, items.view(batch, statistic.count).mean(0));
  statistic.storage.version++;
};

/** Each channel of each item of the batch with mean 0 and variance 1; then times weight plus bias. */
export const instance_norm: (
  input: Tensor,
  ...args:
    | [options?: InstanceNormOptions]
    | [running_mean: Optional, running_var: Optional, options?: InstanceNormOptions]
    | [running_mean: Optional, running_var: Optional, weight: Optional, bias: Optional, options?: InstanceNormOptions]
) => Tensor = method(
  `instance_norm(Tensor input, Tensor? running_mean=None, Tensor? running_var=None, ${affine}, ${instance}) -> Tensor`,
  (input, running_mean, running_var, weight, bias, use_input_stats, momentum, eps) => {
    if (input.ndim < 2) {
      throw new RuntimeError(`instance_norm: input must have at least 2 dimensions, got ${showShape(input.sizes)}`);
    }
    for (const [name, vector] of Object.entries({ weight, bias })) checkChannels(name, vector, input);
    checkRunning('running_mean', running_mean, input, use_input_stats);
    checkRunning('running_var', running_var, input, use_input_stats);
    if (use_input_stats && numel(input.sizes.slice(2)) === 1) {
      throw new ValueError(
        `Expected more than 1 spatial element when training, got input size torch.Size(${showShape(input.sizes)})`,
      );
    }
    const [batch, channels] = input.sizes;
    const items = (vector: Optional): Optional => vector?.repeat(batch) ?? null;
    const [mean, variance] = [items(running_mean), items(running_var)];
    const channelwise = input.contiguous().view([1, batch * channels, ...input.sizes.slice(2)]);
    const out = normalizeChannels(
      channelwise,
      items(weight),
      items(bias),
      mean,
      variance,
      use_input_stats,
      momentum,
      eps,
    );
    if (use_input_stats && running_mean && mean) gather(running_mean, mean, batch);
    if (use_input_stats && running_var && variance) gather(running_var, variance, batch);
    return out.view(input.sizes);
  },
);
