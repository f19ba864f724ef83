/** Diagonals and triangles of matrices. */
import { RuntimeError } from '../base/errors.js';
import { type Shape, wrapDim, wrapOwnDim } from '../base/shape.js';
import { opcode } from '../engine/native.js';
import { begin, operand, run, scalar } from '../engine/program.js';
import { filled } from '../op/factory.js';
import { method, op } from '../op/op.js';
import { checkOverlap, copyInto } from '../op/pointwise.js';
import type { InPlace } from '../op/signatures.js';
import { type Layout, rowMajor, viewAt, viewGradient } from '../op/strided.js';
import { emptyTensor, type Tensor } from '../tensor.js';

/** Two different dimensions, counted from the front. */
function planeOf(rank: number, dim1: number, dim2: number): [number, number] {
  const plane: [number, number] = [wrapDim(dim1, rank), wrapDim(dim2, rank)];
  if (plane[0] !== plane[1]) return plane;
  throw new RuntimeError(`diagonal dimensions cannot be identical ${dim1}, ${dim2}`);
}

function diagonalLayout(self: Layout, offset: number, dim1: number, dim2: number): Layout {
  const [rows, columns] = planeOf(self.sizes.length, dim1, dim2);
  const available =
    offset >= 0 ? [self.sizes[rows], self.sizes[columns] - offset] : [self.sizes[rows] + offset, self.sizes[columns]];
  const count = Math.max(Math.min(...available), 0);
  const skipped = offset >= 0 ? offset * self.strides[columns] : -offset * self.strides[rows];
  const rest = (list: Shape): number[] => list.filter((_, dim) => dim !== rows && dim !== columns);
  return {
    sizes: [...rest(self.sizes), count],
    strides: [...rest(self.strides), self.strides[rows] + self.strides[columns]],
    offset: count === 0 ? self.offset : self.offset + skipped,
  };
}

type Diagonal = (self: Tensor, offset?: number, dim1?: number, dim2?: number) => Tensor;

/** The diagonal of two dimensions, `offset` above the main one, as the last dimension of a view. */
export const diagonal: Diagonal = op('diagonal(Tensor self, int offset=0, int dim1=0, int dim2=1) -> Tensor', {
  forward: (self, offset, dim1, dim2) => viewAt(self, diagonalLayout(self, offset, dim1, dim2)),
  backward: {
    self: (grad, { self, offset, dim1, dim2 }) =>
      viewGradient(grad, self.sizes, diagonalLayout(rowMajor(self.sizes), offset, dim1, dim2)),
  },
  view: 'one',
});

/** Matrices with the last dimension of `self` as a diagonal, among zeros. */
function embedded(self: Tensor, offset: number, dim1: number, dim2: number): Tensor {
  const rank = self.ndim + 1;
  wrapDim(self.ndim === 0 ? -2 : dim1, rank);
  const plane = planeOf(rank, dim1, dim2);
  const side = self.sizes[self.ndim - 1] + Math.abs(offset);
  const rest = self.sizes.slice(0, -1);
  const sizes = Array.from({ length: rank }, (_, dim) => (plane.includes(dim) ? side : (rest.shift() as number)));
  const result = filled('diag_embed', sizes, 0, self.dtype);
  copyInto(viewAt(result, diagonalLayout(result, offset, dim1, dim2)), self);
  return result;
}

/** Matrices in two dimensions of the result, with the last dimension of `self` as their diagonals, among zeros. */
export const diag_embed: Diagonal = op('diag_embed(Tensor self, int offset=0, int dim1=-2, int dim2=-1) -> Tensor', {
  forward: embedded,
  backward: { self: (grad, { offset, dim1, dim2 }) => grad.diagonal(offset, dim1, dim2) },
});

/** The diagonal of a matrix, copied; of a vector, the matrix that has it as its diagonal. */
export const diag: (self: Tensor, diagonal?: number) => Tensor = op('diag(Tensor self, int diagonal=0) -> Tensor', {
  forward: (self, diagonal) => {
    if (self.ndim === 1) return embedded(self, diagonal, 0, 1);
    if (self.ndim !== 2) throw new RuntimeError('matrix or a vector expected');
    const shown = viewAt(self, diagonalLayout(self, diagonal, 0, 1));
    const result = emptyTensor(shown.sizes, self.dtype);
    copyInto(result, shown);
    return result;
  },
  backward: {
    self: (grad, { self, diagonal }) =>
      self.ndim === 1
        ? grad.diag(diagonal)
        : viewGradient(grad, self.sizes, diagonalLayout(rowMajor(self.sizes), diagonal, 0, 1)),
  },
});

/** The matrix that has the elements of `self`, in row-major order, as its diagonal. */
export const diagflat: (self: Tensor, offset?: number) => Tensor = method(
  'diagflat(Tensor self, int offset=0) -> Tensor',
  (self: Tensor, offset: number) => self.reshape(-1).diag(offset),
);

const triangle = opcode('triangle');

/** Zeros above (or, `upper`, below) a diagonal of each matrix. */
function triangleOf(self: Tensor, diagonal: number, upper: boolean, into?: Tensor): Tensor {
  wrapOwnDim(-2, self.ndim);
  if (into !== undefined) checkOverlap(upper ? 'triu_' : 'tril_', into, []);
  const out = into ?? emptyTensor(self.sizes, self.dtype);
  begin(triangle, self.sizes, 2);
  operand(out, out.strides);
  operand(self, self.strides);
  scalar(diagonal);
  scalar(upper ? 1 : 0);
  run(upper ? 'triu' : 'tril', self.dtype);
  return out;
}

type Triangle = InPlace<(self: Tensor, diagonal?: number) => Tensor>;

/** Each matrix with zeros above a diagonal. */
export const tril: Triangle = op('tril(Tensor self, int diagonal=0) -> Tensor', {
  forward: (self, diagonal, into) => triangleOf(self, diagonal, false, into),
  backward: { self: (grad, { diagonal }) => grad.tril(diagonal) },
  inplace: true,
});

/** Each matrix with zeros below a diagonal. */
export const triu: Triangle = op('triu(Tensor self, int diagonal=0) -> Tensor', {
  forward: (self, diagonal, into) => triangleOf(self, diagonal, true, into),
  backward: { self: (grad, { diagonal }) => grad.triu(diagonal) },
  inplace: true,
});
