/** Views that select or repeat: the same elements under other sizes, strides and offset. */
import { Kind } from '../base/dtype.js';
import { argumentError, IndexError, RuntimeError, showShape } from '../base/errors.js';
import { type Shape, wrapDim } from '../base/shape.js';
import type { Scalar } from '../op/context.js';
import { filled } from '../op/factory.js';
import { method, op } from '../op/op.js';
import { binary, floating } from '../op/pointwise.js';
import type { InPlace, Sizes } from '../op/signatures.js';
import { extent, type Layout, mayOverlap, rowGradient, rowMajor, viewAt, viewGradient } from '../op/strided.js';
import { Tensor } from '../tensor.js';

/** Elements that lie outside `tensor`'s storage are refused. */
function checkInStorage(tensor: Tensor, layout: Layout): void {
  const { sizes, strides, offset } = layout;
  if (sizes.length !== strides.length) {
    throw new RuntimeError(
      `as_strided: mismatch in length of strides and shape: ${showShape(strides)} and ${showShape(sizes)}`,
    );
  }
  if (sizes.some((size) => size < 0)) throw new RuntimeError(`as_strided: negative size in ${showShape(sizes)}`);
  if (strides.some((stride) => stride < 0)) {
    throw new RuntimeError(
      `as_strided: Negative strides are not supported at the moment, got strides: ${showShape(strides)}`,
    );
  }
  if (offset < 0) throw new RuntimeError(`Tensor: invalid storage offset ${offset}`);
  const needed = extent(layout) * tensor.itemsize;
  if (needed > tensor.storage.nbytes) {
    throw new RuntimeError(
      `setStorage: sizes ${showShape(sizes)}, strides ${showShape(strides)}, storage offset ${offset}, and itemsize ` +
        `${tensor.itemsize} requiring a storage size of ${needed} are out of bounds for storage of size ` +
        `${tensor.storage.nbytes}`,
    );
  }
}

const quotient = binary('div', floating);

/** The gradient of `self` from that of a view at `view` in the same storage; indices that share an element share it. */
function stridedGradient(grad: Tensor, self: Layout, view: Layout): Tensor {
  const start = Math.min(self.offset, view.offset);
  const count = Math.max(extent(self), extent(view), start) - start;
  const from = ({ sizes, strides, offset }: Layout): Layout => ({ sizes, strides, offset: offset - start });
  const row = rowGradient(grad, from(view), count);
  if (!mayOverlap(self)) return row.as_strided(self.sizes, self.strides, self.offset - start);
  const uses = rowGradient(filled('as_strided', self.sizes, 1, grad.dtype), from(self), count);
  return row.mul(quotient(1, uses)).as_strided(self.sizes, self.strides, self.offset - start);
}

type Strided = (self: Tensor, size: Shape, stride: Shape, storage_offset?: number | null) => Tensor;

/** A view by sizes, strides and storage offset alone. @throws RuntimeError when it would leave the storage. */
export const as_strided: InPlace<Strided> = op(
  'as_strided(Tensor self, int[1] size, int[1] stride, int? storage_offset=None) -> Tensor',
  {
    forward: (self, size, stride, storage_offset) => {
      const layout = { sizes: size, strides: stride, offset: storage_offset ?? self.offset };
      checkInStorage(self, layout);
      return viewAt(self, layout);
    },
    backward: {
      self: (grad, { self, size, stride, storage_offset }) =>
        stridedGradient(grad, self, { sizes: size, strides: stride, offset: storage_offset ?? self.offset }),
    },
    view: 'one',
    inplace: 'AsStridedBackward1',
  },
);

/** The size of one dimension after expansion. @throws RuntimeError when it does not fit. */
function expandedSize(target: number, size: number | undefined, dim: number, self: Layout, sizes: Shape): number {
  if (target === -1 && size === undefined) {
    throw new RuntimeError(
      `The expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension ${dim}`,
    );
  }
  if (target === -1) return size as number;
  if (target < 0 || (size !== undefined && size !== 1 && size !== target)) {
    throw new RuntimeError(
      `The expanded size of the tensor (${target}) must match the existing size (${size}) at non-singleton dimension ` +
        `${dim}.  Target sizes: ${showShape(sizes)}.  Tensor sizes: ${showShape(self.sizes)}`,
    );
  }
  return target;
}

function expandLayout(self: Tensor, size: Shape): Layout {
  const lead = size.length - self.sizes.length;
  if (lead < 0) {
    throw new RuntimeError(
      `expand(torch.${self.dtype.scalarName}Tensor{${showShape(self.sizes)}}, size=${showShape(size)}): the number of sizes provided (${size.length}) must ` +
        `be greater or equal to the number of dimensions in the tensor (${self.sizes.length})`,
    );
  }
  const sizes = size.map((target, dim) => expandedSize(target, self.sizes[dim - lead], dim, self, size));
  const strides = sizes.map(() => 0);
  for (let dim = sizes.length - 1; dim >= 0 && self.sizes.length > 0; dim--) {
    const stride = dim >= lead ? self.strides[dim - lead] : sizes[dim + 1] * strides[dim + 1];
    strides[dim] = (dim >= lead ? self.sizes[dim - lead] : 1) === sizes[dim] ? stride : 0;
  }
  return { sizes, strides, offset: self.offset };
}

/** Repeats dimensions of size 1, without copying; -1 keeps a size. @throws RuntimeError when the sizes do not fit. */
export const expand: (self: Tensor, ...size: Sizes) => Tensor = op('expand(Tensor self, int[] size) -> Tensor', {
  forward: (self, size) => viewAt(self, expandLayout(self, size)),
  backward: { self: (grad) => grad },
  view: 'one',
});

/** Repeats dimensions of size 1 up to the shape of `other`. */
export const expand_as: (self: Tensor, other: Tensor) => Tensor = method(
  'expand_as(Tensor self, Tensor other) -> Tensor',
  (self: Tensor, other: Tensor) => self.expand(other.sizes),
);

/** Repeats dimensions of size 1 up to this shape. */
export const broadcast_to: (self: Tensor, ...size: Sizes) => Tensor = method(
  'broadcast_to(Tensor self, int[] size) -> Tensor',
  (self: Tensor, size: Shape) => self.expand(size),
);

/** A layout with some of its dimension `dim`. */
function resized(self: Layout, dim: number, size: number, stride: number, offset: number): Layout {
  const sizes = [...self.sizes];
  const strides = [...self.strides];
  sizes[dim] = size;
  strides[dim] = stride;
  return { sizes, strides, offset };
}

function sliceLayout(self: Layout, dim: number, start: number | null, end: number | null, step: number): Layout {
  const rank = self.sizes.length;
  if (rank === 0) throw new RuntimeError('slice() cannot be applied to a 0-dim tensor.');
  const at = wrapDim(dim, rank);
  if (step <= 0) throw new RuntimeError('slice step must be positive');
  const size = self.sizes[at];
  const clamp = (position: number): number => Math.min(Math.max(position < 0 ? position + size : position, 0), size);
  const first = clamp(start ?? 0);
  const count = Math.ceil(Math.max(clamp(end ?? size) - first, 0) / step);
  return resized(self, at, count, self.strides[at] * step, self.offset + first * self.strides[at]);
}

/** Every `step`-th element of a dimension from `start` up to, without, `end`; negative positions count from its end. */
export const slice: (self: Tensor, dim?: number, start?: number | null, end?: number | null, step?: number) => Tensor =
  op('slice(Tensor self, int dim=0, int? start=None, int? end=None, int step=1) -> Tensor', {
    forward: (self, dim, start, end, step) => viewAt(self, sliceLayout(self, dim, start, end, step)),
    backward: {
      self: (grad, { self, dim, start, end, step }) =>
        viewGradient(grad, self.sizes, sliceLayout(rowMajor(self.sizes), dim, start, end, step)),
    },
    view: 'one',
  });

/** `length` elements of a dimension from `start` on, which may be an integer tensor of one element. */
export const narrow: (self: Tensor, dim: number, start: number | Tensor, length: number) => Tensor = method(
  'narrow(Tensor self, int dim, Operand start, int length) -> Tensor',
  (self, dim, start, length) => {
    if (self.ndim === 0) throw new RuntimeError('narrow() cannot be applied to a 0-dim tensor.');
    const size = self.sizes[wrapDim(dim, self.ndim)];
    const position = narrowStart(start);
    const first = position === size ? size : wrapDim(position, size);
    if (length < 0 || first > size - length) {
      throw new RuntimeError(`start (${first}) + length (${length}) exceeds dimension size (${size}).`);
    }
    return self.slice(dim, first, first + length, 1);
  },
);

function narrowStart(start: Tensor | Scalar): number {
  if (typeof start === 'number' && Number.isSafeInteger(start)) return start;
  if (start instanceof Tensor && start.ndim === 0 && start.dtype.kind === Kind.Integral) return Number(start.item());
  if (start instanceof Tensor) throw new RuntimeError('start must be an 0-dim integral Tensor.');
  throw argumentError('narrow', 'start', 'int or a 0-dim integral Tensor', start);
}

function selectLayout(self: Layout, dim: number, index: number): Layout {
  const rank = self.sizes.length;
  if (rank === 0) throw new IndexError('select() cannot be applied to a 0-dim tensor.');
  const at = wrapDim(dim, rank);
  const size = self.sizes[at];
  if (index < -size || index >= size) {
    throw new IndexError(
      `select(): index ${index} out of range for tensor of size ${showShape(self.sizes)} at dimension ${at}`,
    );
  }
  const rest = (list: Shape): number[] => list.filter((_, i) => i !== at);
  const offset = self.offset + (index < 0 ? index + size : index) * self.strides[at];
  return { sizes: rest(self.sizes), strides: rest(self.strides), offset };
}

/** The slice at one index of a dimension, which is gone from the result. */
export const select: (self: Tensor, dim: number, index: number) => Tensor = op(
  'select(Tensor self, int dim, int index) -> Tensor',
  {
    forward: (self, dim, index) => viewAt(self, selectLayout(self, dim, index)),
    backward: {
      self: (grad, { self, dim, index }) =>
        viewGradient(grad, self.sizes, selectLayout(rowMajor(self.sizes), dim, index)),
    },
    view: 'one',
  },
);

function unfoldLayout(self: Layout, dimension: number, size: number, step: number): Layout {
  const dim = wrapDim(dimension, self.sizes.length);
  const available = self.sizes[dim] ?? 1;
  if (size < 0) throw new RuntimeError(`unfold: size is ${size} but must be >= 0`);
  if (size > available) {
    throw new RuntimeError(`maximum size for tensor at dimension ${dim} is ${available} but size is ${size}`);
  }
  if (step <= 0) throw new RuntimeError(`step is ${step} but must be > 0`);
  const stride = self.strides[dim] ?? 1;
  if (self.sizes.length === 0) return { sizes: [size], strides: [stride], offset: self.offset };
  const windows = resized(self, dim, Math.floor((available - size) / step) + 1, step * stride, self.offset);
  return { sizes: [...windows.sizes, size], strides: [...windows.strides, stride], offset: self.offset };
}

/** Windows of `size` elements of a dimension, one every `step` elements; the last dimension runs along a window. */
export const unfold: (self: Tensor, dimension: number, size: number, step: number) => Tensor = op(
  'unfold(Tensor self, int dimension, int size, int step) -> Tensor',
  {
    forward: (self, dimension, size, step) => viewAt(self, unfoldLayout(self, dimension, size, step)),
    backward: {
      self: (grad, { self, dimension, size, step }) =>
        viewGradient(grad, self.sizes, unfoldLayout(rowMajor(self.sizes), dimension, size, step)),
    },
    view: 'one',
  },
);
