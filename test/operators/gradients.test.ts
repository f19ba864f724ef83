/** Derivatives of all samples that are smooth are right, in both modes and of batches; and no operator escapes the check. */
import { expect, test } from 'vitest';
import { hasRule } from '../../lib/func/rules/index.js';
import { registry } from '../../lib/op/op.js';
import { neverDifferentiated, objection } from './derivatives.js';
import { smoothOperators } from './smooth.js';

/** Operators that vmap cannot batch yet, without which derivatives of batches cannot be checked. */
const unbatched = [
  '_adaptive_avg_pool2d',
  '_adaptive_avg_pool2d_backward',
  '_adaptive_avg_pool3d',
  '_adaptive_avg_pool3d_backward',
  '_convolution',
  '_convolution_transposed',
  '_convolution_weight',
  '_log_softmax_backward_data',
  '_softmax_backward_data',
  'adaptive_max_pool2d_backward',
  'adaptive_max_pool3d_backward',
  'avg_pool2d',
  'avg_pool2d_backward',
  'avg_pool3d',
  'avg_pool3d_backward',
  'embedding_dense_backward',
  'gelu_backward',
  'masked_scatter',
  'max_pool2d_with_indices_backward',
  'max_pool3d_with_indices_backward',
  'nll_loss',
  'nll_loss_backward',
  'silu_backward',
];
/** The size of the result depends on elements. */
const unbatchable = ['masked_select'];

test.each(smoothOperators())('%s', (operator, samples) => {
  const found = samples.map((sample) => objection(operator, sample, [...unbatched, ...unbatchable]));
  expect(found.filter((each) => each !== null)).toEqual([]);
});

/** Operators with a derivative that finite differences cannot check, and why. */
const exceptions: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/^(eq|ne|lt|le|gt|ge|logical_\w+)\(/, 'results are bool; only what is written in place has a gradient, zero'],
  [/^set_\(/, 'refuses to be differentiated, as in PyTorch'],
  [/^floor_divide\(/, 'rises in steps'],
  [/^_to_copy\(/, 'rounds to a dtype that finite differences cannot follow; its formula is a conversion back'],
  [/\bGenerator\? generator\b/, 'random numbers do not depend on what they replace'],
];

test('every operator with a derivative is checked', () => {
  expect(neverDifferentiated().filter((text) => !exceptions.some(([pattern]) => pattern.test(text)))).toEqual([]);
});

test('what is excused for want of a batching rule has none', () => {
  const without = [...registry.values()].filter((operator) => !hasRule(operator)).map(({ schema }) => schema.name);
  expect(unbatched.filter((name) => !without.includes(name))).toEqual([]);
});
