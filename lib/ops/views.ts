/** Views: the same elements under other sizes, strides and offset. */
import { RuntimeError, showShape } from '../base/errors.js';
import { inferSize, type Shape, viewStrides, wrapDim } from '../base/shape.js';
import { method, op } from '../op/op.js';
import type { Form } from '../op/record.js';
import type { Sizes, Unary } from '../op/signatures.js';
import { emptyTensor, type Tensor } from '../tensor.js';

/** Elements that lie outside `tensor`'s storage are refused. */
function checkInStorage(tensor: Tensor, sizes: Shape, strides: Shape, offset: number): void {
  if (sizes.length !== strides.length) {
    throw new RuntimeError(
      `as_strided: mismatch in length of strides and shape: ${showShape(strides)} and ${showShape(sizes)}`,
    );
  }
  for (const size of sizes) if (size < 0) throw new RuntimeError(`as_strided: negative size in ${showShape(sizes)}`);
  for (const stride of strides) {
    if (stride < 0) throw new RuntimeError(`as_strided: Negative strides are not supported, got ${showShape(strides)}`);
  }
  if (offset < 0) throw new RuntimeError(`as_strided: storage_offset must not be negative, got ${offset}`);
  const empty = sizes.includes(0);
  const last = empty ? -1 : sizes.reduce((position, size, i) => position + (size - 1) * strides[i], offset);
  const needed = (last + 1) * tensor.itemsize;
  if (needed > tensor.storage.nbytes) {
    throw new RuntimeError(
      `setStorage: sizes ${showShape(sizes)}, strides ${showShape(strides)}, storage offset ${offset}, and itemsize ` +
        `${tensor.itemsize} requiring a storage size of ${needed} are out of bounds for storage of size ` +
        `${tensor.storage.nbytes}`,
    );
  }
}

/** A view by sizes, strides and storage offset alone. @throws RuntimeError when it would leave the storage. */
export const as_strided: (
  self: Tensor,
  size: readonly number[],
  stride: readonly number[],
  storage_offset?: number | null,
) => Tensor = op('as_strided(Tensor self, int[1] size, int[1] stride, int? storage_offset=None) -> Tensor', {
  forward: (self, size, stride, storage_offset) => {
    const offset = storage_offset ?? self.offset;
    checkInStorage(self, size, stride, offset);
    return self.alias(size, stride, offset);
  },
  backward: {
    self: (grad, { self, size, stride, storage_offset }) =>
      fromStorage(self, toStorage(grad, self, size, stride, storage_offset ?? self.offset)),
  },
  view: 'one',
});

/** The position behind the last element that sizes, strides and offset reach. */
function extent(sizes: Shape, strides: Shape, offset: number): number {
  return sizes.includes(0) ? 0 : sizes.reduce((position, size, i) => position + (size - 1) * strides[i], offset) + 1;
}

/** The gradient of a storage from that of one view of it, as a row of the storage's elements. */
function toStorage(grad: Tensor, self: Form, sizes: Shape, strides: Shape, offset: number): Tensor {
  const span = Math.max(extent(self.sizes, self.strides, self.offset), extent(sizes, strides, offset));
  const row = emptyTensor([span], grad.dtype).zero_();
  row.as_strided(sizes, strides, offset).copy_(grad);
  return row;
}

const fromStorage = (self: Form, row: Tensor): Tensor => row.as_strided(self.sizes, self.strides, self.offset);

/** Repeats dimensions of size 1, without copying; -1 keeps a size. @throws RuntimeError when the sizes do not fit. */
export const expand: (self: Tensor, ...size: Sizes) => Tensor = op('expand(Tensor self, int[] size) -> Tensor', {
  forward: (self, size) => {
    const lead = size.length - self.ndim;
    const sizes = size.map((n, i) => (n === -1 && i >= lead ? self.sizes[i - lead] : n));
    const fits = lead >= 0 && self.sizes.every((n, i) => n === 1 || n === sizes[lead + i]);
    if (!fits || sizes.some((n) => n < 0)) {
      throw new RuntimeError(
        `expand(${showShape(self.sizes)}, size=${showShape(size)}): the expanded size of the tensor must match the ` +
          'existing size at every non-singleton dimension',
      );
    }
    const strides = sizes.map((n, i) =>
      i < lead || (self.sizes[i - lead] === 1 && n !== 1) ? 0 : self.strides[i - lead],
    );
    return self.alias(sizes, strides, self.offset);
  },
  backward: { self: (grad) => grad },
  view: 'one',
});

/** The same elements under other sizes, one of which may be -1. @throws RuntimeError where that needs a copy. */
export const view: (self: Tensor, ...size: Sizes) => Tensor = op('view(Tensor self, int[] size) -> Tensor', {
  forward: (self, size) => {
    const sizes = inferSize(size, self.count);
    const strides = viewStrides(self.sizes, self.strides, sizes);
    if (strides === null) {
      throw new RuntimeError(
        "view size is not compatible with input tensor's size and stride (at least one dimension spans across two " +
          'contiguous subspaces). Use .reshape(...) instead.',
      );
    }
    return self.alias(sizes, strides, self.offset);
  },
  backward: { self: (grad, { self }) => grad.reshape(self.shape) },
  view: 'one',
});

/** The same elements under other sizes, one of which may be -1; a view where possible. */
export const reshape: (self: Tensor, ...size: Sizes) => Tensor = method(
  'reshape(Tensor self, int[] shape) -> Tensor',
  (self: Tensor, shape: readonly number[]): Tensor => {
    const sizes = inferSize(shape, self.count);
    return viewStrides(self.sizes, self.strides, sizes) === null ? self.contiguous().view(sizes) : self.view(sizes);
  },
);

/** A dimension of size 1 more, at `dim` of the result. */
export const unsqueeze: (self: Tensor, dim: number) => Tensor = op('unsqueeze(Tensor self, int dim) -> Tensor', {
  forward: (self, dim) => {
    const at = wrapDim(dim, self.ndim + 1);
    const sizes = [...self.sizes.slice(0, at), 1, ...self.sizes.slice(at)];
    const stride = at < self.ndim ? self.sizes[at] * self.strides[at] : 1;
    return self.alias(sizes, [...self.strides.slice(0, at), stride, ...self.strides.slice(at)], self.offset);
  },
  backward: { self: (grad, { dim, self }) => grad.squeeze(wrapDim(dim, self.ndim + 1)) },
  view: 'one',
});

/** Without the dimensions of size 1, or without `dim` if it is one. */
export const squeeze: (self: Tensor, dim?: number) => Tensor = op('squeeze(Tensor self, int? dim=None) -> Tensor', {
  forward: (self, dim) => {
    const at = dim === null ? null : wrapDim(dim, self.ndim);
    const kept = self.sizes.map((_, i) => i).filter((i) => self.sizes[i] !== 1 || (at !== null && i !== at));
    return self.alias(
      kept.map((i) => self.sizes[i]),
      kept.map((i) => self.strides[i]),
      self.offset,
    );
  },
  backward: { self: (grad, { self }) => grad.reshape(self.shape) },
  view: 'one',
});

/** With two dimensions exchanged. */
export const transpose: (self: Tensor, dim0: number, dim1: number) => Tensor = op(
  'transpose(Tensor self, int dim0, int dim1) -> Tensor',
  {
    forward: (self, dim0, dim1) => {
      const order = self.sizes.map((_, i) => i);
      const [a, b] = [wrapDim(dim0, self.ndim), wrapDim(dim1, self.ndim)];
      if (self.ndim > 0) [order[a], order[b]] = [b, a];
      return self.alias(
        order.map((i) => self.sizes[i]),
        order.map((i) => self.strides[i]),
        self.offset,
      );
    },
    backward: { self: (grad, { dim0, dim1 }) => grad.transpose(dim0, dim1) },
    view: 'one',
  },
);

/** The transpose of a matrix; a vector or scalar as it is. */
export const t: Unary = op('t(Tensor self) -> Tensor', {
  forward: (self) => {
    if (self.ndim > 2) throw new RuntimeError(`t() expects a tensor with <= 2 dimensions, but self is ${self.ndim}D`);
    return self.alias([...self.sizes].reverse(), [...self.strides].reverse(), self.offset);
  },
  backward: { self: (grad) => grad.t() },
  view: 'one',
  node: 'TBackward0',
});
