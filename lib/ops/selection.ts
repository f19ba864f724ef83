/** Choosing between elements by a condition. */
import { bool, type DType, uint8 } from '../base/dtype.js';
import { RuntimeError } from '../base/errors.js';
import { broadcastShapes } from '../base/shape.js';
import { opcode } from '../engine/native.js';
import type { Scalar } from '../op/context.js';
import { install, op } from '../op/op.js';
import {
  checkDestination,
  checkFits,
  converted,
  emit,
  newResult,
  prepare,
  resultType,
  type Source,
  sizesOf,
} from '../op/pointwise.js';
import type { InPlace } from '../op/signatures.js';
import { emptyTensor, Tensor } from '../tensor.js';

const select = opcode('where');

/** `condition ? a : b` for inputs that have been converted to `out`'s dtype. */
const choose = (op: string, out: Tensor, condition: Tensor, a: Source, b: Source): void =>
  emit(select, op, out, out.dtype, a, b, condition);

/** @throws RuntimeError unless the dtype is bool, or uint8, which PyTorch still takes. */
function checkMask(mask: Tensor, message: string): void {
  if (mask.dtype !== bool && mask.dtype !== uint8) throw new RuntimeError(`${message} ${mask.dtype.scalarName}`);
}

/** Elements of `self` where the condition holds, of `other` elsewhere. The method is `self.where(condition, other)`. */
export const where: (condition: Tensor, self: Tensor | Scalar, other: Tensor | Scalar) => Tensor = op(
  'where(Tensor condition, Operand self, Operand other) -> Tensor',
  {
    forward: (condition, self, other) => {
      checkMask(condition, 'where expected condition to be a boolean tensor, but got a tensor with dtype');
      const dtype = resultType(self, other);
      for (const source of [self, other]) if (!(source instanceof Tensor)) checkFits(source, dtype);
      const shape = broadcastShapes('where', broadcastShapes('where', condition.sizes, sizesOf(self)), sizesOf(other));
      const [mask, a, b] = [converted(condition, bool), prepare(self, dtype), prepare(other, dtype)];
      const out = newResult(shape, dtype, [mask, a, b]);
      choose('where', out, mask, a, b);
      return out;
    },
    backward: {
      self: (grad, { condition }) => where(condition, grad, 0),
      other: (grad, { condition }) => where(condition, 0, grad),
    },
    saves: ['condition'],
  },
);
install('where', (self, condition, ...rest) => (where as (...args: unknown[]) => unknown)(condition, self, ...rest));

/** `value` where the mask holds, `self` elsewhere; `value` is a number or a 0-dim tensor. */
export const masked_fill: InPlace<(self: Tensor, mask: Tensor, value: Tensor | Scalar) => Tensor> = op(
  'masked_fill(Tensor self, Tensor mask, Operand value) -> Tensor',
  {
    forward: (self, mask, value, into) => {
      checkMask(mask, 'masked_fill only supports boolean masks, but got mask with dtype');
      checkFill(value, self.dtype);
      const shape = broadcastShapes('masked_fill', self.sizes, mask.sizes);
      if (into !== undefined) checkDestination('masked_fill', shape, self.dtype, [self, mask], into);
      const out = into ?? emptyTensor(shape, self.dtype);
      choose('masked_fill', out, converted(mask, bool), prepare(value, self.dtype), self);
      return out;
    },
    backward: {
      self: (grad, { mask }) => grad.masked_fill(mask, 0),
      value: (grad, { mask }) => where(mask, grad, 0).sum(),
    },
    saves: ['mask'],
    node: (_self, _mask, value) => `MaskedFillBackward${value instanceof Tensor ? 1 : 0}`,
    inplace: true,
  },
);

function checkFill(value: Source, dtype: DType): void {
  if (value instanceof Tensor && value.ndim > 0) {
    throw new RuntimeError(
      `masked_fill only supports a 0-dimensional value tensor, but got tensor with ${value.ndim} dimension(s).`,
    );
  }
  checkFits(value instanceof Tensor ? value.item() : value, dtype);
}
