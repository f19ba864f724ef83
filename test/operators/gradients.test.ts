/** Gradients, and gradients of gradients, of all samples that are smooth agree with finite differences in float64. */
import { expect, test } from 'vitest';
import { float32, float64, int64 } from '../../lib/base/dtype.js';
import { watchNodes } from '../../lib/graph/watch.js';
import { autograd, Tensor } from '../../lib/index.js';
import { registry } from '../../lib/op/op.js';
import { OperatorNode } from '../../lib/op/record.js';
import { families } from '../samples/index.js';
import { portableSample } from '../samples/portable.js';
import type { Recipe, Sample } from '../samples/sample.js';
import { Call } from './run.js';

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

/** Where a result is infinite or NaN there are no differences. */
const isFinite = (result: Tensor): boolean => Array.from(result.toTypedArray(), Number).every(Number.isFinite);

/** Schemas of operators whose formulas ran while they were checked. */
const differentiated = new Set<string>();
watchNodes((next) => (node, ...rest) => {
  if (node instanceof OperatorNode) differentiated.add(node.operator.schema.text);
  return next(node, ...rest);
});

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

/** Operators with a derivative that finite differences cannot check, and why. In-place twins have a suite of their own. */
const exceptions: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/^(eq|ne|lt|le|gt|ge|logical_\w+)\(/, 'results are bool; only what is written in place has a gradient, zero'],
  [/^floor_divide\(/, 'rises in steps'],
  [/^_to_copy\(/, 'rounds to a dtype that finite differences cannot follow; its formula is a conversion back'],
  [/\bGenerator\? generator\b/, 'random numbers do not depend on what they replace'],
];

test('every operator with a derivative is checked', () => {
  const names = new Set([...registry.values()].map(({ schema }) => schema.name));
  const missing = [...registry.values()].filter(
    ({ inputs, schema: { name, text } }) =>
      inputs.some(({ formula }) => formula !== undefined) &&
      !differentiated.has(text) &&
      !(name.endsWith('_') && names.has(name.slice(0, -1))) &&
      !exceptions.some(([pattern]) => pattern.test(text)),
  );
  expect(missing.map(({ schema }) => schema.text)).toEqual([]);
});
