/** Powers and roots. */
import { float64, Kind } from '../base/dtype.js';
import { RuntimeError } from '../base/errors.js';
import { is_grad_enabled } from '../graph/modes.js';
import type { Scalar } from '../op/context.js';
import { zerosLike } from '../op/factory.js';
import { isTransformed } from '../op/levels.js';
import { method, op } from '../op/op.js';
import {
  binary,
  converted,
  copyOf,
  floating,
  floatingOnly,
  numeric,
  resultType,
  type Source,
  unary,
  withTensor,
} from '../op/pointwise.js';
import type { EitherTensor, InPlace, Unary } from '../op/signatures.js';
import { emptyTensor, Tensor } from '../tensor.js';

/** Square root of each element. */
export const sqrt: InPlace<Unary> = op('sqrt(Tensor self) -> Tensor', {
  forward: unary('sqrt', floating),
  backward: { self: (grad, { result }) => grad.div(result.mul(2)) },
  saves: ['result'],
  inplace: true,
});

/** 1 / √x of each element. */
export const rsqrt: InPlace<Unary> = op('rsqrt(Tensor self) -> Tensor', {
  forward: unary('rsqrt', floating),
  backward: { self: (grad, { result }) => grad.mul(result.pow(3)).mul(-0.5) },
  saves: ['result'],
  inplace: true,
});

/** 1 / x of each element. */
export const reciprocal: InPlace<Unary> = op('reciprocal(Tensor self) -> Tensor', {
  forward: unary('reciprocal', floating),
  backward: { self: (grad, { result }) => grad.neg().mul(result.square()) },
  saves: ['result'],
  inplace: true,
});

type Kernel = (self: Tensor, into?: Tensor) => Tensor;

const squareKernel = unary('square', numeric);
const inverse = unary('reciprocal', floating);

/** Powers of integers and floats that have kernels of their own. */
const wholePowers = new Map<number, Kernel>([
  [1, copyOf],
  [2, squareKernel],
  [3, unary('cube', numeric)],
]);
/** Those of floats alone. */
const floatPowers = new Map<number, Kernel>([
  [0.5, unary('sqrt', floating)],
  [-0.5, unary('rsqrt', floating)],
  [-1, inverse],
  [-2, (self, into) => inverse(squareKernel(self), into)],
]);

const general = binary('pow', numeric);

/** In row-major order whatever the exponent's strides, as in PyTorch. */
function powerOfNumber(self: Scalar, exponent: Tensor): Tensor {
  const dtype = numeric.compute(resultType(self, exponent), 'pow');
  return general(self, exponent, emptyTensor(exponent.sizes, dtype));
}

function power(self: Source, exponent: Source, into?: Tensor): Tensor {
  if (!(self instanceof Tensor)) return powerOfNumber(self, exponent as Tensor);
  if (exponent instanceof Tensor) return general(self, exponent, into);
  const dtype = numeric.compute(resultType(self, exponent), 'pow');
  const value = Number(exponent);
  if (dtype.kind !== Kind.Floating && value < 0) {
    throw new RuntimeError('Integers to negative integer powers are not allowed.');
  }
  const special = wholePowers.get(value) ?? (dtype.is_floating_point ? floatPowers.get(value) : undefined);
  return special ? special(converted(self, dtype), into) : general(self, exponent, into);
}

/** self to the power of exponent. @throws RuntimeError for integers to a negative number. */
export const pow: InPlace<EitherTensor> = op('pow(Operand self, Operand exponent) -> Tensor', {
  forward: withTensor('pow', power),
  backward: {
    self: (grad, { self, exponent }) => gradOfBase(grad, self as Tensor, exponent),
    exponent: (grad, { self, exponent, result }) => gradOfExponent(grad, self, exponent as Tensor, result),
  },
  saves: { self: ['self', 'exponent'], exponent: ['self', 'exponent', 'result'] },
  node: (self, exponent) => {
    if (!(exponent instanceof Tensor)) return 'PowBackward0';
    return self instanceof Tensor ? 'PowBackward1' : 'PowBackward2';
  },
  inplace: true,
});

/** Gradients of powers that have kernels of their own, from the gradient and the base. */
const slopes = new Map<number, (grad: Tensor, self: Tensor) => Tensor>([
  [2, binary('square_backward', floatingOnly)],
  [3, binary('cube_backward', floatingOnly)],
]);

/** exponent * self^(exponent - 1); 0 for the exponent 0, even where self is 0. */
function gradOfBase(grad: Tensor, self: Tensor, exponent: Tensor | Scalar): Tensor {
  if (exponent instanceof Tensor) {
    const slope = exponent.mul(self.pow(exponent.sub(1)));
    return grad.mul(slope).masked_fill(exponent.eq(0), 0);
  }
  const value = Number(exponent);
  if (value === 0) return zerosLike(grad);
  // A slope that is recorded has derivatives to any order, as in PyTorch: those of x² are 2x, 2, 0, 0, …
  const slope = is_grad_enabled() || isTransformed() ? undefined : slopes.get(value);
  if (slope) return slope(grad, self);
  return grad.mul(self.pow(value - 1).mul(value));
}

/** result * log(self); 0 where self is 0 and the exponent not negative. */
function gradOfExponent(grad: Tensor, self: Tensor | Scalar, exponent: Tensor, result: Tensor): Tensor {
  if (self instanceof Tensor) {
    const flat = self.eq(0).logical_and(exponent.ge(0));
    return grad.mul(result.mul(self.log()).masked_fill(flat, 0));
  }
  const slope = result.mul(Math.log(Number(self)));
  return grad.mul(Number(self) === 0 ? slope.masked_fill(exponent.ge(0), 0) : slope);
}

/** The square of each element. */
export const square: InPlace<Unary> = op('square(Tensor self) -> Tensor', {
  forward: (self, into) => power(self, 2, into),
  backward: { self: (grad, { self }) => gradOfBase(grad, self, 2) },
  saves: ['self'],
  node: 'PowBackward0',
  inplace: true,
});

/** self to the power of exponent, computed in float64. */
export const float_power: EitherTensor = method(
  'float_power(Operand self, Operand exponent) -> Tensor',
  (self, exponent) => {
    const [base, power] = [self, exponent].map((source) => (source instanceof Tensor ? source.to(float64) : source));
    return base instanceof Tensor ? base.pow(power) : pow(base, power as Tensor);
  },
);
