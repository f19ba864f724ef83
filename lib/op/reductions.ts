/** What losses do with their elements. */
import { ValueError } from '../base/errors.js';
import type { Tensor } from '../tensor.js';

/** 'none', 'mean' or 'sum', and PyTorch's two older keywords for them. */
export interface LossOptions {
  size_average?: boolean | null;
  reduce?: boolean | null;
  reduction?: string;
}

/** The same in a schema. */
export const legacy = "bool? size_average=None, bool? reduce=None, str reduction='mean'";

const names: readonly string[] = ['none', 'mean', 'sum'];
export const none = 0;
export const mean = 1;
export const sum = 2;

/** PyTorch's number of a reduction. @throws ValueError for another. */
export function reductionNumber(
  reduction: string,
  size_average: boolean | null = null,
  reduce: boolean | null = null,
): number {
  if (size_average !== null || reduce !== null) return reduce === false ? none : size_average === false ? sum : mean;
  const number = names.indexOf(reduction);
  if (number < 0) throw new ValueError(`${reduction} is not a valid value for reduction`);
  return number;
}

/** One element for all, or the elements themselves. */
export function reduced(losses: Tensor, reduction: number): Tensor {
  return reduction === mean ? losses.mean() : reduction === sum ? losses.sum() : losses;
}
