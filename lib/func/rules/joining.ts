/** Joining examples: along their dimensions, behind the batch. */
import type { Results } from '../../op/dispatch.js';
import type { Tensor } from '../../tensor.js';
import { behindBatch, type Rule } from '../call.js';

/** Rules by the operators' names. */
export const joiningRules: Readonly<Record<string, Rule>> = {
  cat: (call, tensors: readonly Tensor[], dim: number): Results => {
    const rank = Math.max(...tensors.map((tensor) => call.rank(tensor)));
    const isSkipped = (tensor: Tensor): boolean => call.rank(tensor) === 1 && tensor.sizes.at(-1) === 0;
    const joined = tensors.filter((tensor) => !isSkipped(tensor)).map((tensor) => call.each(tensor));
    // One-dimensional tensors without elements fit to all others.
    return joined.length === 0 ? call.each(tensors[0]).clone() : call.run(joined, behindBatch(dim, rank));
  },
  stack: (call, tensors: readonly Tensor[], dim: number): Results => {
    const each = tensors.map((tensor) => call.each(tensor));
    return call.run(each, behindBatch(dim, call.rank(tensors[0]) + 1));
  },
};
