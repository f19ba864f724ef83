/** Inputs that a function is differentiated by: which of its arguments, as variables of their own. */
import { argumentError, RuntimeError, show } from '../base/errors.js';
import { is_grad_enabled } from '../graph/modes.js';
import { AccumulateGrad, type Edge, type Gradient, gradientEdge, needsGradient } from '../graph/node.js';
import { planOf } from '../graph/plan.js';
import { copied, isTensor } from '../op/bind.js';
import { zerosOf } from '../op/factory.js';
import { recordedBeneath, severed, variable } from '../op/levels.js';
import type { Tensor } from '../tensor.js';
import { everyLeaf, leaves, mapTree } from './pytree.js';

/** What errors call the arguments' tree, and that of the results. */
export const given = (op: string): string => `${op}: an argument`;
export const returned = (op: string): string => `${op}: what func returned`;

/** Which arguments: one, or several. */
export type Argnums = number | readonly number[];

/** Keywords of functions that differentiate. */
export interface AuxOption {
  /** Whether the function returns `[output, aux]`, of which only the output is differentiated. */
  has_aux?: boolean;
}

/** The chosen arguments, as one tree, and all arguments with variables in their place. */
export interface Inputs {
  /** The arguments for the call. */
  readonly args: unknown[];
  /** The chosen ones among them: one, or an array. */
  readonly tree: unknown;
  readonly variables: readonly Tensor[];
}

/** @throws TypeError unless `func` can be called. */
export function checkFunction(op: string, func: unknown): void {
  if (typeof func !== 'function') throw argumentError(op, 'func', 'a function', func);
}

/** @throws RuntimeError for a position that no argument has. */
export function chosen(op: string, argnums: Argnums, args: readonly unknown[]): unknown {
  const at = (argnum: number): unknown => {
    if (!Number.isSafeInteger(argnum)) throw argumentError(op, 'argnums', 'int or a list of ints', argnum);
    const index = argnum < 0 ? argnum + args.length : argnum;
    if (index in args) return args[index];
    throw new RuntimeError(`${op}: Got argnum=${argnum}, but only ${args.length} positional inputs`);
  };
  return Array.isArray(argnums) ? copied(argnums).map((argnum) => at(argnum as number)) : at(argnums as number);
}

/** All arguments with `tree` in place of the chosen ones. */
export function replaced(argnums: Argnums, args: readonly unknown[], tree: unknown): unknown[] {
  const result = [...args];
  const put = (argnum: number, value: unknown): void => {
    result[argnum < 0 ? argnum + args.length : argnum] = value;
  };
  if (typeof argnums === 'number') put(argnums, tree);
  else for (let i = 0; i < argnums.length; i++) put(argnums[i], (tree as unknown[])[i]);
  return result;
}

/** The same elements as a variable, which stays part of the caller's graph where it is in one. */
function own(op: string, tensor: Tensor): Tensor {
  if (!tensor.dtype.is_floating_point) {
    throw new RuntimeError(`${op}: only Tensors of floating point dtype can require gradients, got ${tensor.dtype}`);
  }
  return needsGradient(tensor) ? tensor.view(tensor.sizes) : variable(tensor);
}

/** The arguments with variables in place of the chosen ones' tensors. To be called with recording on. */
export function inputsOf(op: string, argnums: Argnums, args: readonly unknown[]): Inputs {
  const tree = mapTree(given(op), chosen(op, argnums, args), (tensor) => own(op, tensor));
  return { args: replaced(argnums, args, tree), tree, variables: leaves(given(op), tree) };
}

/** Takes a function's return value apart. @throws RuntimeError unless it is `[output, aux]` where that is wanted. */
export function withAux(
  op: string,
  result: unknown,
  has_aux: boolean,
): { readonly output: unknown; readonly aux: unknown } {
  if (!has_aux) return { output: result, aux: undefined };
  if (Array.isArray(result) && result.length === 2) return { output: result[0], aux: result[1] };
  throw new RuntimeError(`${op}: output of function f should be an array [output, aux] if has_aux is true`);
}

/** The tensors of an output. @throws RuntimeError where there is something else. */
export function outputsOf(op: string, output: unknown): Tensor[] {
  const tensors = everyLeaf(returned(op), output);
  if (tensors.length > 0 && tensors.every(isTensor)) return tensors;
  throw new RuntimeError(
    `${op}: Expected f(*args) to return a Tensor or nested arrays and objects of Tensors, got ${show(output)}`,
  );
}

/** Whether somebody besides the transformation itself may differentiate what comes of `outputs`. */
export function isWatched(outputs: readonly Tensor[], variables: readonly Tensor[]): boolean {
  if (outputs.some(recordedBeneath)) return true;
  const roots = outputs.map(gradientEdge).filter((edge): edge is Edge => edge !== null);
  const own = new Set(variables);
  return planOf(roots, null).tasks.some(({ node }) => node instanceof AccumulateGrad && !own.has(node.variable));
}

/** Zeros where there is no gradient. */
export const orZeros = (gradients: readonly Gradient[], like: readonly Tensor[]): Tensor[] =>
  gradients.map((gradient, i) => gradient ?? zerosOf(like[i]));

/** A result for the caller: cut off from the transformation's own graph unless somebody watches. */
export const handedOut = (op: string, tree: unknown, watched: boolean): unknown =>
  watched ? tree : mapTree(returned(op), tree, (tensor) => (needsGradient(tensor) ? severed(tensor) : tensor));

/** Whether the caller records. Asked before recording is switched on for the transformation itself. */
export const callerRecords = is_grad_enabled;
