/**
 * Lowers reductions: the instruction spans the input, with the reduced dimensions last and the output still along them.
 */
import type { DType } from '../base/dtype.js';
import { RuntimeError, showShape } from '../base/errors.js';
import { type Shape, wrapDims } from '../base/shape.js';
import { opcode } from '../engine/native.js';
import { begin, beginRow, operand, Place, rowOperand, run, scalar } from '../engine/program.js';
import { emptyTensor, type Tensor } from '../tensor.js';
import { converted } from './pointwise.js';

/** A reduction's dimensions, sorted; null or an empty list means all of them. */
export type ReducedDims = readonly number[] | null;

export interface ReductionRule {
  /** The dtype the input is converted to, from its own. */
  readonly compute: (dtype: DType) => DType;
  /** The dtype of the result, from the computed one. */
  readonly result: (compute: DType) => DType;
  /** Whether a reduction of no elements has a value. */
  readonly identity: boolean;
}

/** `reduction('sum', rule)(self, dims, keepdim)`; further scalars follow the count of reduced dimensions. */
export function reduction(
  name: string,
  rule: ReductionRule,
): (self: Tensor, dims: ReducedDims, keepdim: boolean, scalars?: readonly number[]) => Tensor {
  const code = opcode(name);
  return (self, dims, keepdim, scalars = none) => {
    if (isWhole(self, dims, keepdim) && (rule.identity || self.count > 0))
      return reduceRow(code, name, rule, self, scalars);
    const reduced = wrapDims(name, dims, self.ndim);
    if (!rule.identity) checkNotEmpty(name, self, reduced);
    const input = converted(self, rule.compute(self.dtype));
    const out = emptyTensor(sizesOf(input, reduced, keepdim), rule.result(input.dtype));
    writeOperands(code, out, input, reduced, keepdim);
    scalar(reduced.length);
    for (let i = 0; i < scalars.length; i++) scalar(scalars[i]);
    run(name, input.dtype);
    return out;
  };
}

const none: readonly number[] = [];

function sizesOf(input: Tensor, reduced: readonly number[], keepdim: boolean): number[] {
  const sizes: number[] = [];
  for (let dim = 0; dim < input.ndim; dim++) {
    if (!reduced.includes(dim)) sizes.push(input.sizes[dim]);
    else if (keepdim) sizes.push(1);
  }
  return sizes;
}

/** Begins the instruction and writes the output, which does not move along what is reduced, and the input. */
function writeOperands(code: number, out: Tensor, input: Tensor, reduced: readonly number[], keepdim: boolean): void {
  const sizes: number[] = [];
  const to: number[] = [];
  const from: number[] = [];
  for (let dim = 0; dim < input.ndim; dim++) {
    if (reduced.includes(dim)) continue;
    to.push(out.strides[keepdim ? dim : sizes.length]);
    sizes.push(input.sizes[dim]);
    from.push(input.strides[dim]);
  }
  for (let i = 0; i < reduced.length; i++) {
    to.push(0);
    sizes.push(input.sizes[reduced[i]]);
    from.push(input.strides[reduced[i]]);
  }
  begin(code, sizes, 2);
  operand(out, to);
  operand(input, from);
}

/** A reduction of everything in one row, as sums of losses are. */
const isWhole = (self: Tensor, dims: ReducedDims, keepdim: boolean): boolean =>
  self.contiguousFlag && !keepdim && (dims === null || dims.length === 0);

const scalarShape: Shape = [];

function reduceRow(code: number, name: string, rule: ReductionRule, self: Tensor, scalars: readonly number[]): Tensor {
  const input = converted(self, rule.compute(self.dtype));
  const out = emptyTensor(scalarShape, rule.result(input.dtype));
  const count = beginRow(code, input.count, 2);
  rowOperand(Place.Result, out, count, 0);
  rowOperand(Place.First, input, count, 1);
  scalar(1);
  for (let i = 0; i < scalars.length; i++) scalar(scalars[i]);
  run(name, input.dtype);
  return out;
}

function checkNotEmpty(name: string, self: Tensor, reduced: readonly number[]): void {
  if (self.ndim > 0 && reduced.some((dim) => self.sizes[dim] === 0)) {
    throw new RuntimeError(
      `${name}(): Expected reduction dim to be specified for input.numel() == 0, or one of non-zero size: shape ` +
        `${showShape(self.sizes)}. The operation has no identity.`,
    );
  }
}

/** How many elements of a tensor of this shape meet in one element of a reduction. */
export const countOf = (name: string, shape: readonly number[], dims: ReducedDims): number =>
  wrapDims(name, dims, shape.length).reduce((count, dim) => count * shape[dim], 1);

/** A reduced tensor, gradient or result, with its lost dimensions back as size 1, so that it broadcasts over `rank`. */
export function restoreDims(reduced: Tensor, dims: ReducedDims, keepdim: boolean, rank: number): Tensor {
  // One element broadcasts as it is.
  if (keepdim || reduced.ndim === 0) return reduced;
  return wrapDims('unsqueeze', dims, rank).reduce((tensor, dim) => tensor.unsqueeze(dim), reduced);
}
