/** Schedules by a formula of the step. */
import { argumentError, ValueError } from '../../base/errors.js';
import { parseSchema } from '../../base/schema.js';
import { bind, isListOf } from '../../op/bind.js';
import type { Optimizer } from '../optimizer.js';
import { checkOptimizer, forEachGroup, LRScheduler, type SchedulerOptions } from './scheduler.js';

const common = 'int last_epoch=-1, bool verbose=False';

const lambdaSchema = parseSchema(`LambdaLR(Any optimizer, Any lr_lambda, ${common}) -> ()`);

/** A factor for a step. */
export type Factor = (epoch: number) => number;

/** The initial rate times a function of the step, or of one function for each group. */
export class LambdaLR extends LRScheduler {
  readonly lr_lambdas: readonly Factor[];

  /** @example new torch.optim.lr_scheduler.LambdaLR(optimizer, (epoch) => 0.95 ** epoch) */
  constructor(
    optimizer: Optimizer,
    lr_lambda: Factor | readonly Factor[],
    ...options: [options?: SchedulerOptions] | [last_epoch: number, verbose?: boolean]
  ) {
    const [, given, last_epoch, verbose] = bind(lambdaSchema, [optimizer, lr_lambda, ...options]);
    super(optimizer, last_epoch as number, verbose as boolean);
    this.lr_lambdas = forEachGroup(optimizer, 'lr_lambda', given as Factor | readonly Factor[]);
    for (const each of this.lr_lambdas) {
      if (typeof each !== 'function') throw argumentError('LambdaLR', 'lr_lambda', 'a function', each);
    }
    this.step();
  }

  override get_lr(): number[] {
    return this.base_lrs.map((rate, i) => rate * this.lr_lambdas[i](this.last_epoch));
  }

  /** Without the functions. */
  override state_dict(): Record<string, unknown> {
    const { lr_lambdas: _, ...state } = super.state_dict();
    return state;
  }
}

const stepSchema = parseSchema(`StepLR(Any optimizer, int step_size, float gamma=0.1, ${common}) -> ()`);

/** Times `gamma` after every `step_size` steps. */
export class StepLR extends LRScheduler {
  step_size: number;
  gamma: number;

  /** @example new torch.optim.lr_scheduler.StepLR(optimizer, 30, { gamma: 0.1 }) */
  constructor(
    optimizer: Optimizer,
    step_size: number,
    ...options: [options?: SchedulerOptions & { gamma?: number }] | [gamma: number, options?: SchedulerOptions]
  ) {
    const [, size, gamma, last_epoch, verbose] = bind(stepSchema, [optimizer, step_size, ...options]);
    super(optimizer, last_epoch as number, verbose as boolean);
    this.step_size = size as number;
    this.gamma = gamma as number;
    this.step();
  }

  override get_lr(): number[] {
    const isDue = this.last_epoch > 0 && this.last_epoch % this.step_size === 0;
    return isDue ? this.rates.map((rate) => rate * this.gamma) : this.rates;
  }
}

const multiStepSchema = parseSchema(`MultiStepLR(Any optimizer, Any milestones, float gamma=0.1, ${common}) -> ()`);

/** Times `gamma` at each of the milestones. */
export class MultiStepLR extends LRScheduler {
  milestones: readonly number[];
  gamma: number;

  /** @example new torch.optim.lr_scheduler.MultiStepLR(optimizer, [30, 80], { gamma: 0.1 }) */
  constructor(
    optimizer: Optimizer,
    milestones: readonly number[],
    ...options: [options?: SchedulerOptions & { gamma?: number }] | [gamma: number, options?: SchedulerOptions]
  ) {
    const [, given, gamma, last_epoch, verbose] = bind(multiStepSchema, [optimizer, milestones, ...options]);
    if (!isListOf(given, Number.isSafeInteger)) {
      throw argumentError('MultiStepLR', 'milestones', 'a list of ints', given);
    }
    super(optimizer, last_epoch as number, verbose as boolean);
    this.milestones = [...(given as number[])];
    this.gamma = gamma as number;
    this.step();
  }

  override get_lr(): number[] {
    const due = this.milestones.filter((milestone) => milestone === this.last_epoch).length;
    return this.rates.map((rate) => rate * this.gamma ** due);
  }
}

const exponentialSchema = parseSchema(`ExponentialLR(Any optimizer, float gamma, ${common}) -> ()`);

/** Times `gamma` after every step. */
export class ExponentialLR extends LRScheduler {
  gamma: number;

  constructor(
    optimizer: Optimizer,
    gamma: number,
    ...options: [options?: SchedulerOptions] | [last_epoch: number, verbose?: boolean]
  ) {
    const [, factor, last_epoch, verbose] = bind(exponentialSchema, [optimizer, gamma, ...options]);
    super(optimizer, last_epoch as number, verbose as boolean);
    this.gamma = factor as number;
    this.step();
  }

  override get_lr(): number[] {
    return this.last_epoch === 0 ? this.rates : this.rates.map((rate) => rate * this.gamma);
  }
}

const cosineSchema = parseSchema(`CosineAnnealingLR(Any optimizer, int T_max, float eta_min=0, ${common}) -> ()`);

/** Down to `eta_min` and up again along a cosine, of which `T_max` steps are half a period. */
export class CosineAnnealingLR extends LRScheduler {
  T_max: number;
  eta_min: number;

  /** @example new torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 50) */
  constructor(
    optimizer: Optimizer,
    T_max: number,
    ...options: [options?: SchedulerOptions & { eta_min?: number }] | [eta_min: number, options?: SchedulerOptions]
  ) {
    checkOptimizer(optimizer);
    const [, half, eta_min, last_epoch, verbose] = bind(cosineSchema, [optimizer, T_max, ...options]);
    if ((half as number) <= 0) throw new ValueError(`Expected positive integer T_max, but got ${half}`);
    super(optimizer, last_epoch as number, verbose as boolean);
    this.T_max = half as number;
    this.eta_min = eta_min as number;
    this.step();
  }

  /** From the rates before, so that what others change them by stays. */
  override get_lr(): number[] {
    const { last_epoch, T_max, eta_min, base_lrs, rates } = this;
    const height = (epoch: number): number => 1 + Math.cos((Math.PI * epoch) / T_max);
    if (last_epoch === 0) return rates;
    if (this._step_count === 1) return base_lrs.map((rate) => eta_min + ((rate - eta_min) * height(last_epoch)) / 2);
    if ((last_epoch - 1 - T_max) % (2 * T_max) === 0) {
      // The lowest point: the ratio below would be of zeros.
      return rates.map((rate, i) => rate + ((base_lrs[i] - eta_min) * (1 - Math.cos(Math.PI / T_max))) / 2);
    }
    return rates.map((rate) => (height(last_epoch) / height(last_epoch - 1)) * (rate - eta_min) + eta_min);
  }
}
