/** Gradients, and gradients of gradients, of all samples that are smooth agree with finite differences in float64. */
import { expect, test } from 'vitest';
import { float32, float64 } from '../../lib/base/dtype.js';
import { autograd, Tensor } from '../../lib/index.js';
import { families } from '../samples/index.js';
import { portableSample } from '../samples/portable.js';
import type { Recipe, Sample } from '../samples/sample.js';
import { Call } from './run.js';

/** In double precision; elements that share memory could not be moved one by one. */
function precise(recipe: Recipe): Recipe {
  if (!recipe.dtype.is_floating_point) return recipe;
  return recipe.with({ dtype: float64, layout: recipe.layout === 'expanded' ? 'contiguous' : recipe.layout });
}

/** Whether finite differences make sense. */
const isSmooth = (sample: Sample): boolean =>
  sample.failure === null &&
  sample.roughness === null &&
  sample.recipes.every(({ smooth }) => smooth) &&
  sample.recipes.some(({ requires_grad }) => requires_grad) &&
  !sample.atoms.includes(float32);

/** The different calls in double precision. */
function smoothSamples(samples: readonly Sample[]): Sample[] {
  const distinct = new Map(
    samples
      .filter(isSmooth)
      .map((sample) => sample.map(precise))
      .map((each) => [portableSample(each).key, each]),
  );
  return [...distinct.values()];
}

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

const checked = Object.values(families).flatMap((operators) =>
  Object.entries(operators).flatMap(([operator, samples]) => {
    const smooth = smoothSamples(samples);
    return smooth.length === 0 ? [] : [[operator, smooth] as const];
  }),
);

test.each(checked)('%s', (operator, samples) => {
  expect(samples.map((sample) => objection(operator, sample)).filter((found) => found !== null)).toEqual([]);
});
