/** Normalization of channels to mean 0 and variance 1: over a batch, and in each of its items. */
import { RuntimeError, showShape, ValueError } from '../base/errors.js';
import { numel, type Shape } from '../base/shape.js';
import { opcode } from '../engine/native.js';
import { begin, operand, run, scalar } from '../engine/program.js';
import { is_grad_enabled } from '../graph/modes.js';
import { isTransformed } from '../op/levels.js';
import {
  type Affine,
  affine,
  centredGradient,
  checkChannels,
  type Gradients,
  gradientKernel,
  type Norm,
  normalized,
  overChannels,
} from '../op/normalizing.js';
import { method, op } from '../op/op.js';
import { copyInto } from '../op/pointwise.js';
import { floatingOr, rowMajor, vectorOperand } from '../op/slices.js';
import { together } from '../op/together.js';
import { emptyTensor, type Tensor } from '../tensor.js';

const batchNormCode = opcode('batch_norm');
const batchNormBackward = gradientKernel('batch_norm_backward', 3);

/** Parameters that several schemas share. */
const vectors = 'Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var';
const numbers = 'bool training, float momentum, float eps';
const instance = 'bool use_input_stats=True, float momentum=0.1, float eps=1e-05';
const defaults = 'bool training=False, float momentum=0.1, float eps=1e-05';

const still: Shape = [0, 0, 0];

/** The form of a batch as the kernel sees it: batch, channels, all positions. */
const channelForm = (input: Tensor): Shape => [input.sizes[0], input.sizes[1], numel(input.sizes.slice(2))];

/** Of every position but its channel. */
const besidesChannels = (input: Tensor): number[] =>
  Array.from({ length: input.ndim }, (_, i) => i).filter((i) => i !== 1);

/** What batch_norm knows of a call. */
interface BatchNorm extends Norm {
  /** Of the batch in training, else the running ones. */
  readonly mean: Tensor;
  readonly invstd: Tensor;
  readonly training: boolean;
  readonly eps: number;
}

function batchNormGradients(grad: Tensor, norm: BatchNorm): Gradients {
  if (is_grad_enabled() || isTransformed()) return composedBatchNormGradients(grad, norm);
  const { input, mean, invstd, training } = norm;
  return batchNormBackward(channelForm(input), grad, norm, mean, invstd, training ? 1 : 0);
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

/**
 * batch_norm of arguments that were checked; `mean` and `invstd` are written, and in training the running statistics.
 */
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
    begin(batchNormCode, channelForm(x), 8);
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

/** @throws RuntimeError unless the statistic may be used, and in training be written to. */
function checkRunning(name: string, statistic: Tensor | null, input: Tensor, training: boolean): void {
  if (statistic === null && !training) throw new RuntimeError(`${name} must be defined in evaluation mode`);
  checkChannels(name, statistic, input);
  if (statistic?.requires_grad) {
    throw new RuntimeError(`batch_norm: the derivative for argument '${name}' is not implemented`);
  }
}

type Optional = Tensor | null;

/** By the running statistics, in operators that levels can see. */
function byRunning(
  input: Tensor,
  weight: Optional,
  bias: Optional,
  mean: Tensor,
  variance: Tensor,
  eps: number,
): Tensor {
  const rstd = variance.add(eps).rsqrt();
  const factor = weight === null ? rstd : rstd.mul(weight);
  const scaled = input.sub(overChannels(mean, input)).mul(overChannels(factor, input));
  return bias === null ? scaled : scaled.add(overChannels(bias, input));
}

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
  if (!training && isTransformed()) {
    return byRunning(input, weight, bias, running_mean as Tensor, running_var as Tensor, eps);
  }
  const channels = [input.sizes[1]];
  const [mean, invstd] = [emptyTensor(channels, dtype), emptyTensor(channels, dtype)];
  return batchNorm(input, weight, bias, running_mean, running_var, mean, invstd, training, momentum, eps);
}

/**
 * Each channel of [N, C, *] with mean 0 and variance 1, times weight plus bias, of [C]; in training over the batch,
 * with the running statistics moved by `momentum` of the way, else by the running statistics.
 * @throws RuntimeError unless vectors are of [C], and in evaluation without running statistics.
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

interface InstanceNormOptions extends Affine {
  running_mean?: Optional;
  running_var?: Optional;
  use_input_stats?: boolean;
  momentum?: number;
  eps?: number;
}

/** The mean over the batch of what every item made of a running statistic. */
const gather = (statistic: Tensor, items: Tensor, batch: number): void => {
  statistic.copy_(items.view(batch, statistic.count).mean(0));
};

/** Each channel of each item of [N, C, *] with mean 0 and variance 1; then times weight plus bias, of [C]. */
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
