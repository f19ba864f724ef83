/** Estimates of the work that an operator does, by PyTorch's formulas. */
import { isTensor } from '../op/bind.js';
import type { Operator, Results } from '../op/dispatch.js';
import type { Tensor } from '../tensor.js';

type Formula = (result: Tensor, values: readonly unknown[]) => number;

/**
 * Products whose left factor is the argument at `position`: a multiplication and an addition for each of its columns.
 */
const product =
  (position: number): Formula =>
  (result, values) => {
    const { sizes } = values[position] as Tensor;
    return 2 * result.numel() * sizes[sizes.length - 1];
  };

/** Of an element-wise operator, one operation for each element of the first argument. */
const elementwise: Formula = (_, [self]) => (self as Tensor).numel();

/** Each element of a response is a sum over a kernel. */
const convolution: Formula = (result, values) => {
  const weight = values[1] as Tensor;
  return 2 * result.numel() * (weight.numel() / weight.sizes[0]);
};

const formulas: Readonly<Record<string, Formula>> = {
  mm: product(0),
  bmm: product(0),
  addmm: product(1),
  baddbmm: product(1),
  add: elementwise,
  mul: elementwise,
  _convolution: convolution,
};

/** Floating-point operations of a call; 0 where there is no formula. */
export function flopsOf({ schema }: Operator, values: readonly unknown[], results: Results): number {
  const formula = Object.hasOwn(formulas, schema.name) ? formulas[schema.name] : null;
  return formula !== null && isTensor(results) && results.numel() > 0 ? formula(results, values) : 0;
}
