/** What holds of every tensor whatever was called, and how a call is shown. */
import { isContiguous, numel } from '../../lib/base/shape.js';
import { Module } from '../../lib/nn/module.js';
import { extent } from '../../lib/op/strided.js';
import { Tensor } from '../../lib/tensor.js';

/** What is wrong with a tensor, or null. */
export function flaw({ sizes, strides, offset, count, storage, itemsize, contiguousFlag }: Tensor): string | null {
  const whole = (list: readonly number[]): boolean => list.every((item) => Number.isSafeInteger(item) && item >= 0);
  if (!whole(sizes)) return `sizes ${sizes}`;
  if (strides.length !== sizes.length || !whole(strides)) return `strides ${strides} beside sizes ${sizes}`;
  if (!whole([offset, count]) || count !== numel(sizes)) return `offset ${offset}, ${count} elements, sizes ${sizes}`;
  if (contiguousFlag !== isContiguous(sizes, strides)) return `contiguous ${contiguousFlag}: ${sizes}, ${strides}`;
  const end = extent({ sizes, strides, offset }) * itemsize;
  return end <= storage.nbytes ? null : `ends at byte ${end} of ${storage.nbytes}: ${sizes}, ${strides}, ${offset}`;
}

/** A tensor as it was. */
interface Snapshot {
  readonly tensor: Tensor;
  readonly layout: string;
  readonly version: number;
  /** Null of a tensor that had been disposed. */
  readonly bytes: Uint8Array | null;
}

function bytesOf(tensor: Tensor): Uint8Array | null {
  return tensor.storage.address === 0 ? null : new Uint8Array(tensor.toTypedArray().buffer);
}

const layoutOf = ({ sizes, strides, offset, dtype, requires_grad }: Tensor): string =>
  `${dtype} [${sizes}] strides [${strides}] offset ${offset} requires_grad ${requires_grad}`;

export const snapshot = (tensors: readonly Tensor[]): Snapshot[] =>
  tensors.map((tensor) => ({
    tensor,
    layout: layoutOf(tensor),
    version: tensor._version,
    bytes: bytesOf(tensor),
  }));

/** What has changed since, or null. */
export function change(before: readonly Snapshot[]): string | null {
  for (const { tensor, layout, version, bytes } of before) {
    if (layoutOf(tensor) !== layout) return `${layout} became ${layoutOf(tensor)}`;
    if (tensor._version !== version) return `version ${version} became ${tensor._version}`;
    const now = bytesOf(tensor);
    if (bytes === null ? now !== null : now === null || Buffer.compare(bytes, now) !== 0) return 'elements changed';
  }
  return null;
}

const isTensor = (value: unknown): value is Tensor => value instanceof Tensor && value.storage !== undefined;

/** What fields hold; accessors are not asked. */
const fieldsOf = (value: object): unknown[] =>
  Object.values(Object.getOwnPropertyDescriptors(value)).map((property) => property.value);

/** Tensors that a call returned, alone, in arrays or in fields of a module. */
export function tensorsIn(value: unknown, depth = 0): Tensor[] {
  // What a call returned may be a list that the caller made, which contains itself.
  if (Array.isArray(value)) return depth > 3 ? [] : value.slice(0, 100).flatMap((item) => tensorsIn(item, depth + 1));
  if (value instanceof Module) return fieldsOf(value).filter(isTensor);
  return isTensor(value) ? [value] : [];
}

const describe = (tensor: Tensor): string =>
  tensor.storage === undefined
    ? 'no tensor'
    : `<${layoutOf(tensor)} of ${tensor.storage.nbytes} bytes${tensor.storage.address === 0 ? ', disposed' : ''}>`;

/** An argument in a report; never throws and never runs what the argument holds. */
export function shown(value: unknown, depth = 0): string {
  try {
    if (value instanceof Tensor) return describe(value);
    if (typeof value === 'string') return JSON.stringify(value.slice(0, 30));
    if (typeof value === 'bigint') return value > 2n ** 70n ? '2n ** 2000n' : `${value}n`;
    if (typeof value === 'function') return String(value).replace(/\s+/g, ' ').slice(0, 60);
    if (depth > 2) return '…';
    if (Array.isArray(value)) {
      return `[${value.slice(0, 6).map((item) => shown(item, depth + 1))}${value.length > 6 ? ', …' : ''}]`;
    }
    if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '-0' : String(value);
    const entries = Object.entries(Object.getOwnPropertyDescriptors(value)).slice(0, 5);
    const kind = Object.prototype.toString.call(value).slice(8, -1);
    return `${kind} {${entries.map(([key, property]) => `${key}: ${shown(property.value, depth + 1)}`)}}`;
  } catch (error) {
    return `(something that throws ${(error as Error).message} when shown)`;
  }
}
