/**
 * In-place twins do what their operators do, to the tensor itself and to its gradient, and refuse what does not fit.
 */
import { expect, test } from 'vitest';
import { can_cast } from '../../lib/base/dtype.js';
import { sameShape } from '../../lib/base/shape.js';
import { Tensor } from '../../lib/index.js';
import { registry } from '../../lib/op/op.js';
import { families } from '../samples/index.js';
import type { Sample } from '../samples/sample.js';
import { differing } from './golden.js';
import { Call, gradients } from './run.js';

const declared = new Set([...registry.values()].map(({ schema }) => schema.name));
const hasTwin = (operator: string): boolean => declared.has(operator) && declared.has(`${operator}_`);

const elements = (tensor: Tensor | null): unknown => tensor && Array.from(tensor.toTypedArray(), String);

/** Whether the twin can hold the result. */
const fits = (self: Tensor, result: Tensor): boolean =>
  sameShape(self.shape, result.shape) && can_cast(result.dtype, self.dtype);

function failuresOf(operator: string, sample: Sample): string[] {
  const call = new Call(operator, sample);
  const [expected] = call.run();
  const [self] = sample.recipes;
  if (!(expected instanceof Tensor) || self !== sample.args[0]) return [];
  const twin = new Call(`${operator}_`, sample);
  const isView = expected.storage === call.operands[0].storage;
  // What is written to is a copy, which a view of memory would show to be laid out otherwise.
  if (isView && self.layout !== 'contiguous') return [];
  if (self.layout === 'expanded' && !self.requires_grad) return [];
  if (!isView && !fits(call.operands[0], expected)) return objections(twin);
  const [result] = twin.run();
  const passed = twin.args[0] as Tensor;
  const wanted = isView || expected.dtype === passed.dtype ? expected : expected.to(passed.dtype);
  return [
    ...differing('returning self', result === passed, true),
    ...differing('version', passed._version, 1),
    ...differing('dtype', passed.dtype.name, wanted.dtype.name),
    ...differing('shape', passed.shape, wanted.shape),
    ...differing('elements', elements(passed), elements(wanted)),
    ...(expected === wanted ? differingGradients(passed, twin, wanted, call) : []),
  ];
}

function differingGradients(passed: Tensor, twin: Call, wanted: Tensor, call: Call): string[] {
  const got = gradients([passed], twin.leaves)?.map(elements) ?? null;
  return differing('gradients', got, gradients([wanted], call.leaves)?.map(elements) ?? null);
}

/** The result does not fit into the tensor: an Error, and nothing is written. */
function objections(twin: Call): string[] {
  const before = twin.operands.map(elements);
  try {
    twin.run();
  } catch (error) {
    const { message } = error as Error;
    const known = /doesn't match the broadcast shape|can't be cast to the desired output type/.test(message);
    return [
      ...(known ? [] : [`message is '${message}'`]),
      ...differing('elements', twin.operands.map(elements), before),
    ];
  }
  return ['did not refuse a result that does not fit'];
}

const twins = Object.values(families).flatMap((operators) =>
  Object.entries(operators).filter(([name]) => hasTwin(name)),
);

test.each(twins)('%s_', (operator, samples) => {
  const failures = samples
    .filter((sample) => sample.failure === null && sample.randomSeed === null)
    .flatMap((sample) => failuresOf(operator, sample).map((failure) => `${operator}_${sample}: ${failure}`));
  expect(failures).toEqual([]);
});
