/** Modules: functions with parameters, in trees. */
import { argumentError, RuntimeError, show } from '../base/errors.js';
import { sameShape } from '../base/shape.js';
import { no_grad } from '../graph/modes.js';
import { isKeywords, isTensor } from '../op/bind.js';
import type { Tensor } from '../tensor.js';
import { Parameter } from './parameter.js';

/** Tensors by their names: 'layer.weight'. */
export type StateDict = Record<string, Tensor>;

/** A state's names that did not fit. */
export interface IncompatibleKeys {
  missing_keys: string[];
  unexpected_keys: string[];
}

/**
 * The base of all modules. Fields that hold a Parameter or a Module are found by themselves, in the order in which they
 * were assigned; tensors that are no parameters, but belong to the state, are registered by `register_buffer`.
 * @example
 * class Net extends torch.nn.Module {
 *   hidden = new torch.nn.Linear(2, 8);
 *   output = new torch.nn.Linear(8, 1);
 *   forward(x) { return this.output.forward(this.hidden.forward(x).relu()); }
 * }
 */
export class Module {
  /** Whether the module is being trained: dropout and batch normalisation ask. */
  training = true;
  /** Names of buffers, and whether they belong to the state. */
  readonly #bufferNames = new Map<string, boolean>();

  /** What the module computes. @throws Error unless a subclass says what. */
  forward(..._input: never[]): unknown {
    throw new RuntimeError(`Module [${this.constructor.name}] is missing the required "forward" function`);
  }

  /** Adds a field that holds a parameter. */
  register_parameter(name: string, param: Parameter | null): void {
    if (param !== null && !(param instanceof Parameter)) {
      throw new TypeError(
        `cannot assign '${show(param)}' object to parameter '${name}' (torch.nn.Parameter or None required)`,
      );
    }
    this.#addField('parameter', name, param);
  }

  /** Adds a field that holds a tensor that is not trained; it is saved with the state unless `persistent` is false. */
  register_buffer(name: string, tensor: Tensor | null, persistent: boolean | { persistent?: boolean } = true): void {
    if (tensor !== null && !isTensor(tensor)) {
      throw new TypeError(`cannot assign '${show(tensor)}' object to buffer '${name}' (torch Tensor or None required)`);
    }
    if (this.#bufferNames.has(name)) Reflect.set(this, name, tensor);
    else this.#addField('buffer', name, tensor);
    this.#bufferNames.set(name, typeof persistent === 'object' ? (persistent.persistent ?? true) : persistent);
  }

  /** Adds a field that holds a module. */
  register_module(name: string, module: Module | null): void {
    if (module !== null && !(module instanceof Module)) throw new TypeError(`${show(module)} is not a Module subclass`);
    this.#addField('module', name, module);
  }

  /** Adds a field that holds a module. */
  add_module(name: string, module: Module | null): void {
    this.register_module(name, module);
  }

  #addField(what: string, name: string, value: unknown): void {
    if (typeof name !== 'string') throw new TypeError(`${what} name should be a string. Got ${show(name)}`);
    if (name.includes('.'))
      throw new RuntimeError(`${what} name can't contain "."${what === 'module' ? `, got: ${name}` : ''}`);
    if (name === '') throw new RuntimeError(`${what} name can't be empty string ""`);
    const old: unknown = Reflect.get(this, name);
    const isFree =
      old === null || old === undefined || (what === 'module' ? old instanceof Module : old instanceof Parameter);
    if (!isFree) throw new RuntimeError(`attribute '${name}' already exists`);
    Object.defineProperty(this, name, { value, writable: true, enumerable: true, configurable: true });
  }

  /** The modules in fields of this one, by name. */
  *named_children(): IterableIterator<[string, Module]> {
    const seen = new Set<Module>();
    for (const [name, value] of Object.entries(this)) {
      if (!(value instanceof Module) || seen.has(value)) continue;
      seen.add(value);
      yield [name, value];
    }
  }

  *children(): IterableIterator<Module> {
    for (const [, child] of this.named_children()) yield child;
  }

  /** This module and all below it, each once, by name. */
  *named_modules(prefix = '', seen = new Set<Module>()): IterableIterator<[string, Module]> {
    if (seen.has(this)) return;
    seen.add(this);
    yield [prefix, this];
    for (const [name, value] of Object.entries(this)) {
      if (value instanceof Module) yield* value.named_modules(joined(prefix, name), seen);
    }
  }

  *modules(): IterableIterator<Module> {
    for (const [, module] of this.named_modules()) yield module;
  }

  /** Parameters of this module and, unless `recurse` is false, of all below it, each once, by name. */
  *named_parameters(prefix = '', recurse = true): IterableIterator<[string, Parameter]> {
    yield* this.#named(prefix, recurse, (module) => module.#ownParameters());
  }

  *parameters(recurse = true): IterableIterator<Parameter> {
    for (const [, parameter] of this.named_parameters('', recurse)) yield parameter;
  }

  /** Buffers of this module and, unless `recurse` is false, of all below it, each once, by name. */
  *named_buffers(prefix = '', recurse = true): IterableIterator<[string, Tensor]> {
    yield* this.#named(prefix, recurse, (module) => module.#ownBuffers(() => true));
  }

  *buffers(recurse = true): IterableIterator<Tensor> {
    for (const [, buffer] of this.named_buffers('', recurse)) yield buffer;
  }

  *#named<T>(prefix: string, recurse: boolean, own: (module: Module) => [string, T][]): IterableIterator<[string, T]> {
    const seen = new Set<T>();
    for (const [at, module] of recurse ? this.named_modules(prefix) : [[prefix, this] as const]) {
      for (const [name, value] of own(module)) {
        if (seen.has(value)) continue;
        seen.add(value);
        yield [joined(at, name), value];
      }
    }
  }

  #ownParameters(): [string, Parameter][] {
    return Object.entries(this).filter((entry): entry is [string, Parameter] => entry[1] instanceof Parameter);
  }

  #ownBuffers(wanted: (persistent: boolean) => boolean): [string, Tensor][] {
    const names = [...this.#bufferNames].filter(([, persistent]) => wanted(persistent)).map(([name]) => name);
    return names
      .map((name): [string, unknown] => [name, Reflect.get(this, name)])
      .filter((entry): entry is [string, Tensor] => isTensor(entry[1]));
  }

  /** Calls `fn` on every module below this one, and then on this one. */
  apply(fn: (module: Module) => void): this {
    for (const child of this.children()) child.apply(fn);
    fn(this);
    return this;
  }

  /** Sets the mode of this module and all below it. */
  train(mode = true): this {
    if (typeof mode !== 'boolean') throw argumentError('train', 'mode', 'bool', mode);
    for (const module of this.modules()) module.training = mode;
    return this;
  }

  eval(): this {
    return this.train(false);
  }

  /** Freezes all parameters, or trains them again. */
  requires_grad_(requires_grad = true): this {
    for (const parameter of this.parameters()) parameter.requires_grad_(requires_grad);
    return this;
  }

  /** Sets the gradients of all parameters to zero, or to null. */
  zero_grad(set_to_none: boolean | { set_to_none?: boolean } = false): void {
    const toNone = typeof set_to_none === 'object' ? (set_to_none.set_to_none ?? false) : set_to_none;
    for (const parameter of this.parameters()) {
      const { grad } = parameter;
      if (grad === null) continue;
      if (toNone) parameter.grad = null;
      else (grad.grad_fn === null ? grad.requires_grad_(false) : grad.detach_()).zero_();
    }
  }

  /** Parameters and persistent buffers by name, apart from the graph; they share their elements with the module. */
  state_dict(): StateDict {
    const state: StateDict = {};
    for (const [prefix, module] of this.#allModules()) {
      for (const [name, tensor] of module.#state()) state[joined(prefix, name)] = tensor.detach();
    }
    return state;
  }

  /**
   * Copies tensors into parameters and buffers of the same names.
   * @throws RuntimeError, and copies nothing, when shapes differ or, unless `strict` is false, names do.
   */
  load_state_dict(state_dict: StateDict, strict: boolean | { strict?: boolean } = true): IncompatibleKeys {
    if (!isKeywords(state_dict)) throw new TypeError(`Expected state_dict to be dict-like, got ${show(state_dict)}.`);
    const mine = new Map<string, Tensor>();
    for (const [prefix, module] of this.#allModules()) {
      for (const [name, tensor] of module.#state()) mine.set(joined(prefix, name), tensor);
    }
    const missing_keys = [...mine.keys()].filter((key) => !(key in state_dict));
    const unexpected_keys = Object.keys(state_dict).filter((key) => !mine.has(key));
    const errors = [...mine].flatMap(([key, tensor]) =>
      key in state_dict ? misfits(key, tensor, state_dict[key]) : [],
    );
    if (typeof strict === 'object' ? (strict.strict ?? true) : strict) {
      errors.unshift(...listed('Missing', missing_keys), ...listed('Unexpected', unexpected_keys));
    }
    if (errors.length > 0) {
      throw new RuntimeError(`Error(s) in loading state_dict for ${this.constructor.name}:\n\t${errors.join('\n\t')}`);
    }
    no_grad(() => {
      for (const [key, tensor] of mine) if (key in state_dict) tensor.copy_(state_dict[key]);
    });
    return { missing_keys, unexpected_keys };
  }

  /** Unlike `named_modules`, a module that is found twice has its state saved under both names. */
  *#allModules(prefix = ''): IterableIterator<[string, Module]> {
    yield [prefix, this];
    for (const [name, value] of Object.entries(this)) {
      if (value instanceof Module) yield* value.#allModules(joined(prefix, name));
    }
  }

  #state(): [string, Tensor][] {
    return [...this.#ownParameters(), ...this.#ownBuffers((persistent) => persistent)];
  }

  /** What stands between the parentheses of the module's printed form. */
  extra_repr(): string {
    return '';
  }

  toString(): string {
    const extra = this.extra_repr();
    const children = Object.entries(this).flatMap(([name, value]) =>
      value instanceof Module ? [`(${name}): ${String(value).replaceAll('\n', '\n  ')}`] : [],
    );
    if (children.length === 0 && !extra.includes('\n')) return `${this.constructor.name}(${extra})`;
    const lines = [...(extra === '' ? [] : extra.split('\n')), ...children];
    return `${this.constructor.name}(\n  ${lines.join('\n  ')}\n)`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

const joined = (prefix: string, name: string): string => (prefix === '' ? name : `${prefix}.${name}`);

const listed = (kind: string, keys: readonly string[]): string[] =>
  keys.length === 0 ? [] : [`${kind} key(s) in state_dict: ${keys.map((key) => `"${key}"`).join(', ')}. `];

/** What is wrong with a tensor that is to be copied into another, if anything is. */
function misfits(key: string, into: Tensor, given: unknown): string[] {
  if (!isTensor(given)) {
    return [
      `While copying the parameter named "${key}", expected torch.Tensor from checkpoint but received ${show(given)}`,
    ];
  }
  if (sameShape(given.sizes, into.sizes)) return [];
  const [theirs, ours] = [given, into].map((tensor) => `torch.Size([${tensor.sizes.join(', ')}])`);
  return [
    `size mismatch for ${key}: copying a param with shape ${theirs} from checkpoint, the shape in current model is ${ours}.`,
  ];
}
