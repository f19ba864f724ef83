/**
 * Transformations of functions that are under way, each an interpreter before those that began earlier. A call comes to
 * the latest first, which makes calls of its own beneath it.
 */
import { Tensor } from '../tensor.js';
import { currentInterpreter, type Interpreter, setInterpreter } from './dispatch.js';

/** One transformation under way. */
export interface Level extends Interpreter {
  /** Through what operators were called when it began. */
  readonly below: Interpreter | null;
  /** Makes `copy`, which has the elements of `tensor`, the same to this level as it is. */
  inherit(tensor: Tensor, copy: Tensor): void;
  /** `tensor` as a new tensor that this level's graph can tell from others, or null where any new tensor is one. */
  own(tensor: Tensor): Tensor | null;
}

const isLevel = (interpreter: Interpreter | null): interpreter is Level =>
  interpreter !== null && 'inherit' in interpreter;

/** The levels under way, the latest first. */
export function levels(): Level[] {
  const found: Level[] = [];
  let interpreter = currentInterpreter();
  while (isLevel(interpreter)) {
    found.push(interpreter);
    interpreter = interpreter.below;
  }
  return found;
}

/** Runs `body` with all operators called through `interpreter`. */
export function through<R>(interpreter: Interpreter | null, body: () => R): R {
  const previous = setInterpreter(interpreter);
  try {
    return body();
  } finally {
    setInterpreter(previous);
  }
}

/** The same elements as a leaf that requires grad, cut off from the graph at hand, but not from levels under way. */
export function variable(tensor: Tensor): Tensor {
  const under = levels();
  let leaf: Tensor | null = null;
  for (const level of under) leaf ??= level.own(tensor);
  leaf ??= new Tensor(tensor.storage, tensor.offset, tensor.sizes, tensor.strides, tensor.dtype, tensor.contiguousFlag);
  for (const level of under) level.inherit(tensor, leaf);
  leaf.leafRequiresGrad = true;
  return leaf;
}
