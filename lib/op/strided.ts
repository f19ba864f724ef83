/** Views by their layout in the storage, and the adjoint of such a view: what it showed, summed back into place. */
import { contiguousStrides, numel, type Shape } from '../base/shape.js';
import { opcode } from '../engine/native.js';
import { emptyTensor, type Tensor } from '../tensor.js';
import { op } from './op.js';
import { copyInto, mapInto } from './pointwise.js';

/** Where a tensor's elements lie in its storage. A Tensor and a Form have one too. */
export interface Layout {
  readonly sizes: Shape;
  readonly strides: Shape;
  /** Of the first element. */
  readonly offset: number;
}

/** The elements at `layout` in the storage of `tensor`, as a view unknown to autograd. */
export const viewAt = (tensor: Tensor, { sizes, strides, offset }: Layout): Tensor =>
  tensor.alias(sizes, strides, offset);

/** A contiguous tensor under other sizes, which autograd need not know for a view, as nobody else sees the tensor. */
export const unsafeView: (self: Tensor, size: Shape) => Tensor = op(
  '_unsafe_view(Tensor self, int[1] size) -> Tensor',
  {
    forward: (self, size) => viewAt(self, { sizes: size, strides: contiguousStrides(size), offset: self.offset }),
    backward: { self: (grad, { self }) => grad.reshape(self.shape) },
    node: 'UnsafeViewBackward0',
    only: 'function',
  },
);

/** The layout of a row-major tensor of these sizes that begins its storage. */
export const rowMajor = (sizes: Shape): Layout => ({ sizes, strides: contiguousStrides(sizes), offset: 0 });

/** The position behind the last element; 0 for none. */
export function extent({ sizes, strides, offset }: Layout): number {
  return sizes.includes(0) ? 0 : sizes.reduce((position, size, i) => position + (size - 1) * strides[i], offset) + 1;
}

/**
 * The smallest dimension without which fewer elements share a position, or -1 when all are known to be distinct. (Of
 * some layouts, that they are distinct is not seen.)
 */
function overlappingDim({ sizes, strides }: Omit<Layout, 'offset'>): number {
  const order = sizes.map((_, dim) => dim).filter((dim) => sizes[dim] > 1);
  order.sort((a, b) => strides[a] - strides[b] || sizes[b] - sizes[a]);
  let last = 0;
  for (let i = 0; i < order.length; i++) {
    const dim = order[i];
    if (strides[dim] <= last) return order.slice(0, i + 1).reduce((a, b) => (sizes[b] < sizes[a] ? b : a));
    last += (sizes[dim] - 1) * strides[dim];
  }
  return -1;
}

/** Whether several indices may stand for one element. */
export const mayOverlap = (layout: Omit<Layout, 'offset'>): boolean => overlappingDim(layout) >= 0;

const add = opcode('add');

/** Adds `part` to `row` at these strides: at once where its elements are distinct, else slice by slice. */
function addAt(row: Tensor, part: Tensor, strides: Shape, offset: number): void {
  const { sizes } = part;
  const dim = overlappingDim({ sizes, strides });
  if (dim < 0) {
    const place = row.alias(sizes, strides, offset);
    mapInto(add, 'as_strided', place, row.dtype, place, part);
    return;
  }
  const rest = <T>(list: readonly T[]): T[] => list.filter((_, i) => i !== dim);
  for (let i = 0; i < sizes[dim]; i++) {
    const slice = part.alias(rest(sizes), rest(part.strides), part.offset + i * part.strides[dim]);
    addAt(row, slice, rest(strides), offset + i * strides[dim]);
  }
}

/** A row of `count` zeros, to which the elements of `self` are added where these strides and offset place them. */
const scatterStrided: (self: Tensor, stride: Shape, offset: number, count: number) => Tensor = op(
  '_scatter_strided(Tensor self, int[1] stride, int offset, int count) -> Tensor',
  {
    forward: (self, stride, offset, count) => {
      const row = emptyTensor([count], self.dtype);
      copyInto(row, 0);
      if (self.count === 0) return row;
      if (mayOverlap({ sizes: self.sizes, strides: stride })) addAt(row, self, stride, offset);
      else copyInto(row.alias(self.sizes, stride, offset), self);
      return row;
    },
    backward: {
      self: (grad, { self, stride, offset }) => {
        const row = grad.contiguous();
        return row.as_strided(self.sizes, stride, row.offset + offset);
      },
    },
    only: 'function',
  },
);

/** The gradient of a row of `count` elements from that of its view at `layout`. */
export function rowGradient(grad: Tensor, { strides, offset }: Layout, count: number): Tensor {
  const repeated = strides.flatMap((stride, dim) => (stride === 0 && grad.sizes[dim] > 1 ? [dim] : []));
  return scatterStrided(repeated.length > 0 ? grad.sum(repeated, true) : grad, strides, offset, count);
}

/**
 * The gradient of a tensor of these sizes from that of a view, whose layout is given as if the tensor were row-major.
 */
export const viewGradient = (grad: Tensor, sizes: Shape, layout: Layout): Tensor =>
  rowGradient(grad, layout, numel(sizes)).view(sizes);
