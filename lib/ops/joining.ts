/** Joining and splitting along a dimension; each is the derivative of the other. */
import { type DType, promote_types } from '../base/dtype.js';
import { RuntimeError, showShape } from '../base/errors.js';
import { listLength, repeated, type Shape, sameShape, wrapDim, wrapOwnDim } from '../base/shape.js';
import type { Form } from '../graph/form.js';
import type { Gradient } from '../graph/node.js';
import { zerosOf } from '../op/factory.js';
import { method, op, overloaded } from '../op/op.js';
import { copyInto } from '../op/pointwise.js';
import { atLeast1d, atLeast2d, atLeast3d } from '../op/rank.js';
import { type Layout, viewAt } from '../op/strided.js';
import { emptyTensor, type Tensor } from '../tensor.js';

/** Functions of a list of tensors and a dimension. */
type Join = (tensors: readonly Tensor[], dim?: number) => Tensor;

const commonDType = (tensors: readonly Tensor[]): DType => tensors.map(({ dtype }) => dtype).reduce(promote_types);

/** A tensor of no elements and one dimension joins with anything, for the sake of old programs. */
const isSkipped = ({ sizes }: { readonly sizes: Shape }): boolean => sizes.length === 1 && sizes[0] === 0;

/** The shape of the joined tensors, `dim` apart, is that of the first. @throws RuntimeError where one differs. */
function checkJoin(first: Tensor, tensor: Tensor, dim: number, position: number): void {
  if (first.ndim !== tensor.ndim) {
    throw new RuntimeError(`Tensors must have same number of dimensions: got ${first.ndim} and ${tensor.ndim}`);
  }
  const differs = first.sizes.findIndex((size, i) => i !== dim && size !== tensor.sizes[i]);
  if (differs >= 0) {
    throw new RuntimeError(
      `Sizes of tensors must match except in dimension ${dim}. Expected size ${first.sizes[differs]} but got size ` +
        `${tensor.sizes[differs]} for tensor number ${position} in the list.`,
    );
  }
}

/** The dimension along which tensors are joined: that of the first which is not skipped. */
function joinedDim(tensors: readonly { readonly sizes: Shape }[], dim: number): number {
  const first = tensors.find((tensor) => !isSkipped(tensor));
  return first === undefined ? 0 : wrapDim(dim, first.sizes.length);
}

function checkCat(tensors: readonly Tensor[], dim: number): void {
  if (tensors.length === 0) throw new RuntimeError('torch.cat(): expected a non-empty list of Tensors');
  const scalar = tensors.findIndex((tensor) => tensor.ndim === 0);
  if (scalar >= 0) throw new RuntimeError(`zero-dimensional tensor (at position ${scalar}) cannot be concatenated`);
  const along = joinedDim(tensors, dim);
  const first = tensors.find((tensor) => !isSkipped(tensor)) ?? tensors[0];
  tensors.forEach((tensor, i) => {
    if (!isSkipped(tensor)) checkJoin(first, tensor, along, i);
  });
}

/** `count` elements of a layout's dimension from `start` on. */
function section(self: Layout, dim: number, start: number, count: number): Layout {
  const sizes = [...self.sizes];
  sizes[dim] = count;
  return { sizes, strides: self.strides, offset: self.offset + start * self.strides[dim] };
}

function joined(tensors: readonly Tensor[], dim: number): Tensor {
  checkCat(tensors, dim);
  const along = joinedDim(tensors, dim);
  const parts = tensors.filter((tensor) => !isSkipped(tensor));
  const sizes = [...(parts[0] ?? tensors[0]).sizes];
  sizes[along] = parts.reduce((sum, part) => sum + part.sizes[along], 0);
  const result = emptyTensor(sizes, commonDType(tensors));
  let start = 0;
  for (const part of parts) {
    copyInto(viewAt(result, section(result, along, start, part.sizes[along])), part);
    start += part.sizes[along];
  }
  return result;
}

/** The gradients of joined tensors: the sections of the whole's. */
function sections(grad: Tensor, tensors: readonly Form[], dim: number): Tensor[] {
  const along = joinedDim(tensors, dim);
  let start = 0;
  return tensors.map((tensor) => {
    if (isSkipped(tensor)) return emptyTensor([0], grad.dtype);
    start += tensor.sizes[along];
    return grad.narrow(along, start - tensor.sizes[along], tensor.sizes[along]);
  });
}

/** The tensors one after the other along `dim`. @throws RuntimeError unless all other sizes agree. */
export const cat: Join = op('cat(Tensor[] tensors, int dim=0) -> Tensor', {
  forward: joined,
  backward: { tensors: (grad, { tensors, dim }) => sections(grad, tensors, dim) },
});

/** The tensors one after the other along `dim`; as `cat`. */
export const concat: Join = method('concat(Tensor[] tensors, int dim=0) -> Tensor', (tensors, dim) =>
  cat(tensors, dim),
);

/** The tensors one after the other along `dim`; as `cat`. */
export const concatenate: Join = method('concatenate(Tensor[] tensors, int dim=0) -> Tensor', (tensors, dim) =>
  cat(tensors, dim),
);

/** The tensors, all of one shape, along a new dimension. @throws RuntimeError unless the shapes agree. */
export const stack: Join = op('stack(Tensor[] tensors, int dim=0) -> Tensor', {
  forward: (tensors, dim) => {
    if (tensors.length === 0) throw new RuntimeError('stack expects a non-empty TensorList');
    const [first] = tensors;
    const along = wrapDim(dim, first.ndim + 1);
    const odd = tensors.findIndex((tensor) => !sameShape(tensor.sizes, first.sizes));
    if (odd >= 0) {
      throw new RuntimeError(
        `stack expects each tensor to be equal size, but got ${showShape(first.sizes)} at entry 0 and ` +
          `${showShape(tensors[odd].sizes)} at entry ${odd}`,
      );
    }
    const sizes = [...first.sizes.slice(0, along), tensors.length, ...first.sizes.slice(along)];
    const result = emptyTensor(sizes, commonDType(tensors));
    tensors.forEach((tensor, i) => {
      copyInto(layer(result, along, i), tensor);
    });
    return result;
  },
  backward: { tensors: (grad, { dim }) => grad.unbind(dim) },
});

/** The slice at one position of a dimension. */
function layer(self: Tensor, dim: number, index: number): Tensor {
  const rest = (list: Shape): number[] => list.filter((_, i) => i !== dim);
  return self.alias(rest(self.sizes), rest(self.strides), self.offset + index * self.strides[dim]);
}

/** Zeros in the place of gradients that did not arrive. */
const complete = (grads: readonly Gradient[], self: Form, sizes: (i: number) => Shape): Tensor[] =>
  grads.map((grad, i) => grad ?? zerosOf({ sizes: sizes(i), dtype: self.dtype }));

/** The slices along a dimension, which is gone from them. */
export const unbind: (self: Tensor, dim?: number) => Tensor[] = op('unbind(Tensor self, int dim=0) -> Tensor[]', {
  forward: (self, dim) => {
    const along = wrapOwnDim(dim, self.ndim);
    const count = listLength('unbind', self.sizes[along]);
    const layers: Tensor[] = [];
    for (let i = 0; i < count; i++) layers.push(layer(self, along, i));
    return layers;
  },
  backward: {
    self: (_, { self, dim, grads }) => {
      const along = wrapDim(dim, self.ndim);
      return stack(
        complete(grads, self, () => self.sizes.filter((_size, i) => i !== along)),
        along,
      );
    },
  },
  view: 'multiple',
});

/** Consecutive views of these sizes along a dimension. */
function pieces(self: Tensor, dim: number, sizes: Shape): Tensor[] {
  let start = 0;
  return sizes.map((size) => {
    start += size;
    return viewAt(self, section(self, dim, start - size, size));
  });
}

/** The gradient of what was split into pieces of these sizes. */
function rejoined(grads: readonly Gradient[], self: Form, dim: number, sizes: Shape): Tensor {
  const along = wrapDim(dim, self.ndim);
  return cat(
    complete(grads, self, (i) => self.sizes.map((size, k) => (k === along ? sizes[i] : size))),
    along,
  );
}

function checkSplitSizes(self: Tensor, sizes: Shape, dim: number): void {
  if (self.ndim === 0) throw new RuntimeError('split expects at least a 1-dimensional tensor');
  if (sizes.some((size) => size < 0)) {
    throw new RuntimeError(
      `split_with_sizes expects split_sizes have only non-negative entries, but got split_sizes=${showShape(sizes)}`,
    );
  }
  const size = self.sizes[wrapDim(dim, self.ndim)];
  if (sizes.reduce((sum, part) => sum + part, 0) !== size) {
    throw new RuntimeError(
      `split_with_sizes expects split_sizes to sum exactly to ${size} (input tensor's size at dimension ${dim}), but ` +
        `got split_sizes=${showShape(sizes)}`,
    );
  }
}

/** Consecutive pieces of these sizes. @throws RuntimeError unless they sum to the dimension's. */
export const split_with_sizes: (self: Tensor, split_sizes: Shape, dim?: number) => Tensor[] = op(
  'split_with_sizes(Tensor self, int[1] split_sizes, int dim=0) -> Tensor[]',
  {
    forward: (self, split_sizes, dim) => {
      checkSplitSizes(self, split_sizes, dim);
      return pieces(self, wrapDim(dim, self.ndim), split_sizes);
    },
    backward: { self: (_, { self, split_sizes, dim, grads }) => rejoined(grads, self, dim, split_sizes) },
    view: 'multiple',
  },
);

/** Sizes of the pieces when each but the last has `split_size`. */
function evenSizes(split_size: number, size: number): number[] {
  const count = split_size === 0 ? 1 : Math.max(Math.ceil(size / split_size), 1);
  const sizes = repeated(split_size, listLength('split', count));
  sizes[count - 1] = size - (count - 1) * split_size;
  return sizes;
}

/** Consecutive pieces, of `split_size` each (the last may be smaller) or of the sizes in a list. */
export const split: (self: Tensor, split_size: number | Shape, dim?: number) => Tensor[] = overloaded(
  'split',
  op('split.Tensor(Tensor self, int split_size, int dim=0) -> Tensor[]', {
    forward: (self, split_size, dim) => {
      if (self.ndim === 0) throw new RuntimeError('split expects at least a 1-dimensional tensor');
      if (split_size < 0) {
        throw new RuntimeError(`split expects split_size be non-negative, but got split_size=${split_size}`);
      }
      const along = wrapDim(dim, self.ndim);
      const size = self.sizes[along];
      if (split_size === 0 && size !== 0) {
        throw new RuntimeError(`split_size can only be 0 if dimension size is 0, but got dimension size of ${size}`);
      }
      return pieces(self, along, evenSizes(split_size, size));
    },
    backward: {
      self: (_, { self, split_size, dim, grads }) =>
        rejoined(grads, self, dim, evenSizes(split_size, self.sizes[wrapDim(dim, self.ndim)])),
    },
    view: 'multiple',
  }),
  split_with_sizes,
);

/** At most `chunks` consecutive pieces of one size, the last of which may be smaller. */
export const chunk: (self: Tensor, chunks: number, dim?: number) => Tensor[] = method(
  'chunk(Tensor self, int chunks, int dim=0) -> Tensor[]',
  (self: Tensor, chunks: number, dim: number) => {
    if (self.ndim === 0) throw new RuntimeError('chunk expects at least a 1-dimensional tensor');
    if (chunks <= 0) throw new RuntimeError(`chunk expects \`chunks\` to be greater than 0, got: ${chunks}`);
    const size = self.sizes[wrapDim(dim, self.ndim)];
    if (size === 0) return self.split_with_sizes(repeated(0, listLength('chunk', chunks)), dim);
    return self.split(Math.ceil(size / chunks), dim);
  },
);

const rowsOf = (name: string, tensors: readonly Tensor[], rank: (tensor: Tensor) => Tensor): Tensor[] => {
  if (tensors.length === 0) throw new RuntimeError(`${name} expects a non-empty TensorList`);
  return tensors.map(rank);
};

type Stack = (tensors: readonly Tensor[]) => Tensor;

/** The tensors side by side: along dimension 1, vectors along their only one. */
export const hstack: Stack = method('hstack(Tensor[] tensors) -> Tensor', (tensors) => {
  const rows = rowsOf('hstack', tensors, atLeast1d);
  return cat(rows, rows[0].ndim === 1 ? 0 : 1);
});

/** The tensors on top of each other; a vector counts as a row. */
export const vstack: Stack = method('vstack(Tensor[] tensors) -> Tensor', (tensors) =>
  cat(rowsOf('vstack', tensors, atLeast2d), 0),
);

/** The tensors on top of each other; as `vstack`. */
export const row_stack: Stack = method('row_stack(Tensor[] tensors) -> Tensor', (tensors) => vstack(tensors));

/** The tensors behind each other, along dimension 2. */
export const dstack: Stack = method('dstack(Tensor[] tensors) -> Tensor', (tensors) =>
  cat(rowsOf('dstack', tensors, atLeast3d), 2),
);

/** The tensors side by side; a vector counts as a column. */
export const column_stack: Stack = method('column_stack(Tensor[] tensors) -> Tensor', (tensors) =>
  cat(
    rowsOf('column_stack', tensors, (tensor) => (tensor.ndim <= 1 ? tensor.reshape(tensor.numel(), 1) : tensor)),
    1,
  ),
);
