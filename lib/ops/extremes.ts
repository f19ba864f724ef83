/** The larger, the smaller, and what lies between two tensors. */
import type { DType } from '../base/dtype.js';
import { RuntimeError } from '../base/errors.js';
import type { Scalar } from '../op/context.js';
import { op } from '../op/op.js';
import { any, binary, floatingOnly, ternary } from '../op/pointwise.js';
import type { InPlace, TensorBinary } from '../op/signatures.js';
import { Tensor } from '../tensor.js';

/** The gradient of the operand that won: all of it, half where both are equal, none where `lost`. */
const share = (grad: Tensor, self: Tensor, other: Tensor, lost: Tensor): Tensor =>
  grad.div(2).where(self.eq(other), grad).masked_fill(lost, 0);

/** The larger of both elements; NaN if either is. Equal ones share the gradient. */
export const maximum: TensorBinary = op('maximum(Tensor self, Tensor other) -> Tensor', {
  forward: binary('maximum', any),
  backward: {
    self: (grad, { self, other }) => share(grad, self, other, self.lt(other)),
    other: (grad, { self, other }) => share(grad, self, other, self.gt(other)),
  },
  saves: ['self', 'other'],
});

/** The smaller of both elements; NaN if either is. Equal ones share the gradient. */
export const minimum: TensorBinary = op('minimum(Tensor self, Tensor other) -> Tensor', {
  forward: binary('minimum', any),
  backward: {
    self: (grad, { self, other }) => share(grad, self, other, self.gt(other)),
    other: (grad, { self, other }) => share(grad, self, other, self.lt(other)),
  },
  saves: ['self', 'other'],
});

/** The larger of both elements, or the number if one is NaN. Of equal ones, self has the gradient. */
export const fmax: TensorBinary = op('fmax(Tensor self, Tensor other) -> Tensor', {
  forward: binary('fmax', any),
  backward: {
    self: (grad, { self, other }) => grad.masked_fill(self.ge(other).logical_or(other.isnan()).logical_not(), 0),
    other: (grad, { self, other }) => grad.masked_fill(self.ge(other).logical_or(other.isnan()), 0),
  },
  saves: ['self', 'other'],
});

/** The smaller of both elements, or the number if one is NaN. Of equal ones, self has the gradient. */
export const fmin: TensorBinary = op('fmin(Tensor self, Tensor other) -> Tensor', {
  forward: binary('fmin', any),
  backward: {
    self: (grad, { self, other }) => grad.masked_fill(self.le(other).logical_or(other.isnan()).logical_not(), 0),
    other: (grad, { self, other }) => grad.masked_fill(self.le(other).logical_or(other.isnan()), 0),
  },
  saves: ['self', 'other'],
});

/** @throws RuntimeError unless the dtypes agree. */
function checkSameDType(name: string, expected: DType, source: Tensor | Scalar): void {
  if (!(source instanceof Tensor) || source.dtype === expected) return;
  throw new RuntimeError(`lerp: expected dtype ${expected.name} for \`${name}\` but got dtype ${source.dtype.name}`);
}

const mixed = ternary('lerp', floatingOnly);

/** self + weight * (end - self): the line through both. */
export const lerp: InPlace<(self: Tensor, end: Tensor, weight: Tensor | Scalar) => Tensor> = op(
  'lerp(Tensor self, Tensor end, Operand weight) -> Tensor',
  {
    forward: (self, end, weight, into) => {
      floatingOnly.compute(self.dtype, 'lerp');
      checkSameDType('end', self.dtype, end);
      checkSameDType('weight', self.dtype, weight);
      return mixed(self, end, weight, into);
    },
    backward: {
      self: (grad, { weight }) => grad.mul(weight instanceof Tensor ? weight.neg().add(1) : 1 - Number(weight)),
      end: (grad, { weight }) => grad.mul(weight),
      weight: (grad, { self, end }) => grad.mul(end.sub(self)),
    },
    saves: { self: ['weight'], end: ['weight'], weight: ['self', 'end'] },
    node: (_self, _end, weight) => `LerpBackward${weight instanceof Tensor ? 1 : 0}`,
    inplace: true,
  },
);
