/** States of modules: tensors by name, copied from one module into another. */
import { RuntimeError, show, showShape } from '../base/errors.js';
import { sameShape } from '../base/shape.js';
import { no_grad } from '../graph/modes.js';
import { isKeywords, isTensor } from '../op/bind.js';
import type { Tensor } from '../tensor.js';

/** Tensors by their names: 'layer.weight'. */
export type StateDict = Record<string, Tensor>;

/** A state's names that did not fit. */
export interface IncompatibleKeys {
  missing_keys: string[];
  unexpected_keys: string[];
}

/** What stands before the names that are missing, or that nobody asked for. */
const listed = (kind: string, keys: readonly string[]): string[] =>
  keys.length === 0 ? [] : [`${kind} key(s) in state_dict: ${keys.map((key) => `"${key}"`).join(', ')}. `];

/** What is wrong with a tensor that is to be copied into another, if anything is. */
function misfits(key: string, into: Tensor, given: unknown): string[] {
  if (!isTensor(given)) {
    return [
      `While copying the parameter named "${key}", expected torch.Tensor from checkpoint but received ${show(given)}`,
    ];
  }
  if (sameShape(given.sizes, into.sizes)) return [];
  const [theirs, ours] = [given, into].map(({ sizes }) => `torch.Size(${showShape(sizes)})`);
  return [
    `size mismatch for ${key}: copying a param with shape ${theirs} from checkpoint, the shape in current model is ${ours}.`,
  ];
}

/**
 * Copies the tensors of `given` into those of the same names in `own`, the state of a module of class `type`.
 * @throws RuntimeError, and copies nothing, when shapes differ or, if `strict`, names do.
 */
export function loadState(
  type: string,
  own: ReadonlyMap<string, Tensor>,
  given: StateDict,
  strict: boolean,
): IncompatibleKeys {
  if (!isKeywords(given)) throw new TypeError(`Expected state_dict to be dict-like, got ${show(given)}.`);
  const missing_keys = [...own.keys()].filter((key) => !(key in given));
  const unexpected_keys = Object.keys(given).filter((key) => !own.has(key));
  const errors = [...own].flatMap(([key, tensor]) => (key in given ? misfits(key, tensor, given[key]) : []));
  if (strict) errors.unshift(...listed('Missing', missing_keys), ...listed('Unexpected', unexpected_keys));
  if (errors.length > 0) {
    throw new RuntimeError(`Error(s) in loading state_dict for ${type}:\n\t${errors.join('\n\t')}`);
  }
  no_grad(() => {
    for (const [key, tensor] of own) if (key in given) tensor.copy_(given[key]);
  });
  return { missing_keys, unexpected_keys };
}
