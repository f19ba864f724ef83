/** torch.autograd.Function: operations with a derivative of the user's own. */
import { argumentError, RuntimeError } from '../../base/errors.js';
import { is_grad_enabled, no_grad } from '../../graph/modes.js';
import { type Gradient, GraphNode, needsGradient, setNode } from '../../graph/node.js';
import { isTensor } from '../../op/bind.js';
import { Tensor } from '../../tensor.js';
import { call } from './call.js';
import { type Methods, resultOf, unimplemented } from './methods.js';

type AnyFunction = (...args: never[]) => unknown;

/** What `apply` is called on: a class with static methods. */
export interface CustomFunctionClass {
  readonly name: string;
  readonly forward: AnyFunction;
  readonly backward: AnyFunction;
}

type WithoutContext<Args extends readonly unknown[]> = Args extends readonly [unknown, ...infer Rest] ? Rest : [];

/** The arguments of `apply`: those of forward, without the context that it has unless there is a `setup_context`. */
export type ArgumentsOf<C extends CustomFunctionClass> = C extends { readonly setup_context: AnyFunction }
  ? Parameters<C['forward']>
  : WithoutContext<Parameters<C['forward']>>;

function apply<C extends CustomFunctionClass>(this: C, ...args: ArgumentsOf<C>): ReturnType<C['forward']> {
  return resultOf(call(this as unknown as Methods, args)) as ReturnType<C['forward']>;
}

/**
 * The base of custom functions. A subclass has a static `forward(ctx, …)`, which computes unrecorded, and a static
 * `backward(ctx, …)`, which is given a gradient for each result and returns one for each argument (null where there is
 * none); a single one needs no array. With a static `setup_context(ctx, inputs, output)`, forward has no `ctx`. For
 * forward mode it has a static `jvp(ctx, …tangents)`, for vmap a static `vmap(info, in_dims, …args)` or
 * `generate_vmap_rule`.
 * @example
 * class Exp extends torch.autograd.Function {
 *   static forward(ctx: torch.autograd.function.FunctionCtx, x: torch.Tensor) {
 *     const result = x.exp();
 *     ctx.save_for_backward(result);
 *     return result;
 *   }
 *   static backward(ctx: torch.autograd.function.FunctionCtx, grad: torch.Tensor) {
 *     const [result] = ctx.saved_tensors;
 *     return grad.mul(result);
 *   }
 * }
 * const y = Exp.apply(x);
 */
export class CustomFunction {
  /** Whether the rule of `torch.func.vmap` is made of the other methods, by vmap of each. */
  static readonly generate_vmap_rule: boolean = false;

  /** @internal */
  constructor() {
    throw new RuntimeError(
      'Legacy autograd function with non-static forward method is deprecated. Please use new-style autograd function ' +
        'with static forward method. (Example: https://pytorch.org/docs/stable/autograd.html#torch.autograd.Function)',
    );
  }

  /** Computes the results. @throws Error unless a subclass has its own. */
  static forward: AnyFunction = unimplemented.forward;

  /** Computes the gradients of the arguments. @throws Error unless a subclass has its own. */
  static backward: AnyFunction = unimplemented.backward;

  /** Computes the tangents of the results, from one for each argument. @throws Error unless a subclass has its own. */
  static jvp: AnyFunction = unimplemented.jvp;

  /**
   * Given `(info, in_dims, …args)`, of which those are batches whose entry in `in_dims` is no null, computes
   * `[output, out_dims]`. @throws Error unless a subclass has its own.
   */
  static vmap: AnyFunction = unimplemented.vmap;

  /** Calls forward and records it as one operation. */
  static readonly apply = apply;
}

/** A node that lets gradients be used, but not differentiated. */
class DelayedError extends GraphNode {
  name(): string {
    return 'DelayedError';
  }

  apply(): Gradient[] {
    throw new RuntimeError('trying to differentiate twice a function that was marked with @once_differentiable');
  }
}

/** The gradients as results of a node that throws when it is reached. */
function undifferentiable(outputs: readonly unknown[]): unknown[] {
  const node = new DelayedError([], outputs.length);
  return outputs.map((output, i) => {
    if (!(output instanceof Tensor)) return output;
    const hidden = output.detach();
    setNode(hidden, node, i);
    return hidden;
  });
}

/**
 * A backward whose results cannot be differentiated, for formulas that are not made of recorded operations.
 * @example static backward = torch.autograd.function.once_differentiable((ctx, grad) => …);
 */
export function once_differentiable<Args extends unknown[], R>(backward: (...args: Args) => R): (...args: Args) => R {
  if (typeof backward !== 'function') throw argumentError('once_differentiable', 'backward', 'a function', backward);
  return (...args) => {
    const outputs = no_grad(() => backward(...args));
    const isRecorded = is_grad_enabled() && args.some((value) => isTensor(value) && needsGradient(value));
    if (!isRecorded) return outputs;
    return (Array.isArray(outputs) ? undifferentiable(outputs) : undifferentiable([outputs])[0]) as R;
  };
}
