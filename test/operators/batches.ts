/** Calls of which there are several examples, as batches; what vmap refuses. */
import { autograd, Tensor } from '../../lib/index.js';
import { families } from '../samples/index.js';
import { type Call, cotangent } from './run.js';

/** The number of examples. */
export const size = 2;

/** What is written to must be of the batch. */
const writes = /is not possible because|were not batched/;

/**
 * What vmap refuses, as PyTorch does: an operator, of whose samples only those that depend on elements, and what it
 * says.
 */
const refusals: readonly (readonly [operator: RegExp, message: RegExp])[] = [
  // The size of the result depends on elements: of masks as indices, of numbers of repeats, of places to split at.
  [
    /^(nonzero|argwhere|masked_select|index|index_put_|repeat_interleave|tensor_split)$/,
    /no batching rule|you're calling \./,
  ],
  [/^nn\.functional\.one_hot$/, /you're calling \.item/],
  // All examples share what would be written to; `max_norm` of embedding writes to the table.
  [/_$|^nn\.functional\.embedding$/, /is not possible because/],
  [/^(nn\.functional\.)?(batch_norm|instance_norm)$/, /running_var, which will be updated in place, were not batched/],
  // One storage cannot be that of every example.
  [/^set_$/, /no batching rule/],
  // The batch lies between dimensions that the view would join.
  [/^view(_as)?$/, /view size is not compatible/],
];

/** The operand again for each example, with other elements: those of a later example are a little smaller. */
export function examplesOf(operand: Tensor): Tensor[] {
  const isIndex = !operand.dtype.is_floating_point;
  return Array.from({ length: size }, (_, i) => {
    const example = i === 0 || isIndex ? operand.detach() : operand.detach().mul(1 - i / 64);
    return example;
  });
}

export const tensorsIn = (results: readonly unknown[]): Tensor[] =>
  results.filter((result): result is Tensor => result instanceof Tensor);

/** The results of a call with these operands, and gradients of its leaves among them. */
export function evaluate(call: Call, operands: readonly Tensor[], differentiable: readonly boolean[]): Tensor[] {
  const leaves = operands.map((operand, i) => (differentiable[i] ? operand.detach().requires_grad_() : operand));
  const results = tensorsIn(call.of(leaves).run());
  const outputs = results.filter((result) => result.requires_grad);
  const inputs = leaves.filter((_, i) => differentiable[i]);
  if (outputs.length === 0 || inputs.length === 0) return results.map((result) => result.detach());
  const grads = autograd.grad(outputs, inputs, { grad_outputs: outputs.map(cotangent), allow_unused: true });
  return [...results.map((result) => result.detach()), ...grads.map((grad, i) => grad ?? inputs[i].detach().mul(0))];
}

export function differs(found: Tensor, expected: Tensor, tolerance = 2e-5): string | null {
  if (String(found.shape) !== String(expected.shape)) return `shape [${found.shape}], not [${expected.shape}]`;
  if (found.dtype !== expected.dtype) return `dtype ${found.dtype}, not ${expected.dtype}`;
  const [a, b] = [Array.from(found.toTypedArray(), Number), Array.from(expected.toTypedArray(), Number)];
  const scale = b.reduce(
    (largest, value) => (Number.isFinite(value) ? Math.max(largest, Math.abs(value)) : largest),
    1,
  );
  const isClose = (x: number, y: number): boolean => Object.is(x, y) || x === y || Math.abs(x - y) <= tolerance * scale;
  const at = a.findIndex((value, i) => !isClose(value, b[i]));
  return at < 0 ? null : `element ${at} is ${a[at]}, not ${b[at]}`;
}

/** Whether vmap may refuse a call, which some of these operands are the same for, with this error. */
export function isRefused(operator: string, message: string, sharesOperands: boolean): boolean {
  if (!refusals.some(([name, words]) => name.test(operator) && words.test(message))) return false;
  return sharesOperands || !writes.test(message);
}

/** All samples that succeed, by operator. */
export const checked = Object.values(families).flatMap((operators) =>
  Object.entries(operators).flatMap(([operator, samples]) => {
    // A batch of examples is laid out anew, which is seen by what counts strides.
    if (operator.startsWith('as_strided')) return [];
    const usable = samples.filter(
      (sample) => sample.failure === null && sample.randomSeed === null && sample.recipes.length > 0,
    );
    return usable.length === 0 ? [] : [[operator, usable] as const];
  }),
);
