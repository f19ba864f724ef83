/** Lowers element-wise operators: promotes, broadcasts, lays out the result, writes the instruction. */
import {
  bool,
  can_cast,
  type DType,
  dtypes,
  float32,
  get_default_dtype,
  int64,
  Kind,
  promote_types,
} from '../base/dtype.js';
import { argumentError, castError, RuntimeError, showShape, unsupportedError } from '../base/errors.js';
import {
  broadcastShapes,
  expandStrides,
  isNonOverlappingAndDense,
  repeated,
  type Shape,
  sameShape,
} from '../base/shape.js';
import { opcode } from '../engine/native.js';
import { begin, immediate, operand, run } from '../engine/program.js';
import { isSameMemory } from '../engine/storage.js';
import { emptyBeside, emptyStrided, emptyTensor, Tensor } from '../tensor.js';
import type { Scalar } from './context.js';
import {
  besideRow,
  besideShape,
  fillRow,
  keepsDType,
  noRow,
  rowStride,
  runRow1,
  runRow2,
  runRow3,
  type Source,
} from './rows.js';

export type { Source } from './rows.js';

const copy = opcode('copy');

/** In which dtype an operator computes, from the dtype its inputs promote to, and what it returns. */
export interface Rule {
  readonly compute: (promoted: DType, op: string) => DType;
  readonly result: (compute: DType) => DType;
}

const same = (dtype: DType): DType => dtype;

function refuse(kinds: (dtype: DType) => boolean): Rule['compute'] {
  return (dtype, op) => {
    if (kinds(dtype)) throw unsupportedError(op, dtype);
    return dtype;
  };
}

/** Every dtype as it is. */
export const any: Rule = { compute: same, result: same };
/** Integers and floats; bool has no such operation. */
export const numeric: Rule = { compute: refuse((dtype) => dtype.kind === Kind.Bool), result: same };
/** Integers and bool are computed in the default dtype. */
export const floating: Rule = {
  compute: (dtype) => (dtype.is_floating_point ? dtype : get_default_dtype()),
  result: same,
};
/** Floats alone. */
export const floatingOnly: Rule = { compute: refuse((dtype) => !dtype.is_floating_point), result: same };
/** Integers and bool only. */
export const integral: Rule = { compute: refuse((dtype) => dtype.is_floating_point), result: same };
/** True or false of every dtype. */
export const predicate: Rule = { compute: same, result: () => bool };

/** The dtype that a number stands for beside a tensor: whole numbers are ints. */
function scalarDType(value: Scalar): DType {
  if (typeof value === 'boolean') return bool;
  return typeof value === 'bigint' || Number.isInteger(value) ? int64 : get_default_dtype();
}

/** The largest finite float32. */
const float32Max = (2 - 2 ** -23) * 2 ** 127;

/** The smallest and largest number of a dtype. Beside whole numbers unsigned ones go down to -255, as in PyTorch. */
function rangeOf(dtype: DType, whole: boolean): readonly [number, number] {
  const bits = 8 * dtype.itemsize;
  if (dtype === float32) return [-float32Max, float32Max];
  if (dtype.is_floating_point) return [-Number.MAX_VALUE, Number.MAX_VALUE];
  if (dtype.is_signed) return [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
  return [whole ? 1 - 2 ** bits : 0, 2 ** bits - 1];
}

/** @throws RuntimeError when the dtype cannot hold the number. */
export function checkFits(value: Scalar, dtype: DType): void {
  const number = Number(value);
  if (dtype.kind === Kind.Bool || (dtype.is_floating_point && !Number.isFinite(number))) return;
  const [lowest, highest] = rangeOf(dtype, Number.isInteger(number));
  if (number >= lowest && number <= highest) return;
  throw new RuntimeError(`value cannot be converted to type ${dtype.name} without overflow`);
}

const isKept = (dtype: DType, value: Scalar): boolean => typeof value === 'number' && keepsDType(dtype, value);

/**
 * PyTorch's classes of operands: a tensor with dimensions outweighs a 0-dim one, and that a number, unless its kind is
 * higher.
 */
export function resultType(...sources: readonly Source[]): DType {
  const [first, second] = sources;
  if (sources.length === 2 && first instanceof Tensor) {
    const same = second instanceof Tensor ? second.dtype === first.dtype : isKept(first.dtype, second);
    if (same) return first.dtype;
  }
  const classes: (DType | null)[] = [null, null, null];
  for (const source of sources) {
    const weight = source instanceof Tensor ? (source.ndim > 0 ? 0 : 1) : 2;
    const dtype = source instanceof Tensor ? source.dtype : scalarDType(source);
    const held = classes[weight];
    classes[weight] = held === null ? dtype : promote_types(held, dtype);
  }
  return classes.reduce((heavy, light) => {
    if (heavy === null || light === null) return heavy ?? light;
    return light.kind > heavy.kind ? promote_types(heavy, light) : heavy;
  }) as DType;
}

/** Writes `from`, converted, over all of `to`, broadcasting. */
export function copyInto(to: Tensor, from: Source): void {
  if (from instanceof Tensor) {
    if (to.contiguousFlag && from.contiguousFlag && sameShape(to.sizes, from.sizes)) runRow1(copy, 'copy_', to, from);
    else mapInto(copy, 'copy_', to, from.dtype, from);
  } else if (to.contiguousFlag && typeof from !== 'boolean') fillRow(copy, 'copy_', to, from);
  else mapInto(copy, 'copy_', to, to.dtype, from);
}

/** `tensor` in another dtype; itself if it has it. */
export function converted(tensor: Tensor, dtype: DType): Tensor {
  if (tensor.dtype === dtype) return tensor;
  const result = emptyLike(tensor, dtype);
  copyInto(result, tensor);
  return result;
}

/** Uninitialised, with the strides of `tensor` where they are dense. */
export function emptyLike(tensor: Tensor, dtype: DType): Tensor {
  if (tensor.contiguousFlag) return emptyBeside(tensor, dtype);
  return emptyStrided(tensor.sizes, resultStrides(tensor.sizes, [tensor]), dtype);
}

/** Dense strides that order the dimensions as the operands do, so that the loop runs along memory. */
function resultStrides(shape: Shape, tensors: readonly Tensor[]): number[] {
  const dense = tensors.length === 1 || tensors.every((tensor) => sameShape(tensor.sizes, shape));
  const first = tensors[0];
  if (dense && sameLayout(shape, tensors) && isNonOverlappingAndDense(shape, first.strides)) return [...first.strides];
  const operands = tensors.map((tensor) => expandStrides(tensor.sizes, tensor.strides, shape));
  const order = shape.map((_, i) => shape.length - 1 - i);
  for (let i = 1; i < order.length; i++) {
    for (let at = i, below = i - 1; below >= 0; below--) {
      const comparison = compareDims(shape, operands, order[below], order[at]);
      if (comparison < 0) break;
      if (comparison > 0) {
        [order[below], order[at]] = [order[at], order[below]];
        at = below;
      }
    }
  }
  const strides = repeated(1, shape.length);
  let stride = 1;
  for (const dim of order) {
    strides[dim] = stride;
    stride *= Math.max(shape[dim], 1);
  }
  return strides;
}

const sameLayout = (shape: Shape, tensors: readonly Tensor[]): boolean =>
  tensors.every((tensor) => sameShape(tensor.sizes, shape) && sameShape(tensor.strides, tensors[0].strides));

/** Positive when dimension `inner` must lie outside `outer`; 0 when the operands do not tell. */
function compareDims(shape: Shape, operands: readonly (readonly number[])[], inner: number, outer: number): number {
  for (const strides of operands) {
    if (strides[inner] === 0 || strides[outer] === 0) continue;
    if (strides[inner] < strides[outer]) return -1;
    if (strides[inner] > strides[outer]) return 1;
    if (shape[inner] > shape[outer]) return 1;
  }
  return 0;
}

/** The instruction over `out`'s shape; inputs are converted to `dtype` first. */
export function mapInto(
  code: number,
  op: string,
  out: Tensor,
  dtype: DType,
  a: Source,
  b?: Source,
  condition?: Source,
): void {
  const first = prepare(a, dtype);
  const second = b === undefined ? undefined : prepare(b, dtype);
  const third = condition === undefined ? undefined : prepare(condition, dtype);
  emit(code, op, out, dtype, first, second, third);
}

/** A tensor converted to `dtype`; a number as it is. */
export const prepare = (source: Source, dtype: DType): Source =>
  source instanceof Tensor ? converted(source, dtype) : source;

/** Writes and runs the words; every input has its final dtype, numbers become immediates of `dtype`. */
export function emit(code: number, op: string, out: Tensor, dtype: DType, a: Source, b?: Source, c?: Source): void {
  begin(code, out.sizes, b === undefined ? 2 : c === undefined ? 3 : 4);
  operand(out, out.strides);
  stridedSource(out.sizes, a, dtype, 0);
  if (b !== undefined) stridedSource(out.sizes, b, dtype, 1);
  if (c !== undefined) stridedSource(out.sizes, c, dtype, 2);
  run(op, dtype);
}

function stridedSource(shape: Shape, source: Source, dtype: DType, slot: number): void {
  if (source instanceof Tensor) operand(source, expandStrides(source.sizes, source.strides, shape));
  else immediate(typeof source === 'boolean' ? Number(source) : source, dtype, shape.length, slot);
}

/** A new tensor for the result of these inputs, laid out as they are after their conversion to one dtype. */
export function newResult(shape: Shape, dtype: DType, inputs: readonly Source[]): Tensor {
  if (inputs.every(isRowMajor)) return emptyTensor(shape, dtype);
  const tensors = inputs.filter((input) => input instanceof Tensor);
  return emptyStrided(shape, resultStrides(shape, tensors), dtype);
}

/** Whether a source leaves the result in row-major order: it is so itself, or one element repeated. */
const isRowMajor = (source: Source): boolean =>
  !(source instanceof Tensor) || source.contiguousFlag || source.strides.every((stride) => stride === 0);

/** @throws RuntimeError unless a result of this shape and dtype may be written to `into`. */
export function checkDestination(
  op: string,
  shape: Shape,
  dtype: DType,
  sources: readonly Source[],
  into: Tensor,
): void {
  if (!sameShape(into.sizes, shape)) {
    throw new RuntimeError(
      `${op}_: output with shape ${showShape(into.sizes)} doesn't match the broadcast shape ${showShape(shape)}`,
    );
  }
  if (!can_cast(dtype, into.dtype)) throw castError(`${op}_`, dtype, into.dtype);
  checkOverlap(`${op}_`, into, sources);
}

const overlapMessage =
  'unsupported operation: some elements of the input tensor and the written-to tensor refer to a single memory ' +
  'location. Please clone() the tensor before performing the operation.';

/** @throws RuntimeError where writing one element would change another that is still to be read. */
export function checkOverlap(op: string, out: Tensor, sources: readonly Source[]): void {
  if (out.strides.some((stride, i) => stride === 0 && out.sizes[i] > 1)) {
    throw new RuntimeError(
      `${op}: unsupported operation: more than one element of the written-to tensor refers to a single memory ` +
        'location. Please clone() the tensor before performing the operation.',
    );
  }
  for (const source of sources) {
    if (source instanceof Tensor && overlapsPartly(out, source)) throw new RuntimeError(`${op}: ${overlapMessage}`);
  }
}

function overlapsPartly(out: Tensor, source: Tensor): boolean {
  if (source === out || !isSameMemory(source.storage, out.storage) || source.count === 0) return false;
  const dense = (tensor: Tensor): boolean => isNonOverlappingAndDense(tensor.sizes, tensor.strides);
  if (!dense(out) || !dense(source)) return false;
  const start = source.offset * source.itemsize;
  const outStart = out.offset * out.itemsize;
  const sameRange = start === outStart && source.count * source.itemsize === out.count * out.itemsize;
  if (sameRange) return !sameShape(source.strides, out.strides);
  return start < outStart + out.count * out.itemsize && outStart < start + source.count * source.itemsize;
}

/** Converts the sources to `compute` and runs the instruction, into a new tensor or into `into`. */
function map(
  code: number,
  op: string,
  compute: DType,
  result: DType,
  shape: Shape,
  sources: readonly Source[],
  into?: Tensor,
): Tensor {
  if (into !== undefined) checkDestination(op, shape, result, sources, into);
  const [a, b, c] = sources.map((source) => prepare(source, compute));
  const out = into ?? newResult(shape, result, b === undefined ? [a] : c === undefined ? [a, b] : [a, b, c]);
  return writeThrough(out, result, (target) => emit(code, op, target, compute, a, b, c));
}

/** For each dtype that the operator computes in as it is, by its code: the dtype of the result. */
const directResults = (rule: Rule, name: string): readonly (DType | null)[] =>
  dtypes.map((dtype) => {
    try {
      return rule.compute(dtype, name) === dtype ? rule.result(dtype) : null;
    } catch {
      return null;
    }
  });

const elementwiseForwards = new WeakSet<object>();

/** Whether a forward is known to compute each element from the same ones of its arguments. */
export const isElementwise = (forward: object): boolean => elementwiseForwards.has(forward);

function elementwise<F extends object>(forward: F): F {
  elementwiseForwards.add(forward);
  return forward;
}

/** Forward of one operand: `unary('sin', floating)`. */
export function unary(name: string, rule: Rule): (self: Tensor, into?: Tensor) => Tensor {
  const code = opcode(name);
  const direct = directResults(rule, name);
  return elementwise((self, into) => {
    const kept = direct[self.dtype.code];
    if (kept !== null && self.contiguousFlag && (into === undefined || (into === self && kept === self.dtype))) {
      const out = into ?? emptyBeside(self, kept);
      runRow1(code, name, out, self);
      return out;
    }
    const compute = rule.compute(self.dtype, name);
    return map(code, name, compute, rule.result(compute), self.sizes, [self], into);
  });
}

/** A copy, or `self` written to `into`. */
export const copyOf = unary('copy', any);

/** Forward of two operands: `binary('add', any)`. */
export function binary(name: string, rule: Rule): (a: Source, b: Source, into?: Tensor) => Tensor {
  const code = opcode(name);
  const direct = directResults(rule, name);
  return elementwise((a, b, into) => {
    if (typeof a === 'object') {
      const kept = direct[a.dtype.code];
      const out = kept === null ? null : mapRows(code, name, kept, a, b, into);
      if (out !== null) return out;
    }
    const compute = rule.compute(resultType(a, b), name);
    const shape = broadcastShapes(name, sizesOf(a), sizesOf(b));
    return map(code, name, compute, rule.result(compute), shape, [a, b], into);
  });
}

/**
 * The result where both operands are rows of the dtype of `a`, or null. In place, they must not lie across each other.
 */
function mapRows(code: number, name: string, result: DType, a: Tensor, b: Source, into?: Tensor): Tensor | null {
  const { dtype, sizes } = a;
  if (into !== undefined) return mapRowsInto(code, name, result, a, b, into);
  const bStride = a.contiguousFlag ? besideShape(sizes, dtype, b) : noRow;
  if (bStride === noRow) return mapRepeated(code, name, result, a, b);
  return runRow2(code, name, dtype, emptyBeside(a, result), a, 1, b, bStride);
}

function mapRowsInto(code: number, name: string, result: DType, a: Tensor, b: Source, into: Tensor): Tensor | null {
  const { contiguousFlag, dtype } = a;
  const bStride = contiguousFlag && into === a && result === dtype ? besideRow(a, b) : noRow;
  return bStride === noRow ? null : runRow2(code, name, dtype, into, a, 1, b, bStride);
}

/** The result where one operand is repeated over the row that the other is. */
function mapRepeated(code: number, name: string, result: DType, a: Tensor, b: Source): Tensor | null {
  const { dtype } = a;
  const shape = typeof b === 'object' && a.count === 1 && b.ndim >= a.ndim ? b.sizes : a.sizes;
  const aStride = rowStride(a, shape);
  const bStride = besideShape(shape, dtype, b);
  if (aStride === noRow || bStride === noRow) return null;
  return runRow2(code, name, dtype, emptyTensor(shape, result), a, aStride, b, bStride);
}

/** Forward of three operands of one dtype. */
export function ternary(name: string, rule: Rule): (a: Source, b: Source, c: Source, into?: Tensor) => Tensor {
  const code = opcode(name);
  const direct = directResults(rule, name);
  return elementwise((a, b, c, into) => {
    if (a instanceof Tensor && a.contiguousFlag && (into === undefined || into === a)) {
      const kept = direct[a.dtype.code];
      const bStride = into === undefined ? besideShape(a.sizes, a.dtype, b) : besideRow(a, b);
      const cStride = into === undefined ? besideShape(a.sizes, a.dtype, c) : besideRow(a, c);
      if (kept === a.dtype && bStride !== noRow && cStride !== noRow) {
        return runRow3(code, name, into ?? emptyBeside(a, kept), a, b, bStride, c, cStride);
      }
    }
    const compute = rule.compute(resultType(a, b, c), name);
    const result = rule.result(compute);
    const shape = broadcastShapes(name, broadcastShapes(name, sizesOf(a), sizesOf(b)), sizesOf(c));
    return map(code, name, compute, result, shape, [a, b, c], into);
  });
}

/** A forward that refuses two numbers. @throws TypeError */
export function withTensor<F extends (a: Source, b: Source, into?: Tensor) => Tensor>(name: string, forward: F): F {
  const checked = (a: Source, b: Source, into?: Tensor): Tensor => {
    if (!(a instanceof Tensor || b instanceof Tensor)) throw argumentError(name, 'self', 'Tensor', a);
    return forward(a, b, into);
  };
  return checked as F;
}

const noSizes: Shape = [];
export const sizesOf = (source: Source): Shape => (source instanceof Tensor ? source.sizes : noSizes);

/** Writes to `out` directly, or by way of a tensor of the kernel's dtype. */
function writeThrough(out: Tensor, dtype: DType, write: (target: Tensor) => void): Tensor {
  if (out.dtype === dtype) {
    write(out);
    return out;
  }
  const computed = emptyTensor(out.sizes, dtype);
  write(computed);
  copyInto(out, computed);
  return out;
}
