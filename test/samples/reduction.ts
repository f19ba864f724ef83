import { float64, int64 } from '../../lib/base/dtype.js';
import { failing, random, type Samples, sample } from './sample.js';
import { reductionSamples } from './standard.js';

const order = 'the terms are added in another order';

export const reduction: Samples = {
  sum: [
    ...reductionSamples().map((each) => each.within(32, order)),
    sample(random([4]), { dtype: float64 }),
    sample(random([4], { requires_grad: false }), { dtype: int64 }),
    sample(random([2, 3], { dtype: int64 }), 0, { dtype: float64 }),
    failing([random([2, 3]), 2], 'Dimension out of range (expected to be in range of [-2, 1], but got 2)'),
    failing([random([2, 3]), [0, 0]], 'appears multiple times in the list of dims'),
  ],
  sum_to_size: [
    sample(random([2, 3]), [1, 3]),
    sample(random([2, 3]), [3]),
    sample(random([2, 3]), []).within(2, order),
    sample(random([2, 3]), [2, 3]),
    failing([random([2, 3]), [4]], 'is not expandable to size'),
  ],
};
