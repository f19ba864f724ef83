/** The error function. */
import { op } from '../op/op.js';
import { floating, unary } from '../op/pointwise.js';
import type { InPlace, Unary } from '../op/signatures.js';
import type { Tensor } from '../tensor.js';

/** 2/√π · exp(-x²), the slope of the error function. */
const bell = (x: Tensor): Tensor =>
  x
    .square()
    .neg()
    .exp()
    .mul(2 / Math.sqrt(Math.PI));

/** The error function, 2/√π ∫₀ˣ exp(-t²) dt, of each element. */
export const erf: InPlace<Unary> = op('erf(Tensor self) -> Tensor', {
  forward: unary('erf', floating),
  backward: { self: (grad, { self }) => grad.mul(bell(self)) },
  saves: ['self'],
  inplace: true,
});

/** 1 - erf(x), accurate where that is tiny. */
export const erfc: InPlace<Unary> = op('erfc(Tensor self) -> Tensor', {
  forward: unary('erfc', floating),
  backward: { self: (grad, { self }) => grad.neg().mul(bell(self)) },
  saves: ['self'],
  inplace: true,
});
