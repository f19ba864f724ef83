/** Adam, and AdamW, whose weight decay is apart from the gradient. */
import { float32 } from '../base/dtype.js';
import { argumentError, RuntimeError, ValueError } from '../base/errors.js';
import { parseSchema } from '../base/schema.js';
import { filled } from '../op/factory.js';
import type { Tensor } from '../tensor.js';
import {
  checkNotNegative,
  companion,
  eachWithGradient,
  type FullGroup,
  numberOption,
  Optimizer,
  optionsOf,
  type ParameterState,
  type Parameters,
  stepCounter,
} from './optimizer.js';
import { checkStep, type StepTensors, stepper } from './step.js';

const adamStep = stepper('adam_step');

/** Options of `AdamW`. */
export interface AdamWOptions {
  lr?: number;
  betas?: readonly [number, number];
  eps?: number;
  weight_decay?: number;
  amsgrad?: boolean;
  maximize?: boolean;
  /** Accepted, and without effect: a step is one pass over memory either way. */
  foreach?: boolean | null;
  capturable?: boolean;
}

/** Options of `Adam`. */
export interface AdamOptions extends AdamWOptions {
  differentiable?: boolean;
  fused?: boolean;
}

type Given<Options> = [Options?] | [lr: number, ...rest: (number | readonly [number, number] | boolean | Options)[]];

/** The pair of decay rates. @throws Error unless each is in [0, 1). */
function checkBetas(op: string, betas: unknown): readonly [number, number] {
  if (!Array.isArray(betas) || betas.length !== 2 || betas.some((beta) => typeof beta !== 'number')) {
    throw argumentError(op, 'betas', 'two numbers', betas);
  }
  for (const [i, beta] of betas.entries()) {
    if (!(beta >= 0 && beta < 1)) throw new ValueError(`Invalid beta parameter at index ${i}: ${beta}`);
  }
  return [betas[0], betas[1]];
}

/** A parameter's step, checked and ready to run. */
interface Job {
  readonly tensors: StepTensors;
  readonly scalars: readonly number[];
  readonly counter: Tensor;
}

/** What both have in common. */
abstract class AdamBase extends Optimizer {
  protected abstract readonly decoupled: boolean;

  constructor(params: Parameters, name: string, options: Record<string, unknown>) {
    checkNotNegative('learning rate', options.lr);
    checkNotNegative('epsilon value', options.eps);
    const betas = checkBetas(name, options.betas ?? [0.9, 0.999]);
    checkNotNegative('weight_decay value', options.weight_decay);
    if (options.differentiable) throw new ValueError(`${name}: differentiable steps are not supported`);
    if (options.fused) throw new RuntimeError('FusedAdam requires all the params to be CUDA, floating point');
    super(params, { ...options, betas });
  }

  step(): null;
  step<R>(closure: () => R): R;
  step<R>(closure?: () => R): R | null {
    const run = (jobs: readonly Job[]): void => {
      for (const { tensors, scalars, counter } of jobs) adamStep(tensors, scalars, counter);
    };
    return this.stepBy(closure, (group) => this.jobsOf(group), run);
  }

  private jobsOf(group: FullGroup): Job[] {
    const op = `${this.constructor.name}.step`;
    if (group.capturable) {
      throw new RuntimeError('If capturable=True, params and state_steps must be CUDA tensors.');
    }
    const number = (name: string): number => numberOption(op, group, name);
    const rates = [number('lr'), ...checkBetas(op, group.betas), number('eps'), number('weight_decay')];
    const scalars = [...rates, this.decoupled ? 1 : 0, group.maximize ? 1 : 0];
    const moments = group.amsgrad ? ['exp_avg', 'exp_avg_sq', 'max_exp_avg_sq'] : ['exp_avg', 'exp_avg_sq'];
    return eachWithGradient(op, group, (param, grad) => {
      const state = this.startedState(param, moments, () => counterFrom(0));
      const tensors: StepTensors = [param, grad, ...moments.map((name) => companion(op, name, param, state[name]))];
      checkStep(op, tensors);
      return { tensors, scalars, counter: counterOf(op, state) };
    });
  }
}

const counterFrom = (steps: number): Tensor => filled('step', [], steps, float32);

/** How many steps a parameter has made. A number, as older states have it, becomes a tensor. */
function counterOf(op: string, state: ParameterState): Tensor {
  if (typeof state.step === 'number') state.step = counterFrom(state.step);
  return stepCounter(op, state.step);
}

const adamSchema = parseSchema(
  'Adam(Any params, float lr=0.001, Any betas=None, float eps=1e-8, float weight_decay=0, bool amsgrad=False, *, ' +
    'bool? foreach=None, bool maximize=False, bool capturable=False, bool differentiable=False, bool fused=False) -> ()',
);

/** Adam: steps by running means of the gradient and of its square. */
export class Adam extends AdamBase {
  protected readonly decoupled = false;

  /** @example new torch.optim.Adam(model.parameters(), { lr: 1e-3 }) */
  constructor(params: Parameters, ...options: Given<AdamOptions>) {
    super(params, 'Adam', optionsOf(adamSchema, [params, ...options]));
  }
}

const adamWSchema = parseSchema(
  'AdamW(Any params, float lr=0.001, Any betas=None, float eps=1e-8, float weight_decay=0.01, bool amsgrad=False, *, ' +
    'bool maximize=False, bool? foreach=None, bool capturable=False) -> ()',
);

/** Adam whose weight decay shrinks the parameters themselves, whatever the gradient. */
export class AdamW extends AdamBase {
  protected readonly decoupled = true;

  constructor(params: Parameters, ...options: Given<AdamWOptions>) {
    super(params, 'AdamW', optionsOf(adamWSchema, [params, ...options]));
  }
}
