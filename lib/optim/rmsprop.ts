/** RMSprop: steps by a running mean of the gradient's square. */
import { ValueError } from '../base/errors.js';
import { parseSchema } from '../base/schema.js';
import { no_grad } from '../graph/modes.js';
import type { Tensor } from '../tensor.js';
import {
  checkNotNegative,
  companion,
  eachWithGradient,
  type FullGroup,
  numberOption,
  Optimizer,
  optionsOf,
  type Parameters,
} from './optimizer.js';
import { checkStep } from './step.js';

const schema = parseSchema(
  'RMSprop(Any params, float lr=0.01, float alpha=0.99, float eps=1e-8, float weight_decay=0, float momentum=0, ' +
    'bool centered=False, bool? foreach=None, bool maximize=False, bool differentiable=False) -> ()',
);

/** Options of `RMSprop`. */
export interface RMSpropOptions {
  lr?: number;
  /** The share of a running mean that stays. */
  alpha?: number;
  eps?: number;
  weight_decay?: number;
  momentum?: number;
  /** Divides by the deviation of the gradient instead of its size. */
  centered?: boolean;
  /** Accepted, and without effect. */
  foreach?: boolean | null;
  maximize?: boolean;
}

/** A parameter's step, checked and ready to run. */
interface Job {
  readonly param: Tensor;
  readonly grad: Tensor;
  readonly state: Readonly<Record<string, Tensor>>;
  readonly group: FullGroup;
}

/** RMSprop: the larger the gradients of an element are of late, the smaller its steps; with or without momentum. */
export class RMSprop extends Optimizer {
  /** @example new torch.optim.RMSprop(model.parameters(), { lr: 1e-3 }) */
  constructor(
    params: Parameters,
    ...options: [RMSpropOptions?] | [lr: number, ...rest: (number | boolean | RMSpropOptions)[]]
  ) {
    const given = optionsOf(schema, [params, ...options]);
    checkNotNegative('learning rate', given.lr);
    checkNotNegative('epsilon value', given.eps);
    checkNotNegative('momentum value', given.momentum);
    checkNotNegative('weight_decay value', given.weight_decay);
    checkNotNegative('alpha value', given.alpha);
    if (given.differentiable) throw new ValueError('RMSprop: differentiable steps are not supported');
    super(params, given);
  }

  step(): null;
  step<R>(closure: () => R): R;
  step<R>(closure?: () => R): R | null {
    const run = (jobs: readonly Job[]): void =>
      no_grad(() => {
        for (const job of jobs) {
          advance(job);
          // As PyTorch counts, though no formula asks.
          const state = this.stateOf(job.param);
          state.step = Number(state.step) + 1;
        }
      });
    return this.stepBy(closure, (group) => this.jobsOf(group), run);
  }

  private jobsOf(group: FullGroup): Job[] {
    for (const name of ['lr', 'alpha', 'eps', 'weight_decay', 'momentum']) numberOption('RMSprop.step', group, name);
    const names = [
      'square_avg',
      ...((group.momentum as number) > 0 ? ['momentum_buffer'] : []),
      ...(group.centered ? ['grad_avg'] : []),
    ];
    return eachWithGradient('RMSprop.step', group, (param, grad) => {
      const own = this.startedState(param, names, () => 0);
      const state = Object.fromEntries(names.map((name) => [name, companion('RMSprop.step', name, param, own[name])]));
      checkStep('RMSprop.step', [param, grad, ...Object.values(state)]);
      return { param, grad, state, group };
    });
  }
}

function advance({ param, grad: given, state, group }: Job): void {
  const [lr, alpha, eps, decay, momentum] = ['lr', 'alpha', 'eps', 'weight_decay', 'momentum'].map((name) =>
    numberOption('RMSprop.step', group, name),
  );
  const raised = group.maximize ? given.neg() : given;
  const grad = decay === 0 ? raised : raised.add(param, { alpha: decay });
  const { square_avg, grad_avg, momentum_buffer } = state;
  square_avg.mul_(alpha).addcmul_(grad, grad, { value: 1 - alpha });
  const square = grad_avg ? square_avg.addcmul(centre(grad_avg, grad, alpha), grad_avg, { value: -1 }) : square_avg;
  const size = square.sqrt().add_(eps);
  if (momentum_buffer === undefined) param.addcdiv_(grad, size, { value: -lr });
  else param.add_(momentum_buffer.mul_(momentum).addcdiv_(grad, size), { alpha: -lr });
}

/** Moves a running mean of the gradient. */
const centre = (mean: Tensor, grad: Tensor, alpha: number): Tensor => mean.mul_(alpha).add_(grad, { alpha: 1 - alpha });
