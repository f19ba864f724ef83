/**
 * vmap of all samples that succeed in other transformations, against loops: vmap of vmap, gradients and tangents of
 * what a vmap computes, seen from outside. Gradients from inside are in batching.test.ts.
 */
import { expect, test } from 'vitest';
import { autograd, func, stack, type Tensor } from '../../lib/index.js';
import type { Sample } from '../samples/sample.js';
import { checked, differs, examplesOf, isRefused, size, tensorsIn } from './batches.js';
import { Call, cotangent } from './run.js';

const examples = Array.from({ length: size }, (_, i) => i);

/** All floating results of the call with these operands. */
const run = (call: Call, operands: readonly Tensor[]): Tensor[] =>
  tensorsIn(call.of(operands).run()).filter(({ dtype }) => dtype.is_floating_point);

const vmapped = (call: Call): ((...operands: Tensor[]) => Tensor[]) => func.vmap((...own: Tensor[]) => run(call, own));

/** The results for each example, from a function of batches and from a loop. */
type Comparison = (call: Call) => readonly [found: readonly Tensor[], expected: readonly Tensor[]];

const looped = (rows: readonly (readonly Tensor[])[]): Tensor[] =>
  rows[0].map((_, i) => stack(rows.map((row) => row[i])));

/** Half of the operands differ along the outer batch alone, the others along the inner one. */
const nested: Comparison = (call) => {
  const lists = call.operands.map(examplesOf);
  const dims = (outer: boolean): (number | null)[] => lists.map((_, i) => ((i % 2 === 0) === outer ? 0 : null));
  const inner =
    lists.length < 2 ? vmapped(call) : func.vmap((...own: Tensor[]) => run(call, own), { in_dims: dims(false) });
  const batches = lists.map((list) => (lists.length < 2 ? stack([stack(list), stack(list)]) : stack(list)));
  const found = func.vmap((...own: Tensor[]) => inner(...own), { in_dims: lists.length < 2 ? 0 : dims(true) })(
    ...batches,
  );
  const expected = examples.map((i) =>
    looped(
      examples.map((j) =>
        run(
          call,
          lists.map((list, k) => list[lists.length > 1 && k % 2 === 0 ? i : j]),
        ),
      ),
    ),
  );
  return [found, looped(expected)];
};

const variables = (call: Call): boolean[] => call.operands.map((operand) => operand.requires_grad);

const differentiated: Comparison = (call) => {
  const lists = call.operands.map(examplesOf);
  const isVariable = variables(call);
  const gradients = (operands: readonly Tensor[], compute: (own: Tensor[]) => Tensor[]): Tensor[] => {
    const own = operands.map((operand, i) => (isVariable[i] ? operand.detach().requires_grad_() : operand));
    const outputs = compute(own).filter((output) => output.requires_grad);
    const inputs = own.filter((_, i) => isVariable[i]);
    if (outputs.length === 0 || inputs.length === 0) return [];
    const weights = outputs.map((output) => cotangent(output.select(0, 0)).expand(output.shape));
    const found = autograd.grad(outputs, inputs, { grad_outputs: weights, allow_unused: true });
    return found.map((gradient, i) => gradient ?? inputs[i].detach().mul(0));
  };
  const found = gradients(
    lists.map((list) => stack(list)),
    (own) => vmapped(call)(...own),
  );
  const rows = examples.map((i) =>
    gradients(
      lists.map((list) => list[i]),
      (own) => run(call, own).map((output) => output.unsqueeze(0)),
    ),
  );
  return [found, looped(rows)];
};

const pushed: Comparison = (call) => {
  const lists = call.operands.map(examplesOf);
  const isVariable = variables(call);
  const chosen = <T>(list: readonly T[]): T[] => list.filter((_, i) => isVariable[i]);
  const all = (operands: readonly Tensor[], own: readonly Tensor[]): Tensor[] => {
    let at = 0;
    return operands.map((operand, i) => (isVariable[i] ? own[at++] : operand));
  };
  const tangents = (
    operands: readonly Tensor[],
    directions: Tensor[],
    compute: (own: Tensor[]) => Tensor[],
  ): Tensor[] => {
    if (directions.length === 0) return [];
    const [, found] = func.jvp((...own: Tensor[]) => compute(all(operands, own)), chosen(operands), directions);
    return found as Tensor[];
  };
  const directions = chosen(call.operands).map(cotangent);
  const batches = lists.map((list) => stack(list));
  const wide = directions.map((direction) => stack(examples.map(() => direction)));
  const found = tangents(batches, wide, (own) => vmapped(call)(...own));
  const rows = examples.map((i) =>
    tangents(
      lists.map((list) => list[i]),
      directions,
      (own) => run(call, own),
    ),
  );
  return [found, looped(rows)];
};

function objection(call: Call, compare: Comparison): string | null {
  const [found, expected] = compare(call);
  if (found.length !== expected.length) return `${found.length} results, not ${expected.length}`;
  const differences = found.map((each, i) =>
    differs(each, expected[i], call.sample.roughness === null ? undefined : 2e-3),
  );
  return differences.find((difference) => difference !== null) ?? null;
}

const comparisons: Readonly<Record<string, Comparison>> = { nested, differentiated, pushed };

function objections(operator: string, sample: Sample): string[] {
  const call = new Call(operator, sample);
  if (run(call, call.operands).length === 0) return [];
  return Object.entries(comparisons).flatMap(([kind, compare]) => {
    const name = `${kind} ${operator}${sample}`;
    try {
      const found = objection(call, compare);
      return found === null ? [] : [`${name}: ${found}`];
    } catch (error) {
      const { message, stack: trace } = error as Error;
      return isRefused(operator, message, kind === 'nested') ? [] : [`${name}: ${trace}`];
    }
  });
}

test.each(checked)('%s', (operator, samples) => {
  expect(samples.flatMap((sample) => objections(operator, sample))).toEqual([]);
});
