/** torch.utils.checkpoint: memory saved by computing intermediate values anew in the backward pass. */
import { backward } from '../autograd/backward.js';
import { type FunctionCtx, stateOf } from '../autograd/custom/context.js';
import { CustomFunction } from '../autograd/custom/function.js';
import { argumentError, RuntimeError, ValueError } from '../base/errors.js';
import { enable_grad, withSavedTensorHooks } from '../graph/modes.js';
import { needsGradient } from '../graph/node.js';
import { isKeywords, isListOf, isTensor } from '../op/bind.js';
import { get_rng_state, set_rng_state } from '../op/generator.js';
import type { Tensor } from '../tensor.js';
import { Recomputation } from './recomputation.js';

/** Keywords of `checkpoint`. */
export interface CheckpointOptions {
  /**
   * One node that runs backward within backward (the default, as in PyTorch), or a graph that recomputes what it needs.
   */
  use_reentrant?: boolean;
  /** Draw the same random numbers in both runs; true when left out. */
  preserve_rng_state?: boolean;
  /** Compare shape and dtype of recomputed tensors with those of the first run ('default') or not ('none'). */
  determinism_check?: 'default' | 'none';
}

/** A call that can be repeated under the same random numbers. */
class Repeatable {
  private readonly state: Tensor | null;

  constructor(
    private readonly func: (...args: unknown[]) => unknown,
    preserves: boolean,
  ) {
    this.state = preserves ? get_rng_state() : null;
  }

  /** The call again, with numbers as at the first; the generator is left as it was. */
  again(args: readonly unknown[]): unknown {
    if (this.state === null) return this.func(...args);
    const later = get_rng_state();
    set_rng_state(this.state);
    try {
      return this.func(...args);
    } finally {
      set_rng_state(later);
    }
  }
}

const invalid =
  'Checkpointing is not compatible with .grad() or when an `inputs` parameter is passed to .backward(). Please use ' +
  '.backward() and do not pass its `inputs` argument.';

interface Kept {
  repeatable: Repeatable;
  args: readonly unknown[];
}

const listed = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

/** One node for the whole call; its backward runs the call again, and a backward pass of its own. */
class CheckpointFunction extends CustomFunction {
  static override forward(
    ctx: FunctionCtx<Kept>,
    func: (...args: unknown[]) => unknown,
    preserves: boolean,
    ...args: unknown[]
  ): unknown {
    if (!args.some((value) => isTensor(value) && needsGradient(value))) {
      process.emitWarning('None of the inputs have requires_grad=True. Gradients will be None');
    }
    ctx.repeatable = new Repeatable(func, preserves);
    ctx.args = args.map((value) => (isTensor(value) ? null : value));
    ctx.save_for_backward(...args.map((value) => (isTensor(value) ? value : null)));
    return func(...args);
  }

  static override backward(ctx: FunctionCtx<Kept>, ...grads: Tensor[]): (Tensor | null)[] {
    if (stateOf(ctx).isForInputs) throw new RuntimeError(invalid);
    const saved = ctx.saved_tensors as (Tensor | null)[];
    const args = saved.map((tensor, i) => tensor?.detach().requires_grad_(needsGradient(tensor)) ?? ctx.args[i]);
    const outputs = enable_grad(() => listed(ctx.repeatable.again(args)));
    const chosen = outputs.flatMap((output, i) => (isTensor(output) && needsGradient(output) ? [i] : []));
    if (chosen.length === 0) {
      throw new RuntimeError('none of output has requires_grad=True, this checkpoint() is not necessary');
    }
    backward(
      chosen.map((i) => outputs[i] as Tensor),
      chosen.map((i) => grads[i]),
    );
    return [null, null, ...args.map((value) => (isTensor(value) ? value.grad : null))];
  }
}

/** The call as part of the graph, of which nothing is kept but its arguments. */
function recorded(
  func: (...args: unknown[]) => unknown,
  args: readonly unknown[],
  { preserve_rng_state = true, determinism_check = 'default' }: CheckpointOptions,
): unknown {
  const repeatable = new Repeatable(func, preserve_rng_state);
  const recomputation = new Recomputation(() => repeatable.again(args), determinism_check === 'default');
  return withSavedTensorHooks('checkpoint', recomputation, () => func(...args));
}

function checkOptions({ use_reentrant, preserve_rng_state, determinism_check }: CheckpointOptions): void {
  for (const [name, value] of Object.entries({ use_reentrant, preserve_rng_state })) {
    if (value !== undefined && typeof value !== 'boolean') throw argumentError('checkpoint', name, 'bool', value);
  }
  if (determinism_check === undefined || ['default', 'none'].includes(determinism_check)) return;
  throw new ValueError(
    `determinism_check should be one of 'default', 'none', but got ${JSON.stringify(determinism_check)}`,
  );
}

/** The options in a trailing object, and keywords that are the function's own. */
function divided(args: readonly unknown[]): { args: readonly unknown[]; options: CheckpointOptions; others: object } {
  const last = args[args.length - 1];
  if (!isKeywords(last)) return { args, options: {}, others: {} };
  const { use_reentrant, preserve_rng_state, determinism_check, ...others } = last;
  const options = { use_reentrant, preserve_rng_state, determinism_check } as CheckpointOptions;
  return { args: args.slice(0, -1), options, others };
}

/**
 * Calls `func` without keeping what its operations save for backward: the call is repeated when backward needs that.
 * A trailing object holds the options; with `use_reentrant: false`, what else it has is handed to `func` in one.
 * @throws RuntimeError in backward, with `use_reentrant`, when gradients of chosen inputs are asked for.
 * @example const y = torch.utils.checkpoint.checkpoint((x) => layers.forward(x), x, { use_reentrant: false });
 */
export function checkpoint<Args extends unknown[], R>(
  func: (...args: Args) => R,
  ...args: Args | [...Args, options: CheckpointOptions]
): R {
  if (typeof func !== 'function') throw argumentError('checkpoint', 'function', 'a function', func);
  const { args: given, options, others } = divided(args);
  checkOptions(options);
  const names = Object.keys(others);
  const call = func as unknown as (...args: unknown[]) => unknown;
  if (options.use_reentrant === false)
    return recorded(call, names.length > 0 ? [...given, others] : given, options) as R;
  if (names.length > 0) throw new ValueError(`Unexpected keyword arguments: ${names.join(',')}`);
  return CheckpointFunction.apply(call, options.preserve_rng_state ?? true, ...given) as R;
}

/** A step of `checkpoint_sequential`: a function, or an object with `forward`. */
export type Step = ((x: Tensor) => Tensor) | { forward(x: Tensor): Tensor };

const callable = (step: Step): ((x: Tensor) => Tensor) => (typeof step === 'function' ? step : (x) => step.forward(x));

function checkSteps(steps: unknown, segments: unknown): void {
  const isStep = (step: unknown): boolean =>
    typeof step === 'function' || typeof (step as { forward?: unknown } | null)?.forward === 'function';
  if (!Array.isArray(steps) || !isListOf(steps, isStep)) {
    throw argumentError('checkpoint_sequential', 'functions', 'a list of functions or modules', steps);
  }
  if (!Number.isSafeInteger(segments)) throw argumentError('checkpoint_sequential', 'segments', 'int', segments);
  if ((segments as number) < 1 || (segments as number) > steps.length) {
    throw new ValueError(`checkpoint_sequential: expected 1 to ${steps.length} segments, but got ${segments}`);
  }
}

/**
 * One function after the other, in `segments` runs of equal length: all but the last are checkpoints.
 * @example const y = torch.utils.checkpoint.checkpoint_sequential([first, second, third, fourth], 2, x);
 */
export function checkpoint_sequential(
  functions: readonly Step[],
  segments: number,
  input: Tensor,
  options: CheckpointOptions | null = null,
): Tensor {
  checkSteps(functions, segments);
  const { others } = divided([options ?? {}]);
  if (Object.keys(others).length > 0) throw new ValueError(`Unexpected keyword arguments: ${Object.keys(others)}`);
  const steps = functions.map(callable);
  const size = Math.floor(steps.length / segments);
  const run = (from: number, to: number) => (x: Tensor) =>
    steps.slice(from, to).reduce((value, step) => step(value), x);
  let at = 0;
  let value = input;
  for (; at < size * (segments - 1); at += size) value = checkpoint(run(at, at + size), value, options ?? {});
  return run(at, steps.length)(value);
}
