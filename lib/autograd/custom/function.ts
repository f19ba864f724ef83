/** torch.autograd.Function: operations with a derivative of the user's own. */
import { argumentError, NotImplementedError, RuntimeError } from '../../base/errors.js';
import { is_grad_enabled, no_grad, withGrad } from '../../graph/modes.js';
import { type Gradient, GraphNode, gradientEdge, needsGradient, setNode } from '../../graph/node.js';
import { isTensor } from '../../op/bind.js';
import { Tensor } from '../../tensor.js';
import { CallState, FunctionCtx } from './context.js';
import { type CustomBackward, CustomNode } from './node.js';
import { Outputs } from './outputs.js';

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

/** Static methods as the call finds them. */
interface Methods {
  readonly name: string;
  readonly forward: (...args: unknown[]) => unknown;
  readonly backward: CustomBackward;
  readonly vjp?: CustomBackward;
  readonly setup_context?: (ctx: FunctionCtx, inputs: readonly unknown[], output: unknown) => void;
}

/** backward, or vjp, its other name. @throws RuntimeError when a class has both. */
function backwardOf(methods: Methods): CustomBackward {
  if (methods.vjp === undefined) return (...args) => methods.backward(...args);
  if (methods.backward === (CustomFunction.backward as unknown)) return methods.vjp;
  return () => {
    throw new RuntimeError(
      "Implementing both 'backward' and 'vjp' for a custom Function is not allowed. You should only implement one of " +
        'them.',
    );
  };
}

/** What forward returns, unrecorded. */
function forward(methods: Methods, ctx: FunctionCtx, args: readonly unknown[]): unknown {
  const before = withGrad(false);
  try {
    if (methods.setup_context === undefined) return methods.forward(ctx, ...args);
    const output = methods.forward(...args);
    methods.setup_context(ctx, args, output);
    return output;
  } finally {
    withGrad(before);
  }
}

function apply<C extends CustomFunctionClass>(this: C, ...args: ArgumentsOf<C>): ReturnType<C['forward']> {
  return run(this as unknown as Methods, args) as ReturnType<C['forward']>;
}

/**
 * The base of custom functions. A subclass has a static `forward(ctx, …)`, which computes unrecorded, and a static
 * `backward(ctx, …)`, which is given a gradient for each result and returns one for each argument (null where there is
 * none); a single one needs no array. With a static `setup_context(ctx, inputs, output)`, forward has no `ctx`.
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
  /** Whether `torch.func.vmap` may derive the batching rule from forward and backward. */
  static readonly generate_vmap_rule: boolean = false;

  /** @internal */
  constructor() {
    throw new RuntimeError(
      'Legacy autograd function with non-static forward method is deprecated. Please use new-style autograd function ' +
        'with static forward method. (Example: https://pytorch.org/docs/stable/autograd.html#torch.autograd.Function)',
    );
  }

  /** Computes the results. @throws Error unless a subclass has its own. */
  static forward(..._args: never[]): unknown {
    throw new NotImplementedError('You must implement the forward function for custom autograd.Function.');
  }

  /** Computes the gradients of the arguments. @throws Error unless a subclass has its own. */
  static backward(..._args: never[]): unknown {
    throw new NotImplementedError(
      'You must implement either the backward or vjp method for your custom autograd.Function to use it with backward ' +
        'mode AD.',
    );
  }

  /** Computes the tangents of the results. @throws Error unless a subclass has its own. */
  static jvp(..._args: never[]): unknown {
    throw new NotImplementedError(
      'You must implement the jvp function for custom autograd.Function to use it with forward mode AD.',
    );
  }

  /** Computes the results for batched arguments. @throws Error unless a subclass has its own. */
  static vmap(..._args: never[]): unknown {
    throw new NotImplementedError(
      'You must override the vmap static method of a custom autograd.Function, or set generate_vmap_rule, to use it with ' +
        'vmap.',
    );
  }

  /** Calls forward and records it as one operation. */
  static readonly apply = apply;
}

function run(methods: Methods, args: readonly unknown[]): unknown {
  const tensors = args.filter(isTensor);
  const records = is_grad_enabled() && tensors.some(needsGradient);
  const edges = tensors.map(gradientEdge);
  const state = new CallState(args.map((value) => isTensor(value) && needsGradient(value)));
  const ctx = new FunctionCtx(state);
  const returned = forward(methods, ctx, args);
  const raw = Array.isArray(returned) ? (returned as unknown[]) : [returned];
  const node = records ? new CustomNode(methods.name, backwardOf(methods), ctx, state, args, edges, raw) : null;
  const outputs = new Outputs(args, state, node, raw).joined();
  if (node !== null) state.save(node, outputs);
  return Array.isArray(returned) ? outputs : outputs[0];
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
