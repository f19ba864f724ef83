/** Lowers reads and writes by tensors of positions: which element of `self` each element of the result is. */
import { int64 } from '../base/dtype.js';
import { IndexError, RuntimeError, showShape } from '../base/errors.js';
import { broadcastShapes, broadcastsTo, expandStrides, repeated, type Shape, wrapDim } from '../base/shape.js';
import { opcode } from '../engine/native.js';
import { begin, operand, run, scalar } from '../engine/program.js';
import { emptyTensor, type Tensor } from '../tensor.js';
import { isTransformed } from './levels.js';
import { checkOverlap, copyInto } from './pointwise.js';

const index = opcode('index');
const indexPut = opcode('index_put');

/** An int64 tensor for each indexed dimension of a tensor, null for the others; missing ones at the end are null. */
export type Positions = readonly (Tensor | null)[];

/** What becomes of the old element that a write meets. */
export const combine = { assign: 0, add: 1, multiply: 2, amax: 3, amin: 4 } as const;
export type Combine = (typeof combine)[keyof typeof combine];

/** The iteration space of an indexing, with everything that walks over it. */
class Selection {
  /** Of the result. */
  readonly sizes: number[];
  private readonly indexed: number[] = [];
  private readonly selfStrides: number[];
  private readonly indexShape: Shape;
  private readonly at: number;

  constructor(
    private readonly op: string,
    private readonly self: Tensor,
    private readonly positions: Positions,
    /** Whether negative positions count from the end, or are errors. */
    private readonly negatives: boolean,
  ) {
    if (positions.length > self.ndim) {
      throw new IndexError(`${op}: too many indices for tensor of dimension ${self.ndim} (got ${positions.length})`);
    }
    positions.forEach((position, dim) => {
      if (position !== null) this.indexed.push(dim);
    });
    this.indexShape = this.tensors().reduce<Shape>((shape, tensor) => broadcastIndices(op, shape, tensor.sizes), []);
    const kept = self.sizes.map((_, dim) => dim).filter((dim) => !this.indexed.includes(dim));
    const first = this.indexed[0];
    const adjacent = this.indexed.every((dim, i) => dim === first + i);
    this.at = adjacent ? first : 0;
    const [before, after] = [kept.slice(0, this.at), kept.slice(this.at)];
    this.sizes = [...before.map((dim) => self.sizes[dim]), ...this.indexShape, ...after.map((dim) => self.sizes[dim])];
    const still = this.indexShape.map(() => 0);
    this.selfStrides = [...before.map((dim) => self.strides[dim]), ...still, ...after.map((dim) => self.strides[dim])];
    this.checkEmpty();
  }

  private tensors(): Tensor[] {
    return this.indexed.map((dim) => this.positions[dim] as Tensor);
  }

  /** An empty dimension has no element to point at. */
  private checkEmpty(): void {
    const empty = this.indexed.find((dim) => this.self.sizes[dim] === 0);
    if (empty === undefined || this.sizes.includes(0)) return;
    throw new IndexError(`${this.op}: index is out of bounds for dimension ${empty} with size 0`);
  }

  /** Writes the words from the operand of `self` on; the other operand comes first when reading. */
  emit(code: number, other: Tensor, selfFirst: boolean, ...scalars: number[]): void {
    begin(code, this.sizes, 2 + this.indexed.length);
    const otherStrides = expandStrides(other.sizes, other.strides, this.sizes);
    if (selfFirst) operand(this.self, this.selfStrides);
    operand(other, otherStrides);
    if (!selfFirst) operand(this.self, this.selfStrides);
    for (const tensor of this.tensors()) operand(tensor, this.indexStrides(tensor));
    for (const dim of this.indexed) {
      scalar(this.negatives ? this.self.sizes[dim] : -this.self.sizes[dim]);
      scalar(this.self.strides[dim]);
    }
    for (const value of scalars) scalar(value);
    run(this.op, this.self.dtype);
  }

  private indexStrides(tensor: Tensor): number[] {
    const strides = repeated(0, this.sizes.length);
    expandStrides(tensor.sizes, tensor.strides, this.indexShape).forEach((stride, i) => {
      strides[this.at + i] = stride;
    });
    return strides;
  }
}

function broadcastIndices(op: string, a: Shape, b: Shape): Shape {
  try {
    return broadcastShapes(op, a, b);
  } catch {
    throw new IndexError(
      `${op}: shape mismatch: indexing tensors could not be broadcast together with shapes ${showShape(a)}, ` +
        showShape(b),
    );
  }
}

/** The elements of `self` at `positions`. @throws IndexError when a position is out of range. */
export function readAt(op: string, self: Tensor, positions: Positions, negatives = true): Tensor {
  const selection = new Selection(op, self, positions, negatives);
  const out = emptyTensor(selection.sizes, self.dtype);
  selection.emit(index, out, false);
  return out;
}

/** Writes `values`, broadcast, to the elements of `self` at `positions`, in row-major order. */
export function writeAt(
  op: string,
  self: Tensor,
  positions: Positions,
  values: Tensor,
  how: Combine,
  negatives = true,
): void {
  const selection = new Selection(op, self, positions, negatives);
  if (!broadcastsTo(values.sizes, selection.sizes)) {
    throw new RuntimeError(
      `shape mismatch: value tensor of shape ${showShape(values.sizes)} cannot be broadcast to indexing result of ` +
        `shape ${showShape(selection.sizes)}`,
    );
  }
  checkOverlap(op, self, [values, ...positions.filter((position) => position !== null)]);
  selection.emit(indexPut, values, true, how);
}

/** @throws RuntimeError unless `index` is int64. */
function checkIndex(op: string, index: Tensor): void {
  if (index.dtype !== int64) throw new RuntimeError(`${op}(): Expected dtype int64 for index, got ${index.dtype}`);
}

function checkAlong(op: string, self: Tensor, dim: number, index: Tensor, withDim: boolean): void {
  checkIndex(op, index);
  const rank = Math.max(self.ndim, 1);
  if (Math.max(index.ndim, 1) !== rank) {
    throw new RuntimeError(
      `${op}(): Index tensor must have the same number of dimensions as self tensor: ${showShape(index.sizes)} and ` +
        showShape(self.sizes),
    );
  }
  const fits = index.sizes.every((size, i) => (i === dim && !withDim) || size <= (self.sizes[i] ?? 1));
  if (!fits && index.count > 0) {
    throw new RuntimeError(
      `${op}(): Expected index ${showShape(index.sizes)} to be smaller than ${showShape(self.sizes)}` +
        (withDim ? '' : ` apart from dimension ${dim}`),
    );
  }
}

/** The words of one index along `dim`: every other coordinate is the element's own. */
function emitAlong(
  code: number,
  op: string,
  self: Tensor,
  dim: number,
  other: Tensor,
  index: Tensor,
  how?: Combine,
): void {
  const along = (tensor: Tensor): readonly number[] => (tensor.ndim === 0 ? [1] : tensor.strides);
  const still = self.strides.slice(0, Math.max(index.ndim, 1));
  still[dim] = 0;
  begin(code, index.ndim === 0 ? [1] : index.sizes, 3);
  if (how === undefined) operand(other, along(other));
  operand(self, still);
  if (how !== undefined) operand(other, along(other));
  operand(index, along(index));
  scalar(-(self.sizes[dim] ?? 1));
  scalar(self.strides[dim] ?? 1);
  if (how !== undefined) scalar(how);
  runAlong(op, self);
}

/** Where other operators throw an IndexError, PyTorch makes it a RuntimeError here. */
function runAlong(op: string, self: Tensor): void {
  try {
    run(op, self.dtype);
  } catch (error) {
    throw error instanceof IndexError ? new RuntimeError(error.message) : error;
  }
}

/** result[…, i, …] = self[…, index[…, i, …], …] along `dim`. */
export function gatherAlong(op: string, self: Tensor, dim: number, index: Tensor): Tensor {
  const at = wrapDim(dim, self.ndim);
  checkAlong(op, self, at, index, false);
  const out = emptyTensor(index.sizes, self.dtype);
  emitAlong(indexRead(self, at, out), op, self, at, out, index);
  return out;
}

function indexRead(self: Tensor, dim: number, out: Tensor): number {
  if (self.sizes[dim] === 0 && out.count > 0) {
    throw new RuntimeError(`gather: an index is out of bounds for dimension ${dim} with size 0`);
  }
  return index;
}

/** self[…, index[…, i, …], …] ∘= src[…, i, …] along `dim`, over the extent of `index`. */
export function scatterAlong(op: string, self: Tensor, dim: number, index: Tensor, src: Tensor, how: Combine): void {
  const at = wrapDim(dim, self.ndim);
  checkAlong(op, self, at, index, false);
  checkAlong(op, src, at, index, true);
  if (src.dtype !== self.dtype) {
    throw new RuntimeError(
      `${op}(): Expected self.dtype to be equal to src.dtype, got ${self.dtype.scalarName} and ${src.dtype.scalarName}`,
    );
  }
  checkOverlap(op, self, [src, index]);
  if (index.count > 0) emitAlong(indexPut, op, self, at, src, index, how);
}

/** A copy of `self` in which `write` changes elements. */
export function written(self: Tensor, write: (copy: Tensor) => void): Tensor {
  const copy = emptyTensor(self.sizes, self.dtype);
  copyInto(copy, self);
  write(copy);
  return copy;
}

/** The gradient of a tensor of these sizes, of which elements or slices along `dim` were read: zeros elsewhere. */
export function intoZeros(
  how: 'scatter' | 'scatter_add' | 'index_add',
  grad: Tensor,
  sizes: Shape,
  dim: number,
  index: Tensor,
): Tensor {
  const zeros = grad.new_zeros(sizes);
  // In place spares a copy; but levels may give the result dimensions that the zeros lack.
  return isTransformed() ? zeros[how](dim, index, grad) : zeros[`${how}_`](dim, index, grad);
}
