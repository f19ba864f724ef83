/** Writes single instructions for typed arrays of any strides and runs them, beneath the library. */
import { fileURLToPath } from 'node:url';

interface Binding {
  attach(words: Float64Array): void;
  execute(): number | undefined;
  address(view: Elements): number;
  getThreads(): number;
  setThreads(count: number): void;
  opcodes: Record<string, number>;
  dtypes: string[];
  isa: string;
  isas: string[];
}

const arrays = {
  bool: Uint8Array,
  uint8: Uint8Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  float32: Float32Array,
  float64: Float64Array,
};
export type DType = keyof typeof arrays;
type Elements = InstanceType<(typeof arrays)[DType]>;

export const floating: DType[] = ['float32', 'float64'];
export const integral: DType[] = ['uint8', 'int8', 'int16', 'int32', 'int64'];
export const numeric: DType[] = [...integral, ...floating];
export const all: DType[] = ['bool', ...numeric];

/** What execute() answers: the first of native/instruction.h's Status, by number. */
export const Status = {
  ok: 0,
  badInstruction: 1,
  unsupported: 2,
  indexOutOfRange: 3,
  divisionByZero: 4,
  invalidValue: 5,
};

export const addonPath =
  process.env.SCONCE_BINDING || fileURLToPath(new URL('../../build/Release/sconce.node', import.meta.url));

function load(): Binding {
  const addon = { exports: {} };
  process.dlopen(addon, addonPath);
  return addon.exports as Binding;
}

export const binding = load();
const words = new Float64Array(4096);
binding.attach(words);

/** Stores as the dtype stores: integers wrap. */
function store(data: Elements, position: number, value: number): void {
  if (data instanceof BigInt64Array) data[position] = BigInt(value);
  else data[position] = value;
}

/** A typed array seen with strides, both counted in elements. */
export class Operand {
  constructor(
    readonly dtype: DType,
    readonly data: Elements,
    readonly offset: number,
    readonly strides: number[],
  ) {}

  private position(index: number[]): number {
    return index.reduce((sum, i, dim) => sum + i * this.strides[dim], this.offset);
  }
  get(index: number[]): number {
    return Number(this.data[this.position(index)]);
  }
  set(index: number[], value: number): void {
    store(this.data, this.position(index), value);
  }
  /** All of the memory, in order. */
  values(): number[] {
    return Array.from<number | bigint, number>(this.data, Number);
  }
  copy(): Operand {
    return new Operand(this.dtype, this.data.slice(), this.offset, this.strides);
  }
  /** The same operand with strides of 0 for further dimensions put before dimension `at`. */
  repeated(at: number, count: number): Operand {
    const zeros = new Array<number>(count).fill(0);
    return new Operand(this.dtype, this.data, this.offset, [
      ...this.strides.slice(0, at),
      ...zeros,
      ...this.strides.slice(at),
    ]);
  }
}

/** Runs one instruction and answers its status. */
export function run(opcode: string, sizes: number[], operands: Operand[], scalars: number[] = []): number {
  const body = operands.flatMap(({ dtype, data, offset, strides }) => [
    binding.dtypes.indexOf(dtype),
    binding.address(data) + offset * data.BYTES_PER_ELEMENT,
    ...strides,
  ]);
  const length = 4 + sizes.length + body.length + scalars.length;
  words.set([binding.opcodes[opcode], length, sizes.length, operands.length, ...sizes, ...body, ...scalars, 0]);
  return binding.execute() ?? 0;
}

/** Details of the last failure, as execute() leaves them at the start of the words. */
export function failure(): { operand: number; dim: number; value: number; limit: number } {
  const [, operand, dim, value, limit] = words;
  return { operand, dim, value, limit };
}

/** Every index of a shape, in row-major order. */
export function* indices(sizes: number[]): Generator<number[]> {
  if (sizes.includes(0)) return;
  const index = sizes.map(() => 0);
  for (;;) {
    yield index;
    let dim = sizes.length - 1;
    while (dim >= 0 && ++index[dim] === sizes[dim]) index[dim--] = 0;
    if (dim < 0) return;
  }
}

/** Reproducible chance (mulberry32). */
export class Chance {
  constructor(private state: number) {}

  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t ^= t + Math.imul(t ^ (t >>> 7), 61 | t);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
  /** A whole number, both ends included. */
  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }
  pick<T>(items: T[]): T {
    return items[this.between(0, items.length - 1)];
  }
  shuffle<T>(items: T[]): T[] {
    const left = [...items];
    return items.map(() => left.splice(this.between(0, left.length - 1), 1)[0]);
  }
  /** Of any sign, small enough for sums and products of a few to be exact in every dtype's arithmetic. */
  value(dtype: DType): number {
    if (dtype === 'bool') return this.between(0, 1);
    if (dtype === 'uint8') return this.between(0, 7);
    return floating.includes(dtype) ? this.next() * 4 - 2 : this.between(-5, 5);
  }

  /**
   * Strides for a shape: dims in any order of nesting, some with gaps, some (when `expand`) repeated by a stride of 0.
   */
  private strides(sizes: number[], expand: boolean): number[] {
    const strides = sizes.map(() => 0);
    let step = this.pick([1, 1, 1, 2, 3]);
    const order = this.pick([true, false])
      ? sizes.map((_, dim) => sizes.length - 1 - dim)
      : this.shuffle([...sizes.keys()]);
    for (const dim of order) {
      if (expand && this.next() < 0.1) continue;
      strides[dim] = step;
      step *= sizes[dim] + this.pick([0, 0, 0, 1]);
    }
    return strides;
  }

  /** An operand of random values and layout, misaligned at random, with room around its elements. */
  operand(dtype: DType, sizes: number[], { expand = true, value = () => this.value(dtype) } = {}): Operand {
    const strides = this.strides(sizes, expand);
    const span = sizes.reduce((sum, size, dim) => sum + Math.max(0, size - 1) * strides[dim], 1);
    const offset = this.between(0, 5);
    const operand = new Operand(dtype, new arrays[dtype](offset + span + 3), offset, strides);
    for (let i = 0; i < operand.data.length; i++) store(operand.data, i, value());
    return operand;
  }
}

/** A contiguous operand of a shape. */
export function contiguous(dtype: DType, sizes: number[], values: ArrayLike<number>): Operand {
  const strides = sizes.map((_, dim) => sizes.slice(dim + 1).reduce((product, size) => product * size, 1));
  const operand = new Operand(dtype, new arrays[dtype](values.length), 0, strides);
  for (let i = 0; i < values.length; i++) store(operand.data, i, values[i]);
  return operand;
}

/** The elements of two operands' memory that differ by more than `tolerance` of their size (NaN equals NaN). */
export function differences(actual: Operand, expected: Operand, tolerance = 0): string[] {
  const found: string[] = [];
  for (let i = 0; i < expected.data.length; i++) {
    const [a, b] = [Number(actual.data[i]), Number(expected.data[i])];
    const near = Object.is(a, b) || a === b || Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b));
    if (!near) found.push(`[${i}] ${a} instead of ${b}`);
  }
  return found;
}
