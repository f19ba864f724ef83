/** Arithmetic of shapes and strides; strides count elements. */
import { broadcastError, dimensionError, IndexError, RuntimeError, showShape } from './errors.js';

/** Sizes or strides, one for each dimension. */
export type Shape = readonly number[];

/** Most dimensions a tensor may have. */
export const maxDims = 64;

/** The number of elements of a shape. */
export function numel(shape: Shape): number {
  let count = 1;
  for (let i = 0; i < shape.length; i++) count *= shape[i];
  return count;
}

/** Of a shape with more dimensions than instructions hold, or more elements than a number counts. */
export function tooLargeError(shape: readonly number[]): RuntimeError {
  const { length } = shape;
  return new RuntimeError(
    length > maxDims
      ? `a tensor has at most ${maxDims} dimensions, got ${length}`
      : `Storage size calculation overflowed with sizes=${showShape(shape)}`,
  );
}

/** Lists beyond this leave no memory for anything else, and making them ends the process. */
const longestList = 2 ** 24;

/** The length of a list of results. @throws RuntimeError, which names the operation, when it is too long for memory. */
export function listLength(op: string, length: number): number {
  if (length <= longestList) return length;
  throw new RuntimeError(`${op}: a list of ${length} results is too long, at most ${longestList} are possible`);
}

const unitStrides: readonly Shape[] = [[], [1]];

/**
 * A list of the same number. `new Array(count)` makes another kind of list, with room for holes, and code that meets
 * more than four kinds is compiled for none.
 */
export function repeated(value: number, count: number): number[] {
  const list: number[] = [];
  for (let i = 0; i < count; i++) list.push(value);
  return list;
}

/** Strides of a row-major tensor; a dimension of size 0 counts as 1, as in PyTorch. */
export function contiguousStrides(shape: Shape): Shape {
  if (shape.length < 2) return unitStrides[shape.length];
  const strides = repeated(1, shape.length);
  let stride = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = stride;
    stride *= shape[i] > 1 ? shape[i] : 1;
  }
  return strides;
}

export function isContiguous(shape: Shape, strides: Shape): boolean {
  let expected = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] === 0) return true;
    if (shape[i] !== 1) {
      if (strides[i] !== expected) return false;
      expected *= shape[i];
    }
  }
  return true;
}

export function sameShape(a: Shape, b: Shape): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** `dim` counted from the front. A 0-dim tensor accepts 0 and -1. @throws IndexError when out of range. */
export function wrapDim(dim: number, dims: number): number {
  const bound = Math.max(dims, 1);
  if (dim < -bound || dim >= bound) throw dimensionError(dim, dims);
  return dim < 0 ? dim + bound : dim;
}

/** As `wrapDim`, of a tensor that must have dimensions. @throws IndexError when it has none. */
export function wrapOwnDim(dim: number, dims: number): number {
  if (dims === 0) throw new IndexError(`Dimension specified as ${dim} but tensor has no dimensions`);
  return wrapDim(dim, dims);
}

/** All dimensions in their order: 0, 1, … A loop, since `Array.from` with a function takes ten times as long. */
export function allDims(rank: number): number[] {
  const dims: number[] = [];
  for (let dim = 0; dim < rank; dim++) dims.push(dim);
  return dims;
}

/** Sorted distinct dimensions; all of them for null or an empty list. @throws RuntimeError on repetition. */
export function wrapDims(op: string, dims: readonly number[] | null, rank: number): number[] {
  if (dims === null || dims.length === 0) return allDims(rank);
  const wrapped = dims.map((dim) => wrapDim(dim, rank));
  for (let i = 0; i < wrapped.length; i++) {
    if (wrapped.indexOf(wrapped[i]) !== i) {
      throw new RuntimeError(`${op}: dim ${wrapped[i]} appears multiple times in the list of dims`);
    }
  }
  return rank === 0 ? [] : wrapped.sort((a, b) => a - b);
}

/** The shape of two operands broadcast together. @throws RuntimeError that names the operation and both shapes. */
export function broadcastShapes(op: string, a: Shape, b: Shape): Shape {
  if (sameShape(a, b)) return a;
  const rank = Math.max(a.length, b.length);
  const shape = repeated(1, rank);
  for (let i = 0; i < rank; i++) {
    const sizeA = i < a.length ? a[a.length - 1 - i] : 1;
    const sizeB = i < b.length ? b[b.length - 1 - i] : 1;
    if (sizeA !== sizeB && sizeA !== 1 && sizeB !== 1) throw broadcastError(op, a, b, i);
    shape[rank - 1 - i] = sizeA === 1 ? sizeB : sizeA;
  }
  return shape;
}

/** Whether a shape broadcasts to another as it is. */
export function broadcastsTo(shape: Shape, target: Shape): boolean {
  const lead = target.length - shape.length;
  if (lead < 0) return false;
  for (let i = 0; i < shape.length; i++) if (shape[i] !== 1 && shape[i] !== target[lead + i]) return false;
  return true;
}

/** Strides that repeat a tensor over the larger `target` shape: 0 along repeated dimensions. */
export function expandStrides(shape: Shape, strides: Shape, target: Shape): number[] {
  const lead = target.length - shape.length;
  const expanded = repeated(0, target.length);
  for (let i = 0; i < target.length; i++) {
    expanded[i] = i < lead || (shape[i - lead] === 1 && target[i] !== 1) ? 0 : strides[i - lead];
  }
  return expanded;
}

/** Whether the elements are distinct and fill a range of the storage without gaps. */
export function isNonOverlappingAndDense(shape: Shape, strides: Shape): boolean {
  const order = shape.map((_, i) => i).filter((i) => shape[i] !== 1);
  order.sort((a, b) => strides[a] - strides[b]);
  let expected = 1;
  for (const i of order) {
    if (shape[i] === 0) return true;
    if (strides[i] !== expected) return false;
    expected *= shape[i];
  }
  return true;
}

/** Replaces one -1 by what is left of `count` elements. @throws RuntimeError when the sizes cannot hold them. */
export function inferSize(shape: Shape, count: number): Shape {
  const unknown = shape.indexOf(-1);
  if (shape.indexOf(-1, unknown + 1) > unknown && unknown >= 0) {
    throw new RuntimeError('only one dimension can be inferred');
  }
  for (const size of shape) {
    if (size < -1) throw new RuntimeError(`invalid shape dimension ${size}`);
  }
  const known = shape.reduce((product, size) => (size === -1 ? product : product * size), 1);
  if (unknown < 0 && known === count) return shape;
  if (unknown >= 0 && known === 0 && count === 0) {
    throw new RuntimeError(
      `cannot reshape tensor of 0 elements into shape ${showShape(shape)} because the unspecified dimension size -1` +
        ' can be any value and is ambiguous',
    );
  }
  if (unknown >= 0 && known > 0 && count % known === 0) {
    return shape.map((size) => (size === -1 ? count / known : size));
  }
  throw new RuntimeError(`shape '${showShape(shape)}' is invalid for input of size ${count}`);
}

/**
 * Strides that show the same elements under another shape without moving them, or null when there are none: each
 * group of dimensions that is contiguous together may be divided anew.
 */
export function viewStrides(shape: Shape, strides: Shape, target: Shape): Shape | null {
  if (numel(shape) === 0) return sameShape(shape, target) ? [...strides] : contiguousStrides(target);
  if (shape.length === 0) return target.map(() => 1);
  const result = repeated(0, target.length);
  let at = target.length - 1;
  let chunkStride = strides[shape.length - 1];
  let chunkSize = 1;
  let filled = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    chunkSize *= shape[i];
    if (i > 0 && (shape[i - 1] === 1 || strides[i - 1] === chunkSize * chunkStride)) continue;
    while (at >= 0 && (filled < chunkSize || target[at] === 1)) {
      result[at] = filled * chunkStride;
      filled *= target[at--];
    }
    if (filled !== chunkSize) return null;
    if (i > 0) {
      chunkStride = strides[i - 1];
      chunkSize = 1;
      filled = 1;
    }
  }
  return at === -1 ? result : null;
}
