/** How torch.autograd.functional calls the user's function: with inputs of its own, and checking what comes back. */
import { RuntimeError, show } from '../base/errors.js';
import { type Gradient, needsGradient } from '../graph/node.js';
import { copied, isTensor } from '../op/bind.js';
import { severed } from '../op/levels.js';
import type { Tensor } from '../tensor.js';
import type { Tensors } from './backward.js';

/** A function to be differentiated: its arguments are the inputs. */
export type Differentiable<O extends Tensors> = (...inputs: Tensor[]) => O;

/** One result for each tensor of `T`: as a list where `T` is a list. */
export type ForEach<T extends Tensors, R> = T extends Tensor ? R : R[];

/** What each function of torch.autograd.functional is told. */
export interface Flags {
  readonly create_graph: boolean;
  readonly strict: boolean;
}

/** One or several tensors, and which of the two it was. */
export interface Group {
  readonly isList: boolean;
  readonly tensors: readonly Tensor[];
}

/** @throws TypeError that names the function and what it was given where that is no tensor. */
export function groupOf(op: string, what: string, value: unknown): Group {
  const given = `The ${what} given to ${op} must be either a Tensor or a list of Tensors but the`;
  if (isTensor(value)) return { isList: false, tensors: [value] };
  if (!Array.isArray(value)) throw new TypeError(`${given} given ${what} has type ${show(value)}.`);
  const tensors = copied(value);
  tensors.forEach((item, i) => {
    if (!isTensor(item)) throw new TypeError(`${given} value at index ${i} has type ${show(item)}.`);
  });
  return { isList: true, tensors: tensors as Tensor[] };
}

/** `results` as they belong to a group: a list, or the only one. */
export const shaped = <R>(group: Group, results: readonly R[]): R | R[] => (group.isList ? [...results] : results[0]);

/**
 * Another tensor on the same memory, so that what the function does to its argument is told apart from what it does to
 * the same tensor seen from outside. It stays part of the caller's graph where that is wanted.
 */
export const own = (tensor: Tensor, create_graph: boolean): Tensor =>
  create_graph && tensor.requires_grad ? tensor.view(tensor.shape) : severed(tensor);

/** Calls `func`. Returns its results and the inputs to differentiate by. */
export function called(
  op: string,
  func: Differentiable<Tensors>,
  inputs: readonly Tensor[],
  { create_graph, strict }: Flags,
): { readonly inputs: readonly Tensor[]; readonly outputs: Group } {
  const arguments_ = inputs.map((input) => own(input, create_graph).requires_grad_());
  const outputs = groupOf(op, 'outputs of the user-provided function', func(...arguments_));
  if (strict) checkOutputs(outputs.tensors);
  return { inputs: arguments_, outputs };
}

/** @throws TypeError unless `func` can be called. */
export function checkFunction(op: string, func: unknown): void {
  if (typeof func !== 'function') throw new TypeError(`${op}(): argument 'func' must be a function, not ${show(func)}`);
}

/** @throws RuntimeError in strict mode when an output was not computed from anything that requires grad. */
function checkOutputs(outputs: readonly Tensor[]): void {
  const found = outputs.findIndex((output) => !needsGradient(output));
  if (found < 0) return;
  throw new RuntimeError(
    `Output ${found} of the user-provided function does not require gradients. The outputs must be computed in a ` +
      'differentiable manner from the input when running in strict mode.',
  );
}

/** @throws RuntimeError unless `group` is one tensor of one element. */
export function scalarOf(op: string, { isList, tensors }: Group): Tensor {
  if (isList) throw new RuntimeError(`The function given to ${op} should return a single Tensor`);
  if (tensors[0].numel() === 1) return tensors[0];
  throw new RuntimeError(`The Tensor returned by the function given to ${op} should contain a single element`);
}

/** @throws RuntimeError in strict mode where a gradient is missing, or `constant` in the inputs. */
export function checkDependence(grads: readonly Gradient[], constant: (input: number) => string): void {
  grads.forEach((grad, i) => {
    if (grad === null) throw new RuntimeError(independentOf(i));
    if (!needsGradient(grad)) throw new RuntimeError(constant(i));
  });
}

export const independentOf = (input: number): string =>
  `The output of the user-provided function is independent of input ${input}. This is not allowed in strict mode.`;

export const constantJacobian = (input: number): string =>
  `While computing the hessian, found that the jacobian of the user-provided function with respect to input ${input} is ` +
  'independent of the input. This is not allowed in strict mode. You should ensure that your function is twice ' +
  'differentiable and that the jacobian depends on the inputs (this would be violated by a linear function for example).';
