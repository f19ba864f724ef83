/** Dtypes: their numbers in native code, their kinds, and promotion. */
import { argumentError, show } from './errors.js';

/** A TypedArray whose elements are numbers or bigints. */
export type TypedArray = Uint8Array | Int8Array | Int16Array | Int32Array | BigInt64Array | Float32Array | Float64Array;

type TypedArrayConstructor = { new (length: number): TypedArray; readonly BYTES_PER_ELEMENT: number };

/** Kinds of numbers in the order in which promotion climbs: a higher kind always wins over a lower one. */
export enum Kind {
  Bool,
  Integral,
  Floating,
}

/** The type of a tensor's elements, printed as in PyTorch: `torch.float32`. */
export class DType {
  /** @internal */
  constructor(
    /** Without the `torch.` prefix: 'float32'. */
    readonly name: string,
    /** Its number in the native code. @internal */
    readonly code: number,
    /** @internal */
    readonly kind: Kind,
    /** As PyTorch names it in messages: 'Float'. @internal */
    readonly scalarName: string,
    /** The TypedArray that holds it in JavaScript. @internal */
    readonly Array: TypedArrayConstructor,
    readonly is_signed: boolean,
  ) {
    Object.freeze(this);
  }

  /** Bytes per element. */
  get itemsize(): number {
    return this.Array.BYTES_PER_ELEMENT;
  }

  get is_floating_point(): boolean {
    return this.kind === Kind.Floating;
  }

  get is_complex(): boolean {
    return false;
  }

  toString(): string {
    return `torch.${this.name}`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

/** True or false, one byte. */
export const bool = new DType('bool', 0, Kind.Bool, 'Bool', Uint8Array, false);
/** Whole numbers from 0 to 255. */
export const uint8 = new DType('uint8', 1, Kind.Integral, 'Byte', Uint8Array, false);
/** Whole numbers of 8 bits, signed. */
export const int8 = new DType('int8', 2, Kind.Integral, 'Char', Int8Array, true);
/** Whole numbers of 16 bits, signed. */
export const int16 = new DType('int16', 3, Kind.Integral, 'Short', Int16Array, true);
/** Whole numbers of 32 bits, signed. */
export const int32 = new DType('int32', 4, Kind.Integral, 'Int', Int32Array, true);
/** Whole numbers of 64 bits, signed; bigints where a number cannot hold them. */
export const int64 = new DType('int64', 5, Kind.Integral, 'Long', BigInt64Array, true);
/** IEEE 754 single precision, the default. */
export const float32 = new DType('float32', 6, Kind.Floating, 'Float', Float32Array, true);
/** IEEE 754 double precision, as JavaScript has it. */
export const float64 = new DType('float64', 7, Kind.Floating, 'Double', Float64Array, true);

/** All dtypes, at the index that is their code. */
export const dtypes: readonly DType[] = [bool, uint8, int8, int16, int32, int64, float32, float64];

/** Bytes per element by code: what is forged has no size here. */
export const itemSizes: readonly number[] = dtypes.map(({ itemsize }) => itemsize);

/** Whether it is one of them: native code takes the number and the size of a dtype on trust. */
export const isDType = (value: unknown): value is DType => value instanceof DType && dtypes[value.code] === value;

let defaultDType = float32;

/** The dtype of tensors made from numbers; float32 unless `set_default_dtype` said otherwise. */
export function get_default_dtype(): DType {
  return defaultDType;
}

/** Sets the dtype of tensors made from numbers. @throws TypeError unless `dtype` is a floating dtype. */
export function set_default_dtype(dtype: DType): void {
  if (!isDType(dtype) || !dtype.is_floating_point) {
    throw new TypeError(
      `set_default_dtype: only floating-point types are supported as the default type, got ${show(dtype)}`,
    );
  }
  defaultDType = dtype;
}

/** The smallest dtype that both can be converted to, by PyTorch's lattice. */
export function promote_types(a: DType, b: DType): DType {
  if (!isDType(a)) throw argumentError('promote_types', 'type1', 'torch.dtype', a);
  if (!isDType(b)) throw argumentError('promote_types', 'type2', 'torch.dtype', b);
  if (a === b) return a;
  if (a.kind !== b.kind) return a.kind > b.kind ? a : b;
  if (a.is_signed === b.is_signed) return a.itemsize > b.itemsize ? a : b;
  // uint8 beside a signed type: the signed type, wide enough for 255.
  const signed = a.is_signed ? a : b;
  return signed.itemsize > 1 ? signed : int16;
}

/** Whether a result of dtype `from` may be written to a tensor of dtype `to`: a kind may not be lowered. */
export function can_cast(from: DType, to: DType): boolean {
  if (from.kind === Kind.Floating && to.kind !== Kind.Floating) return false;
  return !(from.kind !== Kind.Bool && to.kind === Kind.Bool);
}

const typedArrayDTypes = new Map<unknown, DType>([
  [Uint8Array, uint8],
  [Uint8ClampedArray, uint8],
  [Int8Array, int8],
  [Int16Array, int16],
  [Int32Array, int32],
  [BigInt64Array, int64],
  [Float32Array, float32],
  [Float64Array, float64],
]);

/** The dtype that a TypedArray holds, or undefined when no dtype matches (Uint16Array, BigUint64Array, DataView …). */
export function typedArrayDType(view: ArrayBufferView): DType | undefined {
  for (let prototype = Object.getPrototypeOf(view); prototype; prototype = Object.getPrototypeOf(prototype)) {
    const found = typedArrayDTypes.get(prototype.constructor);
    if (found) return found;
  }
  return undefined;
}
