/** Copies, conversions and fills. */
import type { DType } from '../base/dtype.js';
import { filled } from '../op/factory.js';
import { method, op } from '../op/op.js';
import { checkOverlap, converted, copyInto, emptyLike } from '../op/pointwise.js';
import type { Unary } from '../op/signatures.js';
import { emptyTensor, type Tensor } from '../tensor.js';

/** A copy in memory of its own, with the same strides where they are dense. */
export const clone: Unary = op('clone(Tensor self) -> Tensor', {
  forward: (self) => {
    const result = emptyLike(self, self.dtype);
    copyInto(result, self);
    return result;
  },
  backward: { self: (grad) => grad },
});

/** The elements in row-major order: the tensor itself if they are, else a copy. */
export const contiguous: Unary = method('contiguous(Tensor self) -> Tensor', (self) =>
  self.contiguousFlag ? self : rowMajor(self),
);

const rowMajor: Unary = op('clone.contiguous(Tensor self) -> Tensor', {
  forward: (self) => {
    const result = emptyTensor(self.sizes, self.dtype);
    copyInto(result, self);
    return result;
  },
  backward: { self: (grad) => grad },
});

/** In another dtype; the tensor itself if it has it. */
const toCopy: (self: Tensor, dtype: DType) => Tensor = op('_to_copy(Tensor self, ScalarType dtype) -> Tensor', {
  forward: (self, dtype) => converted(self, dtype),
  backward: { self: (grad) => grad },
  node: 'ToCopyBackward0',
});

/** The elements in another dtype; the tensor itself if it has it. */
export const to: (self: Tensor, dtype: DType) => Tensor = method(
  'to(Tensor self, ScalarType dtype) -> Tensor',
  (self, dtype) => (self.dtype === dtype ? self : toCopy(self, dtype)),
);

/** The gradient of what is overwritten. */
const zerosFor = (grad: Tensor): Tensor => filled('zeros', grad.sizes, 0, grad.dtype);

/** Writes `src`, broadcast and converted, over all elements. */
export const copy_: (self: Tensor, src: Tensor) => Tensor = op('copy_(Tensor self, Tensor src) -> Tensor', {
  forward: (self, src) => {
    checkOverlap('copy_', self, [src]);
    copyInto(self, src);
    return self;
  },
  backward: { self: zerosFor, src: (grad) => grad },
  writes: true,
  node: 'torch::autograd::CopyBackwards',
});

/** Sets every element to 0. */
export const zero_: Unary = op('zero_(Tensor self) -> Tensor', {
  forward: (self) => {
    copyInto(self, 0);
    return self;
  },
  backward: { self: zerosFor },
  writes: true,
  node: 'ZeroBackward0',
});

/** The same elements, cut off from the graph. */
export const detach: Unary = op('detach(Tensor self) -> Tensor', {
  forward: (self) => self.alias(self.sizes, self.strides, self.offset),
});
