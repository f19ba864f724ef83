/**
 * Forward mode of all samples that are smooth agrees with finite differences in float64: tangents of results, and those of
 * gradients (forward over reverse).
 */
import { expect, test } from 'vitest';
import { overwrite } from '../../lib/autograd/differences.js';
import { autograd, Tensor, tensor } from '../../lib/index.js';
import type { Sample } from '../samples/sample.js';
import { Call, cotangent } from './run.js';
import { smoothOperators } from './smooth.js';

const { forward_ad } = autograd;

const elements = (result: Tensor): number[] => Array.from(result.toTypedArray(), Number);
const floats = (results: readonly unknown[]): Tensor[] =>
  results.filter((result): result is Tensor => result instanceof Tensor && result.dtype.is_floating_point);

/** A direction for each leaf: elements spread over (-1, 1). */
const directionOf = (leaf: Tensor, seed: number): Float64Array =>
  Float64Array.from({ length: leaf.numel() }, (_, i) => 2 * (((i + 1) * 0.618 + seed * 0.7548) % 1) - 1);

/** Results of a call, and gradients of its leaves. */
function evaluate(call: Call, leaves: readonly Tensor[]): Tensor[] {
  const results = floats(call.run());
  const outputs = results.filter((result) => result.requires_grad);
  const options = { grad_outputs: outputs.map(cotangent), allow_unused: true };
  const grads = outputs.length === 0 ? [] : autograd.grad(outputs, leaves, options);
  return [...results, ...grads.map((grad, i) => grad ?? leaves[i].mul(0))];
}

/** How results change along the directions, by central differences. */
function differences(call: Call, directions: readonly Float64Array[]): number[][] {
  const eps = 1e-6;
  const originals = call.leaves.map((leaf) => Float64Array.from(elements(leaf)));
  const at = (step: number): number[][] => {
    call.leaves.forEach((leaf, i) => {
      overwrite(
        leaf,
        originals[i].map((value, k) => value + step * directions[i][k]),
      );
    });
    return evaluate(call, call.leaves).map(elements);
  };
  const [low, high] = [at(-eps), at(eps)];
  at(0);
  return high.map((result, k) => result.map((value, i) => (value - low[k][i]) / (2 * eps)));
}

/** The tangents of the same results. */
function tangents(call: Call, directions: readonly Float64Array[]): number[][] {
  return forward_ad.dual_level(() => {
    const duals = call.leaves.map((leaf, i) => forward_ad.make_dual(leaf, tensor(directions[i]).view([...leaf.shape])));
    const operands = call.operands.map((operand) => duals[call.leaves.indexOf(operand)] ?? operand);
    const dual = Object.assign(new Call(call.operator, call.sample), { operands });
    return evaluate(dual, duals).map((result) => {
      const { primal, tangent } = forward_ad.unpack_dual(result);
      return tangent === null ? elements(primal).map(() => 0) : elements(tangent);
    });
  });
}

const isClose = (a: number, b: number): boolean => Math.abs(a - b) <= 2e-5 + 1e-4 * Math.abs(b);

/** What differs, or null. */
function objection(operator: string, sample: Sample): string | null {
  const call = new Call(operator, sample);
  const directions = call.leaves.map(directionOf);
  try {
    const expected = differences(call, directions);
    if (!expected.every((row) => row.every(Number.isFinite))) return null;
    const found = tangents(call, directions);
    const agrees = found.every(
      (row, k) => row.length === expected[k].length && row.every((value, i) => isClose(value, expected[k][i])),
    );
    return agrees ? null : `${operator}${sample}: ${JSON.stringify(found)}, not ${JSON.stringify(expected)}`;
  } catch (error) {
    return `${operator}${sample}: ${String((error as Error).stack)}`;
  }
}

/** What these return does not depend on their arguments, as far as derivatives see. */
const cutOff = ['asarray', 'detach'];

test.each(smoothOperators().filter(([operator]) => !cutOff.includes(operator)))('%s', (operator, samples) => {
  expect(samples.map((sample) => objection(operator, sample)).filter((found) => found !== null)).toEqual([]);
});
