/** Comparisons, tests and logic; true or false, and nothing flows back. */
import type { DType } from '../base/dtype.js';
import { RuntimeError } from '../base/errors.js';
import { sameShape } from '../base/shape.js';
import { zerosLike } from '../op/factory.js';
import { alias, method, op } from '../op/op.js';
import { binary, converted, floating, predicate, unary } from '../op/pointwise.js';
import { reduction } from '../op/reduction.js';
import type { Binary, InPlace, TensorBinary, Unary } from '../op/signatures.js';
import type { Tensor } from '../tensor.js';

/** Whether elements are equal. */
export const eq: InPlace<Binary> = op('eq(Tensor self, Operand other) -> Tensor', {
  forward: binary('eq', predicate),
  backward: { self: zerosLike, other: zerosLike },
  node: 'EqBackward1',
  inplace: true,
});

/** Whether elements differ. */
export const ne: InPlace<Binary> = op('ne(Tensor self, Operand other) -> Tensor', {
  forward: binary('ne', predicate),
  backward: { self: zerosLike, other: zerosLike },
  node: 'NeBackward1',
  inplace: true,
});

/** Whether elements are less than those of other. */
export const lt: InPlace<Binary> = op('lt(Tensor self, Operand other) -> Tensor', {
  forward: binary('lt', predicate),
  backward: { self: zerosLike, other: zerosLike },
  node: 'LtBackward1',
  inplace: true,
});

/** Whether elements are at most those of other. */
export const le: InPlace<Binary> = op('le(Tensor self, Operand other) -> Tensor', {
  forward: binary('le', predicate),
  backward: { self: zerosLike, other: zerosLike },
  node: 'LeBackward1',
  inplace: true,
});

/** Whether elements are greater than those of other. */
export const gt: InPlace<Binary> = op('gt(Tensor self, Operand other) -> Tensor', {
  forward: binary('gt', predicate),
  backward: { self: zerosLike, other: zerosLike },
  node: 'GtBackward1',
  inplace: true,
});

/** Whether elements are at least those of other. */
export const ge: InPlace<Binary> = op('ge(Tensor self, Operand other) -> Tensor', {
  forward: binary('ge', predicate),
  backward: { self: zerosLike, other: zerosLike },
  node: 'GeBackward1',
  inplace: true,
});

/** `ne` under its long name. */
export const not_equal: InPlace<Binary> = alias('not_equal', ne);
/** `lt` under its long name. */
export const less: InPlace<Binary> = alias('less', lt);
/** `le` under its long name. */
export const less_equal: InPlace<Binary> = alias('less_equal', le);
/** `gt` under its long name. */
export const greater: InPlace<Binary> = alias('greater', gt);
/** `ge` under its long name. */
export const greater_equal: InPlace<Binary> = alias('greater_equal', ge);

/** Whether both elements are not 0. */
export const logical_and: InPlace<TensorBinary> = op('logical_and(Tensor self, Tensor other) -> Tensor', {
  forward: binary('logical_and', predicate),
  backward: { self: zerosLike, other: zerosLike },
  inplace: true,
});

/** Whether one of the elements is not 0. */
export const logical_or: InPlace<TensorBinary> = op('logical_or(Tensor self, Tensor other) -> Tensor', {
  forward: binary('logical_or', predicate),
  backward: { self: zerosLike, other: zerosLike },
  inplace: true,
});

/** Whether exactly one of the elements is not 0. */
export const logical_xor: InPlace<TensorBinary> = op('logical_xor(Tensor self, Tensor other) -> Tensor', {
  forward: binary('logical_xor', predicate),
  backward: { self: zerosLike, other: zerosLike },
  inplace: true,
});

/** Whether the element is 0. */
export const logical_not: InPlace<Unary> = op('logical_not(Tensor self) -> Tensor', {
  forward: unary('logical_not', predicate),
  backward: { self: zerosLike },
  inplace: true,
});

/** Whether the element is not a number. */
export const isnan: Unary = op('isnan(Tensor self) -> Tensor', { forward: unary('isnan', predicate) });

/** Whether the element is infinite. */
export const isinf: Unary = op('isinf(Tensor self) -> Tensor', { forward: unary('isinf', predicate) });

/** Whether the element is neither infinite nor NaN. */
export const isfinite: Unary = op('isfinite(Tensor self) -> Tensor', { forward: unary('isfinite', predicate) });

/** Whether the element is negative; -0 is. */
export const signbit: Unary = op('signbit(Tensor self) -> Tensor', { forward: unary('signbit', predicate) });

const equals = binary('eq', predicate);

/** Whether the element is positive infinity. */
export const isposinf: Unary = op('isposinf(Tensor self) -> Tensor', {
  forward: (self) => equals(self, Number.POSITIVE_INFINITY),
});

/** Whether the element is negative infinity. */
export const isneginf: Unary = op('isneginf(Tensor self) -> Tensor', {
  forward: (self) => equals(self, Number.NEGATIVE_INFINITY),
});

const same = (dtype: DType): DType => dtype;
const every = reduction('all', { compute: same, result: same, identity: true });

/** Whether two tensors have the same shape and elements. */
export const equal: (self: Tensor, other: Tensor) => boolean = method(
  'equal(Tensor self, Tensor other) -> bool',
  (self, other) => sameShape(self.sizes, other.sizes) && every(equals(self, other), null, false).item() === true,
);

/** Tolerances of a comparison: |self - other| <= atol + rtol * |other|. */
interface Tolerances {
  rtol?: number;
  atol?: number;
  equal_nan?: boolean;
}

/** Both tensors, then tolerances by position or by name. */
type Close<Result> = (
  self: Tensor,
  other: Tensor,
  ...tolerances:
    | [Tolerances?]
    | [rtol: number, Tolerances?]
    | [rtol: number, atol: number, Tolerances?]
    | [rtol: number, atol: number, equal_nan: boolean]
) => Result;

/**
 * Whether |self - other| <= atol + rtol * |other|, element by element.
 * @throws RuntimeError unless the dtypes agree.
 */
export const isclose: Close<Tensor> = op(
  'isclose(Tensor self, Tensor other, float rtol=1e-05, float atol=1e-08, bool equal_nan=False) -> Tensor',
  {
    forward: (self, other, rtol, atol, equal_nan) => {
      checkTolerances(self, other, rtol, atol);
      const [a, b] = [self.detach(), other.detach()];
      const same = a.eq(b);
      const close = equal_nan ? same.logical_or(a.isnan().logical_and(b.isnan())) : same;
      if (rtol === 0 && atol === 0) return close;
      const compute = floating.compute(b.dtype, 'isclose');
      const reference = converted(b, compute);
      const allowed = reference.mul(rtol).abs().add(atol);
      const actual = converted(a, compute).sub(reference).abs();
      return close.logical_or(actual.isfinite().logical_and(actual.le(allowed)));
    },
  },
);

function checkTolerances(self: Tensor, other: Tensor, rtol: number, atol: number): void {
  if (self.dtype !== other.dtype) {
    throw new RuntimeError(`isclose: ${self.dtype.scalarName} did not match ${other.dtype.scalarName}`);
  }
  for (const [name, value] of Object.entries({ rtol, atol })) {
    if (!(value >= 0)) {
      throw new RuntimeError(`isclose: ${name} must be greater than or equal to zero, but got ${value}`);
    }
  }
}

/** Whether `isclose` holds for all elements. */
export const allclose: Close<boolean> = method(
  'allclose(Tensor self, Tensor other, float rtol=1e-05, float atol=1e-08, bool equal_nan=False) -> bool',
  (self, other, rtol, atol, equal_nan) =>
    every(isclose(self, other, rtol, atol, equal_nan), null, false).item() === true,
);
