/**
 * vmap of all samples that succeed gives what a loop over examples gives: with the batch in any dimension, and operands
 * batched or the same for all; the same for gradients of the examples' inputs. The examples differ, so that none can
 * stand for another.
 */
import { expect, test } from 'vitest';
import { hasRule } from '../../lib/func/rules/index.js';
import { isRandom } from '../../lib/func/rules/random.js';
import { writers } from '../../lib/func/rules/writing.js';
import { func, stack, type Tensor } from '../../lib/index.js';
import { isComposite } from '../../lib/op/dispatch.js';
import { originalOf, registry } from '../../lib/op/op.js';
import type { Sample } from '../samples/sample.js';
import { checked, differs, evaluate, examplesOf, isRefused, size, tensorsIn } from './batches.js';
import { Call } from './run.js';

/** Which operands are batched, and in which dimension; null for those that are not. */
type InDims = readonly (number | null)[];

/** Of large numbers the kernel's gradients have lost digits that those of vmap's formulas have. */
const toleranceOf = ({ roughness }: Sample): number | undefined => (roughness === 'large numbers' ? 2e-3 : undefined);

/** What vmap over these operands gives that a loop does not, or null. */
function objection(call: Call, dims: InDims): string | null {
  const examples = call.operands.map(examplesOf);
  const differentiable = call.operands.map((operand) => operand.requires_grad);
  const expected = Array.from({ length: size }, (_, k) =>
    evaluate(
      call,
      call.operands.map((operand, i) => (dims[i] === null ? operand.detach() : examples[i][k])),
      differentiable,
    ),
  );
  const operands = call.operands.map((operand, i) => {
    const dim = dims[i];
    return dim === null ? operand.detach() : stack(examples[i], dim);
  });
  const found = func.vmap((...own: Tensor[]) => evaluate(call, own, differentiable), { in_dims: [...dims] })(
    ...operands,
  );
  for (let i = 0; i < found.length; i++) {
    const difference = differs(found[i], stack(expected.map((results) => results[i])), toleranceOf(call.sample));
    if (difference !== null) return `result ${i}: ${difference}`;
  }
  return null;
}

/** Of up to three operands every choice of batched ones, of more all and each alone. */
function subsets(count: number): boolean[][] {
  const marks = (isBatched: (i: number) => boolean): boolean[] => Array.from({ length: count }, (_, i) => isBatched(i));
  if (count > 3) return [marks(() => true), ...marks(() => true).map((_, alone) => marks((i) => i === alone))];
  return Array.from({ length: 2 ** count - 1 }, (_, choice) => marks((i) => ((choice + 1) & (1 << i)) > 0));
}

/**
 * Each choice with batches in front; all operands also with the batch behind, and with one after the first dimension.
 */
function choices({ operands }: Call): InDims[] {
  const dims = (batched: readonly boolean[], dimOf: (ndim: number) => number): InDims =>
    operands.map(({ ndim }, i) => (batched[i] ? dimOf(ndim) : null));
  const all = operands.map(() => true);
  return [
    ...subsets(operands.length).map((batched) => dims(batched, () => 0)),
    dims(all, () => -1),
    dims(all, (ndim) => Math.min(1, ndim)),
  ];
}

function objections(operator: string, sample: Sample): string[] {
  const call = new Call(operator, sample);
  if (tensorsIn(call.run()).length === 0) return [];
  return choices(call).flatMap((dims) => {
    const name = `${operator}${sample} of ${JSON.stringify(dims)}`;
    try {
      const found = objection(call, dims);
      return found === null ? [] : [`${name}: ${found}`];
    } catch (error) {
      const { message, stack: trace } = error as Error;
      return isRefused(operator, message, dims.includes(null)) ? [] : [`${name}: ${trace}`];
    }
  });
}

test.each(checked)('%s', (operator, samples) => {
  expect(samples.flatMap((sample) => objections(operator, sample))).toEqual([]);
});

test('every operator of tensors has a rule, unless the size of its result depends on elements', () => {
  const missing = [...registry.values()].filter((operator) => {
    const { name } = operator.schema;
    if (operator.inputs.length === 0 || isComposite(operator) || isRandom(operator) || name in writers) return false;
    return !hasRule(operator) && !hasRule(originalOf(operator) ?? operator);
  });
  // Levels never see cross_entropy, which is composed where there are some.
  expect(missing.map(({ schema }) => schema.name)).toEqual(['_nonzero', 'masked_select', 'set_', 'cross_entropy']);
});
