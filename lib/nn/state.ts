/** States of modules, and what is said of those that do not fit. */
import { show } from '../base/errors.js';
import { sameShape } from '../base/shape.js';
import { isTensor } from '../op/bind.js';
import type { Tensor } from '../tensor.js';

/** Tensors by their names: 'layer.weight'. */
export type StateDict = Record<string, Tensor>;

/** A state's names that did not fit. */
export interface IncompatibleKeys {
  missing_keys: string[];
  unexpected_keys: string[];
}

/** What stands before the names that are missing, or that nobody asked for. */
export const listed = (kind: string, keys: readonly string[]): string[] =>
  keys.length === 0 ? [] : [`${kind} key(s) in state_dict: ${keys.map((key) => `"${key}"`).join(', ')}. `];

/** What is wrong with a tensor that is to be copied into another, if anything is. */
export function misfits(key: string, into: Tensor, given: unknown): string[] {
  if (!isTensor(given)) {
    return [
      `While copying the parameter named "${key}", expected torch.Tensor from checkpoint but received ${show(given)}`,
    ];
  }
  if (sameShape(given.sizes, into.sizes)) return [];
  const [theirs, ours] = [given, into].map((tensor) => `torch.Size([${tensor.sizes.join(', ')}])`);
  return [
    `size mismatch for ${key}: copying a param with shape ${theirs} from checkpoint, the shape in current model is ${ours}.`,
  ];
}
