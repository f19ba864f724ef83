/** The static methods of a custom function, as its calls find them. */
import { NotImplementedError, RuntimeError } from '../../base/errors.js';
import type { BatchInfo } from './batches.js';
import type { CallState, FunctionCtx } from './context.js';
import type { CustomBackward } from './node.js';

/** The methods of functions that do not provide them: each says that it is missing. */
export const unimplemented = {
  forward(..._args: never[]): unknown {
    throw new NotImplementedError('You must implement the forward function for custom autograd.Function.');
  },
  backward(..._args: never[]): unknown {
    throw new NotImplementedError(
      'You must implement either the backward or vjp method for your custom autograd.Function to use it with backward ' +
        'mode AD.',
    );
  },
  jvp(..._args: never[]): unknown {
    throw new NotImplementedError(
      'You must implement the jvp function for custom autograd.Function to use it with forward mode AD.',
    );
  },
  vmap(..._args: never[]): unknown {
    throw new NotImplementedError(
      'You must override the vmap static method of a custom autograd.Function, or set generate_vmap_rule, to use it with ' +
        'vmap.',
    );
  },
};

/** The methods, whatever their types. */
export interface Methods {
  readonly name: string;
  readonly forward: (...args: unknown[]) => unknown;
  readonly backward: CustomBackward;
  readonly vjp?: CustomBackward;
  readonly jvp: CustomBackward;
  readonly setup_context?: (ctx: FunctionCtx, inputs: readonly unknown[], output: unknown) => void;
  readonly generate_vmap_rule: boolean;
  readonly vmap: (info: BatchInfo, in_dims: readonly (number | null)[], ...args: unknown[]) => unknown;
}

/** A call that was made: its results, and what it told of itself. */
export interface Called {
  readonly outputs: readonly unknown[];
  /** Whether forward returned an array. */
  readonly isList: boolean;
  readonly ctx: FunctionCtx;
  readonly state: CallState;
}

/** What `apply` returns. */
export const resultOf = ({ outputs, isList }: Called): unknown => (isList ? [...outputs] : outputs[0]);

/** What a method returned, as a list. */
export const listOf = (returned: unknown): unknown[] => (Array.isArray(returned) ? [...returned] : [returned]);

/** backward, or vjp, its other name. @throws RuntimeError when a class has both. */
export function backwardOf(methods: Methods): CustomBackward {
  if (methods.vjp === undefined) return (...args) => methods.backward(...args);
  if (methods.backward === (unimplemented.backward as unknown)) return methods.vjp;
  return () => {
    throw new RuntimeError(
      "Implementing both 'backward' and 'vjp' for a custom Function is not allowed. You should only implement one of " +
        'them.',
    );
  };
}
