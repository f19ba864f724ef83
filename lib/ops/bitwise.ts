/** Operations on the bits of integers; on bool, logic. */
import { type DType, Kind } from '../base/dtype.js';
import { unsupportedError } from '../base/errors.js';
import { op } from '../op/op.js';
import { binary, integral, type Rule, unary, withTensor } from '../op/pointwise.js';
import type { EitherTensor, InPlace, Unary } from '../op/signatures.js';

/** Integers alone. */
const integersOnly: Rule = {
  compute: (dtype, name) => {
    if (dtype.kind !== Kind.Integral) throw unsupportedError(name, dtype);
    return dtype;
  },
  result: (dtype: DType) => dtype,
};

/** The complement of each element's bits; of bool, the opposite. */
export const bitwise_not: InPlace<Unary> = op('bitwise_not(Tensor self) -> Tensor', {
  forward: unary('bitwise_not', integral),
  inplace: true,
});

/** Bits that both have. */
export const bitwise_and: InPlace<EitherTensor> = op('bitwise_and(Operand self, Operand other) -> Tensor', {
  forward: withTensor('bitwise_and', binary('bitwise_and', integral)),
  inplace: true,
});

/** Bits that one of both has. */
export const bitwise_or: InPlace<EitherTensor> = op('bitwise_or(Operand self, Operand other) -> Tensor', {
  forward: withTensor('bitwise_or', binary('bitwise_or', integral)),
  inplace: true,
});

/** Bits that exactly one of both has. */
export const bitwise_xor: InPlace<EitherTensor> = op('bitwise_xor(Operand self, Operand other) -> Tensor', {
  forward: withTensor('bitwise_xor', binary('bitwise_xor', integral)),
  inplace: true,
});

/** self * 2^other; no bit is left from the width of the dtype on. */
export const bitwise_left_shift: InPlace<EitherTensor> = op(
  'bitwise_left_shift(Operand self, Operand other) -> Tensor',
  {
    forward: withTensor('bitwise_left_shift', binary('bitwise_left_shift', integersOnly)),
    inplace: true,
  },
);

/** ⌊self / 2^other⌋, the sign kept. */
export const bitwise_right_shift: InPlace<EitherTensor> = op(
  'bitwise_right_shift(Operand self, Operand other) -> Tensor',
  {
    forward: withTensor('bitwise_right_shift', binary('bitwise_right_shift', integersOnly)),
    inplace: true,
  },
);
