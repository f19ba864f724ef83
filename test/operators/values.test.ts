/**
 * Results and first gradients of all samples are PyTorch's: elements, dtype, shape, strides, grad_fn, shared memory.
 */
import { describe, expect, test } from 'vitest';
import { Tensor } from '../../lib/index.js';
import { families } from '../samples/index.js';
import type { Sample } from '../samples/sample.js';
import {
  answersOf,
  type Closeness,
  differing,
  differingElement,
  differingForm,
  type GoldenAnswer,
  type GoldenElement,
  type GoldenTensor,
  magnitude,
} from './golden.js';
import { Call, gradients } from './run.js';

/** In the last place of a result, unless a sample allows more. */
const closeResult = 4;
/** Of gradients relative to the largest of them: formulas add and subtract. */
const closeGradient = 8;

/** What one sample gets wrong. */
function failuresOf(operator: string, sample: Sample, answer: GoldenAnswer): string[] {
  const call = new Call(operator, sample);
  const inputs = magnitude(sample.recipes.flatMap((recipe) => recipe.elements));
  const results = call.run();
  const expected = answer.results ?? [];
  const failures = expected.flatMap((golden, i) => {
    const label = expected.length > 1 ? `result ${i}: ` : '';
    return compare(results[i], golden, call, sample, inputs).map((failure) => `${label}${failure}`);
  });
  const grads = gradients(results, call.leaves);
  return [
    ...differing('number of results', results.length, expected.length),
    ...failures,
    ...compareGradients(grads, answer.grads ?? null, sample, inputs),
  ];
}

function compare(
  result: unknown,
  golden: GoldenTensor | { readonly value: unknown },
  call: Call,
  sample: Sample,
  inputs: number,
): string[] {
  if ('value' in golden) return differing('result', result, golden.value);
  if (!(result instanceof Tensor)) return [`result is ${String(result)}, not a Tensor`];
  const form = [...differingForm(result, golden, sample.exceptions), ...differingMemory(result, golden, call)];
  if (result.dtype.name !== golden.dtype || result.numel() !== golden.values.length) return form;
  const { tolerance } = sample;
  const closeness: Closeness =
    tolerance === null
      ? { epsilons: closeResult, scale: 0, signed: true }
      : { epsilons: tolerance.epsilons, scale: Math.max(inputs, magnitude(golden.values)), signed: false };
  const element = differingElement(result, golden.values, closeness);
  return element === null ? form : [...form, element];
}

/** Views share memory with the same argument as PyTorch's, and other results with none. */
function differingMemory(result: Tensor, golden: GoldenTensor, call: Call): string[] {
  if (result.numel() === 0) return [];
  const shares = call.tensors.findIndex((tensor) => tensor.storage === result.storage);
  return [
    ...differing('argument that it shares memory with', shares, golden.shares ?? -1),
    ...(golden.shares === undefined ? [] : differing('storage offset', result.storage_offset(), golden.offset)),
  ];
}

function compareGradients(
  grads: readonly (Tensor | null)[] | null,
  expected: readonly (readonly GoldenElement[] | null)[] | null,
  sample: Sample,
  inputs: number,
): string[] {
  if (sample.exceptions.has('gradients')) return [];
  if (grads === null || expected === null) return differing('having gradients', grads !== null, expected !== null);
  const leaves = sample.recipes.filter((recipe) => recipe.requires_grad);
  return expected.flatMap((wanted, i) => {
    const grad = grads[i];
    if (grad === null || wanted === null) return differing(`gradient ${i} being null`, grad === null, wanted === null);
    const form = [
      ...differing('dtype', grad.dtype.name, leaves[i].dtype.name),
      ...differing('shape', grad.shape, leaves[i].shape),
    ];
    const epsilons = Math.max(closeGradient, sample.tolerance?.epsilons ?? 0);
    const scale = Math.max(magnitude(wanted), sample.tolerance === null ? 0 : inputs);
    const element = form.length > 0 ? null : differingElement(grad, wanted, { epsilons, scale, signed: false });
    return [...form, ...(element === null ? [] : [element])].map((failure) => `gradient ${i}: ${failure}`);
  });
}

for (const [family, operators] of Object.entries(families)) {
  describe(family, () => {
    const answer = answersOf(family);
    test.each(Object.entries(operators))('%s', (operator, samples) => {
      const failures = samples
        .filter((sample) => sample.failure === null)
        .flatMap((sample) => attempt(operator, sample, answer).map((failure) => `${operator}${sample}: ${failure}`));
      expect(failures).toEqual([]);
    });
  });
}

function attempt(operator: string, sample: Sample, answer: ReturnType<typeof answersOf>): string[] {
  const golden = answer(operator, sample);
  try {
    return failuresOf(operator, sample, golden);
  } catch (error) {
    return [String(error)];
  }
}
