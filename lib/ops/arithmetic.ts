/** Sums, products and quotients of two or three operands. */
import { bool, Kind } from '../base/dtype.js';
import { RuntimeError } from '../base/errors.js';
import type { Scalar } from '../op/context.js';
import { alias, method, op } from '../op/op.js';
import {
  any,
  binary,
  checkFits,
  converted,
  numeric,
  type Rule,
  resultType,
  type Source,
  ternary,
  unary,
} from '../op/pointwise.js';
import type { Binary, InPlace, Unary } from '../op/signatures.js';
import { Tensor } from '../tensor.js';

/** A sum or difference whose second operand is first multiplied by `alpha`. */
type Scaled = (self: Tensor, other: Tensor | Scalar, options?: { alpha?: Scalar }) => Tensor;

const plus = binary('add', any);
const minus = binary('sub', numeric);
const axpy = ternary('axpy', any);

/** self + alpha * other in the dtype of the two operands, which `alpha` must suit. */
function scaledSum(self: Source, other: Source, alpha: Scalar, into?: Tensor): Tensor {
  const dtype = resultType(self, other);
  if (typeof alpha === 'boolean' && dtype !== bool) {
    throw new RuntimeError('Boolean alpha only supported for Boolean results.');
  }
  if (!dtype.is_floating_point && typeof alpha === 'number' && !Number.isInteger(alpha)) {
    throw new RuntimeError('For integral input tensors, argument alpha must not be a floating point number.');
  }
  if (dtype === bool) return plus(self, other, into);
  checkFits(alpha, dtype);
  return axpy(self, other, alpha, into);
}

/** self + alpha * other. */
export const add: InPlace<Scaled> = op('add(Tensor self, Operand other, *, Scalar alpha=1) -> Tensor', {
  tangents: 'pointwise',
  forward: (self, other, alpha, into) => (alpha === 1 ? plus(self, other, into) : scaledSum(self, other, alpha, into)),
  backward: {
    self: (grad) => grad,
    other: (grad, { alpha }) => (alpha === 1 ? grad : grad.mul(alpha)),
  },
  inplace: true,
});

const isBool = (source: Source): boolean => (source instanceof Tensor ? source.dtype === bool : source === !!source);

/** @throws RuntimeError, in PyTorch's words, when an operand is bool. */
function checkSubtraction(self: Source, other: Source): void {
  if (isBool(self) && isBool(other)) {
    throw new RuntimeError(
      'Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` operator ' +
        'instead.',
    );
  }
  if (isBool(self) || isBool(other)) {
    throw new RuntimeError(
      'Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, use the ' +
        '`~` or `logical_not()` operator instead.',
    );
  }
}

const opposite = (alpha: Scalar): Scalar => (typeof alpha === 'bigint' ? -alpha : -Number(alpha));

function difference(self: Source, other: Source, alpha: Scalar, into?: Tensor): Tensor {
  checkSubtraction(self, other);
  if (alpha === 1) return minus(self, other, into);
  return scaledSum(self, other, typeof alpha === 'boolean' ? alpha : opposite(alpha), into);
}

/** self - alpha * other. @throws RuntimeError for bool. */
export const sub: InPlace<Scaled> = op('sub(Tensor self, Operand other, *, Scalar alpha=1) -> Tensor', {
  tangents: 'pointwise',
  forward: difference,
  backward: {
    self: (grad) => grad,
    other: (grad, { alpha }) => (alpha === 1 ? grad.neg() : grad.mul(opposite(alpha))),
  },
  inplace: true,
});
/** `sub` under its long name. */
export const subtract: InPlace<Scaled> = alias('subtract', sub);

/** other - alpha * self. @throws RuntimeError for bool. */
export const rsub: Scaled = op('rsub(Tensor self, Operand other, *, Scalar alpha=1) -> Tensor', {
  tangents: 'pointwise',
  forward: (self, other, alpha) => difference(other, self, alpha),
  backward: {
    self: (grad, { alpha }) => (alpha === 1 ? grad.neg() : grad.mul(opposite(alpha))),
    other: (grad) => grad,
  },
  node: (_self, other) => `RsubBackward${other instanceof Tensor ? 0 : 1}`,
});

/** Product, element by element. */
export const mul: InPlace<Binary> = op('mul(Tensor self, Operand other) -> Tensor', {
  tangents: 'pointwise',
  forward: binary('mul', any),
  backward: {
    self: (grad, { other }) => grad.mul(other),
    other: (grad, { self }) => grad.mul(self),
  },
  saves: { self: ['other'], other: ['self'] },
  inplace: true,
});
/** `mul` under its long name. */
export const multiply: InPlace<Binary> = alias('multiply', mul);

/** Integers and floats; bool is refused in PyTorch's words. */
const negatable: Rule = {
  ...any,
  compute: (dtype) => {
    if (dtype.kind !== Kind.Bool) return dtype;
    throw new RuntimeError(
      'Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use the `~` ' +
        'or `logical_not()` operator instead.',
    );
  },
};

/** The negative of each element. @throws RuntimeError for bool. */
export const neg: InPlace<Unary> = op('neg(Tensor self) -> Tensor', {
  forward: unary('neg', negatable),
  backward: { self: (grad) => grad.neg() },
  inplace: true,
});
/** `neg` under its long name. */
export const negative: InPlace<Unary> = alias('negative', neg);

/** The tensor itself. @throws RuntimeError for bool. */
export const positive: Unary = method('positive(Tensor self) -> Tensor', (self) => {
  if (self.dtype === bool) throw new RuntimeError('The `+` operator, on a bool tensor is not supported.');
  return self;
});

/** A sum with a product or quotient that is first multiplied by `value`. */
type Combined = (self: Tensor, tensor1: Tensor, tensor2: Tensor, options?: { value?: Scalar }) => Tensor;

const times = binary('mul', numeric);
const over = binary('div', any);
const scaledAdd = ternary('axpy', numeric);

/** self + value * tensor1 * tensor2. */
export const addcmul: InPlace<Combined> = op(
  'addcmul(Tensor self, Tensor tensor1, Tensor tensor2, *, Scalar value=1) -> Tensor',
  {
    forward: (self, tensor1, tensor2, value, into) => {
      if (value === 1) return scaledAdd(self, tensor1, tensor2, into);
      const dtype = resultType(self, tensor1, tensor2);
      const factor = dtype.is_floating_point ? value : Math.trunc(Number(value));
      return scaledAdd(self, times(converted(tensor1, dtype), tensor2), factor, into);
    },
    backward: {
      self: (grad) => grad,
      tensor1: (grad, { tensor2, value }) => grad.mul(value === 1 ? tensor2 : tensor2.mul(value)),
      tensor2: (grad, { tensor1, value }) => grad.mul(value === 1 ? tensor1 : tensor1.mul(value)),
    },
    saves: { tensor1: ['tensor2'], tensor2: ['tensor1'] },
    inplace: true,
  },
);

/** self + value * tensor1 / tensor2. @throws RuntimeError when both are integers. */
export const addcdiv: InPlace<Combined> = op(
  'addcdiv(Tensor self, Tensor tensor1, Tensor tensor2, *, Scalar value=1) -> Tensor',
  {
    forward: (self, tensor1, tensor2, value, into) => {
      if (!tensor1.dtype.is_floating_point && !tensor2.dtype.is_floating_point) {
        throw new RuntimeError(
          'Integer division with addcdiv is no longer supported, and in a future  release addcdiv will perform a true ' +
            'division of tensor1 and tensor2.',
        );
      }
      const dtype = resultType(self, tensor1, tensor2);
      return scaledAdd(self, over(converted(tensor1, dtype), tensor2), value, into);
    },
    backward: {
      self: (grad) => grad,
      tensor1: (grad, { tensor2, value }) => grad.mul(tensor2.reciprocal().mul(value)),
      tensor2: (grad, { tensor1, tensor2, value }) => grad.neg().mul(tensor1.mul(value).div(tensor2.mul(tensor2))),
    },
    saves: { tensor1: ['tensor2'], tensor2: ['tensor1', 'tensor2'] },
    inplace: true,
  },
);
