/** Writes instructions into the command buffer and runs them. The layout is drawn in native/instruction.h. */
import { type DType, itemSizes, Kind } from '../base/dtype.js';
import { IndexError, RuntimeError, showShape, unsupportedError } from '../base/errors.js';
import type { Shape } from '../base/shape.js';
import { binding } from './native.js';
import { addressOfRow, liveAddressOf, type Storage, sizeOf } from './storage.js';

/** What an instruction needs to know of a tensor. */
export interface Operand {
  readonly storage: Storage;
  /** Of the first element, in elements. */
  readonly offset: number;
  readonly sizes: Shape;
  readonly strides: Shape;
  /** The number of elements. */
  readonly count: number;
  /** Whether the elements lie in a row. */
  readonly contiguousFlag: boolean;
  readonly dtype: DType;
}

// Longest instruction: 68 operands of 64 dimensions.
const bufferWords = 8192;
const words = new Float64Array(bufferWords);
const integers = new BigInt64Array(words.buffer);
const halves = new Int32Array(words.buffer);
const floats = new Float32Array(words.buffer);
const bytes = new Uint8Array(words.buffer);
binding.attach(words);
const bufferAddress = binding.address(words);

/** Immediates lie at the end of the buffer, out of the way of any instruction. */
const immediateSlots = 8;
const firstImmediate = bufferWords - immediateSlots;

let at = 0;

/** Begins an instruction over an iteration space of `shape`. @throws RuntimeError for what is no size. */
export function begin(opcode: number, shape: Shape, operands: number): void {
  words[0] = opcode;
  words[2] = shape.length;
  words[3] = operands;
  at = 4;
  for (let i = 0; i < shape.length; i++) {
    if (!(shape[i] >= 0)) throw new RuntimeError(`${shape[i]} is no size of a dimension, in ${showShape(shape)}`);
    words[at++] = shape[i];
  }
}

/**
 * Where the operands of an instruction over a row lie: behind five words, each with a dtype, an address and a stride. Most
 * instructions are of this kind, and places that the compiler knows need no counting.
 */
export enum Place {
  Result = 5,
  First = 8,
  Second = 11,
  Third = 14,
}

/** The place of operand `index`. */
export const placeOf = (index: number): number => Place.Result + (Place.First - Place.Result) * index;

/**
 * Begins an instruction over `count` elements in a row. Returns the count, now surely a number.
 * @throws RuntimeError for what is no count.
 */
export function beginRow(opcode: number, count: number, operands: number): number {
  const elements = +count;
  if (!(elements >= 0)) throw noCount(count);
  words[0] = opcode;
  words[2] = 1;
  words[3] = operands;
  words[4] = elements;
  at = placeOf(operands);
  return elements;
}

const noCount = (count: number): RuntimeError => new RuntimeError(`${count} is no number of elements`);

/** The operand at `place` of such an instruction: `count` elements in a row (stride 1), or one, repeated (stride 0). */
export function rowOperand(place: Place, tensor: Operand, count: number, stride: number): void {
  const { code } = tensor.dtype;
  const itemsize = itemSizes[code];
  const length = stride === 0 && count > 0 ? itemsize : count * itemsize;
  words[place] = code;
  words[place + 1] = addressOfRow(tensor.storage, tensor.offset * itemsize, length);
  words[place + 2] = stride;
}

/** The operand at `place` of such an instruction: one value, repeated. */
export function rowImmediate(place: Place, value: number | bigint, dtype: DType): void {
  const word = place === Place.Third ? firstImmediate + 1 : firstImmediate;
  encode(word, value, dtype);
  words[place] = dtype.code;
  words[place + 1] = bufferAddress + 8 * word;
  words[place + 2] = 0;
}

/**
 * The next operand, with a stride for each dimension of the iteration space; it begins `shift` elements behind the
 * tensor's first.
 */
export function operand(tensor: Operand, strides: Shape, shift = 0): void {
  const { code } = tensor.dtype;
  if (strides.length !== words[2]) throw outside(tensor);
  words[at++] = code;
  words[at++] = checkedAddress(tensor, itemSizes[code]) + shift * itemSizes[code];
  for (let i = 0; i < strides.length; i++) words[at++] = strides[i];
}

/** The next operand: one value, repeated along all `dims` dimensions. `slot` tells it from other immediates. */
export function immediate(value: number | bigint, dtype: DType, dims: number, slot = 0): void {
  const word = firstImmediate + slot;
  encode(word, value, dtype);
  words[at++] = dtype.code;
  words[at++] = bufferAddress + 8 * word;
  for (let i = 0; i < dims; i++) words[at++] = 0;
}

/** The next operand: the elements of a TypedArray, which must stay alive until `run` returns. */
export function arrayOperand(view: ArrayBufferView, dtype: DType, strides: Shape): void {
  words[at++] = dtype.code;
  words[at++] = binding.address(view);
  for (let i = 0; i < strides.length; i++) words[at++] = strides[i];
}

/** The next scalar, after all operands. */
export function scalar(value: number): void {
  words[at++] = value;
}

/**
 * The address of the first element. Fields of a tensor are properties, and whoever insists can assign them: here is
 * where that ends, since no instruction is written whose operand reaches beyond its storage.
 */
function checkedAddress(tensor: Operand, itemsize: number): number {
  const { sizes, strides, offset, storage, count } = tensor;
  let elements = 1;
  let last = offset;
  for (let i = 0; i < sizes.length; i++) {
    elements *= sizes[i];
    last += (sizes[i] - 1) * strides[i];
    if (!(sizes[i] >= 0 && strides[i] >= 0)) throw outside(tensor);
  }
  if (tensor.contiguousFlag) last = Math.max(last, offset + count - 1);
  const fits = elements === 0 || (offset >= 0 && Number.isInteger(offset) && (last + 1) * itemsize <= sizeOf(storage));
  if (elements !== count || !fits) throw outside(tensor);
  return liveAddressOf(storage) + offset * itemsize;
}

const outside = ({ sizes, strides, offset, storage }: Operand): RuntimeError =>
  new RuntimeError(
    `a tensor of sizes ${showShape(sizes)}, strides ${showShape(strides)} and storage offset ${offset} reaches beyond its ` +
      `storage of ${sizeOf(storage)} bytes`,
  );

/** Numbers are converted as native code converts elements: integers wrap, bool is != 0. */
function encode(word: number, value: number | bigint, dtype: DType): void {
  if (dtype.kind === Kind.Floating) {
    if (dtype.itemsize === 4) floats[2 * word] = Number(value);
    else words[word] = Number(value);
  } else if (dtype.kind === Kind.Bool) {
    // biome-ignore lint/suspicious/noDoubleEquals: 0 and 0n alike
    bytes[8 * word] = value != 0 ? 1 : 0;
  } else {
    encodeInteger(word, value);
  }
}

/** Little-endian: a narrower integer is the low bytes. */
function encodeInteger(word: number, value: number | bigint): void {
  if (typeof value === 'bigint' || !Number.isSafeInteger(value)) {
    integers[word] = typeof value === 'bigint' ? value : truncated(value);
  } else {
    halves[2 * word] = value | 0;
    halves[2 * word + 1] = Math.floor(value / 2 ** 32);
  }
}

const int64Limit = 2 ** 63;
const truncated = (value: number): bigint =>
  value >= -int64Limit && value < int64Limit ? BigInt(Math.trunc(value)) : -(1n << 63n);

/** Runs the instruction. @throws the Error that belongs to the kernel's status; nothing has been written then. */
export function run(op: string, dtype: DType): void {
  words[1] = at;
  words[at] = 0;
  const status = binding.execute();
  if (status !== undefined) throw failure(status, op, dtype);
}

/** The words of the instruction that was run last, for tests. */
export const lastWords = (): number[] => [...words.subarray(0, at)];

/** The value of the element at `offset`, read through the buffer so that no array is allocated. */
export function readElement(copyOpcode: number, tensor: Operand, as: DType): number | bigint {
  words[0] = copyOpcode;
  words[2] = 0;
  words[3] = 2;
  words[4] = as.code;
  words[5] = bufferAddress + 8 * firstImmediate;
  at = 6;
  words[at++] = tensor.dtype.code;
  words[at++] = checkedAddress(tensor, itemSizes[tensor.dtype.code]);
  run('item', tensor.dtype);
  return as.kind === Kind.Floating ? words[firstImmediate] : integers[firstImmediate];
}

function failure(status: number, op: string, dtype: DType): Error {
  const [, , dim, value, limit] = words;
  switch (status) {
    case 2:
      return unsupportedError(op, dtype);
    case 3:
      return new IndexError(`${op}: index ${value} is out of bounds for dimension ${dim} with size ${limit}`);
    case 4:
      return new RuntimeError('ZeroDivisionError');
    case 5:
      return new RuntimeError(`${op}: the value ${value} is outside the operation's domain`);
    case 6:
      return new RuntimeError(`${op}: not enough memory for scratch space`);
    default:
      return new RuntimeError(`${op}: malformed instruction`);
  }
}
