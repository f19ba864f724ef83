import { bool, dtypes, float64, int64 } from '../../lib/base/dtype.js';
import { failing, layouts, random, type Samples, sample } from './sample.js';

const filled = [
  sample([2, 3]),
  sample(2, 3),
  sample([]),
  sample([0, 2]),
  sample([2], { dtype: int64 }),
  sample([2], { dtype: bool }),
  sample([2], { dtype: float64, requires_grad: true }),
  failing([[2, -1]], 'Trying to create tensor with negative dimension -1'),
  failing([[2], { dtype: int64, requires_grad: true }], 'can require gradients'),
];
const like = [
  ...layouts.map((layout) => sample(random([2, 3], { layout }))),
  ...dtypes.map((dtype) => sample(random([2], { dtype }))),
  sample(random([2], { dtype: int64 }), { dtype: float64, requires_grad: true }),
];
const fresh = [sample(random([2], { dtype: float64 }), [2, 3]), sample(random([2]), [2], { dtype: int64 })];

export const filling: Samples = {
  zeros: filled,
  ones: filled,
  full: [
    sample([2, 3], 1.5),
    sample([], -7.5),
    sample([2], true),
    sample([2], 3, { dtype: int64 }),
    failing([[-1], 1.5], 'Trying to create tensor with negative dimension -1'),
  ],
  zeros_like: like,
  ones_like: like,
  full_like: like.map((each) => sample(each.args[0], 3, ...each.args.slice(1))),
  new_zeros: fresh,
  new_ones: fresh,
  new_full: [sample(random([2], { dtype: int64 }), [2], 1.5), sample(random([2]), [2, 2], 4)],
};
