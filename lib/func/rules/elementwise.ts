/** Element by element: batches are aligned so that examples broadcast as they would alone. */
import { bool } from '../../base/dtype.js';
import type { Results } from '../../op/dispatch.js';
import { resultType } from '../../op/pointwise.js';
import { Tensor } from '../../tensor.js';
import type { BatchCall, Rule } from '../call.js';

const isTensor = (value: unknown): value is Tensor => value instanceof Tensor;

/** Examples without dimensions promote as such; their batches, which have one, must not. */
function promoted(call: BatchCall, values: readonly unknown[]): readonly unknown[] {
  const tensors = values.filter(isTensor).filter(({ dtype }) => dtype !== bool);
  const weak = tensors.some((tensor) => call.isBatch(tensor) && tensor.ndim === 1);
  if (!weak || tensors.every(({ dtype }) => dtype === tensors[0].dtype)) return values;
  const forms = tensors.map((tensor) => (call.isBatch(tensor) ? tensor.select(0, 0) : tensor));
  const dtype = resultType(...forms);
  return values.map((value) => (isTensor(value) && value.dtype !== bool ? value.to(dtype) : value));
}

/** Of all tensors the batches, aligned. */
export function aligned(call: BatchCall, values: readonly unknown[]): unknown[] {
  const rank = Math.max(...values.filter(isTensor).map((tensor) => call.rank(tensor)));
  const padded = values.map((value) => (isTensor(value) ? call.padded(value, rank) : value));
  const chosen = promoted(call, values);
  if (chosen === values) return padded;
  return padded.map((value, i) => (isTensor(value) ? value.to((chosen[i] as Tensor).dtype) : value));
}

/** An operator in place, on batches as they are. False where that cannot be, as `self` is broadcast or converted. */
export function writeElements(call: BatchCall): boolean {
  const [self, ...others] = aligned(call, call.values);
  if (self !== call.values[0]) return false;
  const { sizes, ndim } = self as Tensor;
  const fits = (other: Tensor): boolean =>
    other.sizes.every((size, i) => size === 1 || size === sizes[i + ndim - other.ndim]);
  if (!others.filter(isTensor).every(fits)) return false;
  call.run(self, ...others);
  return true;
}

/** Batches whose examples have one form and dtype are aligned as they are, and so is a batch alone. */
function isAligned(call: BatchCall, values: readonly unknown[]): boolean {
  let first: Tensor | null = null;
  for (const value of values) {
    if (!isTensor(value)) continue;
    if (!call.isBatch(value)) return false;
    first ??= value;
    if (value.ndim !== first.ndim || value.dtype !== first.dtype) return false;
  }
  return true;
}

export const elementwise: Rule = (call, ...values: unknown[]): Results =>
  call.run(...(isAligned(call, values) ? values : aligned(call, values)));

/** `value` may be a batch of numbers, which the operator itself does not take. */
const maskedFill: Rule = (call, self: Tensor, mask: Tensor, value: unknown): Results => {
  const [input, where, filling] = aligned(call, [self, mask, value]) as [Tensor, Tensor, unknown];
  if (!isTensor(filling))
    return call.run(call.isBatch(self) ? input : input.expand([call.size, ...input.sizes]), where, filling);
  return input.where(where.logical_not(), filling.to(input.dtype));
};

const names =
  'sigmoid sigmoid_backward logit relu relu_backward add sub rsub mul neg addcmul addcdiv bitwise_not bitwise_and ' +
  'bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift eq ne lt le gt ge logical_and logical_or logical_xor ' +
  'logical_not isnan isinf isfinite signbit isposinf isneginf isclose clone clone.contiguous _to_copy detach div ' +
  'floor_divide remainder fmod exp exp2 expm1 log log2 log10 log1p logaddexp xlogy maximum minimum fmax fmin lerp sqrt ' +
  'rsqrt reciprocal pow square floor ceil trunc round frac sign sgn abs copysign clamp clamp_min clamp_max nan_to_num ' +
  'where erf erfc sin cos tan asin acos atan sinh cosh tanh tanh_backward asinh acosh atanh atan2 hypot sinc deg2rad ' +
  'rad2deg empty_like zeros_like ones_like full_like _alias hardtanh hardsigmoid hardswish threshold hardshrink softshrink ' +
  'gelu gelu_backward silu silu_backward mish softplus log_sigmoid leaky_relu elu celu';

/** Rules by the operators' names. */
export const elementwiseRules: Readonly<Record<string, Rule>> = {
  ...Object.fromEntries(names.split(' ').map((name) => [name, elementwise])),
  masked_fill: maskedFill,
};
