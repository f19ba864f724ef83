/** All wording of errors that more than one place throws, so that a sentence exists once. */
import type { DType } from './dtype.js';

/** PyTorch's RuntimeError: an operation that its operands do not allow. */
export class RuntimeError extends Error {
  override name = 'RuntimeError';
}

/** PyTorch's IndexError: an index or a dimension out of range. */
export class IndexError extends RangeError {
  override name = 'IndexError';
}

/** PyTorch's ValueError: an argument of the right type with a value that makes no sense. */
export class ValueError extends RangeError {
  override name = 'ValueError';
}

/** Python's AttributeError: a name that an object does not have. */
export class AttributeError extends Error {
  override name = 'AttributeError';
}

/** Python's NotImplementedError: a method that a subclass was to provide. */
export class NotImplementedError extends RuntimeError {
  override name = 'NotImplementedError';
}

/** The use of a tensor whose memory was given back. Whoever knows the operation puts its name in front. */
export class DisposedError extends RuntimeError {
  private named = false;

  constructor() {
    super('the tensor has been disposed: its memory was given back');
  }

  in(op: string): this {
    if (!this.named) this.message = `${op}: ${this.message}`;
    this.named = true;
    return this;
  }
}

/** A value as it is shown in a message: short, and never throwing whatever the value is. */
export function show(value: unknown): string {
  try {
    return shown(value);
  } catch {
    return 'an object that cannot be shown';
  }
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (typeof value === 'function') return `function ${value.name || '(anonymous)'}`;
  if (typeof value === 'symbol' || typeof value === 'bigint') return `${typeof value} ${String(value)}`;
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return showArray(value);
  const constructor = (Object.getPrototypeOf(value) as { constructor?: { name?: unknown } } | null)?.constructor;
  return typeof constructor?.name === 'string' ? constructor.name : 'object';
}

function showArray(value: readonly unknown[]): string {
  const items = value.slice(0, 8).map((item) => (Array.isArray(item) ? '[…]' : show(item)));
  return `[${items.join(', ')}${value.length > 8 ? ', …' : ''}]`;
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'str',
  boolean: 'bool',
  bigint: 'int',
  undefined: 'NoneType',
};

/** What PyTorch's messages call the type of a value: 'int', 'str', 'NoneType'; of objects, their class. */
export function typeName(value: unknown): string {
  if (value === null) return 'NoneType';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  if (Array.isArray(value)) return 'list';
  return typeof value === 'object' ? show(value) : (typeNames[typeof value] ?? typeof value);
}

/** A shape as it stands in messages: [2, 3]. */
export const showShape = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

/** An argument that is not of the kind its schema names. */
export function argumentError(op: string, argument: string, expected: string, got: unknown): TypeError {
  return new TypeError(`${op}(): argument '${argument}' must be ${expected}, not ${show(got)}`);
}

/** A dimension that a tensor of so many does not have. */
export function dimensionError(dim: number, dims: number): IndexError {
  const low = Math.min(-dims, -1);
  const high = Math.max(dims - 1, 0);
  return new IndexError(`Dimension out of range (expected to be in range of [${low}, ${high}], but got ${dim})`);
}

/** Shapes that do not broadcast together. */
export function broadcastError(op: string, a: readonly number[], b: readonly number[], dim: number): RuntimeError {
  const fromEnd = dim;
  const sizeA = a[a.length - 1 - fromEnd];
  const sizeB = b[b.length - 1 - fromEnd];
  const at = Math.max(a.length, b.length) - 1 - fromEnd;
  return new RuntimeError(
    `${op}: The size of tensor a (${sizeA}) must match the size of tensor b (${sizeB}) at non-singleton dimension ${at}` +
      ` (shapes ${showShape(a)} and ${showShape(b)})`,
  );
}

/** A result whose dtype the tensor it is written to cannot take. */
export function castError(op: string, from: DType, to: DType): RuntimeError {
  return new RuntimeError(
    `${op}: result type ${from.scalarName} can't be cast to the desired output type ${to.scalarName}`,
  );
}

/** An operation that has no kernel for a dtype. */
export function unsupportedError(op: string, dtype: DType): RuntimeError {
  return new RuntimeError(`"${op}" not implemented for '${dtype.scalarName}'`);
}
