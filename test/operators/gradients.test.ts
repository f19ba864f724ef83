/** Gradients, and gradients of gradients, of all samples that are smooth agree with finite differences in float64. */
import { expect, test } from 'vitest';
import { watchNodes } from '../../lib/graph/watch.js';
import { autograd, Tensor } from '../../lib/index.js';
import { registry } from '../../lib/op/op.js';
import { OperatorNode } from '../../lib/op/record.js';
import type { Sample } from '../samples/sample.js';
import { Call } from './run.js';
import { smoothOperators } from './smooth.js';

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

test.each(smoothOperators())('%s', (operator, samples) => {
  expect(samples.map((sample) => objection(operator, sample)).filter((found) => found !== null)).toEqual([]);
});

/** Operators with a derivative that finite differences cannot check, and why. In-place twins have a suite of their own. */
const exceptions: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/^(eq|ne|lt|le|gt|ge|logical_\w+)\(/, 'results are bool; only what is written in place has a gradient, zero'],
  [/^floor_divide\(/, 'rises in steps'],
  [/^_to_copy\(/, 'rounds to a dtype that finite differences cannot follow; its formula is a conversion back'],
  [/^_value_of_rows\(/, 'its second argument must be an extreme of the first; the suites of vmap differentiate it'],
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
