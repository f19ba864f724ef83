/** From the arguments of a call to the values of a schema's parameters, in their order. */
import { isDType } from '../base/dtype.js';
import { argumentError } from '../base/errors.js';
import { type ArgumentKind, type Parameter, type Schema, Takes } from '../base/schema.js';
import { Tensor } from '../tensor.js';
import { Generator } from './generator.js';

/** A trailing object of keyword arguments: a plain one, so that no class of ours or the user's is taken for it. */
export function isKeywords(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || value instanceof Tensor) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** The values of all parameters. @throws TypeError that names the operation and the argument. */
export function bind(schema: Schema, args: readonly unknown[]): unknown[] {
  const { parameters } = schema;
  const last = args.length - 1;
  // A parameter that may be left out is left out where keywords stand in its place.
  const takesObject = last < schema.positional && parameters[last]?.kind === 'Any' && !parameters[last].hasDefault;
  const keywords = last >= 0 && isKeywords(args[last]) && !takesObject ? args[last] : null;
  const given = keywords === null ? args.length : last;
  if (given > schema.positional) return bindSpread(schema, args, given, keywords);
  const values = new Array<unknown>(parameters.length);
  let complete = true;
  for (let i = 0; i < parameters.length; i++) {
    const parameter = parameters[i];
    const value = i < given ? args[i] : undefined;
    if (value === undefined) {
      values[i] = parameter.default;
      complete &&= parameter.hasDefault;
    } else if (isPlain(parameter, value)) {
      values[i] = value;
    } else if (typeof value === 'number' && parameter.kind === 'int[]') {
      return bindSpread(schema, args, given, keywords);
    } else values[i] = accept(schema, parameter, value);
  }
  if (keywords !== null) bindKeywords(schema, keywords, given, values);
  if (!complete) checkMissing(schema, values, given, keywords);
  return values;
}

/** Whether a value is a number or a tensor that the parameter takes without a second look. */
export const isPlain = ({ takes }: Parameter, value: unknown): boolean => (takes & bitsOf(value)) !== 0;

/** What a value is, of `Takes`. */
function bitsOf(value: unknown): number {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? Takes.Number + Takes.Int : Takes.Number;
  return isTensor(value) ? Takes.Tensor : 0;
}

/** Whether `bind` would accept the arguments: how one of several overloads is chosen. */
export function matches(schema: Schema, args: readonly unknown[]): boolean {
  const { parameters } = schema;
  const last = args[args.length - 1];
  const keywords = isKeywords(last) ? last : null;
  const given = keywords === null ? args.length : args.length - 1;
  if (given > schema.positional) return spreads(schema, args.slice(0, given));
  const value = (name: string, i: number): unknown =>
    i < given ? args[i] : (keywords?.[name] ?? (i === 0 ? keywords?.input : undefined));
  const known = (name: string): boolean =>
    parameters.some((parameter, i) => (parameter.name === name && i >= given) || (name === 'input' && given === 0));
  return (
    (keywords === null || Object.keys(keywords).every(known)) &&
    parameters.every((parameter, i) => takes(parameter, value(parameter.name, i), i < given))
  );
}

function takes(parameter: Parameter, value: unknown, byPosition: boolean): boolean {
  if (value === undefined || (value === null && !byPosition)) return parameter.hasDefault;
  if (value === null) return parameter.optional || (parameter.hasDefault && parameter.default === null);
  return fits(parameter.kind, value) || (parameter.kind === 'int[]' && typeof value === 'number');
}

function spreads(schema: Schema, args: readonly unknown[]): boolean {
  const at = schema.parameters.findIndex((parameter) => !parameter.keywordOnly && parameter.kind === 'int[]');
  return at >= 0 && at <= 1 && args.slice(at).every((value) => typeof value === 'number');
}

/** `reshape(2, 3)` for `reshape([2, 3])`: the numbers from the first list parameter on are one list. */
function bindSpread(schema: Schema, args: readonly unknown[], given: number, keywords: unknown): unknown[] {
  const at = schema.parameters.findIndex((parameter) => !parameter.keywordOnly && parameter.kind === 'int[]');
  const spread = at >= 0 ? args.slice(at, given) : [];
  if (at < 0 || at > 1 || !spread.every((value) => typeof value === 'number')) {
    throw new TypeError(
      `${schema.name}() takes ${schema.positional} positional arguments but ${given} were given: ${schema.text}`,
    );
  }
  return bind(schema, [...args.slice(0, at), spread, ...(keywords === null ? [] : [keywords])]);
}

function bindKeywords(schema: Schema, keywords: Record<string, unknown>, given: number, values: unknown[]): void {
  for (const name of Object.keys(keywords)) {
    const index = schema.parameters.findIndex((parameter) => parameter.name === name);
    const at = index < 0 && name === 'input' && schema.parameters[0]?.name === 'self' ? 0 : index;
    if (at < 0) throw new TypeError(`${schema.name}() got an unexpected keyword argument '${name}': ${schema.text}`);
    if (at < given) throw new TypeError(`${schema.name}() got multiple values for argument '${name}'`);
    if (keywords[name] !== undefined) values[at] = accept(schema, schema.parameters[at], keywords[name]);
  }
}

function checkMissing(
  schema: Schema,
  values: unknown[],
  given: number,
  keywords: Record<string, unknown> | null,
): void {
  for (let i = 0; i < values.length; i++) {
    const { name, hasDefault } = schema.parameters[i];
    if (hasDefault || (values[i] !== null && values[i] !== undefined)) continue;
    if (i >= given && !(keywords !== null && keywords[name] !== undefined)) {
      throw new TypeError(`${schema.name}() missing 1 required positional argument: '${name}' (${schema.text})`);
    }
    throw argumentError(schema.name, name, expectation[schema.parameters[i].kind], undefined);
  }
}

const isNumber = (value: unknown): boolean => typeof value === 'number' || typeof value === 'bigint';
const isScalar = (value: unknown): boolean => isNumber(value) || typeof value === 'boolean';

/** Unlike `every`, looks at holes too. */
export function isListOf(value: unknown, test: (item: unknown) => boolean): boolean {
  if (!Array.isArray(value)) return false;
  for (let i = 0; i < value.length; i++) if (!test(value[i])) return false;
  return true;
}

/** Whether a constructor made it: `Object.create(Tensor.prototype)` has no storage. */
export const isTensor = (value: unknown): value is Tensor => value instanceof Tensor && value.storage !== undefined;
export const isInts = (value: unknown): boolean => isListOf(value, Number.isSafeInteger);

/** What an error says an argument must be. */
const expectation: Readonly<Record<ArgumentKind, string>> = {
  Tensor: 'Tensor',
  Scalar: 'Number',
  Operand: 'Tensor or Number',
  int: 'int',
  float: 'float',
  bool: 'bool',
  str: 'str',
  ScalarType: 'torch.dtype',
  Generator: 'torch.Generator',
  'int[]': 'a list of ints',
  'int[1]': 'int or a list of ints',
  'int?[1]': 'int or a list of ints and nulls',
  'Tensor[]': 'a list of Tensors',
  'Tensor[1]': 'Tensor or a list of Tensors',
  'Tensor?[1]': 'Tensor or a list of Tensors and nulls',
  Any: 'anything',
};

function fits(kind: ArgumentKind, value: unknown): boolean {
  switch (kind) {
    case 'Tensor':
      return isTensor(value);
    case 'Scalar':
      return isScalar(value);
    case 'Operand':
      return isTensor(value) || isScalar(value);
    case 'int':
      return Number.isSafeInteger(value);
    case 'float':
      return isNumber(value);
    case 'bool':
      return typeof value === 'boolean';
    case 'str':
      return typeof value === 'string';
    case 'ScalarType':
      return isDType(value);
    case 'Generator':
      return value instanceof Generator && Object.hasOwn(value, 'state');
    case 'int[]':
      return isInts(value);
    case 'int[1]':
      return Number.isSafeInteger(value) || isInts(value);
    case 'int?[1]':
      return Number.isSafeInteger(value) || isListOf(value, (item) => item === null || Number.isSafeInteger(item));
    case 'Tensor[]':
      return isListOf(value, isTensor);
    case 'Tensor[1]':
      return isTensor(value) || isListOf(value, isTensor);
    case 'Tensor?[1]':
      return isTensor(value) || isListOf(value, (item) => item === null || isTensor(item));
    case 'Any':
      return true;
  }
}

/** The items up to the first hole: a list of tensors or numbers has none, and looking at 2^32 of them takes minutes. */
export function copied(list: readonly unknown[]): unknown[] {
  const items: unknown[] = [];
  for (let i = 0; i < list.length; i++) {
    items.push(list[i]);
    if (items[i] === undefined) break;
  }
  return items;
}

/** As a list where the kind takes one value for it, and a float as a number. */
function normalized(kind: ArgumentKind, value: unknown): unknown {
  if (typeof value !== 'object' && !kind.endsWith('[1]')) return kind === 'float' ? Number(value) : value;
  return kind.endsWith('[1]') && !Array.isArray(value) ? [value] : value;
}

function accept(schema: Schema, parameter: Parameter, given: unknown): unknown {
  const { kind } = parameter;
  // A list is copied before it is looked at: later changes by the caller, or by a getter of theirs, change no tensor.
  const value = Array.isArray(given) && kind !== 'Any' ? copied(given) : given;
  if (fits(kind, value)) return normalized(kind, value);
  if (value === null && (parameter.optional || parameter.default === null) && parameter.hasDefault) return null;
  throw argumentError(schema.name, parameter.name, expectation[parameter.kind], value);
}
