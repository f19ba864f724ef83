/** Normalization: rows, of which a batch has more; channels, into which the batch is folded. */
import { RuntimeError } from '../../base/errors.js';
import type { Results } from '../../op/dispatch.js';
import type { Tensor } from '../../tensor.js';
import type { BatchCall, Rule } from '../call.js';
import { folded, unfolded } from '../fold.js';

type Optional = Tensor | null;

/** Means and deviations go to tensors of the right size, which nobody reads: formulas under vmap compute them anew. */
const layerNorm: Rule = (
  call,
  input: Tensor,
  weight: Optional,
  bias: Optional,
  mean: Tensor,
  _rstd: Tensor,
  n: number,
  eps: number,
): Results => {
  const rows = [mean.count * (call.isBatch(input) ? call.size : 1)];
  const isShared = (vector: Optional): boolean => vector === null || !call.isBatch(vector);
  const fused = isShared(weight) ? [weight, isShared(bias) ? bias : null] : [null, null];
  const normal = call.run(input, ...fused, mean.new_empty(rows), mean.new_empty(rows), n, eps) as Tensor;
  const rank = call.rank(input);
  const scaled = fused[0] === weight ? normal : normal.mul(call.padded(weight as Tensor, rank));
  return fused[1] === bias ? scaled : scaled.add(call.padded(bias as Tensor, rank));
};

/** Of all examples, one behind the other. */
const channelsOf = (call: BatchCall, vector: Optional): Optional => vector && folded(call.each(vector), 0);

const batchNorm: Rule = (
  call,
  input: Tensor,
  weight: Optional,
  bias: Optional,
  running_mean: Optional,
  running_var: Optional,
  mean: Tensor,
  _invstd: Tensor,
  ...numbers: unknown[]
): Results => {
  const statistics = [running_mean, running_var];
  for (const statistic of statistics) checkWritable(call, statistic);
  const all = [folded(call.each(input), 1), channelsOf(call, weight), channelsOf(call, bias)];
  const running = statistics.map((statistic) => statistic && channelsOf(call, statistic)?.contiguous());
  const channels = [call.size * mean.count];
  const out = call.run(...all, ...running, mean.new_empty(channels), mean.new_empty(channels), ...numbers) as Tensor;
  statistics.forEach((statistic, i) => {
    statistic?.copy_((running[i] as Tensor).view(statistic.sizes));
  });
  return unfolded(out, 1, call.size);
};

/** @throws RuntimeError where a statistic that all examples share would have to be written for each of them. */
function checkWritable(call: BatchCall, statistic: Optional): void {
  if (statistic === null || call.isBatch(statistic)) return;
  throw new RuntimeError(
    'Batch norm got a batched tensor as input while the running_mean or running_var, which will be updated in place, ' +
      'were not batched.',
  );
}

/** Rules by the operators' names. */
export const normalizationRules: Readonly<Record<string, Rule>> = {
  native_layer_norm: layerNorm,
  native_batch_norm: batchNorm,
};
