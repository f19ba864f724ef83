/** Everything that a user can call, read or assign. */
import type { Schema } from '../../lib/base/schema.js';
import * as torch from '../../lib/index.js';
import { registry } from '../../lib/op/op.js';
import { maker } from './objects.js';
import type { Random } from './random.js';
import { anyArguments } from './values.js';

export interface Target {
  readonly name: string;
  /** The schemas of a function's overloads; none for those that have no schema. */
  readonly schemas: readonly Schema[];
  /** Calls it; of methods, the first argument is `this`. */
  readonly call: (args: readonly unknown[]) => unknown;
  /** Whether its first argument must be a Tensor: it is JavaScript's own class method or accessor. */
  readonly ofTensor: boolean;
  /** Arguments where there is no schema. */
  readonly make: (random: Random) => unknown[];
}

type Callable = ((...args: unknown[]) => unknown) & { readonly schema?: Schema };

/** Changes what all other tests in the process see, and has a test of its own. */
const kept = new Set(['set_num_threads']);

function schemasOf(name: string, value: Callable | null): Schema[] {
  const declared = [...registry.values()].flatMap(({ schema }) => (schema.name === name ? [schema] : []));
  return declared.length > 0 || value?.schema === undefined ? declared : [value.schema];
}

function ofFunction(path: string, name: string, value: Callable): Target[] {
  const target = { schemas: schemasOf(name, value), ofTensor: false, make: maker(path, value) };
  const constructed = Reflect.has(value, 'prototype') && !(value.prototype instanceof Error);
  const called = { ...target, name: path, call: (args: readonly unknown[]) => value(...args) };
  if (!constructed) return [called];
  return [called, { ...target, name: `new ${path}`, call: (args) => Reflect.construct(value, [...args]) }];
}

/** Functions and classes of a module and of the modules in it. */
function ofModule(path: string, module: object): Target[] {
  return Object.entries(module).flatMap(([name, value]) => {
    if (kept.has(name)) return [];
    if (typeof value === 'function') return ofFunction(`${path}.${name}`, name, value as Callable);
    const isModule =
      typeof value === 'object' && value !== null && Object.prototype.toString.call(value).includes('Module');
    return isModule ? ofModule(`${path}.${name}`, value) : [];
  });
}

function ofProperty(name: string, { get, set, value }: PropertyDescriptor): Target[] {
  const targets: Target[] = [];
  const add = (label: string, call: Target['call'], schemas: readonly Schema[]): void => {
    targets.push({ name: label, schemas, call, ofTensor: schemas.length === 0, make: anyArguments });
  };
  if (get) add(`get x.${name}`, ([self]) => get.call(self), []);
  if (set) add(`set x.${name}`, ([self, to]) => set.call(self, to), []);
  if (typeof value === 'function') {
    const exported = (torch as unknown as Record<string, Callable | undefined>)[name] ?? null;
    add(`x.${name}`, ([self, ...args]) => value.apply(self, args), schemasOf(name, exported));
  }
  return targets;
}

/** Inside the library, where arguments are right. */
const internal = new Set(['constructor', 'alias', 'become', 'read', 'offsetOf', 'assertAlive']);

function ofPrototype(): Target[] {
  const { prototype } = torch.Tensor;
  return Reflect.ownKeys(prototype).flatMap((key) => {
    if (internal.has(String(key))) return [];
    return ofProperty(String(key), Object.getOwnPropertyDescriptor(prototype, key) as PropertyDescriptor);
  });
}

function ofGenerator(): Target[] {
  const { prototype } = torch.Generator;
  return ['manual_seed', 'seed', 'initial_seed', 'get_state', 'set_state'].map((name) => ({
    name: `generator.${name}`,
    schemas: [],
    call: (args) => Reflect.get(prototype, name).apply(new torch.Generator(), args),
    ofTensor: false,
    make: anyArguments,
  }));
}

/** In an order that is the same whatever loads the modules, so that seeds are too. */
export const targets: readonly Target[] = [...ofModule('torch', torch), ...ofPrototype(), ...ofGenerator()].sort(
  (a, b) => (a.name < b.name ? -1 : 1),
);
