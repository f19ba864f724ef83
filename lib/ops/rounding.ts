/** Rounding, signs, absolute values and bounds. */
import { float32, Kind } from '../base/dtype.js';
import { RuntimeError } from '../base/errors.js';
import type { Scalar } from '../op/context.js';
import { zerosLike } from '../op/factory.js';
import { alias, op } from '../op/op.js';
import {
  any,
  binary,
  checkFits,
  copyOf,
  floating,
  floatingOnly,
  numeric,
  resultType,
  type Source,
  ternary,
  unary,
} from '../op/pointwise.js';
import type { Binary, InPlace, Unary } from '../op/signatures.js';
import { Tensor } from '../tensor.js';

/** A rounding: integers are whole already. */
function rounding(name: string): (self: Tensor, into?: Tensor) => Tensor {
  const round = unary(name, numeric);
  return (self, into) => (self.dtype.kind === Kind.Integral ? copyOf(self, into) : round(self, into));
}

/** The largest whole number that is not above each element. */
export const floor: InPlace<Unary> = op('floor(Tensor self) -> Tensor', {
  forward: rounding('floor'),
  backward: { self: zerosLike },
  inplace: true,
});

/** The smallest whole number that is not below each element. */
export const ceil: InPlace<Unary> = op('ceil(Tensor self) -> Tensor', {
  forward: rounding('ceil'),
  backward: { self: zerosLike },
  inplace: true,
});

/** Each element rounded towards 0. */
export const trunc: InPlace<Unary> = op('trunc(Tensor self) -> Tensor', {
  forward: rounding('trunc'),
  backward: { self: zerosLike },
  inplace: true,
});

/** `trunc` under its other name. */
export const fix: InPlace<Unary> = alias('fix', trunc);

const nearest = rounding('round');
const times = binary('mul', any);
const over = binary('div', floatingOnly);

/** The nearest whole number, halves to even; with `decimals`, the nearest multiple of 10^-decimals. */
export const round: InPlace<(self: Tensor, options?: { decimals?: number }) => Tensor> = op(
  'round(Tensor self, *, int decimals=0) -> Tensor',
  {
    forward: (self, decimals, into) => {
      if (decimals === 0) return nearest(self, into);
      const unit = 10 ** Math.abs(decimals);
      const [raise, lower] = decimals > 0 ? [times, over] : [over, times];
      return lower(nearest(raise(self, unit)), unit, into);
    },
    backward: { self: zerosLike },
    node: (_self, decimals) => `RoundBackward${decimals === 0 ? 0 : 1}`,
    inplace: true,
  },
);

const minus = binary('sub', floatingOnly);

/** What `trunc` leaves of each element, with its sign. */
export const frac: InPlace<Unary> = op('frac(Tensor self) -> Tensor', {
  forward: (self, into) => minus(self, self.detach().trunc(), into),
  backward: { self: (grad) => grad },
  inplace: true,
});

/** -1, 0 or 1 by the sign of each element; 0 for NaN. */
export const sign: InPlace<Unary> = op('sign(Tensor self) -> Tensor', {
  forward: unary('sign', any),
  backward: { self: zerosLike },
  inplace: true,
});

/** `sign`, as complex numbers would have it. */
export const sgn: InPlace<Unary> = op('sgn(Tensor self) -> Tensor', {
  forward: unary('sign', any),
  backward: { self: zerosLike },
  inplace: true,
});

/** Absolute value of each element. */
export const abs: InPlace<Unary> = op('abs(Tensor self) -> Tensor', {
  forward: unary('abs', numeric),
  backward: { self: (grad, { self }) => grad.mul(self.sgn()) },
  saves: ['self'],
  inplace: true,
});
/** `abs` under its long name. */
export const absolute: InPlace<Unary> = alias('absolute', abs);

/** The absolute value of each element, with the sign of `other`; the signs of zeros count. */
export const copysign: InPlace<Binary> = op('copysign(Tensor self, Operand other) -> Tensor', {
  forward: binary('copysign', floating),
  backward: {
    self: (grad, { self, result }) => grad.mul(result.div(self)).masked_fill(self.eq(0), 0),
    other: zerosLike,
  },
  saves: { self: ['self', 'result'] },
  node: (_, other) => `CopysignBackward${other instanceof Tensor ? 0 : 1}`,
  inplace: true,
});

/** A bound is a number or a tensor; null is none. */
type Bound = Tensor | Scalar | null;

const larger = binary('maximum', numeric);
const smaller = binary('minimum', numeric);
const between = ternary('clamp', numeric);

function bounded(self: Tensor, min: Bound, max: Bound, into?: Tensor): Tensor {
  if (min === null && max === null) {
    throw new RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None");
  }
  const bounds = [min, max].filter((bound) => bound !== null);
  const dtype = resultType(self, ...bounds);
  for (const bound of bounds) if (!(bound instanceof Tensor)) checkFits(bound, dtype);
  if (max === null) return larger(self, min as Source, into);
  return min === null ? smaller(self, max, into) : between(self, min, max, into);
}

const atLeast = (self: Tensor, min: Bound): Tensor | null => (min === null ? null : self.ge(min));
const atMost = (self: Tensor, max: Bound): Tensor | null => (max === null ? null : self.le(max));

/** grad where both conditions hold, 0 elsewhere. */
function passed(grad: Tensor, a: Tensor | null, b: Tensor | null): Tensor {
  const inside = a === null ? b : b === null ? a : a.logical_and(b);
  return grad.masked_fill((inside as Tensor).logical_not(), 0);
}

/** Whether a function bounded by tensors. */
const byTensor = (min: unknown, max: unknown): boolean => min instanceof Tensor || max instanceof Tensor;

/**
 * Each element, or the nearest bound: a number or a tensor. `max` where the bounds contradict; NaN where one is NaN.
 */
export const clamp: InPlace<Clamp> = op('clamp(Tensor self, Operand? min=None, Operand? max=None) -> Tensor', {
  forward: bounded,
  backward: {
    self: (grad, { self, min, max }) => passed(grad, atLeast(self, min), atMost(self, max)),
    min: (grad, { self, min, max }) => {
      const below = self.lt(min as Tensor);
      return passed(grad, below, max === null ? null : (min as Tensor).lt(max));
    },
    max: (grad, { self, min, max }) => {
      const above = self.gt(max as Tensor);
      return passed(grad, min === null ? above : above.logical_or((max as Tensor).lt(min)), null);
    },
  },
  saves: ['self', 'min', 'max'],
  node: (_self, min, max) => `ClampBackward${byTensor(min, max) ? 0 : 1}`,
  inplace: true,
});

/** Bounds by position or by name. */
type Clamp = (
  self: Tensor,
  ...bounds: [{ min?: Bound; max?: Bound }?] | [min: Bound, { max?: Bound }?] | [min: Bound, max: Bound]
) => Tensor;

/** `clamp` under its other name. */
export const clip: InPlace<Clamp> = alias('clip', clamp);

/** Each element, at least `min`. */
export const clamp_min: InPlace<(self: Tensor, min: Tensor | Scalar) => Tensor> = op(
  'clamp_min(Tensor self, Operand min) -> Tensor',
  {
    forward: (self, min, into) => bounded(self, min, null, into),
    backward: {
      self: (grad, { self, min }) => passed(grad, self.ge(min), null),
      min: (grad, { self, min }) => passed(grad, self.lt(min), null),
    },
    saves: ['self', 'min'],
    node: (_self, min) => `ClampMinBackward${byTensor(min, null) ? 1 : 0}`,
    inplace: true,
  },
);

/** Each element, at most `max`. */
export const clamp_max: InPlace<(self: Tensor, max: Tensor | Scalar) => Tensor> = op(
  'clamp_max(Tensor self, Operand max) -> Tensor',
  {
    forward: (self, max, into) => bounded(self, null, max, into),
    backward: {
      self: (grad, { self, max }) => passed(grad, self.le(max), null),
      max: (grad, { self, max }) => passed(grad, self.gt(max), null),
    },
    saves: ['self', 'max'],
    node: (_self, max) => `ClampMaxBackward${byTensor(null, max) ? 1 : 0}`,
    inplace: true,
  },
);

/** What takes the place of NaN and the infinities; null means the dtype's extreme numbers. */
interface Replacements {
  nan?: number | null;
  posinf?: number | null;
  neginf?: number | null;
}

/** NaN becomes `nan` (0), the infinities the given numbers or the largest and smallest of the dtype. */
export const nan_to_num: InPlace<(self: Tensor, options?: Replacements) => Tensor> = op(
  'nan_to_num(Tensor self, float? nan=None, float? posinf=None, float? neginf=None) -> Tensor',
  {
    forward: (self, nan, posinf, neginf) => {
      const x = self.detach();
      if (!self.dtype.is_floating_point) return copyOf(x);
      const largest = self.dtype === float32 ? 3.4028234663852886e38 : Number.MAX_VALUE;
      return x
        .clone()
        .masked_fill_(x.isnan(), nan ?? 0)
        .masked_fill_(x.isposinf(), posinf ?? largest)
        .masked_fill_(x.isneginf(), neginf ?? -largest);
    },
    backward: { self: (grad, { self }) => grad.mul(self.isfinite()) },
    saves: ['self'],
    inplace: true,
  },
);
