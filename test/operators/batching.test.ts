/**
 * vmap of all samples that succeed gives what a loop over examples gives: with each operand batched in turn, and with all;
 * the same for gradients of the examples' inputs. The examples differ, so that none can stand for another.
 */
import { expect, test } from 'vitest';
import { autograd, func, stack, Tensor } from '../../lib/index.js';
import { families } from '../samples/index.js';
import type { Sample } from '../samples/sample.js';
import { Call, cotangent } from './run.js';

/** The number of examples. */
const size = 2;

/** What vmap refuses: reading elements, and operators that have no rule; the Error says so by name. */
const readsElements = /you're calling \.|no batching rule/;

/** Calls that write to an operand; `max_norm` of embedding does. */
const writes = /_$|^nn\.functional\.embedding$/;

/** The operand again for each example, with other elements: those of a later example are a little smaller. */
function examplesOf(operand: Tensor): Tensor[] {
  const isIndex = !operand.dtype.is_floating_point;
  return Array.from({ length: size }, (_, i) => {
    const example = i === 0 || isIndex ? operand.detach() : operand.detach().mul(1 - i / 64);
    return example;
  });
}

const tensorsIn = (results: readonly unknown[]): Tensor[] =>
  results.filter((result): result is Tensor => result instanceof Tensor);

/** The results of a call with these operands, and gradients of its leaves among them. */
function evaluate(call: Call, operands: readonly Tensor[], differentiable: readonly boolean[]): Tensor[] {
  const leaves = operands.map((operand, i) => (differentiable[i] ? operand.detach().requires_grad_() : operand));
  const results = tensorsIn(Object.assign(new Call(call.operator, call.sample), { operands: leaves }).run());
  const outputs = results.filter((result) => result.requires_grad);
  const inputs = leaves.filter((_, i) => differentiable[i]);
  if (outputs.length === 0 || inputs.length === 0) return results.map((result) => result.detach());
  const grads = autograd.grad(outputs, inputs, { grad_outputs: outputs.map(cotangent), allow_unused: true });
  return [...results.map((result) => result.detach()), ...grads.map((grad, i) => grad ?? inputs[i].detach().mul(0))];
}

function differs(found: Tensor, expected: Tensor): string | null {
  if (String(found.shape) !== String(expected.shape)) return `shape [${found.shape}], not [${expected.shape}]`;
  if (found.dtype !== expected.dtype) return `dtype ${found.dtype}, not ${expected.dtype}`;
  const [a, b] = [Array.from(found.toTypedArray(), Number), Array.from(expected.toTypedArray(), Number)];
  const scale = b.reduce(
    (largest, value) => (Number.isFinite(value) ? Math.max(largest, Math.abs(value)) : largest),
    1,
  );
  const isClose = (x: number, y: number): boolean => Object.is(x, y) || x === y || Math.abs(x - y) <= 2e-5 * scale;
  const at = a.findIndex((value, i) => !isClose(value, b[i]));
  return at < 0 ? null : `element ${at} is ${a[at]}, not ${b[at]}`;
}

/** What vmap over these operands gives that a loop does not, or null. */
function objection(call: Call, batched: readonly boolean[]): string | null {
  const examples = call.operands.map(examplesOf);
  const differentiable = call.operands.map((operand) => operand.requires_grad);
  const expected = Array.from({ length: size }, (_, k) =>
    evaluate(
      call,
      call.operands.map((operand, i) => (batched[i] ? examples[i][k] : operand.detach())),
      differentiable,
    ),
  );
  const operands = call.operands.map((operand, i) => (batched[i] ? stack(examples[i]) : operand.detach()));
  const found = func.vmap((...own: Tensor[]) => evaluate(call, own, differentiable), {
    in_dims: batched.map((each) => (each ? 0 : null)),
  })(...operands);
  for (let i = 0; i < found.length; i++) {
    const difference = differs(found[i], stack(expected.map((results) => results[i])));
    if (difference !== null) return `result ${i}: ${difference}`;
  }
  return null;
}

/** Which operands are batched: all, and each alone. */
function choices(count: number): boolean[][] {
  const all = Array.from({ length: count }, () => true);
  return count < 2 ? [all] : [all, ...all.map((_, alone) => all.map((_each, i) => i === alone))];
}

function objections(operator: string, sample: Sample): string[] {
  const call = new Call(operator, sample);
  if (tensorsIn(call.run()).length === 0) return [];
  return choices(call.operands.length).flatMap((batched) => {
    const name = `${operator}${sample} of ${batched.map(Number)}`;
    try {
      const found = objection(call, batched);
      return found === null ? [] : [`${name}: ${found}`];
    } catch (error) {
      const { message, stack: trace } = error as Error;
      return readsElements.test(message) || (writes.test(operator) && /is not possible because/.test(message))
        ? []
        : [`${name}: ${trace}`];
    }
  });
}

const checked = Object.values(families).flatMap((operators) =>
  Object.entries(operators).flatMap(([operator, samples]) => {
    // A batch of examples is laid out anew, which is seen by what counts strides.
    if (operator.startsWith('as_strided')) return [];
    const usable = samples.filter(
      (sample) => sample.failure === null && sample.randomSeed === null && sample.recipes.length > 0,
    );
    return usable.length === 0 ? [] : [[operator, usable] as const];
  }),
);

test.each(checked)('%s', (operator, samples) => {
  expect(samples.flatMap((sample) => objections(operator, sample))).toEqual([]);
});
