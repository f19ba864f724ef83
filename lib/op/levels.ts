/**
 * Transformations of functions that are under way, each an interpreter before those that began earlier. A call comes to
 * the latest first, which makes calls of its own beneath it.
 */
import { Tensor } from '../tensor.js';
import { currentInterpreter, type Interpreter, setInterpreter } from './dispatch.js';

/** One transformation under way. */
export interface Level extends Interpreter {
  readonly outer: Interpreter | null;
  /** Makes `copy`, which has the elements of `tensor`, the same to this level as it is. */
  inherit(tensor: Tensor, copy: Tensor): void;
  /** `tensor` as a new tensor that this level's graph can tell from others, or null where any new tensor is one. */
  own(tensor: Tensor): Tensor | null;
  /** Whether what this level keeps of `tensor` needs a gradient. */
  beneath(tensor: Tensor): boolean;
}

const isLevel = (interpreter: Interpreter): interpreter is Level => 'inherit' in interpreter;

/** The levels under way, the latest first. */
export function levels(): Level[] {
  const found: Level[] = [];
  for (let next = currentInterpreter(); next !== null; next = next.outer ?? null) if (isLevel(next)) found.push(next);
  return found;
}

/** Whether operators must be seen by a level, so that formulas may not go past them to kernels of their own. */
export const isTransformed = (): boolean => currentInterpreter() !== null && levels().length > 0;

/** Runs `body` with all operators called through `interpreter`. */
export function through<R>(interpreter: Interpreter | null, body: () => R): R {
  const previous = setInterpreter(interpreter);
  try {
    return body();
  } finally {
    setInterpreter(previous);
  }
}

/** The same elements as a tensor of no level. */
const plain = ({ storage, offset, sizes, strides, dtype, contiguousFlag, count }: Tensor): Tensor =>
  new Tensor(storage, offset, sizes, strides, dtype, contiguousFlag, count);

/** The same elements as a new tensor, cut off from the graph at hand, but not from levels under way. */
export function severed(tensor: Tensor): Tensor {
  const under = levels();
  let copy: Tensor | null = null;
  for (const level of under) copy ??= level.own(tensor);
  copy ??= plain(tensor);
  for (const level of under) level.inherit(tensor, copy);
  return copy;
}

/** The same as a leaf that requires grad. */
export function variable(tensor: Tensor): Tensor {
  const leaf = severed(tensor);
  leaf.leafRequiresGrad = true;
  return leaf;
}

/** Whether some level has a graph of its own behind `tensor`, besides that at hand. */
export const recordedBeneath = (tensor: Tensor): boolean => levels().some((level) => level.beneath(tensor));
