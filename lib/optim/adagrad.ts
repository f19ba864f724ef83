/** Adagrad: steps by the sum of all squares of the gradient. */
import { float32 } from '../base/dtype.js';
import { parseSchema } from '../base/schema.js';
import { no_grad } from '../graph/modes.js';
import { filled, zerosLike } from '../op/factory.js';
import type { Tensor } from '../tensor.js';
import {
  checkNotNegative,
  companion,
  eachWithGradient,
  type FullGroup,
  numberOption,
  Optimizer,
  optionsOf,
  type ParameterGroup,
  type Parameters,
  stepCounter,
} from './optimizer.js';
import { checkStep } from './step.js';

const schema = parseSchema(
  'Adagrad(Any params, float lr=0.01, float lr_decay=0, float weight_decay=0, float initial_accumulator_value=0, ' +
    'float eps=1e-10, bool? foreach=None, *, bool maximize=False) -> ()',
);

/** Options of `Adagrad`. */
export interface AdagradOptions {
  lr?: number;
  /** By how much the rate shrinks: after k steps it is divided by 1 + k · lr_decay. */
  lr_decay?: number;
  weight_decay?: number;
  initial_accumulator_value?: number;
  eps?: number;
  /** Accepted, and without effect. */
  foreach?: boolean | null;
  maximize?: boolean;
}

/** A parameter's step, checked and ready to run. */
interface Job {
  readonly param: Tensor;
  readonly grad: Tensor;
  readonly sum: Tensor;
  readonly steps: Tensor;
  readonly group: FullGroup;
}

/** Adagrad: the larger the gradients of an element have been, the smaller its steps. */
export class Adagrad extends Optimizer {
  /** @example new torch.optim.Adagrad(model.parameters(), { lr: 0.1 }) */
  constructor(
    params: Parameters,
    ...options: [AdagradOptions?] | [lr: number, ...rest: (number | boolean | AdagradOptions)[]]
  ) {
    const given = optionsOf(schema, [params, ...options]);
    checkNotNegative('learning rate', given.lr);
    checkNotNegative('lr_decay value', given.lr_decay);
    checkNotNegative('weight_decay value', given.weight_decay);
    checkNotNegative('initial_accumulator_value value', given.initial_accumulator_value);
    checkNotNegative('epsilon value', given.eps);
    super(params, given);
  }

  /** Sums begin when parameters are added. */
  override add_param_group(param_group: ParameterGroup): void {
    super.add_param_group(param_group);
    const group = this.param_groups[this.param_groups.length - 1];
    const start = numberOption('Adagrad', group, 'initial_accumulator_value');
    for (const param of group.params) {
      const state = this.stateOf(param);
      state.step = filled('step', [], 0, float32);
      state.sum = no_grad(() => zerosLike(param).fill_(start));
    }
  }

  step(): null;
  step<R>(closure: () => R): R;
  step<R>(closure?: () => R): R | null {
    const run = (jobs: readonly Job[]): void => no_grad(() => jobs.forEach(advance));
    return this.stepBy(closure, (group) => this.jobsOf(group), run);
  }

  private jobsOf(group: FullGroup): Job[] {
    for (const name of ['lr', 'lr_decay', 'eps', 'weight_decay']) numberOption('Adagrad.step', group, name);
    return eachWithGradient('Adagrad.step', group, (param, grad) => {
      const state = this.stateOf(param);
      const sum = companion('Adagrad.step', 'sum', param, state.sum);
      checkStep('Adagrad.step', [param, grad, sum]);
      return { param, grad, sum, steps: stepCounter('Adagrad.step', state.step), group };
    });
  }
}

function advance({ param, grad: given, sum, steps, group }: Job): void {
  const [lr, lr_decay, eps, decay] = ['lr', 'lr_decay', 'eps', 'weight_decay'].map((name) =>
    numberOption('Adagrad.step', group, name),
  );
  const raised = group.maximize ? given.neg() : given;
  const grad = decay === 0 ? raised : raised.add(param, { alpha: decay });
  const count = Number(steps.add_(1).item());
  const rate = lr / (1 + (count - 1) * lr_decay);
  sum.addcmul_(grad, grad, { value: 1 });
  param.addcdiv_(grad, sum.sqrt().add_(eps), { value: -rate });
}
