/**
 * Derivatives of all samples that are smooth are right, in both modes and of batches; and no operator escapes the
 * check.
 */
import { expect, test } from 'vitest';
import { neverDifferentiated, objection } from './derivatives.js';
import { smoothOperators } from './smooth.js';

/** The size of the result depends on elements. */
const unbatchable = ['masked_select'];

test.each(smoothOperators())('%s', (operator, samples) => {
  const found = samples.map((sample) => objection(operator, sample, unbatchable));
  expect(found.filter((each) => each !== null)).toEqual([]);
});

/** Operators with a derivative that finite differences cannot check, and why. */
const exceptions: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/^(eq|ne|lt|le|gt|ge|logical_\w+)\(/, 'results are bool; only what is written in place has a gradient, zero'],
  [/^set_\(/, 'refuses to be differentiated, as in PyTorch'],
  [/^floor_divide\(/, 'rises in steps'],
  [/^_to_copy\(/, 'rounds to a dtype that finite differences cannot follow; its formula is a conversion back'],
  [/^_value_of_rows\(/, 'its second argument must be an extreme of the first; the suites of vmap differentiate it'],
  [/\bGenerator\? generator\b/, 'random numbers do not depend on what they replace'],
];

test('every operator with a derivative is checked', () => {
  expect(neverDifferentiated().filter((text) => !exceptions.some(([pattern]) => pattern.test(text)))).toEqual([]);
});
