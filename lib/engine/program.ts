/** Writes instructions into the command buffer and runs them. The layout is drawn in native/instruction.h. */
import type { DType } from '../base/dtype.js';
import { Kind } from '../base/dtype.js';
import { IndexError, RuntimeError, unsupportedError } from '../base/errors.js';
import type { Shape } from '../base/shape.js';
import { binding } from './native.js';
import type { Storage } from './storage.js';

/** What an instruction needs to know of a tensor. */
export interface Operand {
  readonly storage: Storage;
  /** Of the first element, in elements. */
  readonly offset: number;
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

/** Begins an instruction over an iteration space of `shape`. */
export function begin(opcode: number, shape: Shape, operands: number): void {
  words[0] = opcode;
  words[2] = shape.length;
  words[3] = operands;
  at = 4;
  for (let i = 0; i < shape.length; i++) words[at++] = shape[i];
}

/** Begins an instruction over `count` elements in a row. */
export function beginFlat(opcode: number, count: number, operands: number): void {
  words[0] = opcode;
  words[2] = 1;
  words[3] = operands;
  words[4] = count;
  at = 5;
}

/** The next operand, with a stride for each dimension of the iteration space. */
export function operand(tensor: Operand, strides: Shape): void {
  words[at++] = tensor.dtype.code;
  words[at++] = addressOf(tensor);
  for (let i = 0; i < strides.length; i++) words[at++] = strides[i];
}

/** The next operand of an instruction that `beginFlat` began. */
export function flatOperand(tensor: Operand, stride: number): void {
  words[at++] = tensor.dtype.code;
  words[at++] = addressOf(tensor);
  words[at++] = stride;
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

function addressOf(tensor: Operand): number {
  const start = tensor.storage.address;
  if (start === 0) throw new RuntimeError('the tensor has been disposed: its memory was given back');
  return start + tensor.offset * tensor.dtype.itemsize;
}

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
  if (status !== 0) throw failure(status, op, dtype);
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
  words[at++] = addressOf(tensor);
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
