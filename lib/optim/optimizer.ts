/** What all optimizers share: groups of parameters with their options, and a state for each parameter. */
import { type DType, float32 } from '../base/dtype.js';
import { argumentError, RuntimeError, show, showShape, ValueError } from '../base/errors.js';
import { parseSchema, type Schema } from '../base/schema.js';
import { sameShape } from '../base/shape.js';
import { enable_grad } from '../graph/modes.js';
import { clearGradient } from '../nn/parameter.js';
import { bind, copied, isKeywords, isListOf, isTensor } from '../op/bind.js';
import { zerosLike } from '../op/factory.js';
import { emptyLike } from '../op/pointwise.js';
import type { Tensor } from '../tensor.js';
import { showGroups } from './show.js';

/** Tensors with options of their own; what is left out is the optimizer's. */
export interface ParameterGroup {
  params: Iterable<Tensor> | Tensor;
  [option: string]: unknown;
}

/** A group as the optimizer keeps it, with every option. Change one, `lr` say, between steps. */
export interface FullGroup {
  params: Tensor[];
  [option: string]: unknown;
}

/** What is to be optimized. */
export type Parameters = Iterable<Tensor> | Iterable<ParameterGroup>;

/** What an optimizer remembers of one parameter, by PyTorch's names. */
export type ParameterState = Record<string, unknown>;

/** A state as it is saved: parameters are numbers, in the order of the groups. */
export interface OptimizerState {
  state: Record<number, ParameterState>;
  param_groups: { params: number[]; [option: string]: unknown }[];
}

const zeroGradSchema = parseSchema('zero_grad(bool set_to_none=False) -> ()');

/** The values of an optimizer's options by name; the first argument is its parameters. */
export function optionsOf(schema: Schema, args: readonly unknown[]): Record<string, unknown> {
  const values = bind(schema, args);
  return Object.fromEntries(schema.parameters.map(({ name }, i) => [name, values[i]]).slice(1));
}

/** @throws ValueError with PyTorch's sentence unless the number is at least 0. */
export function checkNotNegative(what: string, value: unknown): void {
  if (!((value as number) >= 0)) throw new ValueError(`Invalid ${what}: ${value}`);
}

/** The base of all optimizers: parameters, their options and states. Subclasses have the `step`. */
export abstract class Optimizer {
  /** What is remembered of each parameter that has made a step. */
  state = new Map<Tensor, ParameterState>();
  param_groups: FullGroup[] = [];
  /** Options of groups that leave them out; one that must be given is undefined here. */
  readonly defaults: Readonly<Record<string, unknown>>;

  constructor(params: Parameters, defaults: Readonly<Record<string, unknown>>) {
    if (!isKeywords(defaults)) throw argumentError('Optimizer', 'defaults', 'a plain object', defaults);
    this.defaults = defaults;
    if (isTensor(params)) {
      const type = `torch.${params.dtype.scalarName}Tensor`;
      throw new TypeError(
        `params argument given to the optimizer should be an iterable of Tensors or dicts, but got ${type}`,
      );
    }
    const given = listOf('params', params);
    if (given.length === 0) throw new ValueError('optimizer got an empty parameter list');
    if (isKeywords(given[0])) for (const group of given) this.add_param_group(group as ParameterGroup);
    else this.add_param_group({ params: given as Tensor[] });
  }

  /** One step for every parameter that has a gradient; `closure` computes the loss anew, and the gradients. */
  abstract step(): null;
  abstract step<R>(closure: () => R): R;

  /**
   * Adds parameters, whose options may differ.
   * @throws Error, and adds nothing, unless they are leaves in no other group.
   */
  add_param_group(param_group: ParameterGroup): void {
    if (!isKeywords(param_group)) throw new TypeError(`param group must be a dict, got ${show(param_group)}`);
    const params = isTensor(param_group.params) ? [param_group.params] : listOf('params', param_group.params);
    for (const param of params) checkParameter(param);
    for (const [name, value] of Object.entries(this.defaults)) {
      if (value === undefined && param_group[name] === undefined) {
        throw new ValueError(`parameter group didn't specify a value of required optimization parameter ${name}`);
      }
    }
    if (new Set(params).size < params.length) {
      process.emitWarning('optimizer contains a parameter group with duplicate parameters');
    }
    const others = new Set(this.param_groups.flatMap((group) => group.params));
    if (params.some((param) => others.has(param as Tensor))) {
      throw new ValueError('some parameters appear in more than one parameter group');
    }
    this.param_groups.push({ ...this.defaults, ...param_group, params: params as Tensor[] });
  }

  /** Sets the gradients of all parameters to zero, or to null. */
  zero_grad(...args: [set_to_none?: boolean] | [options: { set_to_none?: boolean }]): void {
    const [setToNone] = bind(zeroGradSchema, args);
    for (const { params } of this.param_groups) {
      for (const param of params) clearGradient(param, setToNone as boolean);
    }
  }

  /** The state of all parameters and the options of all groups. Its tensors are the optimizer's own. */
  state_dict(): OptimizerState {
    const numbers = new Map<Tensor, number>();
    for (const { params } of this.param_groups) {
      for (const param of params) if (!numbers.has(param)) numbers.set(param, numbers.size);
    }
    const state: OptimizerState['state'] = {};
    for (const [param, its] of this.state) state[numbers.get(param) as number] = its;
    const numbered = (group: FullGroup) => ({ ...group, params: group.params.map((p) => numbers.get(p) as number) });
    return { state, param_groups: this.param_groups.map(numbered) };
  }

  /** Takes over a copy of a state that `state_dict` gave. @throws ValueError when its groups are of other sizes. */
  load_state_dict(state_dict: OptimizerState): void {
    if (!isKeywords(state_dict) || !Array.isArray(state_dict.param_groups) || !isKeywords(state_dict.state)) {
      throw argumentError('load_state_dict', 'state_dict', 'what state_dict() returns', state_dict);
    }
    const saved = state_dict.param_groups;
    if (saved.length !== this.param_groups.length) {
      throw new ValueError('loaded state dict has a different number of parameter groups');
    }
    const isGroup = (group: unknown): boolean => isKeywords(group) && isListOf(group.params, Number.isSafeInteger);
    if (!saved.every(isGroup) || !Object.values(state_dict.state).every(isKeywords)) {
      throw argumentError('load_state_dict', 'state_dict', 'what state_dict() returns', state_dict);
    }
    if (saved.some(({ params }, i) => params.length !== this.param_groups[i].params.length)) {
      throw new ValueError(
        "loaded state dict contains a parameter group that doesn't match the size of optimizer's group",
      );
    }
    const state = new Map<Tensor, ParameterState>();
    for (const [i, { params }] of saved.entries()) {
      for (const [k, number] of params.entries()) {
        const param = this.param_groups[i].params[k];
        if (state_dict.state[number] !== undefined) state.set(param, loaded(param, state_dict.state[number]));
      }
    }
    this.param_groups = saved.map((group, i) => ({ ...this.defaults, ...group, params: this.param_groups[i].params }));
    this.state = state;
  }

  toString(): string {
    return `${this.constructor.name} (${showGroups(this.param_groups)}\n)`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  /** The result of the closure, which may record and compute gradients whatever the mode is. */
  private evaluate<R>(closure: (() => R) | undefined): R | null {
    if (closure === undefined || closure === null) return null;
    if (typeof closure !== 'function') throw argumentError('step', 'closure', 'a function', closure);
    const loss = enable_grad(closure);
    if (loss instanceof Promise) throw argumentError('step', 'closure', 'a function that is not async', closure);
    return loss;
  }

  /**
   * A step. `jobsOf` checks all groups before `run` writes anything. Returns what the closure did, or null without one.
   */
  protected stepBy<R, Job>(
    closure: (() => R) | undefined,
    jobsOf: (group: FullGroup) => readonly Job[],
    run: (jobs: readonly Job[]) => void,
  ): R | null {
    const loss = this.evaluate(closure);
    run(this.param_groups.flatMap(jobsOf));
    return loss;
  }

  /** The state of a parameter, which begins with zeros of these names and a counter of steps. */
  protected startedState(param: Tensor, names: readonly string[], counter: () => unknown): ParameterState {
    const state = this.stateOf(param);
    if (Object.keys(state).length > 0) return state;
    state.step = counter();
    for (const name of names) state[name] = zerosLike(param);
    return state;
  }

  /** The state of a parameter, made when it is first asked for. */
  protected stateOf(param: Tensor): ParameterState {
    let state = this.state.get(param);
    if (state === undefined) {
      state = {};
      this.state.set(param, state);
    }
    return state;
  }
}

function listOf(argument: string, value: unknown): unknown[] {
  if (typeof (value as Iterable<unknown> | null)?.[Symbol.iterator] === 'function') {
    const items: unknown[] = [];
    for (const item of Array.isArray(value) ? copied(value) : (value as Iterable<unknown>)) {
      items.push(item);
      // No tensor: the rest of a list with billions of holes need not be looked at.
      if (item === undefined) break;
    }
    return items;
  }
  throw argumentError('Optimizer', argument, 'an iterable of Tensors or dicts', value);
}

function checkParameter(param: unknown): void {
  if (!isTensor(param)) {
    throw new TypeError(`optimizer can only optimize Tensors, but one of the params is ${show(param)}`);
  }
  if (!param.is_leaf && !param.retains_grad) throw new ValueError("can't optimize a non-leaf Tensor");
}

/** A copy of a saved state; of moments in the parameter's dtype, while a counter of steps keeps its own. */
function loaded(param: Tensor, state: ParameterState): ParameterState {
  const copy = (name: string, value: unknown): unknown => {
    if (!isTensor(value)) return Array.isArray(value) ? [...value] : value;
    const dtype: DType = name === 'step' || !param.dtype.is_floating_point ? value.dtype : param.dtype;
    return emptyLike(value, dtype).copy_(value.detach());
  };
  return Object.fromEntries(Object.entries(state).map(([name, value]) => [name, copy(name, value)]));
}

/** A number among the options of a group, which anybody may have changed. @throws TypeError */
export function numberOption(op: string, group: FullGroup, name: string): number {
  const value = group[name];
  if (typeof value !== 'number') throw argumentError(op, name, 'a number', value);
  return value;
}

/**
 * What `jobOf` makes of each parameter of a group that has a gradient.
 * @throws RuntimeError for one of another form.
 */
export function eachWithGradient<Job>(
  op: string,
  group: FullGroup,
  jobOf: (param: Tensor, grad: Tensor) => Job,
): Job[] {
  const jobs: Job[] = [];
  for (const param of group.params) {
    if (param.grad !== null) jobs.push(jobOf(param, companion(op, 'grad', param, param.grad)));
  }
  return jobs;
}

/** A counter of steps in a state: one float32, as in PyTorch. @throws RuntimeError for anything else. */
export function stepCounter(op: string, step: unknown): Tensor {
  if (isTensor(step) && step.dtype === float32 && step.count === 1) return step;
  throw new RuntimeError(`${op}: expected step to be a float32 tensor of one element, got ${show(step)}`);
}

/** A tensor that belongs to a parameter. @throws RuntimeError unless it has the parameter's shape and dtype. */
export function companion(op: string, name: string, param: Tensor, value: unknown): Tensor {
  if (isTensor(value) && value.dtype === param.dtype && sameShape(value.sizes, param.sizes)) return value;
  const got = isTensor(value) ? `${value.dtype} of shape ${showShape(value.sizes)}` : show(value);
  throw new RuntimeError(`${op}: expected ${name} to be ${param.dtype} of shape ${showShape(param.sizes)}, got ${got}`);
}
