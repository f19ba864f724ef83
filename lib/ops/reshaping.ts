/** The same elements in the same order under other sizes. */
import { RuntimeError, showShape } from '../base/errors.js';
import { inferSize, numel, type Shape, viewStrides, wrapDim } from '../base/shape.js';
import { method, op, overloaded } from '../op/op.js';
import type { InPlace, Sizes, Unary } from '../op/signatures.js';
import { unsafeView, viewAt } from '../op/strided.js';
import type { Tensor } from '../tensor.js';

/** The same elements under other sizes, one of which may be -1. @throws RuntimeError where that needs a copy. */
export const view: (self: Tensor, ...size: Sizes) => Tensor = op('view(Tensor self, int[] size) -> Tensor', {
  forward: (self, size) => {
    const sizes = inferSize(size, self.count);
    const strides = viewStrides(self.sizes, self.strides, sizes);
    if (strides !== null) return viewAt(self, { sizes, strides, offset: self.offset });
    throw new RuntimeError(
      "view size is not compatible with input tensor's size and stride (at least one dimension spans across two " +
        'contiguous subspaces). Use .reshape(...) instead.',
    );
  },
  backward: { self: (grad, { self }) => grad.reshape(self.shape) },
  view: 'one',
});

/** The same elements under the sizes of `other`. @throws RuntimeError where that needs a copy. */
export const view_as: (self: Tensor, other: Tensor) => Tensor = method(
  'view_as(Tensor self, Tensor other) -> Tensor',
  (self: Tensor, other: Tensor) => self.view(other.sizes),
);

/** A view whose strides are known to fit. */
const reshapeAlias: (self: Tensor, size: Shape, stride: Shape) => Tensor = op(
  '_reshape_alias(Tensor self, int[1] size, int[1] stride) -> Tensor',
  {
    forward: (self, size, stride) => viewAt(self, { sizes: size, strides: stride, offset: self.offset }),
    backward: { self: (grad, { self }) => grad.reshape(self.shape) },
    view: 'one',
    node: 'ReshapeAliasBackward0',
    only: 'function',
  },
);

/** The same elements under other sizes, one of which may be -1; a view where possible. */
export const reshape: (self: Tensor, ...shape: Sizes) => Tensor = method(
  'reshape(Tensor self, int[] shape) -> Tensor',
  (self: Tensor, shape: Shape): Tensor => {
    const sizes = inferSize(shape, self.count);
    const strides = viewStrides(self.sizes, self.strides, sizes);
    return strides === null ? unsafeView(self.contiguous(), sizes) : reshapeAlias(self, sizes, strides);
  },
);

/** The same elements under the sizes of `other`; a view where possible. */
export const reshape_as: (self: Tensor, other: Tensor) => Tensor = method(
  'reshape_as(Tensor self, Tensor other) -> Tensor',
  (self: Tensor, other: Tensor) => self.reshape(other.sizes),
);

/** The dimensions from `start_dim` to `end_dim` as one. */
export const flatten: (self: Tensor, start_dim?: number, end_dim?: number) => Tensor = method(
  'flatten(Tensor self, int start_dim=0, int end_dim=-1) -> Tensor',
  (self: Tensor, start_dim: number, end_dim: number): Tensor => {
    const [first, last] = [wrapDim(start_dim, self.ndim), wrapDim(end_dim, self.ndim)];
    if (first > last) throw new RuntimeError('flatten() has invalid args: start_dim cannot come after end_dim');
    if (self.ndim === 0) return self.reshape(1);
    if (first === last) return self;
    const { sizes } = self;
    return self.reshape([...sizes.slice(0, first), numel(sizes.slice(first, last + 1)), ...sizes.slice(last + 1)]);
  },
);

/** One dimension as several of these sizes, one of which may be -1. */
export const unflatten: (self: Tensor, dim: number, sizes: Shape) => Tensor = method(
  'unflatten(Tensor self, int dim, int[1] sizes) -> Tensor',
  (self: Tensor, dim: number, sizes: Shape): Tensor => {
    const at = wrapDim(dim, self.ndim);
    if (sizes.length === 0) throw new RuntimeError('unflatten: sizes must be non-empty');
    const size = self.sizes[at];
    const known = numel(sizes.filter((part) => part !== -1));
    if (sizes.includes(-1) ? size % known !== 0 : size !== known) {
      throw new RuntimeError(
        `unflatten: Provided sizes ${showShape(sizes)} don't multiply up to the size of dim ${at} (${size}) in the ` +
          'input tensor',
      );
    }
    return self.view([...self.sizes.slice(0, at), ...inferSize(sizes, size), ...self.sizes.slice(at + 1)]);
  },
);

/** All elements in one dimension, in row-major order; a view of a contiguous tensor. */
export const ravel: Unary = method('ravel(Tensor self) -> Tensor', (self: Tensor) => self.contiguous().view(-1));

/** A dimension of size 1 more, at `dim` of the result. */
export const unsqueeze: InPlace<(self: Tensor, dim: number) => Tensor> = op(
  'unsqueeze(Tensor self, int dim) -> Tensor',
  {
    forward: (self, dim) => {
      const at = wrapDim(dim, self.ndim + 1);
      const stride = at < self.ndim ? self.sizes[at] * self.strides[at] : 1;
      const insert = (list: Shape, value: number): number[] => [...list.slice(0, at), value, ...list.slice(at)];
      const [sizes, strides] = [insert(self.sizes, 1), insert(self.strides, stride)];
      return viewAt(self, { sizes, strides, offset: self.offset });
    },
    backward: { self: (grad, { dim, self }) => grad.squeeze(wrapDim(dim, self.ndim + 1)) },
    view: 'one',
    inplace: 'UnsqueezeBackward1',
  },
);

/** A view without the dimensions of size 1 among `dims`. */
function squeezed(self: Tensor, dims: (dim: number) => boolean): Tensor {
  const keep = (list: Shape): number[] => list.filter((_, dim) => self.sizes[dim] !== 1 || !dims(dim));
  return viewAt(self, { sizes: keep(self.sizes), strides: keep(self.strides), offset: self.offset });
}

/** Without the dimensions of size 1, or without `dim` if it is one. */
export const squeeze: InPlace<(self: Tensor, dim?: number) => Tensor> = overloaded(
  'squeeze',
  op('squeeze(Tensor self) -> Tensor', {
    forward: (self) => squeezed(self, () => true),
    backward: { self: (grad, { self }) => grad.reshape(self.shape) },
    view: 'one',
    inplace: 'SqueezeBackward2',
  }),
  op('squeeze.dim(Tensor self, int dim) -> Tensor', {
    forward: (self, dim) => {
      const at = wrapDim(dim, self.ndim);
      return squeezed(self, (i) => i === at);
    },
    backward: { self: (grad, { self }) => grad.reshape(self.shape) },
    view: 'one',
    node: 'SqueezeBackward1',
    inplace: 'SqueezeBackward3',
  }),
);
