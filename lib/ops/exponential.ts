/** Exponentials and logarithms. */
import type { Scalar } from '../op/context.js';
import { method, op } from '../op/op.js';
import { binary, floating, floatingOnly, unary, withTensor } from '../op/pointwise.js';
import type { EitherTensor, InPlace, TensorBinary, Unary } from '../op/signatures.js';
import { Tensor } from '../tensor.js';

/** e to the power of each element. */
export const exp: InPlace<Unary> = op('exp(Tensor self) -> Tensor', {
  forward: unary('exp', floating),
  backward: { self: (grad, { result }) => grad.mul(result) },
  saves: ['result'],
  inplace: true,
});

/** 2 to the power of each element. */
export const exp2: InPlace<Unary> = op('exp2(Tensor self) -> Tensor', {
  forward: unary('exp2', floating),
  backward: { self: (grad, { result }) => grad.mul(result).mul(Math.LN2) },
  saves: ['result'],
  inplace: true,
});

/** exp(x) - 1, accurate near 0. */
export const expm1: InPlace<Unary> = op('expm1(Tensor self) -> Tensor', {
  forward: unary('expm1', floating),
  backward: { self: (grad, { result }) => grad.mul(result.add(1)) },
  saves: ['result'],
  inplace: true,
});

/** Natural logarithm of each element. */
export const log: InPlace<Unary> = op('log(Tensor self) -> Tensor', {
  forward: unary('log', floating),
  backward: { self: (grad, { self }) => grad.div(self) },
  saves: ['self'],
  inplace: true,
});

/** Logarithm to base 2 of each element. */
export const log2: InPlace<Unary> = op('log2(Tensor self) -> Tensor', {
  forward: unary('log2', floating),
  backward: { self: (grad, { self }) => grad.div(self.mul(Math.LN2)) },
  saves: ['self'],
  inplace: true,
});

/** Logarithm to base 10 of each element. */
export const log10: InPlace<Unary> = op('log10(Tensor self) -> Tensor', {
  forward: unary('log10', floating),
  backward: { self: (grad, { self }) => grad.div(self.mul(Math.LN10)) },
  saves: ['self'],
  inplace: true,
});

/** log(1 + x), accurate near 0. */
export const log1p: InPlace<Unary> = op('log1p(Tensor self) -> Tensor', {
  forward: unary('log1p', floating),
  backward: { self: (grad, { self }) => grad.div(self.add(1)) },
  saves: ['self'],
  inplace: true,
});

/** log(exp(self) + exp(other)), without overflow in between. */
export const logaddexp: TensorBinary = op('logaddexp(Tensor self, Tensor other) -> Tensor', {
  forward: binary('logaddexp', floatingOnly),
  backward: {
    self: (grad, { self, other }) => grad.div(other.sub(self).exp().add(1)),
    other: (grad, { self, other }) => grad.div(self.sub(other).exp().add(1)),
  },
  saves: ['self', 'other'],
});

/** self * log(other), and 0 where self is 0, unless other is NaN. */
export const xlogy: InPlace<EitherTensor> = op('xlogy(Operand self, Operand other) -> Tensor', {
  forward: withTensor('xlogy', binary('xlogy', floating)),
  backward: {
    self: (grad, { self, other }) => xlogySelf(grad, self as Tensor, other),
    other: (grad, { self, other }) => grad.mul(self).div(other),
  },
  saves: ['self', 'other'],
  node: (self, other) => `XlogyBackward${other instanceof Tensor ? (self instanceof Tensor ? 0 : 1) : 2}`,
  inplace: true,
});

/** grad * log(other), and 0 where the function stays 0 around self. */
function xlogySelf(grad: Tensor, self: Tensor, other: Tensor | Scalar): Tensor {
  const outside = other instanceof Tensor ? other.le(0) : Number(other) <= 0;
  return grad.xlogy(other).masked_fill(self.eq(0).mul(outside), 0);
}

/** self * 2^other. */
export const ldexp: TensorBinary = method('ldexp(Tensor self, Tensor other) -> Tensor', (self, other) =>
  self.mul(other.exp2()),
);
