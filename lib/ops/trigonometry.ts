/** Circular and hyperbolic functions; angles are in radians. */
import { op } from '../op/op.js';
import { floating, unary } from '../op/pointwise.js';
import type { InPlace, Unary } from '../op/signatures.js';

/** Sine of each element. */
export const sin: InPlace<Unary> = op('sin(Tensor self) -> Tensor', {
  forward: unary('sin', floating),
  backward: { self: (grad, { self }) => grad.mul(self.cos()) },
  saves: ['self'],
  inplace: true,
});

/** Cosine of each element. */
export const cos: InPlace<Unary> = op('cos(Tensor self) -> Tensor', {
  forward: unary('cos', floating),
  backward: { self: (grad, { self }) => grad.mul(self.sin().neg()) },
  saves: ['self'],
  inplace: true,
});
