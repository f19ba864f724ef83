/** The same elements with their dimensions in another order. */
import { RuntimeError, showShape } from '../base/errors.js';
import { allDims, type Shape, wrapDim } from '../base/shape.js';
import { method, op } from '../op/op.js';
import type { InPlace, Sizes, Unary } from '../op/signatures.js';
import { viewAt } from '../op/strided.js';
import { Tensor } from '../tensor.js';

/** A view whose dimension i is dimension `order[i]` of `self`. */
function reordered(self: Tensor, order: Shape): Tensor {
  const pick = (list: Shape): number[] => order.map((dim) => list[dim]);
  return viewAt(self, { sizes: pick(self.sizes), strides: pick(self.strides), offset: self.offset });
}

/** A view with dimensions `a` and `b` exchanged. */
function exchanged(self: Tensor, a: number, b: number): Tensor {
  const swap = (list: Shape): Shape => {
    const swapped = [...list];
    swapped[a] = list[b];
    swapped[b] = list[a];
    return swapped;
  };
  return viewAt(self, { sizes: swap(self.sizes), strides: swap(self.strides), offset: self.offset });
}

/** With its dimensions in this order. */
export const permute: (self: Tensor, ...dims: Sizes) => Tensor = op('permute(Tensor self, int[] dims) -> Tensor', {
  forward: (self, dims) => {
    if (dims.length !== self.ndim) {
      throw new RuntimeError(
        'permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired ' +
          `ordering of dimensions i.e. input.dim() = ${self.ndim} is not equal to len(dims) = ${dims.length}`,
      );
    }
    const order = dims.map((dim) => wrapDim(dim, self.ndim));
    if (new Set(order).size < order.length) throw new RuntimeError('permute(): duplicate dims are not allowed.');
    return reordered(self, order);
  },
  backward: {
    self: (grad, { dims }) => {
      const order = dims.map((dim) => wrapDim(dim, dims.length));
      return grad.permute(order.map((_, dim) => order.indexOf(dim)));
    },
  },
  view: 'one',
});

/** With two dimensions exchanged. */
export const transpose: InPlace<(self: Tensor, dim0: number, dim1: number) => Tensor> = op(
  'transpose(Tensor self, int dim0, int dim1) -> Tensor',
  {
    forward: (self, dim0, dim1) => {
      const [a, b] = [wrapDim(dim0, self.ndim), wrapDim(dim1, self.ndim)];
      return self.ndim === 0 ? viewAt(self, self) : exchanged(self, a, b);
    },
    backward: { self: (grad, { dim0, dim1 }) => grad.transpose(dim0, dim1) },
    view: 'one',
    inplace: 'TransposeBackward1',
  },
);

/** With two dimensions exchanged; as `transpose`. */
export const swapaxes: (self: Tensor, axis0: number, axis1: number) => Tensor = method(
  'swapaxes(Tensor self, int axis0, int axis1) -> Tensor',
  (self: Tensor, axis0: number, axis1: number) => self.transpose(axis0, axis1),
);

/** Exchanges two dimensions in place; as `transpose_`. */
export const swapaxes_: (self: Tensor, axis0: number, axis1: number) => Tensor = method(
  'swapaxes_(Tensor self, int axis0, int axis1) -> Tensor',
  (self: Tensor, axis0: number, axis1: number) => self.transpose_(axis0, axis1),
);

/** With two dimensions exchanged; as `transpose`. */
export const swapdims: (self: Tensor, dim0: number, dim1: number) => Tensor = method(
  'swapdims(Tensor self, int dim0, int dim1) -> Tensor',
  (self: Tensor, dim0: number, dim1: number) => self.transpose(dim0, dim1),
);

/** Exchanges two dimensions in place; as `transpose_`. */
export const swapdims_: (self: Tensor, dim0: number, dim1: number) => Tensor = method(
  'swapdims_(Tensor self, int dim0, int dim1) -> Tensor',
  (self: Tensor, dim0: number, dim1: number) => self.transpose_(dim0, dim1),
);

/** The transpose of a matrix; a vector or scalar as it is. */
export const t: InPlace<Unary> = op('t(Tensor self) -> Tensor', {
  forward: (self) => {
    if (self.ndim > 2) throw new RuntimeError(`t() expects a tensor with <= 2 dimensions, but self is ${self.ndim}D`);
    return self.ndim < 2 ? viewAt(self, self) : exchanged(self, 0, 1);
  },
  backward: { self: (grad) => grad.t() },
  view: 'one',
  inplace: 'TBackward1',
});

/** The sorted-out form of movedim's arguments. @throws RuntimeError unless they pair distinct dimensions. */
function movedDims(self: Tensor, source: Shape, destination: Shape): [number[], number[]] {
  if (source.length !== destination.length) {
    throw new RuntimeError(
      `movedim: Invalid source or destination dims: source (${showShape(source)} dims) should contain the same number ` +
        `of dims as destination (${showShape(destination)} dims)`,
    );
  }
  const wrapAll = (name: string, dims: Shape): number[] => {
    const wrapped = dims.map((dim) => wrapDim(dim, self.ndim));
    if (new Set(wrapped).size === wrapped.length) return wrapped;
    throw new RuntimeError(`movedim: repeated dim in \`${name}\` (${showShape(dims)})`);
  };
  return [wrapAll('source', source), wrapAll('destination', destination)];
}

type Move = (self: Tensor, source: number | Shape, destination: number | Shape) => Tensor;

/** With dimensions moved to new places; the others keep their order. */
export const movedim: Move = method(
  'movedim(Tensor self, int[1] source, int[1] destination) -> Tensor',
  (self: Tensor, source: Shape, destination: Shape) => {
    const [from, to] = movedDims(self, source, destination);
    const rest = allDims(self.ndim).filter((dim) => !from.includes(dim));
    return self.permute(
      allDims(self.ndim).map((dim) => (to.includes(dim) ? from[to.indexOf(dim)] : (rest.shift() as number))),
    );
  },
);

/** With dimensions moved to new places; as `movedim`. */
export const moveaxis: Move = method(
  'moveaxis(Tensor self, int[1] source, int[1] destination) -> Tensor',
  (self: Tensor, source: Shape, destination: Shape) => self.movedim(source, destination),
);

/** With its last two dimensions exchanged: the conjugate transpose of real matrices. */
export const adjoint: Unary = method('adjoint(Tensor self) -> Tensor', (self: Tensor) => self.mT);

/** Transposes as attributes. */
export interface Transposes {
  /** With its dimensions in reverse order. */
  readonly T: Tensor;
  /** With its last two dimensions exchanged. */
  readonly mT: Tensor;
  /** The conjugate transpose of a matrix. */
  readonly H: Tensor;
  /** The conjugate transpose of each matrix of a batch. */
  readonly mH: Tensor;
}

function transposedMatrices(self: Tensor, name: string): Tensor {
  if (self.ndim === 0) return self;
  if (self.ndim >= 2) return self.transpose(-2, -1);
  throw new RuntimeError(
    `tensor.${name} is only supported on matrices or batches of matrices. Got ${self.ndim}-D tensor.`,
  );
}

function transposedMatrix(self: Tensor): Tensor {
  if (self.ndim === 0) return self;
  if (self.ndim === 2) return self.transpose(0, 1);
  const hint = self.ndim > 2 ? ' For batches of matrices, consider using tensor.mH' : '';
  throw new RuntimeError(`tensor.H is only supported on matrices (2-D tensors). Got ${self.ndim}-D tensor.${hint}`);
}

const transposes: PropertyDescriptorMap & ThisType<Tensor> = {
  T: {
    get(): Tensor {
      return this.permute(allDims(this.ndim).reverse());
    },
  },
  mT: {
    get(): Tensor {
      return transposedMatrices(this, 'mT');
    },
  },
  mH: {
    get(): Tensor {
      return transposedMatrices(this, 'mH');
    },
  },
  H: {
    get(): Tensor {
      return transposedMatrix(this);
    },
  },
};
Object.defineProperties(Tensor.prototype, transposes);
