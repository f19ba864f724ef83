/** One cycle: up to a high learning rate, and down to a very low one, while momentum goes the other way. */
import { argumentError, ValueError } from '../../base/errors.js';
import { parseSchema } from '../../base/schema.js';
import { bind } from '../../op/bind.js';
import { type FullGroup, numberOption, type Optimizer } from '../optimizer.js';
import { checkOptimizer, forEachGroup, LRScheduler, type SchedulerOptions } from './scheduler.js';

type PerGroup = number | readonly number[];

/** Options of `OneCycleLR`; either `total_steps`, or `epochs` and `steps_per_epoch`, must be given. */
export interface OneCycleOptions extends SchedulerOptions {
  total_steps?: number | null;
  epochs?: number | null;
  steps_per_epoch?: number | null;
  /** The share of steps on the way up. */
  pct_start?: number;
  anneal_strategy?: 'cos' | 'linear';
  cycle_momentum?: boolean;
  base_momentum?: PerGroup;
  max_momentum?: PerGroup;
  /** The rate at first is `max_lr` over this. */
  div_factor?: number;
  /** The rate at last is that at first over this. */
  final_div_factor?: number;
  /** Whether the way down ends at the rate at first, and a third phase goes on from there. */
  three_phase?: boolean;
}

const schema = parseSchema(
  "OneCycleLR(Any optimizer, Any max_lr, int? total_steps=None, int? epochs=None, int? steps_per_epoch=None, float pct_start=0.3, str anneal_strategy='cos', bool cycle_momentum=True, Any base_momentum=0.85, Any max_momentum=0.95, float div_factor=25.0, float final_div_factor=10000.0, bool three_phase=False, int last_epoch=-1, bool verbose=False) -> ()",
);
type Values = [
  Optimizer,
  PerGroup,
  number | null,
  number | null,
  number | null,
  number,
  'cos' | 'linear',
  boolean,
  PerGroup,
  PerGroup,
  number,
  number,
  boolean,
  number,
  boolean,
];

/** A part of the cycle: from one option of a group to another. */
interface Phase {
  readonly end_step: number;
  readonly start_lr: string;
  readonly end_lr: string;
  readonly start_momentum: string;
  readonly end_momentum: string;
}

function phasesOf(total: number, share: number, threePhases: boolean): readonly Phase[] {
  const down = { start_momentum: 'base_momentum', end_momentum: 'max_momentum' };
  const up: Phase = {
    end_step: share * total - 1,
    start_lr: 'initial_lr',
    end_lr: 'max_lr',
    start_momentum: 'max_momentum',
    end_momentum: 'base_momentum',
  };
  if (!threePhases) return [up, { end_step: total - 1, start_lr: 'max_lr', end_lr: 'min_lr', ...down }];
  return [
    up,
    { end_step: 2 * share * total - 2, start_lr: 'max_lr', end_lr: 'initial_lr', ...down },
    { ...up, end_step: total - 1, end_lr: 'min_lr', end_momentum: 'max_momentum' },
  ];
}

function stepsOf(total: number | null, epochs: number | null, perEpoch: number | null): number {
  if (total === null && (epochs === null || perEpoch === null)) {
    throw new ValueError('You must define either total_steps OR (epochs AND steps_per_epoch)');
  }
  const given = total !== null ? { total_steps: total } : { epochs, steps_per_epoch: perEpoch };
  for (const [name, value] of Object.entries(given)) {
    if (!((value as number) > 0)) throw new ValueError(`Expected positive integer ${name}, but got ${value}`);
  }
  return total ?? (epochs as number) * (perEpoch as number);
}

const annealings: Readonly<Record<string, (start: number, end: number, share: number) => number>> = {
  cos: (start, end, share) => end + ((start - end) / 2) * (Math.cos(Math.PI * share) + 1),
  linear: (start, end, share) => (end - start) * share + start,
};

/** One cycle of `total_steps`, of which each is a batch. */
export class OneCycleLR extends LRScheduler {
  total_steps: number;
  anneal_strategy: 'cos' | 'linear';
  cycle_momentum: boolean;
  /** Whether momentum is the first of two betas. */
  use_beta1: boolean;
  _schedule_phases: readonly Phase[];

  /** @example new torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, { epochs: 10, steps_per_epoch: 100 }) */
  constructor(
    optimizer: Optimizer,
    max_lr: PerGroup,
    ...options: [options: OneCycleOptions] | [total_steps: number, options?: OneCycleOptions]
  ) {
    checkOptimizer(optimizer);
    const values = bind(schema, [optimizer, max_lr, ...options]) as Values;
    const [, highest, total, epochs, perEpoch, share, strategy, cycles, low, high, div, finalDiv, three, at, verbose] =
      values;
    const total_steps = stepsOf(total, epochs, perEpoch);
    if (!(share >= 0 && share <= 1)) {
      throw new ValueError(`Expected float between 0 and 1 pct_start, but got ${share}`);
    }
    if (!(strategy in annealings)) {
      throw new ValueError(`anneal_strategy must by one of 'cos' or 'linear', instead got ${strategy}`);
    }
    if (at === -1) setRates(optimizer, numbers(optimizer, 'max_lr', highest), div, finalDiv);
    const isBeta = 'betas' in optimizer.defaults;
    if (cycles && at === -1) {
      setMomenta(optimizer, isBeta, numbers(optimizer, 'base_momentum', low), numbers(optimizer, 'max_momentum', high));
    }
    super(optimizer, at, verbose);
    this.total_steps = total_steps;
    this.anneal_strategy = strategy;
    this.cycle_momentum = cycles;
    this.use_beta1 = isBeta;
    this._schedule_phases = phasesOf(total_steps, share, three);
    this.step();
  }

  /** Sets momenta as well. @throws ValueError beyond the last step. */
  override get_lr(): number[] {
    const { last_epoch, total_steps } = this;
    if (last_epoch > total_steps) {
      throw new ValueError(
        `Tried to step ${last_epoch + 1} times. The specified number of total steps is ${total_steps}`,
      );
    }
    const phases = this._schedule_phases;
    const found = phases.findIndex(({ end_step }) => last_epoch <= end_step);
    const at = found < 0 ? phases.length - 1 : found;
    const phase = phases[at];
    const start = at === 0 ? 0 : phases[at - 1].end_step;
    const share = (last_epoch - start) / (phase.end_step - start);
    return this.optimizer.param_groups.map((group) => {
      if (this.cycle_momentum) {
        this.setMomentum(group, this.between(group, phase.start_momentum, phase.end_momentum, share));
      }
      return this.between(group, phase.start_lr, phase.end_lr, share);
    });
  }

  private between(group: FullGroup, start: string, end: string, share: number): number {
    const [from, to] = [start, end].map((name) => numberOption('OneCycleLR', group, name));
    return annealings[this.anneal_strategy](from, to, share);
  }

  private setMomentum(group: FullGroup, momentum: number): void {
    if (this.use_beta1) group.betas = [momentum, ...(group.betas as number[]).slice(1)];
    else group.momentum = momentum;
  }
}

function numbers(optimizer: Optimizer, name: string, given: unknown): readonly number[] {
  const values = forEachGroup(optimizer, name, given);
  if (values.every((value) => typeof value === 'number')) return values as readonly number[];
  throw argumentError('OneCycleLR', name, 'a number or one for each group', given);
}

function setRates(optimizer: Optimizer, highest: readonly number[], div: number, finalDiv: number): void {
  for (const [i, group] of optimizer.param_groups.entries()) {
    group.initial_lr = highest[i] / div;
    group.max_lr = highest[i];
    group.min_lr = highest[i] / div / finalDiv;
  }
}

function setMomenta(
  optimizer: Optimizer,
  isBeta: boolean,
  lowest: readonly number[],
  highest: readonly number[],
): void {
  if (!isBeta && !('momentum' in optimizer.defaults)) {
    throw new ValueError('optimizer must support momentum with `cycle_momentum` option enabled');
  }
  for (const [i, group] of optimizer.param_groups.entries()) {
    if (isBeta) group.betas = [highest[i], ...(group.betas as number[]).slice(1)];
    else group.momentum = highest[i];
    group.max_momentum = highest[i];
    group.base_momentum = lowest[i];
  }
}
