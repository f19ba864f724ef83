/** Stochastic gradient descent. */
import { ValueError } from '../base/errors.js';
import { parseSchema } from '../base/schema.js';
import { emptyLike } from '../op/pointwise.js';
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
import { checkStep, type StepTensors, stepper } from './step.js';

const schema = parseSchema(
  'SGD(Any params, float? lr=None, float momentum=0, float dampening=0, float weight_decay=0, bool nesterov=False, *, ' +
    'bool maximize=False, bool? foreach=None, bool differentiable=False) -> ()',
);
const sgdStep = stepper('sgd_step');

/** Options of `SGD`; `lr` may be left out when every group has its own. */
export interface SGDOptions {
  lr?: number;
  momentum?: number;
  dampening?: number;
  weight_decay?: number;
  nesterov?: boolean;
  maximize?: boolean;
  /** Accepted, and without effect: a step is one pass over memory either way. */
  foreach?: boolean | null;
}

/** A parameter's step, checked and ready to run. */
interface Job {
  readonly tensors: StepTensors;
  readonly scalars: readonly number[];
  /** The momentum buffer, if it is made in this step. */
  readonly made: Tensor | null;
}

/** Stochastic gradient descent, with or without momentum. */
export class SGD extends Optimizer {
  /** @example new torch.optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 }) */
  constructor(
    params: Parameters,
    ...options: [SGDOptions?] | [lr: number, ...rest: (number | boolean | SGDOptions)[]]
  ) {
    const { lr, ...others } = optionsOf(schema, [params, ...options]);
    if (lr !== null) checkNotNegative('learning rate', lr);
    checkNotNegative('momentum value', others.momentum);
    checkNotNegative('weight_decay value', others.weight_decay);
    checkOptions(others);
    super(params, { lr: lr ?? undefined, ...others });
  }

  step(): null;
  step<R>(closure: () => R): R;
  step<R>(closure?: () => R): R | null {
    const run = (jobs: readonly Job[]): void => {
      for (const { tensors, scalars, made } of jobs) {
        sgdStep(tensors, scalars);
        if (made !== null) this.stateOf(tensors[0]).momentum_buffer = made;
      }
    };
    return this.stepBy(closure, (group) => this.jobsOf(group), run);
  }

  private jobsOf(group: FullGroup): Job[] {
    const number = (name: string): number => numberOption('SGD.step', group, name);
    const momentum = number('momentum');
    const numbers = [number('lr'), momentum, number('dampening'), number('weight_decay')];
    const flags = [group.nesterov ? 1 : 0, group.maximize ? 1 : 0];
    return eachWithGradient('SGD.step', group, (param, grad) => {
      const state = this.stateOf(param);
      const old = (state.momentum_buffer ??= null);
      const made = momentum !== 0 && old === null ? emptyLike(param, param.dtype) : null;
      const tensors: StepTensors =
        momentum === 0 ? [param, grad] : [param, grad, made ?? companion('SGD.step', 'momentum_buffer', param, old)];
      checkStep('SGD.step', tensors);
      return { tensors, scalars: [...numbers, ...flags, made === null ? 0 : 1], made };
    });
  }
}

function checkOptions({ nesterov, momentum, dampening, differentiable }: Record<string, unknown>): void {
  if (nesterov && ((momentum as number) <= 0 || dampening !== 0)) {
    throw new ValueError('Nesterov momentum requires a momentum and zero dampening');
  }
  if (differentiable) throw new ValueError('SGD: differentiable steps are not supported');
}
