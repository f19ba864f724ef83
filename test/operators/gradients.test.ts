/** Gradients, and gradients of gradients, of all samples that are smooth agree with finite differences in float64. */
import { expect, test } from 'vitest';
import { autograd, Tensor } from '../../lib/index.js';
import type { Sample } from '../samples/sample.js';
import { Call } from './run.js';
import { smoothOperators } from './smooth.js';

/** Where a result is infinite or NaN there are no differences. */
const isFinite = (result: Tensor): boolean => Array.from(result.toTypedArray(), Number).every(Number.isFinite);

/** What gradcheck has to say against a sample; null when no gradient flows at all. */
function objection(operator: string, sample: Sample): string | null {
  const call = new Call(operator, sample);
  // Follows its leaves, which gradcheck moves, from outside.
  const func = (): Tensor[] =>
    call.run().filter((result): result is Tensor => result instanceof Tensor && result.requires_grad);
  try {
    const results = func();
    if (results.length === 0 || !results.every(isFinite)) return null;
    autograd.gradcheck(func, call.leaves, { fast_mode: true });
    autograd.gradgradcheck(func, call.leaves, { fast_mode: true });
    return null;
  } catch (error) {
    return `${operator}${sample}: ${String(error)}`;
  }
}

test.each(smoothOperators())('%s', (operator, samples) => {
  expect(samples.map((sample) => objection(operator, sample)).filter((found) => found !== null)).toEqual([]);
});
