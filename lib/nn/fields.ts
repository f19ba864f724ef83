/** What a module has in its fields: parameters, which their class tells, and buffers, whose names are registered. */
import { AttributeError, RuntimeError, show } from '../base/errors.js';
import { isTensor } from '../op/bind.js';
import type { Tensor } from '../tensor.js';
import { Parameter } from './parameter.js';

/** Names of a module's buffers, and whether they belong to its state; not a field, which copies would share. */
const bufferNames = new WeakMap<object, Map<string, boolean>>();

/** The names of a module's buffers, to be read and changed: true for those that belong to its state. */
export function bufferNamesOf(module: object): Map<string, boolean> {
  const names = bufferNames.get(module) ?? new Map<string, boolean>();
  bufferNames.set(module, names);
  return names;
}

/** Gives `copy` buffers of the same names as `module` has. */
export function copyBufferNames(module: object, copy: object): void {
  bufferNames.set(copy, new Map(bufferNamesOf(module)));
}

/** Parameters of one module by name. */
export const parametersOf = (module: object): [string, Parameter][] =>
  Object.entries(module).filter((entry): entry is [string, Parameter] => entry[1] instanceof Parameter);

function buffersNamed(module: object, names: readonly string[]): [string, Tensor][] {
  return names
    .map((name): [string, unknown] => [name, Reflect.get(module, name)])
    .filter((entry): entry is [string, Tensor] => isTensor(entry[1]));
}

/** Buffers of one module by name. */
export const buffersOf = (module: object): [string, Tensor][] =>
  buffersNamed(module, [...bufferNamesOf(module).keys()]);

/** Parameters and persistent buffers of one module by name. */
export function stateOf(module: object): [string, Tensor][] {
  const persistent = [...bufferNamesOf(module)].flatMap(([name, isPersistent]) => (isPersistent ? [name] : []));
  return [...parametersOf(module), ...buffersNamed(module, persistent)];
}

/** The value of a field or attribute. @throws AttributeError for a name that the module does not have. */
export function attributeOf(module: object, name: string): unknown {
  if (name in module) return Reflect.get(module, name);
  throw new AttributeError(`${module.constructor.name} has no attribute \`${name}\``);
}

/** @throws TypeError unless the name of a field is a string. */
export function checkName(kind: string, name: unknown): void {
  if (typeof name !== 'string') throw new TypeError(`${kind} name should be a string. Got ${show(name)}`);
}

/**
 * Adds a field for a parameter, a buffer or a module, as `kind` says. An old value gives way where `replaces` allows
 * it.
 * @throws RuntimeError for a name that is taken, or that paths could not contain.
 */
export function addField(
  module: object,
  kind: 'parameter' | 'buffer' | 'module',
  name: string,
  value: unknown,
  replaces: (old: unknown) => boolean,
): void {
  if (name.includes('.')) {
    throw new RuntimeError(`${kind} name can't contain "."${kind === 'module' ? `, got: ${name}` : ''}`);
  }
  if (name === '') throw new RuntimeError(`${kind} name can't be empty string ""`);
  const old: unknown = Reflect.get(module, name);
  if (old !== null && old !== undefined && !replaces(old)) throw new RuntimeError(`attribute '${name}' already exists`);
  Object.defineProperty(module, name, { value, writable: true, enumerable: true, configurable: true });
}
