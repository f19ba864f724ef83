/** Every operator is called by a sample, itself or in a formula of another. */
import { expect, test } from 'vitest';
import { type Operator, perform, setInterpreter } from '../../lib/op/dispatch.js';
import { registry } from '../../lib/op/op.js';
import { families } from '../samples/index.js';
import { Call, gradients } from './run.js';

/** In-place twins have a suite of their own, over the samples of their operators. */
const names = new Set([...registry.values()].map(({ schema }) => schema.name));
const isTwin = ({ schema: { name } }: Operator): boolean => name.endsWith('_') && names.has(name.slice(0, -1));

/** Operators that samples leave out, and why. */
const exceptions: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/^(new_)?empty(_like|_strided)?\(/, 'the elements are what the memory held'],
  [/\brandn?(_like)?\(|^rand(int|perm)|^random_/, 'streams of random numbers are replayed by a suite of their own'],
  [/^_value_of_rows\(/, 'rules of vmap alone call it, in the suites of vmap'],
  [/^(uniform_|normal_|exponential_|bernoulli)\(/, 'streams of random numbers are replayed by a suite of their own'],
];
const isExcepted = (text: string): boolean => exceptions.some(([pattern]) => pattern.test(text));

test('every operator is called', () => {
  const called = new Set<Operator>();
  const before = setInterpreter({
    call(operator, values) {
      called.add(operator);
      return perform(operator, values);
    },
  });
  for (const operators of Object.values(families)) {
    for (const [name, samples] of Object.entries(operators)) {
      for (const sample of samples.filter(({ failure }) => failure === null)) {
        const call = new Call(name, sample);
        gradients(call.run(), call.leaves);
      }
    }
  }
  setInterpreter(before);
  const missing = [...registry.values()].filter((operator) => !called.has(operator) && !isTwin(operator));
  expect(missing.map(({ schema }) => schema.text).filter((text) => !isExcepted(text))).toEqual([]);
});
