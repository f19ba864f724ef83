/**
 * The check of an operator's derivatives by samples: gradients, gradients of gradients, tangents, and tangents of
 * gradients against finite differences in float64; and those of batches against those of their examples.
 */
import { watchNodes } from '../../lib/graph/watch.js';
import { autograd, type Tensor } from '../../lib/index.js';
import type { Operator } from '../../lib/op/dispatch.js';
import { registry } from '../../lib/op/op.js';
import { OperatorNode } from '../../lib/op/record.js';
import type { Sample } from '../samples/sample.js';
import { Call, floats } from './run.js';

/** Where a result is infinite or NaN there are no differences. */
const isFinite = (result: Tensor): boolean => Array.from(result.toTypedArray(), Number).every(Number.isFinite);

/** Which derivatives of batches are checked. */
const batches = { none: 0, backward: 1, both: 2 };

/** What gradcheck has to say against a call. */
function complaint(call: Call, batched: number): Error | null {
  const func = (...leaves: Tensor[]): Tensor[] => floats(call.runWith(leaves));
  const options = { fast_mode: true, check_batched_grad: batched >= batches.backward };
  // vmap refuses to draw random numbers, and would draw others.
  const check_batched_forward_grad = batched === batches.both && call.sample.randomSeed === null;
  try {
    autograd.gradcheck(func, call.leaves, { ...options, check_forward_ad: true, check_batched_forward_grad });
    autograd.gradgradcheck(func, call.leaves, { ...options, check_fwd_over_rev: true });
    return null;
  } catch (error) {
    return error as Error;
  }
}

/** The operator for whose want of a batching rule a check failed; '' for none. */
const missingRule = ({ message }: Error): string => /there is no batching rule for ([\w.]*\w)/.exec(message)?.[1] ?? '';

/** What is wrong with the derivatives of a sample, or null; `unbatched` names operators without a batching rule. */
export function objection(operator: string, sample: Sample, unbatched: readonly string[] = []): string | null {
  const call = new Call(operator, sample);
  try {
    const results = floats(call.run());
    if (!results.some(({ requires_grad }) => requires_grad) || !results.every(isFinite)) return null;
    const isExcused = (error: Error): boolean => unbatched.includes(missingRule(error));
    let batched = batches.both;
    let found = complaint(call, batched);
    while (batched > batches.none && found !== null && isExcused(found)) found = complaint(call, --batched);
    return found && `${operator}${sample}: ${String(found)}`;
  } catch (error) {
    return `${operator}${sample}: ${String(error)}`;
  }
}

/** Schemas of operators whose formulas ran since this was loaded. */
const differentiated = new Set<string>();
watchNodes((next) => (node, ...rest) => {
  if (node instanceof OperatorNode) differentiated.add(node.operator.schema.text);
  return next(node, ...rest);
});

/** Schemas of operators with a derivative, none of whose formulas ran; those of in-place twins need not. */
export function neverDifferentiated(): string[] {
  const operators = [...registry.values()];
  const names = new Set(operators.map(({ schema }) => schema.name));
  const isTwin = ({ schema: { name } }: Operator): boolean => name.endsWith('_') && names.has(name.slice(0, -1));
  return operators
    .filter(({ inputs }) => inputs.some(({ formula }) => formula !== undefined))
    .filter((operator) => !isTwin(operator) && !differentiated.has(operator.schema.text))
    .map(({ schema }) => schema.text);
}
