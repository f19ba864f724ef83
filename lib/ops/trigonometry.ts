/** Circular and hyperbolic functions; angles are in radians. */
import { alias, op } from '../op/op.js';
import { any, binary, floating, floatingOnly, unary } from '../op/pointwise.js';
import type { InPlace, TensorBinary, Unary } from '../op/signatures.js';
import type { Tensor } from '../tensor.js';

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

/** Tangent of each element. */
export const tan: InPlace<Unary> = op('tan(Tensor self) -> Tensor', {
  forward: unary('tan', floating),
  backward: { self: (grad, { result }) => grad.mul(result.square().add(1)) },
  saves: ['result'],
  inplace: true,
});

/** Inverse sine of each element, in [-π/2, π/2]. */
export const asin: InPlace<Unary> = op('asin(Tensor self) -> Tensor', {
  forward: unary('asin', floating),
  backward: { self: (grad, { self }) => grad.mul(self.square().neg().add(1).rsqrt()) },
  saves: ['self'],
  inplace: true,
});

/** Inverse cosine of each element, in [0, π]. */
export const acos: InPlace<Unary> = op('acos(Tensor self) -> Tensor', {
  forward: unary('acos', floating),
  backward: { self: (grad, { self }) => grad.mul(self.square().neg().add(1).rsqrt()).neg() },
  saves: ['self'],
  inplace: true,
});

/** Inverse tangent of each element, in [-π/2, π/2]. */
export const atan: InPlace<Unary> = op('atan(Tensor self) -> Tensor', {
  forward: unary('atan', floating),
  backward: { self: (grad, { self }) => grad.div(self.square().add(1)) },
  saves: ['self'],
  inplace: true,
});

/** Hyperbolic sine of each element. */
export const sinh: InPlace<Unary> = op('sinh(Tensor self) -> Tensor', {
  forward: unary('sinh', floating),
  backward: { self: (grad, { self }) => grad.mul(self.cosh()) },
  saves: ['self'],
  inplace: true,
});

/** Hyperbolic cosine of each element. */
export const cosh: InPlace<Unary> = op('cosh(Tensor self) -> Tensor', {
  forward: unary('cosh', floating),
  backward: { self: (grad, { self }) => grad.mul(self.sinh()) },
  saves: ['self'],
  inplace: true,
});

/** Hyperbolic tangent of each element. */
export const tanh: InPlace<Unary> = op('tanh(Tensor self) -> Tensor', {
  forward: unary('tanh', floating),
  backward: { self: (grad, { result }) => tanhBackward(grad, result) },
  saves: ['result'],
  inplace: true,
});

/** grad * (1 - result²). */
const tanhBackward: TensorBinary = op('tanh_backward(Tensor grad_output, Tensor output) -> Tensor', {
  forward: binary('tanh_backward', any),
  backward: {
    grad_output: (grad, { output }) => tanhBackward(grad, output),
    output: (grad, { grad_output, output }) => grad.mul(-2).mul(grad_output).mul(output),
  },
  saves: { grad_output: ['output'], output: ['grad_output', 'output'] },
});

/** Inverse hyperbolic sine of each element. */
export const asinh: InPlace<Unary> = op('asinh(Tensor self) -> Tensor', {
  forward: unary('asinh', floating),
  backward: { self: (grad, { self }) => grad.mul(self.square().add(1).rsqrt()) },
  saves: ['self'],
  inplace: true,
});

/** Inverse hyperbolic cosine of each element. */
export const acosh: InPlace<Unary> = op('acosh(Tensor self) -> Tensor', {
  forward: unary('acosh', floating),
  backward: { self: (grad, { self }) => grad.mul(self.square().sub(1).rsqrt()) },
  saves: ['self'],
  inplace: true,
});

/** Inverse hyperbolic tangent of each element. */
export const atanh: InPlace<Unary> = op('atanh(Tensor self) -> Tensor', {
  forward: unary('atanh', floating),
  backward: { self: (grad, { self }) => grad.div(self.square().neg().add(1)) },
  saves: ['self'],
  inplace: true,
});

/** The angle of the point (other, self), in [-π, π]. */
export const atan2: InPlace<TensorBinary> = op('atan2(Tensor self, Tensor other) -> Tensor', {
  forward: binary('atan2', floating),
  backward: {
    self: (grad, { self, other }) => grad.mul(other).mul(inverseSquaredLength(self, other)),
    other: (grad, { self, other }) => grad.mul(self.neg()).mul(inverseSquaredLength(self, other)),
  },
  saves: ['self', 'other'],
  inplace: true,
});

const inverseSquaredLength = (x: Tensor, y: Tensor): Tensor => x.square().add(y.square()).reciprocal();

/** √(self² + other²), without overflow in between. */
export const hypot: InPlace<TensorBinary> = op('hypot(Tensor self, Tensor other) -> Tensor', {
  forward: binary('hypot', floatingOnly),
  backward: {
    self: (grad, { self, result }) => grad.mul(self.div(result)),
    other: (grad, { other, result }) => grad.mul(other.div(result)),
  },
  saves: { self: ['self', 'result'], other: ['other', 'result'] },
  inplace: true,
});

/** sin(πx) / (πx), and 1 where x is 0. */
export const sinc: InPlace<Unary> = op('sinc(Tensor self) -> Tensor', {
  forward: (self) => {
    const angle = self.detach().mul(Math.PI);
    return angle.sin().div(angle).where(angle.ne(0), 1);
  },
  backward: {
    self: (grad, { self }) => {
      const angle = self.mul(Math.PI);
      const divisor = self.mul(angle);
      return grad.mul(angle.cos().mul(angle).sub(angle.sin()).div(divisor)).masked_fill(divisor.eq(0), 0);
    },
  },
  saves: ['self'],
  inplace: true,
});

const scaled = binary('mul', any);

/** Degrees as radians. */
export const deg2rad: InPlace<Unary> = op('deg2rad(Tensor self) -> Tensor', {
  forward: (self, into) => scaled(self, Math.PI / 180, into),
  backward: { self: (grad) => grad.mul(Math.PI / 180) },
  inplace: true,
});

/** Radians as degrees. */
export const rad2deg: InPlace<Unary> = op('rad2deg(Tensor self) -> Tensor', {
  forward: (self, into) => scaled(self, 180 / Math.PI, into),
  backward: { self: (grad) => grad.mul(180 / Math.PI) },
  inplace: true,
});

/** `asin` under its other name. */
export const arcsin: InPlace<Unary> = alias('arcsin', asin);
/** `acos` under its other name. */
export const arccos: InPlace<Unary> = alias('arccos', acos);
/** `atan` under its other name. */
export const arctan: InPlace<Unary> = alias('arctan', atan);
/** `asinh` under its other name. */
export const arcsinh: InPlace<Unary> = alias('arcsinh', asinh);
/** `acosh` under its other name. */
export const arccosh: InPlace<Unary> = alias('arccosh', acosh);
/** `atanh` under its other name. */
export const arctanh: InPlace<Unary> = alias('arctanh', atanh);
/** `atan2` under its other name. */
export const arctan2: InPlace<TensorBinary> = alias('arctan2', atan2);
