/** Quotients and remainders. */
import { RuntimeError, show } from '../base/errors.js';
import type { Scalar } from '../op/context.js';
import { zerosLike } from '../op/factory.js';
import { alias, method, op } from '../op/op.js';
import { binary, floating, numeric, type Source, withTensor } from '../op/pointwise.js';
import type { Binary, EitherTensor, InPlace } from '../op/signatures.js';
import { Tensor } from '../tensor.js';

/** How a quotient is rounded: not at all, towards 0, or down. */
type RoundingMode = 'trunc' | 'floor' | null;

const quotient = binary('div', floating);
const truncated = binary('trunc_divide', numeric);
const floored = binary('floor_divide', numeric);

function rounded(self: Source, other: Source, mode: string | null, into?: Tensor): Tensor {
  if (mode === null) return quotient(self, other, into);
  if (mode === 'trunc') return truncated(self, other, into);
  if (mode === 'floor') return floored(self, other, into);
  throw new RuntimeError(`div expected rounding_mode to be one of None, 'trunc', or 'floor' but found ${show(mode)}`);
}

type Divide = (self: Tensor, other: Tensor | Scalar, options?: { rounding_mode?: RoundingMode }) => Tensor;

/**
 * Quotient, element by element; rounded it keeps the operands' dtype.
 * @throws RuntimeError for integers divided by 0.
 */
export const div: InPlace<Divide> = op('div(Tensor self, Operand other, *, str? rounding_mode=None) -> Tensor', {
  tangents: 'pointwise',
  forward: rounded,
  backward: {
    self: (grad, { other, rounding_mode }) => (rounding_mode === null ? grad.div(other) : zerosLike(grad)),
    other: (grad, { self, other, rounding_mode }) =>
      rounding_mode === null ? grad.neg().mul(self.div(other).div(other)) : zerosLike(grad),
  },
  saves: { self: ['other'], other: ['self', 'other'] },
  node: (_self, _other, mode) => `DivBackward${mode === null ? 0 : 2}`,
  inplace: true,
});
/** `div` under its long name. */
export const divide: InPlace<Divide> = alias('divide', div);

/** Quotient, never rounded. */
export const true_divide: Binary = method('true_divide(Tensor self, Operand other) -> Tensor', (self, other) =>
  self.div(other),
);
/** `true_divide` in place. */
export const true_divide_: Binary = method('true_divide_(Tensor self, Operand other) -> Tensor', (self, other) =>
  self.div_(other),
);

/** The formula of what PyTorch has no derivative of. */
const undefinedDerivative = (name: string) => (): never => {
  throw new RuntimeError(`derivative for aten::${name} is not implemented`);
};

/** ⌊self / other⌋, which has no derivative. @throws RuntimeError for integers divided by 0. */
export const floor_divide: InPlace<Binary> = op('floor_divide(Tensor self, Operand other) -> Tensor', {
  forward: floored,
  backward: { self: undefinedDerivative('floor_divide'), other: undefinedDerivative('floor_divide') },
  node: 'torch::autograd::NotImplemented',
  inplace: true,
});

/** self - other * ⌊self / other⌋: the sign of other. @throws RuntimeError for integers divided by 0. */
export const remainder: InPlace<EitherTensor> = op('remainder(Operand self, Operand other) -> Tensor', {
  forward: withTensor('remainder', binary('remainder', numeric)),
  backward: {
    self: (grad) => grad,
    other: (grad, { self, other }) => {
      if (!(self instanceof Tensor)) return undefinedDerivative('remainder')();
      return grad.neg().mul(self.div(other, { rounding_mode: 'floor' }));
    },
  },
  saves: { other: ['self', 'other'] },
  node: remainderNode,
  inplace: true,
});

function remainderNode(self: Source, other: Source): string {
  if (!(self instanceof Tensor)) return 'torch::autograd::NotImplemented';
  return `RemainderBackward${other instanceof Tensor ? 1 : 0}`;
}

/** The remainder of a division rounded towards 0: the sign of self. @throws RuntimeError for integers divided by 0. */
export const fmod: InPlace<Binary> = op('fmod(Tensor self, Operand other) -> Tensor', {
  forward: binary('fmod', numeric),
  backward: {
    self: (grad) => grad,
    other: (grad, { self, other }) => grad.neg().mul(self.div(other, { rounding_mode: 'trunc' })),
  },
  saves: { other: ['self', 'other'] },
  node: (_self, other) => `FmodBackward${other instanceof Tensor ? 1 : 0}`,
  inplace: true,
});
