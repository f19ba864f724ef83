/** Losses: those of all elements, of which each example has its own sum or mean. */
import { repeated } from '../../base/shape.js';
import type { Results } from '../../op/dispatch.js';
import { mean, none, sum } from '../../op/reductions.js';
import type { Tensor } from '../../tensor.js';
import type { BatchCall, Rule } from '../call.js';
import { folded, unfolded } from '../fold.js';
import { aligned } from './elementwise.js';

const ofElements: Rule = (call: BatchCall, ...values: unknown[]): Results => {
  const at = call.operator.schema.parameters.findIndex(({ name }) => name === 'reduction');
  const losses = call.run(...aligned(call, values).with(at, none)) as Tensor;
  if (values[at] === sum) return call.flat(losses).sum(1);
  return values[at] === mean ? call.flat(losses).mean(1) : losses;
};

/** Classes are the last dimension of an example without a batch, which then has the vmap's. */
const fold = (call: BatchCall, tensor: Tensor, isWhole: boolean): Tensor =>
  isWhole ? folded(call.each(tensor), 0) : call.each(tensor);

/** A weight for each class, which broadcasts over examples of this rank, perhaps in a batch. */
function alongClasses(call: BatchCall, weight: Tensor, rank: number): Tensor {
  const ones = (count: number): number[] => repeated(1, Math.max(0, count));
  return weight.reshape([call.size, ...ones(rank > 1 ? 1 : 0), weight.sizes[1], ...ones(rank - 2)]);
}

type OfClasses = readonly [reduction: number, ignore_index: number, total: Tensor];

/** Weights that differ from example to example multiply the input, in which the loss is linear. */
const nllLoss: Rule = (
  call,
  input: Tensor,
  target: Tensor,
  weight: Tensor | null,
  ...[reduction, ignore_index, total]: OfClasses
): Results => {
  const rank = call.rank(input);
  const isBatch = weight !== null && call.isBatch(weight);
  const weighted = isBatch ? call.each(input).mul(alongClasses(call, weight, rank)) : call.each(input);
  const isWhole = rank > 1;
  const [logs, classes] = [isWhole ? folded(weighted, 0) : weighted, fold(call, target, isWhole)];
  // The total that the kernel writes is of no use here: that of a loss which was reduced outside is `total`.
  const found = call.run(logs, classes, isBatch ? null : weight, none, ignore_index, logs.new_empty([])) as Tensor;
  const losses = isWhole ? unfolded(found, 0, call.size) : found;
  if (reduction === none) return losses;
  const summed = call.flat(losses).sum(1);
  return reduction === mean ? summed.div(total) : summed;
};

/** The gradient of each loss from that of their sum or mean. */
function spread(call: BatchCall, grad: Tensor, target: Tensor, reduction: number, total: Tensor): Tensor {
  const slope = reduction === mean ? call.each(grad).div(total) : call.each(grad);
  const { sizes } = call.each(target);
  return slope.reshape([call.size, ...sizes.slice(1).map(() => 1)]).expand([...sizes]);
}

const nllLossBackward: Rule = (
  call,
  grad: Tensor,
  target: Tensor,
  weight: Tensor | null,
  size: readonly number[],
  ...[reduction, ignore_index, total]: OfClasses
): Results => {
  const rank = size.length;
  const isWhole = rank > 1;
  const isBatch = weight !== null && call.isBatch(weight);
  const whole = isWhole ? [call.size * size[0], ...size.slice(1)] : [call.size, ...size];
  const each = reduction === none ? call.each(grad) : spread(call, grad, target, reduction, total);
  const slopes = isWhole ? folded(each, 0) : each;
  const classes = fold(call, target, isWhole);
  const found = call.run(slopes, classes, isBatch ? null : weight, whole, none, ignore_index, total) as Tensor;
  const gradient = isWhole ? unfolded(found, 0, call.size) : found;
  return isBatch ? gradient.mul(alongClasses(call, weight, rank)) : gradient;
};

/** Rules by the operators' names. Those of classes are reduced by operators of their own where a vmap sees them. */
export const lossRules: Readonly<Record<string, Rule>> = {
  mse_loss: ofElements,
  smooth_l1_loss: ofElements,
  huber_loss: ofElements,
  binary_cross_entropy: ofElements,
  binary_cross_entropy_with_logits: ofElements,
  nll_loss: nllLoss,
  nll_loss_backward: nllLossBackward,
};
