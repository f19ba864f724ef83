import { float64, int64 } from '../../lib/base/dtype.js';
import { failing, random, type Samples, sample, values } from './sample.js';

const weights = values([
  [0.5, 0, 2, 1.5, 3],
  [1, 1, 0.25, 0, 1],
]);
const row = values([0.5, 1, 2], { dtype: float64 });

export const multinomial: Samples = {
  multinomial: [
    ...[1, 2, 3].map((count) => sample(weights, count).seeded(count)),
    ...[1, 2, 30].map((count) => sample(weights, count, true).seeded(count)),
    sample(weights.with({ layout: 'transposed' }), 3).seeded(4),
    sample(weights.with({ layout: 'transposed' }), 9, { replacement: true }).seeded(4),
    sample(row, 3).seeded(5),
    sample(row, 5, true).seeded(5),
    failing([row, 4], 'cannot sample n_sample > prob_dist.size(-1) samples without replacement'),
    failing([row, 0], 'cannot sample n_sample <= 0 samples'),
    failing([random([2], { dtype: int64 }), 1], 'multinomial only supports floating-point dtypes for input, got: Long'),
    failing([values(1), 1], 'prob_dist must be 1 or 2 dim'),
    failing([values([1, -1]), 1], 'probability tensor contains either `inf`, `nan` or element < 0'),
    failing([values([0, 0]), 1], 'invalid multinomial distribution (sum of probabilities <= 0)'),
  ],
};
