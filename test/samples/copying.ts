import { dtypes, float32, float64, int64 } from '../../lib/base/dtype.js';
import { layouts } from './recipe.js';
import { failing, random, type Samples, sample, values } from './sample.js';
import { unarySamples } from './standard.js';

const plain = { requires_grad: false };

export const copying: Samples = {
  clone: unarySamples(),
  contiguous: unarySamples(),
  to: [
    ...dtypes.flatMap((from) => dtypes.map((to) => sample(random([5], { dtype: from, low: 0, high: 9 }), to))),
    ...layouts.map((layout) => sample(random([2, 3], { layout }), float64)),
    sample(random([2, 3]), float32),
  ],
  copy_: [
    sample(random([2, 3]), random([2, 3], { seed: 1 })),
    sample(random([2, 3]), random([3], { seed: 1, dtype: float64 })),
    sample(random([2, 3], { requires_grad: false }), random([2, 3], { seed: 1, layout: 'transposed' })),
    sample(random([2, 3], { requires_grad: false, layout: 'sliced' }), random([2, 1], { dtype: int64 })),
    sample(random([4], { dtype: int64 }), values([1.5, -2.5, 3.99, -0.1], { requires_grad: false })),
    failing([random([2, 3], { requires_grad: false }), random([2])], 'must match'),
    failing([random([2, 3], { requires_grad: false, layout: 'expanded' }), random([2, 3])], 'single memory location'),
    failing(
      [random([2, 3]), random([2, 3])],
      'a leaf Variable that requires grad is being used in an in-place operation',
    ),
  ],
  zero_: [
    sample(random([2, 3])),
    sample(random([2, 3], { requires_grad: false, layout: 'sliced' })),
    sample(random([0])),
  ],
  set_: [
    sample(random([2], plain), random([2, 3], { ...plain, seed: 1, layout: 'transposed' })),
    sample(random([2], { dtype: int64 }), random([4], { dtype: int64, layout: 'sliced' })),
    sample(random([2], plain)),
    failing([random([2]), random([3])], 'a leaf Variable that requires grad is being used in an in-place operation'),
    failing([random([2], plain), random([3], plain), 1, [2, 2], [2, 1]], 'reach beyond the storage', 'RuntimeError'),
    failing(
      [random([2], plain), random([3, 2], { ...plain, layout: 'transposed' }), 0, [2], [1]],
      'passed in tensor to be used as storage must be contiguous',
    ),
  ],
  detach: [sample(random([2, 3])), sample(random([2, 3], { layout: 'transposed' }))],
  fill_: [
    sample(random([2, 3], { requires_grad: false, layout: 'sliced' }), 1.5),
    sample(random([2], { dtype: int64 }), 2.5),
    sample(random([2, 3], { requires_grad: false }), random([], { dtype: float64 })),
    failing([random([2], { requires_grad: false }), random([1])], 'fill_ only supports 0-dimension value tensor'),
  ],
  type_as: [sample(random([2]), random([1], { dtype: float64 })), sample(random([2]), random([1], { dtype: int64 }))],
};
