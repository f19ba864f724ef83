/** Formulas whose gradients one kernel computes together. */
import type { Gradient } from '../graph/node.js';
import type { Tensor } from '../tensor.js';
import type { Context } from './context.js';
import type { Formula } from './op.js';

/**
 * Formulas for `inputs`, from one function that gives all their gradients in order and is called once in a pass. What
 * `context.needs` denies it may leave null.
 */
export function together<const S extends string, const Name extends string>(
  inputs: readonly Name[],
  gradientsOf: (grad: Tensor, context: Context<S>) => readonly Gradient[],
): { readonly [name in Name]: Formula<S> } {
  const found = new WeakMap<object, readonly Gradient[]>();
  const formula =
    (i: number): Formula<S> =>
    (grad, context) => {
      let gradients = found.get(context as object);
      if (gradients === undefined) {
        gradients = gradientsOf(grad, context);
        found.set(context as object, gradients);
      }
      return gradients[i];
    };
  return Object.fromEntries(inputs.map((name, i) => [name, formula(i)])) as { [name in Name]: Formula<S> };
}
