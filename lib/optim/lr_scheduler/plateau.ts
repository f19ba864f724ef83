/** A schedule by what is measured. */
import { argumentError, ValueError } from '../../base/errors.js';
import { parseSchema } from '../../base/schema.js';
import { bind, isTensor } from '../../op/bind.js';
import type { Tensor } from '../../tensor.js';
import type { Optimizer } from '../optimizer.js';
import { checkOptimizer, forEachGroup, load, rateOf, rateText, type SchedulerState, stateOf } from './scheduler.js';

/** Options of `ReduceLROnPlateau`. */
export interface PlateauOptions {
  /** Whether what is measured is to be low or high. */
  mode?: 'min' | 'max';
  factor?: number;
  /** How many steps may pass without progress. */
  patience?: number;
  /** By how much a measure must be better to count, in relation to the best one or as it is. */
  threshold?: number;
  threshold_mode?: 'rel' | 'abs';
  /** How many steps after a reduction nothing is counted. */
  cooldown?: number;
  min_lr?: number | readonly number[];
  /** Smaller changes are not made. */
  eps?: number;
  verbose?: boolean;
}

const schema = parseSchema(
  "ReduceLROnPlateau(Any optimizer, str mode='min', float factor=0.1, int patience=10, float threshold=0.0001, str threshold_mode='rel', int cooldown=0, Any min_lr=0, float eps=1e-8, bool verbose=False) -> ()",
);
type Values = [Optimizer, 'min' | 'max', number, number, number, 'rel' | 'abs', number, unknown, number, boolean];

/** Times `factor` when a measure has not become better for more than `patience` steps. */
export class ReduceLROnPlateau {
  readonly optimizer: Optimizer;
  mode: 'min' | 'max';
  factor: number;
  patience: number;
  threshold: number;
  threshold_mode: 'rel' | 'abs';
  cooldown: number;
  min_lrs: readonly number[];
  eps: number;
  verbose: boolean;
  best: number;
  num_bad_epochs = 0;
  cooldown_counter = 0;
  last_epoch = 0;
  _last_lr: number[] = [];

  /** @example new torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, { patience: 5 }) */
  constructor(optimizer: Optimizer, ...options: [options?: PlateauOptions] | [mode: 'min' | 'max', PlateauOptions?]) {
    checkOptimizer(optimizer);
    const values = bind(schema, [optimizer, ...options]) as Values;
    const [, mode, factor, patience, threshold, threshold_mode, cooldown, min_lr, eps, verbose] = values;
    if (factor >= 1) throw new ValueError('Factor should be < 1.0.');
    if (mode !== 'min' && mode !== 'max') throw new ValueError(`mode ${mode} is unknown!`);
    if (threshold_mode !== 'rel' && threshold_mode !== 'abs') {
      throw new ValueError(`threshold mode ${threshold_mode} is unknown!`);
    }
    this.optimizer = optimizer;
    this.mode = mode;
    this.factor = factor;
    this.patience = patience;
    this.threshold = threshold;
    this.threshold_mode = threshold_mode;
    this.cooldown = cooldown;
    this.min_lrs = forEachGroup(optimizer, 'min_lr', min_lr as number | readonly number[]);
    for (const each of this.min_lrs) {
      if (typeof each !== 'number')
        throw argumentError('ReduceLROnPlateau', 'min_lr', 'a number or one for each group', each);
    }
    this.eps = eps;
    this.verbose = verbose;
    this.best = mode === 'min' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  }

  /** Whether the measure at hand counts as better than another. */
  is_better(a: number, best: number): boolean {
    const { mode, threshold_mode, threshold } = this;
    if (mode === 'min') return threshold_mode === 'rel' ? a < best * (1 - threshold) : a < best - threshold;
    return threshold_mode === 'rel' ? a > best * (threshold + 1) : a > best + threshold;
  }

  get in_cooldown(): boolean {
    return this.cooldown_counter > 0;
  }

  /** Takes a measure into account: a loss, say. */
  step(metrics: number | Tensor): void {
    const current = isTensor(metrics) ? Number(metrics.item()) : metrics;
    if (typeof current !== 'number') throw argumentError('step', 'metrics', 'a number or a Tensor of one', metrics);
    this.last_epoch++;
    if (this.is_better(current, this.best)) {
      this.best = current;
      this.num_bad_epochs = 0;
    } else this.num_bad_epochs++;
    if (this.in_cooldown) {
      this.cooldown_counter--;
      this.num_bad_epochs = 0;
    }
    if (this.num_bad_epochs > this.patience) {
      this.reduce();
      this.cooldown_counter = this.cooldown;
      this.num_bad_epochs = 0;
    }
    this._last_lr = this.optimizer.param_groups.map(rateOf);
  }

  private reduce(): void {
    for (const [i, group] of this.optimizer.param_groups.entries()) {
      const old = rateOf(group);
      const rate = Math.max(old * this.factor, this.min_lrs[i]);
      if (old - rate <= this.eps) continue;
      group.lr = rate;
      if (!this.verbose) continue;
      const epoch = String(this.last_epoch).padStart(5, '0');
      console.log(`Epoch ${epoch}: reducing learning rate of group ${i} to ${rateText(rate)}.`);
    }
  }

  /** Everything but the optimizer. */
  state_dict(): SchedulerState {
    return stateOf(this);
  }

  /** Goes on where `state_dict` was called. @throws TypeError for fields of other types. */
  load_state_dict(state_dict: SchedulerState): void {
    load(this, state_dict);
  }
}
