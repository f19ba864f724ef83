/** The samples by which derivatives are checked: those that are smooth, in double precision. */
import { float32, float64, int64 } from '../../lib/base/dtype.js';
import { families } from '../samples/index.js';
import { portableSample } from '../samples/portable.js';
import type { Recipe, Sample } from '../samples/sample.js';

/** In double precision; elements that share memory could not be moved one by one. */
function precise(recipe: Recipe): Recipe {
  if (!recipe.dtype.is_floating_point) return recipe;
  return recipe.with({ dtype: float64, layout: recipe.layout === 'expanded' ? 'contiguous' : recipe.layout });
}

/** Indices that name no position twice, so that no write hides another; negative ones may mean what others do. */
const isDistinct = ({ dtype, elements }: Recipe): boolean =>
  dtype === int64 && new Set(elements).size === elements.length && elements.every((element) => Number(element) >= 0);

/** Whether finite differences make sense. */
const isSmooth = (sample: Sample): boolean =>
  sample.failure === null &&
  sample.roughness === null &&
  sample.recipes.every((recipe) => recipe.smooth || isDistinct(recipe)) &&
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

/** Operators with their smooth samples. */
export const smoothOperators = (): (readonly [operator: string, samples: readonly Sample[]])[] =>
  Object.values(families).flatMap((operators) =>
    Object.entries(operators).flatMap(([operator, samples]) => {
      const smooth = smoothSamples(samples);
      return smooth.length === 0 ? [] : [[operator, smooth] as const];
    }),
  );
