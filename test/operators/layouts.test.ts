/** The answer is the same however the operands lie in memory. */
import { expect, test } from 'vitest';
import { Tensor } from '../../lib/index.js';
import { families } from '../samples/index.js';
import { type Layout, product } from '../samples/recipe.js';
import type { Sample } from '../samples/sample.js';
import { differing, differingElement, magnitude } from './golden.js';
import { Call, gradients } from './run.js';

/** Operators whose answer is about memory, and why. */
const aboutMemory: Readonly<Record<string, string>> = {
  as_strided: 'addresses memory',
  view: 'throws where the layout does not allow it',
  view_as: 'throws where the layout does not allow it',
  stride: 'is the layout',
  is_contiguous: 'is about the layout',
};

type Answer = readonly (Tensor | null | unknown)[];

function answerOf(operator: string, sample: Sample): Answer {
  const call = new Call(operator, sample);
  const results = call.run();
  return [...results, ...(gradients(results, call.leaves) ?? [])];
}

/** Terms may be added in another order, so that the last bits of sums differ. */
function compare(got: unknown, wanted: unknown, scale: number): string[] {
  if (!(got instanceof Tensor && wanted instanceof Tensor)) return differing('result', got, wanted);
  const elements = wanted.toTypedArray();
  const texts = Array.from(elements, String).map((text) => text.replace('Infinity', 'inf'));
  const how = { epsilons: 64, scale: Math.max(scale, magnitude(elements)), signed: false };
  const form = [
    ...differing('dtype', got.dtype.name, wanted.dtype.name),
    ...differing('shape', got.shape, wanted.shape),
  ];
  return form.length > 0 ? form : [differingElement(got, texts, how) ?? []].flat();
}

function failuresOf(operator: string, sample: Sample, layout: Layout): string[] {
  const scale = magnitude(sample.recipes.flatMap((recipe) => recipe.elements));
  const expected = answerOf(operator, sample);
  const got = answerOf(
    operator,
    sample.map((recipe) => recipe.with({ layout })),
  );
  return [
    ...differing('number of results', got.length, expected.length),
    ...expected.flatMap((wanted, i) => compare(got[i], wanted, scale).map((failure) => `${i}: ${failure}`)),
  ];
}

/** Samples of contiguous tensors for which another layout is one. */
const canDiffer = ({ failure, randomSeed, recipes }: Sample): boolean =>
  failure === null &&
  // Numbers are drawn in the order of memory.
  randomSeed === null &&
  recipes.every(({ layout }) => layout === 'contiguous') &&
  recipes.some(({ shape }) => shape.length > 0 && product(shape) > 1);

const tested = Object.values(families).flatMap((operators) =>
  Object.entries(operators).filter(([operator, samples]) => !(operator in aboutMemory) && samples.some(canDiffer)),
);

test.each(tested)('%s', (operator, samples) => {
  const failures = samples
    .filter(canDiffer)
    .flatMap((sample) =>
      (['transposed', 'sliced'] as const).flatMap((layout) =>
        failuresOf(operator, sample, layout).map((failure) => `${operator}${sample} ${layout}: result ${failure}`),
      ),
    );
  expect(failures).toEqual([]);
});
