/** Modules and parameters by name. */
import { RuntimeError, show, typeName, ValueError } from '../base/errors.js';
import { isKeywords, isTensor } from '../op/bind.js';
import type { Tensor } from '../tensor.js';
import { Module } from './module.js';
import { Parameter } from './parameter.js';
import { parameterLine } from './show.js';

/** Values in fields of any names. */
abstract class Dict<V, Given = V> extends Module implements Iterable<string> {
  protected abstract holds(value: unknown): value is V;
  protected abstract add(key: string, value: Given): void;

  get length(): number {
    return this.items().length;
  }

  /** Names with their values, in the order in which they were added. */
  items(): [string, V][] {
    return Object.entries(this).filter((entry): entry is [string, V] => this.holds(entry[1]));
  }

  /** The names, in order. */
  keys(): string[] {
    return this.items().map(([key]) => key);
  }

  /** The values, in the order of their names. */
  values(): V[] {
    return this.items().map(([, value]) => value);
  }

  [Symbol.iterator](): IterableIterator<string> {
    return this.keys()[Symbol.iterator]();
  }

  /** Whether there is a value of this name. */
  has(key: string): boolean {
    return Object.hasOwn(this, key) && this.holds(Reflect.get(this, key));
  }

  /** The value of this name, or undefined. */
  get(key: string): V | undefined {
    return this.has(key) ? (Reflect.get(this, key) as V) : undefined;
  }

  /** Adds a value, or replaces that of the name. */
  set(key: string, value: Given): this {
    this.add(key, value);
    return this;
  }

  /** Removes a value and returns it. @throws RuntimeError where there is none. */
  pop(key: string): V {
    const value = this.get(key);
    if (value === undefined) throw new RuntimeError(`${this.constructor.name} has no key ${show(key)}`);
    Reflect.deleteProperty(this, key);
    return value;
  }

  /** Removes all values. */
  clear(): void {
    for (const key of this.keys()) this.pop(key);
  }

  /** Adds what an object, a dictionary of this kind, or a list of pairs has. */
  update(given: Readonly<Record<string, Given>> | Iterable<readonly [string, Given]> | Dict<V, Given>): void {
    for (const [key, value] of this.pairs(given)) this.add(key, value);
  }

  private pairs(given: unknown): readonly (readonly [string, Given])[] {
    const name = this.constructor.name;
    if (given instanceof Dict) return given.items();
    if (isKeywords(given)) return this.sorted(Object.entries(given) as [string, Given][]);
    if (typeof (given as Iterable<unknown> | null)?.[Symbol.iterator] !== 'function') {
      throw new TypeError(
        `${name}.update should be called with an iterable of key/value pairs, but got ${typeName(given)}`,
      );
    }
    const pairs: (readonly [string, Given])[] = [];
    for (const pair of given as Iterable<unknown>) {
      if (!Array.isArray(pair) || pair.length !== 2) {
        throw new ValueError(
          `${name} update sequence element #${pairs.length} is ${show(pair)}; a list of 2 is required`,
        );
      }
      pairs.push(pair as unknown as readonly [string, Given]);
    }
    return pairs;
  }

  /** The order in which pairs of an object are added. */
  protected sorted(pairs: [string, Given][]): [string, Given][] {
    return pairs;
  }
}

/**
 * Modules by name, which are parts of the module that has them.
 * @example new torch.nn.ModuleDict({ conv: new torch.nn.Conv2d(1, 2, 3), pool: new torch.nn.MaxPool2d(3) })
 */
export class ModuleDict<M extends Module = Module> extends Dict<M> {
  constructor(modules: Readonly<Record<string, M>> | Iterable<readonly [string, M]> | null = null) {
    super();
    if (modules !== null) this.update(modules);
  }

  protected override holds(value: unknown): value is M {
    return value instanceof Module;
  }

  protected override add(key: string, module: M): void {
    this.register_module(key, module);
  }
}

/** Parameters by name, which are parts of the module that has them; tensors become parameters. */
export class ParameterDict extends Dict<Parameter, Tensor> {
  constructor(parameters: Readonly<Record<string, Tensor>> | Iterable<readonly [string, Tensor]> | null = null) {
    super();
    if (parameters !== null) this.update(parameters);
  }

  protected override holds(value: unknown): value is Parameter {
    return value instanceof Parameter;
  }

  protected override add(key: string, tensor: Tensor): void {
    if (!isTensor(tensor))
      throw new TypeError(`ParameterDict: expected a Tensor for ${show(key)}, got ${show(tensor)}`);
    this.register_parameter(key, tensor instanceof Parameter ? tensor : new Parameter(tensor));
  }

  /** PyTorch sorts the keys of a dict here, though not those of a ModuleDict. */
  protected override sorted(pairs: [string, Tensor][]): [string, Tensor][] {
    return pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  }

  override extra_repr(): string {
    return this.items()
      .map(([key, parameter]) => parameterLine(key, `torch.${parameter.dtype.scalarName}Tensor`, parameter))
      .join('\n');
  }
}
