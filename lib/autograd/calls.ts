/** How torch.autograd.functional calls the user's function: with inputs of its own, and checking what comes back. */
import { RuntimeError, show } from '../base/errors.js';
import { needsGradient } from '../graph/node.js';
import { Tensor } from '../tensor.js';
import type { Tensors } from './backward.js';

/** A function to be differentiated: its arguments are the inputs. */
export type Differentiable<O extends Tensors> = (...inputs: Tensor[]) => O;

/** One result for each tensor of `T`: as a list where `T` is a list. */
export type ForEach<T extends Tensors, R> = T extends Tensor ? R : R[];

/** One or several tensors, and which of the two it was. */
export interface Group {
  readonly isList: boolean;
  readonly tensors: readonly Tensor[];
}

/** @throws TypeError that names the function and what it was given where that is no tensor. */
export function groupOf(op: string, what: string, value: unknown): Group {
  const given = `The ${what} given to ${op} must be either a Tensor or a list of Tensors but the`;
  if (value instanceof Tensor) return { isList: false, tensors: [value] };
  if (!Array.isArray(value)) throw new TypeError(`${given} given ${what} has type ${show(value)}.`);
  value.forEach((item, i) => {
    if (!(item instanceof Tensor)) throw new TypeError(`${given} value at index ${i} has type ${show(item)}.`);
  });
  return { isList: true, tensors: value.slice() };
}

/** `results` as they belong to a group: a list, or the only one. */
export const shaped = <R>(group: Group, results: readonly R[]): R | R[] => (group.isList ? [...results] : results[0]);

/**
 * Another tensor on the same memory, so that what the function does to its argument is told apart from what it does to
 * the same tensor seen from outside. It stays part of the caller's graph where that is wanted.
 */
export function ownInput(input: Tensor, create_graph: boolean): Tensor {
  return create_graph && input.requires_grad ? input.view(input.shape) : input.detach().requires_grad_();
}

/** @throws TypeError unless `func` can be called. */
export function checkFunction(op: string, func: unknown): void {
  if (typeof func !== 'function') throw new TypeError(`${op}(): argument 'func' must be a function, not ${show(func)}`);
}

/** @throws RuntimeError in strict mode when an output was not computed from anything that requires grad. */
export function checkOutputs(outputs: readonly Tensor[]): void {
  const found = outputs.findIndex((output) => !needsGradient(output));
  if (found < 0) return;
  throw new RuntimeError(
    `Output ${found} of the user-provided function does not require gradients. The outputs must be computed in a ` +
      'differentiable manner from the input when running in strict mode.',
  );
}
