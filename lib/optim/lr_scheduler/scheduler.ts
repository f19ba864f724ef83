/** What schedules of learning rates share. */
import { argumentError, show, ValueError } from '../../base/errors.js';
import { isKeywords } from '../../op/bind.js';
import { scientific } from '../../print/decimal.js';
import { type FullGroup, numberOption, Optimizer } from '../optimizer.js';

/** Where a schedule stands, and its numbers, by PyTorch's names. */
export type SchedulerState = Record<string, unknown>;

/** Keywords of every schedule. */
export interface SchedulerOptions {
  /** The step to go on from; -1 begins. */
  last_epoch?: number;
  /** Has every change printed. */
  verbose?: boolean;
}

/** @throws TypeError unless it is an optimizer. */
export function checkOptimizer(optimizer: unknown): asserts optimizer is Optimizer {
  if (!(optimizer instanceof Optimizer)) throw new TypeError(`${show(optimizer)} is not an Optimizer`);
}

/** The learning rate of a group. */
export const rateOf = (group: FullGroup): number => numberOption('LRScheduler', group, 'lr');

/** A value for each group, of which one may stand for all. @throws ValueError for another count. */
export function forEachGroup<T>(optimizer: Optimizer, name: string, given: T | readonly T[]): readonly T[] {
  const { length } = optimizer.param_groups;
  if (!Array.isArray(given)) return new Array<T>(length).fill(given as T);
  if (given.length !== length) throw new ValueError(`expected ${length} values for ${name}, got ${given.length}`);
  return given as readonly T[];
}

/** A learning rate as schedules print it. */
export const rateText = (rate: number): string => scientific(rate, 4);

/** All fields but the optimizer and functions. */
export function stateOf(scheduler: object): SchedulerState {
  const entries = Object.entries(scheduler).filter(
    ([name, value]) => name !== 'optimizer' && typeof value !== 'function',
  );
  return Object.fromEntries(entries.map(([name, value]) => [name, Array.isArray(value) ? [...value] : value]));
}

/** Takes over a state that `state_dict` gave. */
export function load(scheduler: object, state_dict: SchedulerState): void {
  if (!isKeywords(state_dict))
    throw argumentError('load_state_dict', 'state_dict', 'what state_dict() returns', state_dict);
  const kindOf = (value: unknown): string => (Array.isArray(value) ? 'list' : typeof value);
  for (const [name, value] of Object.entries(state_dict)) {
    const present: unknown = Reflect.get(scheduler, name);
    const isBare = present === undefined || present === null;
    if (isBare || kindOf(present) === kindOf(value)) continue;
    throw argumentError('load_state_dict', name, `a ${kindOf(present)}`, value);
  }
  Object.assign(scheduler, stateOf(state_dict));
}

/** The base of schedules that know the learning rate of a step beforehand. Subclasses have the `get_lr`. */
export abstract class LRScheduler {
  readonly optimizer: Optimizer;
  base_lrs: number[];
  last_epoch: number;
  verbose: boolean;
  _step_count = 0;
  _last_lr: number[] = [];

  constructor(optimizer: Optimizer, last_epoch: number, verbose: boolean) {
    checkOptimizer(optimizer);
    this.optimizer = optimizer;
    for (const [i, group] of optimizer.param_groups.entries()) {
      if (last_epoch === -1) group.initial_lr ??= rateOf(group);
      else if (group.initial_lr === undefined) {
        throw new ValueError(`param 'initial_lr' is not specified in param_groups[${i}] when resuming an optimizer`);
      }
    }
    this.base_lrs = optimizer.param_groups.map((group) => numberOption('LRScheduler', group, 'initial_lr'));
    this.last_epoch = last_epoch;
    this.verbose = verbose;
  }

  /** The learning rates of the step at hand, one for each group. */
  abstract get_lr(): number[];

  /** The learning rates that were set last, one for each group. */
  get_last_lr(): number[] {
    return [...this._last_lr];
  }

  /** Goes to the next step and sets its learning rates. Call it after the optimizer's step. */
  step(): void {
    this._step_count++;
    this.last_epoch++;
    const rates = this.get_lr();
    for (const [i, group] of this.optimizer.param_groups.entries()) {
      group.lr = rates[i];
      if (this.verbose) console.log(`Adjusting learning rate of group ${i} to ${rateText(rates[i])}.`);
    }
    this._last_lr = this.optimizer.param_groups.map(rateOf);
  }

  /** Everything but the optimizer; functions are left out. */
  state_dict(): SchedulerState {
    return stateOf(this);
  }

  /** Goes on where `state_dict` was called. @throws TypeError for fields of other types. */
  load_state_dict(state_dict: SchedulerState): void {
    load(this, state_dict);
  }

  /** The rates that the groups have now. */
  protected get rates(): number[] {
    return this.optimizer.param_groups.map(rateOf);
  }
}
