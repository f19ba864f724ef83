/** Calls that must fail do so with the right Error, and leave their operands as they were. */
import { expect, test } from 'vitest';
import type { Tensor } from '../../lib/index.js';
import { families } from '../samples/index.js';
import type { Sample } from '../samples/sample.js';
import { answersOf, differing, type GoldenAnswer } from './golden.js';
import { Call } from './run.js';

const stateOf = (operand: Tensor): unknown[] => [
  operand.shape,
  operand.stride(),
  operand._version,
  operand.requires_grad,
  Array.from(operand.toTypedArray(), String),
];

function failuresOf(operator: string, sample: Sample, answer: GoldenAnswer): string[] {
  const call = new Call(operator, sample);
  const before = call.operands.map(stateOf);
  try {
    call.run();
  } catch (error) {
    const { name, message } = error as Error;
    return [
      ...differing('kind of error', name, sample.errorName ?? answer.error),
      ...(message.includes(sample.failure ?? '') ? [] : [`message is '${message}', without '${sample.failure}'`]),
      ...differing('state of the operands', call.operands.map(stateOf), before),
    ];
  }
  return ['did not fail'];
}

const failing = Object.entries(families).flatMap(([family, operators]) =>
  Object.entries(operators).flatMap(([operator, samples]) => {
    const found = samples.filter((sample) => sample.failure !== null);
    return found.length === 0 ? [] : [[operator, found, answersOf(family)] as const];
  }),
);

test.each(failing)('%s', (operator, samples, answer) => {
  const failures = samples.flatMap((sample) =>
    failuresOf(operator, sample, answer(operator, sample)).map((failure) => `${operator}${sample}: ${failure}`),
  );
  expect(failures).toEqual([]);
});
