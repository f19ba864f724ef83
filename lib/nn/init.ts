/** torch.nn.init: first values of parameters, written in place, with PyTorch's random stream. */
import { show, ValueError } from '../base/errors.js';
import { no_grad } from '../graph/modes.js';
import { method } from '../op/op.js';
import { eye } from '../ops/index.js';
import type { Tensor } from '../tensor.js';
import { fans } from './options.js';

/** What a gain is for. */
export type Nonlinearity =
  | 'linear'
  | 'conv1d'
  | 'conv2d'
  | 'conv3d'
  | 'conv_transpose1d'
  | 'conv_transpose2d'
  | 'conv_transpose3d'
  | 'sigmoid'
  | 'tanh'
  | 'relu'
  | 'leaky_relu'
  | 'selu';

function gainOf(nonlinearity: string, param: number | null): number {
  if (/^(linear|sigmoid|conv(_transpose)?[123]d)$/.test(nonlinearity)) return 1;
  if (nonlinearity === 'tanh') return 5 / 3;
  if (nonlinearity === 'relu') return Math.sqrt(2);
  if (nonlinearity === 'leaky_relu') return Math.sqrt(2 / (1 + (param ?? 0.01) ** 2));
  if (nonlinearity === 'selu') return 3 / 4;
  throw new ValueError(`Unsupported nonlinearity ${show(nonlinearity)}`);
}

/** By how much a nonlinearity shrinks what passes through it. @throws ValueError for one that is not known. */
export const calculate_gain: (nonlinearity: Nonlinearity, param?: number | null) => number = method(
  'calculate_gain(str nonlinearity, float? param=None) -> float',
  gainOf,
);

/** Uniform in [a, b). */
export const uniform_: (tensor: Tensor, a?: number, b?: number) => Tensor = method(
  'uniform_(Tensor tensor, float a=0, float b=1) -> Tensor',
  (tensor, a, b) => no_grad(() => tensor.uniform_(a, b)),
);

/** Normal, of this mean and deviation. */
export const normal_: (tensor: Tensor, mean?: number, std?: number) => Tensor = method(
  'normal_(Tensor tensor, float mean=0, float std=1) -> Tensor',
  (tensor, mean, std) => no_grad(() => tensor.normal_(mean, std)),
);

/** One value. */
export const constant_: (tensor: Tensor, val: number) => Tensor = method(
  'constant_(Tensor tensor, float val) -> Tensor',
  (tensor, val) => no_grad(() => tensor.fill_(val)),
);

/** Ones. */
export const ones_: (tensor: Tensor) => Tensor = method('ones_(Tensor tensor) -> Tensor', (tensor) =>
  no_grad(() => tensor.fill_(1)),
);

/** Zeros. */
export const zeros_: (tensor: Tensor) => Tensor = method('zeros_(Tensor tensor) -> Tensor', (tensor) =>
  no_grad(() => tensor.fill_(0)),
);

/** The identity. @throws ValueError unless the tensor is a matrix. */
export const eye_: (tensor: Tensor) => Tensor = method('eye_(Tensor tensor) -> Tensor', (tensor) => {
  if (tensor.ndim !== 2) throw new ValueError('Only tensors with 2 dimensions are supported');
  return no_grad(() => tensor.copy_(eye(tensor.shape[0], tensor.shape[1])));
});

/** The deviation with which results vary as much as inputs, and gradients too, as far as both can be had. */
function xavierDeviation(tensor: Tensor, gain: number): number {
  const { fan_in, fan_out } = fans(tensor);
  return gain * Math.sqrt(2 / (fan_in + fan_out));
}

/** A uniform distribution of a deviation. */
function spread(tensor: Tensor, deviation: number): Tensor {
  const bound = Math.sqrt(3) * deviation;
  return uniform_(tensor, -bound, bound);
}

/** Glorot's uniform distribution. @throws ValueError for a tensor of fewer than two dimensions. */
export const xavier_uniform_: (tensor: Tensor, gain?: number) => Tensor = method(
  'xavier_uniform_(Tensor tensor, float gain=1) -> Tensor',
  (tensor, gain) => spread(tensor, xavierDeviation(tensor, gain)),
);

/** Glorot's normal distribution. @throws ValueError for a tensor of fewer than two dimensions. */
export const xavier_normal_: (tensor: Tensor, gain?: number) => Tensor = method(
  'xavier_normal_(Tensor tensor, float gain=1) -> Tensor',
  (tensor, gain) => normal_(tensor, 0, xavierDeviation(tensor, gain)),
);

/** How a Kaiming distribution is scaled. */
export interface KaimingOptions {
  /** The slope of a leaky relu below zero. */
  a?: number;
  /** Whether results or gradients keep their size. */
  mode?: 'fan_in' | 'fan_out';
  nonlinearity?: Nonlinearity;
}

type Kaiming = (
  tensor: Tensor,
  ...args:
    | [options?: KaimingOptions]
    | [a: number, options?: KaimingOptions]
    | [a: number, mode: 'fan_in' | 'fan_out', nonlinearity?: Nonlinearity]
) => Tensor;

/** The deviation with which results, or gradients, neither grow nor shrink. */
function kaimingDeviation(tensor: Tensor, a: number, mode: string, nonlinearity: string): number {
  if (mode !== 'fan_in' && mode !== 'fan_out') {
    throw new ValueError(`Mode ${show(mode)} not supported, please use one of ['fan_in', 'fan_out']`);
  }
  return gainOf(nonlinearity, a) / Math.sqrt(fans(tensor)[mode]);
}

/**
 * He's uniform distribution.
 * @throws ValueError for a tensor of fewer than two dimensions.
 * @example torch.nn.init.kaiming_uniform_(layer.weight, { nonlinearity: 'relu' })
 */
export const kaiming_uniform_: Kaiming = method(
  "kaiming_uniform_(Tensor tensor, float a=0, str mode='fan_in', str nonlinearity='leaky_relu') -> Tensor",
  (tensor, ...options) => (tensor.numel() === 0 ? tensor : spread(tensor, kaimingDeviation(tensor, ...options))),
);

/** He's normal distribution. @throws ValueError for a tensor of fewer than two dimensions. */
export const kaiming_normal_: Kaiming = method(
  "kaiming_normal_(Tensor tensor, float a=0, str mode='fan_in', str nonlinearity='leaky_relu') -> Tensor",
  (tensor, ...options) => (tensor.numel() === 0 ? tensor : normal_(tensor, 0, kaimingDeviation(tensor, ...options))),
);
