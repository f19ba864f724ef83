/** Sums, products and quotients of two operands. */
import type { Scalar } from '../op/context.js';
import { op } from '../op/op.js';
import { any, binary, numeric, ternary, unary } from '../op/pointwise.js';
import type { Binary, InPlace, Unary } from '../op/signatures.js';
import type { Tensor } from '../tensor.js';

/** A sum or difference whose second operand is first multiplied by `alpha`. */
type Scaled = (self: Tensor, other: Tensor | Scalar, options?: { alpha?: Scalar }) => Tensor;

const plus = binary('add', any);
const axpy = ternary('axpy', any);

/** self + alpha * other. */
export const add: InPlace<Scaled> = op('add(Tensor self, Operand other, *, Scalar alpha=1) -> Tensor', {
  forward: (self, other, alpha, into) => (alpha === 1 ? plus(self, other, into) : axpy(self, other, alpha, into)),
  backward: {
    self: (grad) => grad,
    other: (grad, { alpha }) => (alpha === 1 ? grad : grad.mul(alpha)),
  },
  inplace: true,
});

/** Product, element by element. */
export const mul: InPlace<Binary> = op('mul(Tensor self, Operand other) -> Tensor', {
  forward: binary('mul', any),
  backward: {
    self: (grad, { other }) => grad.mul(other),
    other: (grad, { self }) => grad.mul(self),
  },
  saves: { self: ['other'], other: ['self'] },
  inplace: true,
});

/** The negative of each element. */
export const neg: InPlace<Unary> = op('neg(Tensor self) -> Tensor', {
  forward: unary('neg', numeric),
  backward: { self: (grad) => grad.neg() },
  inplace: true,
});
