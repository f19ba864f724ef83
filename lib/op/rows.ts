/**
 * Element-wise instructions over elements in a row: the common case, in which nothing is converted or laid out anew.
 */
import { type DType, Kind } from '../base/dtype.js';
import { type Shape, sameShape } from '../base/shape.js';
import { beginRow, Place, rowImmediate, rowOperand, run } from '../engine/program.js';
import { isSameMemory } from '../engine/storage.js';
import type { Tensor } from '../tensor.js';
import type { Scalar } from './context.js';

/** An input of an element-wise operator. */
export type Source = Tensor | Scalar;

/** What `rowStride` says of an operand that is no row. */
export const noRow = -1;

/**
 * The step by which a row of elements runs through a tensor over `shape`: 1, 0 for one element repeated, or `noRow`.
 */
export function rowStride(tensor: Tensor, shape: Shape): number {
  if (sameShape(tensor.sizes, shape)) return tensor.contiguousFlag ? 1 : repeatsOne(tensor);
  return tensor.count === 1 && tensor.sizes.length <= shape.length ? 0 : noRow;
}

/** 0 for an expanded element, else `noRow`. */
function repeatsOne({ strides }: Tensor): number {
  for (let i = 0; i < strides.length; i++) if (strides[i] !== 0) return noRow;
  return 0;
}

/** Whether a number beside a tensor of this dtype leaves it as it is. */
export const keepsDType = (dtype: DType, value: number): boolean =>
  dtype.kind === Kind.Floating || (dtype.kind === Kind.Integral && Number.isInteger(value));

/** The stride of an operand over `shape` beside another of `dtype`, in which both are computed. */
export function besideShape(shape: Shape, dtype: DType, b: Source): number {
  if (typeof b === 'number') return keepsDType(dtype, b) ? 0 : noRow;
  return typeof b === 'object' && b.dtype === dtype ? rowStride(b, shape) : noRow;
}

/** The stride of a second operand beside the row `a`, which is written to, so that both must be memory of their own. */
export function besideRow(a: Tensor, b: Source): number {
  const isShared = typeof b === 'object' && isSameMemory(a.storage, b.storage);
  return isShared ? noRow : besideShape(a.sizes, a.dtype, b);
}

/** Writes and runs an instruction whose input is one number, over all of a row. */
export function fillRow(code: number, op: string, out: Tensor, value: number | bigint): void {
  const { dtype } = out;
  const count = beginRow(code, out.count, 2);
  rowOperand(Place.Result, out, count, 1);
  rowImmediate(Place.First, value, dtype);
  run(op, dtype);
}

/** Writes and runs an instruction of one input, both operands in a row. */
export function runRow1(code: number, op: string, out: Tensor, a: Tensor): void {
  const count = beginRow(code, out.count, 2);
  rowOperand(Place.Result, out, count, 1);
  rowOperand(Place.First, a, count, 1);
  run(op, a.dtype);
}

/** The same of two inputs, with the strides that `rowStride` or `besideRow` found; returns `out`. */
export function runRow2(
  code: number,
  op: string,
  dtype: DType,
  out: Tensor,
  a: Tensor,
  aStride: number,
  b: Source,
  bStride: number,
): Tensor {
  const count = beginRow(code, out.count, 3);
  rowOperand(Place.Result, out, count, 1);
  rowOperand(Place.First, a, count, aStride);
  if (typeof b === 'object') rowOperand(Place.Second, b, count, bStride);
  else rowImmediate(Place.Second, b as number, dtype);
  run(op, dtype);
  return out;
}

/** The same of three inputs, the first in a row. */
export function runRow3(
  code: number,
  op: string,
  out: Tensor,
  a: Tensor,
  b: Source,
  bStride: number,
  c: Source,
  cStride: number,
): Tensor {
  const { dtype } = a;
  const count = beginRow(code, out.count, 4);
  rowOperand(Place.Result, out, count, 1);
  rowOperand(Place.First, a, count, 1);
  if (typeof b === 'object') rowOperand(Place.Second, b, count, bStride);
  else rowImmediate(Place.Second, b as number, dtype);
  if (typeof c === 'object') rowOperand(Place.Third, c, count, cStride);
  else rowImmediate(Place.Third, c as number, dtype);
  run(op, dtype);
  return out;
}
