/** Modules: functions with parameters, in trees. */
import { float32, float64 } from '../base/dtype.js';
import { AttributeError, argumentError, RuntimeError, show } from '../base/errors.js';
import type { RemovableHandle } from '../graph/hooks.js';
import { isTensor } from '../op/bind.js';
import type { Tensor } from '../tensor.js';
import { convert, dtypeOf, type Target } from './conversion.js';
import { addField, attributeOf, bufferNamesOf, buffersOf, checkName, parametersOf, stateOf } from './fields.js';
import { addHook, type ForwardHook, type ForwardPreHook, type FullBackwardHook } from './hooks.js';
import { signature } from './options.js';
import { clearGradient, Parameter } from './parameter.js';
import { moduleText } from './show.js';
import { type IncompatibleKeys, loadState, type StateDict } from './state.js';

const readZeroGrad = signature('zero_grad(bool set_to_none=False) -> ()');
const readStateDict = signature("state_dict(*, str prefix='', bool keep_vars=False) -> ()");
const readStrict = signature('load_state_dict(bool strict=True) -> ()');
const readPersistent = signature('register_buffer(bool persistent=True) -> ()');

/** Modules whose printed form is being made. */
const printing = new Set<Module>();

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

  /** What the module computes. @throws Error unless a subclass says what. */
  forward(..._input: never[]): unknown {
    throw new RuntimeError(`Module [${this.constructor.name}] is missing the required "forward" function`);
  }

  /** Adds a field that holds a parameter. */
  register_parameter(name: string, param: Parameter | null): void {
    checkName('parameter', name);
    if (param !== null && !(param instanceof Parameter)) {
      throw new TypeError(
        `cannot assign '${show(param)}' object to parameter '${name}' (torch.nn.Parameter or None required)`,
      );
    }
    addField(this, 'parameter', name, param, isParameter);
  }

  /** Adds a field that holds a tensor that is not trained; it is saved with the state unless `persistent` is false. */
  register_buffer(
    name: string,
    tensor: Tensor | null,
    ...options: [persistent?: boolean] | [options: { persistent?: boolean }]
  ): void {
    const [persistent] = readPersistent(options);
    checkName('buffer', name);
    if (tensor !== null && !isTensor(tensor)) {
      throw new TypeError(`cannot assign '${show(tensor)}' object to buffer '${name}' (torch Tensor or None required)`);
    }
    const names = bufferNamesOf(this);
    if (names.has(name)) Reflect.set(this, name, tensor);
    else addField(this, 'buffer', name, tensor, isParameter);
    names.set(name, persistent);
  }

  /** Adds a field that holds a module. */
  register_module(name: string, module: Module | null): void {
    checkName('module', name);
    if (module !== null && !(module instanceof Module)) throw new TypeError(`${show(module)} is not a Module subclass`);
    if (module !== null && [...module.modules()].includes(this)) {
      throw new RuntimeError(`module '${name}' contains the module that it is added to`);
    }
    addField(this, 'module', name, module, isModule);
  }

  /** As `register_module`. */
  add_module(name: string, module: Module | null): void {
    this.register_module(name, module);
  }

  /** The modules in fields of this one, by name. */
  *named_children(): IterableIterator<[string, Module]> {
    const seen = new Set<Module>();
    for (const [name, child] of childrenOf(this)) {
      if (seen.has(child)) continue;
      seen.add(child);
      yield [name, child];
    }
  }

  /** The modules in fields of this one, each once. */
  *children(): IterableIterator<Module> {
    for (const [, child] of this.named_children()) yield child;
  }

  /** This module and all below it, each once, by name. */
  *named_modules(prefix = '', seen = new Set<Module>()): IterableIterator<[string, Module]> {
    checkPrefix('named_modules', prefix);
    if (!(seen instanceof Set)) throw argumentError('named_modules', 'seen', 'a Set of modules', seen);
    if (seen.has(this)) return;
    seen.add(this);
    yield [prefix, this];
    for (const [name, child] of childrenOf(this)) yield* child.named_modules(joined(prefix, name), seen);
  }

  /** This module and all below it, each once. */
  *modules(): IterableIterator<Module> {
    for (const [, module] of this.named_modules()) yield module;
  }

  /** Parameters of this module and, unless `recurse` is false, of all below it, each once, by name. */
  *named_parameters(prefix = '', recurse = true): IterableIterator<[string, Parameter]> {
    yield* named('named_parameters', this, prefix, recurse, parametersOf);
  }

  /** Parameters of this module and, unless `recurse` is false, of all below it, each once. */
  *parameters(recurse = true): IterableIterator<Parameter> {
    for (const [, parameter] of this.named_parameters('', recurse)) yield parameter;
  }

  /** Buffers of this module and, unless `recurse` is false, of all below it, each once, by name. */
  *named_buffers(prefix = '', recurse = true): IterableIterator<[string, Tensor]> {
    yield* named('named_buffers', this, prefix, recurse, buffersOf);
  }

  /** Buffers of this module and, unless `recurse` is false, of all below it, each once. */
  *buffers(recurse = true): IterableIterator<Tensor> {
    for (const [, buffer] of this.named_buffers('', recurse)) yield buffer;
  }

  /** Calls `fn` on every module below this one, and then on this one. */
  apply(fn: (module: Module) => void): this {
    if (typeof fn !== 'function') throw argumentError('apply', 'fn', 'a function', fn);
    checkTree('apply', this);
    for (const child of this.children()) child.apply(fn);
    fn(this);
    return this;
  }

  /**
   * Converts parameters and buffers of floating point to another dtype; parameters stay the objects they are.
   * @throws TypeError for a dtype that is not of floating point, or another device than the CPU.
   * @example model.to(torch.float64)
   */
  to(...target: Target): this {
    const dtype = dtypeOf(target);
    if (dtype === null) return this;
    for (const parameter of this.parameters()) convert(parameter, dtype);
    for (const module of this.modules()) {
      for (const [name, buffer] of buffersOf(module)) {
        if (buffer.dtype.is_floating_point) Reflect.set(module, name, buffer.to(dtype));
      }
    }
    return this;
  }

  /** Converts parameters and buffers of floating point to float64. */
  double(): this {
    return this.to(float64);
  }

  /** Converts parameters and buffers of floating point to float32. */
  float(): this {
    return this.to(float32);
  }

  /** The module at the end of a path of names: 'encoder.layers.0'. @throws AttributeError where there is none. */
  get_submodule(target: string): Module {
    checkTarget('get_submodule', target);
    if (target === '') return this;
    return target.split('.').reduce((module: Module, name) => {
      const found = attributeOf(module, name);
      if (found instanceof Module) return found;
      throw new AttributeError(`\`${name}\` is not an nn.Module`);
    }, this);
  }

  /** The parameter at the end of a path of names: 'encoder.weight'. @throws AttributeError where there is none. */
  get_parameter(target: string): Parameter {
    checkTarget('get_parameter', target);
    const [module, name] = placeOf(this, target);
    const found = attributeOf(module, name);
    if (found instanceof Parameter) return found;
    throw new AttributeError(`\`${name}\` is not an nn.Parameter`);
  }

  /** The buffer at the end of a path of names. @throws AttributeError where there is none. */
  get_buffer(target: string): Tensor {
    checkTarget('get_buffer', target);
    const [module, name] = placeOf(this, target);
    const found = attributeOf(module, name);
    if (bufferNamesOf(module).has(name) && isTensor(found)) return found;
    throw new AttributeError(`\`${name}\` is not a buffer`);
  }

  /** Calls `hook(module, input)` with the list of arguments before each forward; what it returns replaces them. */
  register_forward_pre_hook(hook: ForwardPreHook<this>): RemovableHandle {
    return addHook(this, 'pre', hook);
  }

  /** Calls `hook(module, input, output)` after each forward; what it returns replaces the output. */
  register_forward_hook(hook: ForwardHook<this>): RemovableHandle {
    return addHook(this, 'post', hook);
  }

  /**
   * Calls `hook(module, grad_input, grad_output)` when the gradients of the inputs of a forward were computed; a list
   * that it returns replaces `grad_input`. Inputs and outputs must not be written to in place.
   */
  register_full_backward_hook(hook: FullBackwardHook<this>): RemovableHandle {
    return addHook(this, 'backward', hook);
  }

  /** Sets this module and all below it to training, or to evaluation. */
  train(mode = true): this {
    if (typeof mode !== 'boolean') throw argumentError('train', 'mode', 'bool', mode);
    for (const module of this.modules()) module.training = mode;
    return this;
  }

  /** Sets this module and all below it to evaluation: `train(false)`. */
  eval(): this {
    return this.train(false);
  }

  /** Freezes all parameters, or trains them again. */
  requires_grad_(requires_grad = true): this {
    for (const parameter of this.parameters()) parameter.requires_grad_(requires_grad);
    return this;
  }

  /** Sets the gradients of all parameters to zero, or to null. */
  zero_grad(...args: [set_to_none?: boolean] | [options: { set_to_none?: boolean }]): void {
    const [toNone] = readZeroGrad(args);
    for (const parameter of this.parameters()) clearGradient(parameter, toNone);
  }

  /**
   * Parameters and persistent buffers by name, behind `prefix`; they share their elements with the module, and are
   * apart from the graph unless `keep_vars` is true.
   */
  state_dict(...args: [options?: { prefix?: string; keep_vars?: boolean }]): StateDict {
    const [prefix, keep_vars] = readStateDict(args);
    const state: StateDict = {};
    for (const [name, tensor] of wholeState('state_dict', this)) {
      state[prefix + name] = keep_vars ? tensor : tensor.detach();
    }
    return state;
  }

  /**
   * Copies tensors into parameters and buffers of the same names.
   * @throws RuntimeError, and copies nothing, when shapes differ or, unless `strict` is false, names do.
   */
  load_state_dict(
    state_dict: StateDict,
    ...options: [strict?: boolean] | [options: { strict?: boolean }]
  ): IncompatibleKeys {
    const [strict] = readStrict(options);
    const own = new Map(wholeState('load_state_dict', this));
    return loadState(this.constructor.name, own, state_dict, strict);
  }

  /** What stands between the parentheses of the module's printed form. */
  extra_repr(): string {
    return '';
  }

  /** As PyTorch prints modules; one within itself is only named. */
  toString(): string {
    if (printing.has(this)) return `${this.constructor.name}(...)`;
    printing.add(this);
    try {
      const children = childrenOf(this).map(([name, child]) => [name, String(child)] as const);
      return moduleText(this.constructor.name, this.extra_repr(), children);
    } finally {
      printing.delete(this);
    }
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

const isParameter = (value: unknown): boolean => value instanceof Parameter;
const isModule = (value: unknown): value is Module => value instanceof Module;

/** The modules in fields of a module; one in two fields is there twice. */
const childrenOf = (module: Module): [string, Module][] =>
  Object.entries(module).filter((entry): entry is [string, Module] => isModule(entry[1]));

/** @throws TypeError unless what stands before names is a string. */
function checkPrefix(op: string, prefix: unknown): void {
  if (typeof prefix !== 'string') throw argumentError(op, 'prefix', 'str', prefix);
}

/** @throws TypeError unless a path is a string. */
function checkTarget(op: string, target: unknown): void {
  if (typeof target !== 'string') throw argumentError(op, 'target', 'str', target);
}

/** The module that a path leads to, and the last name of the path. */
function placeOf(module: Module, target: string): [Module, string] {
  const at = target.lastIndexOf('.');
  return [module.get_submodule(at < 0 ? '' : target.slice(0, at)), target.slice(at + 1)];
}

/** What modules have, each once, by name. */
function* named<T>(
  op: string,
  root: Module,
  prefix: string,
  recurse: boolean,
  own: (module: Module) => [string, T][],
): IterableIterator<[string, T]> {
  checkPrefix(op, prefix);
  const seen = new Set<T>();
  for (const [at, module] of recurse ? root.named_modules(prefix) : [[prefix, root] as const]) {
    for (const [name, value] of own(module)) {
      if (seen.has(value)) continue;
      seen.add(value);
      yield [joined(at, name), value];
    }
  }
}

/** @throws RuntimeError for a module that is somewhere below itself, whose names would have no end. */
function checkTree(op: string, root: Module): void {
  const done = new Set<Module>();
  const above = new Set<Module>();
  const visit = (module: Module): void => {
    if (above.has(module)) throw new RuntimeError(`${op}: a module contains itself: ${module.constructor.name}`);
    if (done.has(module)) return;
    above.add(module);
    for (const child of module.children()) visit(child);
    above.delete(module);
    done.add(module);
  };
  visit(root);
}

/** Unlike `named_modules`, a module that is found twice has its state saved under both names. */
function* allModules(module: Module, prefix = ''): IterableIterator<[string, Module]> {
  yield [prefix, module];
  for (const [name, child] of childrenOf(module)) yield* allModules(child, joined(prefix, name));
}

/** The states of a module and all below it, by name. */
function wholeState(op: string, root: Module): [string, Tensor][] {
  checkTree(op, root);
  return [...allModules(root)].flatMap(([at, module]) =>
    stateOf(module).map(([name, tensor]): [string, Tensor] => [joined(at, name), tensor]),
  );
}

const joined = (prefix: string, name: string): string => (prefix === '' ? name : `${prefix}.${name}`);
