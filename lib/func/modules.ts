/** Modules as functions of their parameters and buffers, and the states of several as one. */
import { argumentError, RuntimeError, show, ValueError } from '../base/errors.js';
import { Module } from '../nn/module.js';
import { copied, isKeywords, isListOf, isTensor } from '../op/bind.js';
import { stack } from '../ops/index.js';
import type { Tensor } from '../tensor.js';

/** Tensors by the names of parameters and buffers: 'layer.weight'. */
export type ModuleState = Record<string, Tensor>;

/** Keywords of `functional_call`. */
export interface FunctionalCallOptions {
  /** Whether a tensor that the module has under several names is replaced under all of them; true when left out. */
  tie_weights?: boolean;
  /** Whether every parameter and buffer must be given, and nothing else. */
  strict?: boolean;
}

/**
 * What `module.forward` returns while these tensors stand in place of its parameters and buffers; others stay its own.
 * `args` is a list of arguments, or the only one; `kwargs` is passed last. Assigned buffers are put into the state.
 * @throws RuntimeError for names that do not fit, in strict mode; ValueError for ambiguous ones.
 * @example torch.func.functional_call(model, { weight, bias }, x)
 */
export function functional_call<R>(
  module: Module & { forward(...args: never[]): R },
  parameter_and_buffer_dicts: ModuleState | readonly ModuleState[],
  args: unknown = [],
  kwargs: Readonly<Record<string, unknown>> | null = null,
  { tie_weights = true, strict = false }: FunctionalCallOptions = {},
): R {
  if (!(module instanceof Module)) throw argumentError('functional_call', 'module', 'a torch.nn.Module', module);
  const given = merged(parameter_and_buffer_dicts);
  if (strict) checkNames(module, given);
  const state = tie_weights ? tied(module, given) : given;
  const positional = Array.isArray(args) ? (args as unknown[]) : [args];
  const swaps = Object.entries(state).map(([name, tensor]) => new Swap(module, name, tensor));
  try {
    for (const swap of swaps) swap.enter();
    const result: unknown = module.forward(...([...positional, ...(kwargs === null ? [] : [kwargs])] as never[]));
    if (result instanceof Promise) {
      throw new RuntimeError('functional_call: forward must not return a promise, which outlives the call');
    }
    return result as R;
  } finally {
    const isOwn = !Array.isArray(parameter_and_buffer_dicts);
    for (const swap of swaps.reverse()) {
      const left = swap.leave();
      if (isOwn && isTensor(left) && Object.hasOwn(given, swap.name)) {
        (parameter_and_buffer_dicts as ModuleState)[swap.name] = left;
      }
    }
  }
}

/** @throws ValueError for a name in two of the states. */
function merged(states: unknown): ModuleState {
  if (isKeywords(states)) return checked(states);
  if (!isListOf(states, isKeywords)) {
    throw new ValueError(
      `Expected parameter_and_buffer_dicts to be a dict, or a list/tuple of dicts, but got ${show(states)}`,
    );
  }
  const all: ModuleState = {};
  for (const [name, tensor] of (copied(states as unknown[]) as ModuleState[]).flatMap((state) =>
    Object.entries(checked(state)),
  )) {
    if (Object.hasOwn(all, name)) {
      throw new ValueError(`${name} appears in multiple dictionaries; behavior of functional call is ambiguous`);
    }
    all[name] = tensor;
  }
  return all;
}

function checked(state: Readonly<Record<string, unknown>>): ModuleState {
  for (const [name, tensor] of Object.entries(state)) {
    if (!isTensor(tensor)) throw new TypeError(`functional_call: ${name} must be a Tensor, not ${show(tensor)}`);
  }
  return state as ModuleState;
}

/** All names of a module's parameters and buffers; a tensor may have several. */
function* namesOf(module: Module, prefix = ''): IterableIterator<[name: string, tensor: Tensor]> {
  for (const [name, tensor] of [...module.named_parameters('', false), ...module.named_buffers('', false)]) {
    yield [prefix + name, tensor];
  }
  for (const [name, child] of Object.entries(module)) {
    if (child instanceof Module) yield* namesOf(child, `${prefix}${name}.`);
  }
}

/** @throws RuntimeError that lists the names that are missing, and those that are too many. */
function checkNames(module: Module, given: ModuleState): void {
  const names = [...namesOf(module)].map(([name]) => name);
  const listed = (what: string, keys: readonly string[]): string[] =>
    keys.length === 0 ? [] : [`${what} key(s): ${keys.map((key) => `'${key}'`).join(', ')}.`];
  const messages = [
    ...listed(
      'Unexpected',
      Object.keys(given).filter((name) => !names.includes(name)),
    ),
    ...listed(
      'Missing',
      names.filter((name) => !Object.hasOwn(given, name)),
    ),
  ];
  if (messages.length === 0) return;
  throw new RuntimeError(`Error(s) in reparametrizing for ${module.constructor.name}:\n\t${messages.join('\n\t')}`);
}

/** The state with each tensor under all names of that which it replaces. @throws ValueError where two differ. */
function tied(module: Module, given: ModuleState): ModuleState {
  const groups = new Map<Tensor, string[]>();
  for (const [name, tensor] of namesOf(module)) groups.set(tensor, [...(groups.get(tensor) ?? []), name]);
  const all = { ...given };
  for (const names of groups.values()) {
    const found = names.filter((name) => Object.hasOwn(given, name));
    if (found.length === 0) continue;
    if (found.some((name) => given[name] !== given[found[0]])) {
      throw new ValueError(
        `functional_call got multiple values for keys ${found.map((name) => `'${name}'`).join(', ')}, which are tied. ` +
          'Consider using tie_weights=False',
      );
    }
    for (const name of names) all[name] = given[found[0]];
  }
  return all;
}

/** A field of a module, or of one below it, that holds another tensor for a while. */
class Swap {
  private readonly owner: Module;
  private readonly field: string;
  private readonly isNew: boolean;
  private readonly original: unknown;

  /** @throws RuntimeError where the path leads to no module. */
  constructor(
    module: Module,
    readonly name: string,
    private readonly tensor: Tensor,
  ) {
    const path = name.split('.');
    this.field = path.pop() as string;
    this.owner = path.reduce((owner, part) => {
      const next: unknown = Reflect.get(owner, part);
      if (next instanceof Module) return next;
      throw new RuntimeError(`functional_call: ${owner.constructor.name} has no attribute \`${part}\``);
    }, module);
    this.isNew = !Object.hasOwn(this.owner, this.field);
    const original: unknown = Reflect.get(this.owner, this.field);
    this.original = original;
    if (this.isNew || original === null || isTensor(original)) return;
    throw new TypeError(`functional_call: attribute \`${name}\`: ${show(original)} is not a Tensor`);
  }

  enter(): void {
    Reflect.set(this.owner, this.field, this.tensor);
  }

  /** Restores the field; returns what it held at last. */
  leave(): unknown {
    const held: unknown = Reflect.get(this.owner, this.field);
    if (this.isNew) Reflect.deleteProperty(this.owner, this.field);
    else Reflect.set(this.owner, this.field, this.original);
    return held;
  }
}

/**
 * `[params, buffers]`: of modules of one class, each parameter and each buffer stacked, by name. What is stacked is a
 * leaf that requires grad where all of the parameters do.
 * @throws RuntimeError for none, for modules of several classes or modes, or where only some require grad.
 * @example
 * const [params, buffers] = torch.func.stack_module_state(models);
 * const run = (params, buffers, x) => torch.func.functional_call(models[0], [params, buffers], x);
 * torch.func.vmap(run, { in_dims: [0, 0, null] })(params, buffers, x);
 */
export function stack_module_state(models: readonly Module[]): [params: ModuleState, buffers: ModuleState] {
  return stackedState(modulesOf(models));
}

/** A list of our own, as the methods of the caller's may be others than a list's. */
function modulesOf(models: readonly Module[]): Module[] {
  if (isListOf(models, (model) => model instanceof Module)) return copied(models) as Module[];
  throw argumentError('stack_module_state', 'models', 'a list of torch.nn.Modules', models);
}

function stackedState(models: readonly Module[]): [params: ModuleState, buffers: ModuleState] {
  const refuse = (sentence: string): RuntimeError => new RuntimeError(`stack_module_state: ${sentence}`);
  if (models.length === 0) throw refuse('Expected at least one model, got 0.');
  if (models.some(({ training }) => training !== models[0].training)) {
    throw refuse('Expected all models to have the same training/eval mode.');
  }
  if (models.some((model) => model.constructor !== models[0].constructor)) {
    throw refuse('Expected all models to be of the same class.');
  }
  return [
    stacked(models.map((model) => Object.fromEntries(model.named_parameters()))),
    stacked(models.map((model) => Object.fromEntries(model.named_buffers()))),
  ];
}

function stacked(states: readonly ModuleState[]): ModuleState {
  const names = Object.keys(states[0]);
  return Object.fromEntries(
    names.map((name) => {
      const tensors = states.map((state) => state[name]);
      const { requires_grad } = tensors[0];
      if (tensors.some((tensor) => tensor.requires_grad !== requires_grad)) {
        throw new RuntimeError(`Expected ${name} from each model to have the same .requires_grad`);
      }
      const result = stack(tensors).detach();
      return [name, requires_grad ? result.requires_grad_() : result];
    }),
  );
}
