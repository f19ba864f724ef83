import { bool, dtypes, float64, int64, uint8 } from '../../lib/base/dtype.js';
import { failing, layouts, random, type Samples, sample, values } from './sample.js';
import { promotionSamples } from './standard.js';

const mask = (shape: readonly number[], seed = 3) => random(shape, { dtype: bool, seed });
const whole = (elements: number[]) => values(elements, { dtype: int64 });

export const selection: Samples = {
  where: [
    ...promotionSamples().map(({ args }) => sample(mask([2]), ...args)),
    ...layouts.map((layout) => sample(mask([3, 4]), random([3, 4], { layout }), random([3, 4], { seed: 1 }))),
    ...layouts.map((layout) => sample(mask([3, 4]).with({ layout }), random([4]), random([3, 1], { seed: 1 }))),
    ...dtypes.map((dtype) => sample(mask([3]), random([3], { dtype }), 2)),
    sample(mask([3]), 2.5, random([3])),
    sample(mask([3]), whole([1, 2, 3]), 2.5),
    sample(mask([3]), 1, 2),
    sample(mask([]), random([]), random([2, 0])),
    failing([random([2]), 1, 2], 'where expected condition to be a boolean tensor, but got a tensor with dtype Float'),
    failing([mask([2]), random([3]), random([3])], 'must match'),
    failing([mask([2]), values([1, 2], { dtype: uint8 }), 300], 'without overflow'),
  ],
  masked_fill: [
    ...layouts.map((layout) => sample(random([3, 4], { layout }), mask([3, 4]), 2.5)),
    ...dtypes.map((dtype) => sample(random([3], { dtype }), mask([3]), 1)),
    sample(random([3]), mask([2, 3]), -1),
    sample(random([2, 3]), mask([3]), random([], { seed: 1 })),
    sample(whole([1, 2, 3]), mask([3]), 2.75),
    sample(random([0]), mask([0]), 1),
    failing([random([3]), mask([3]), random([3])], 'only supports a 0-dimensional value tensor'),
    failing([random([3]), whole([0, 1, 1]), 1], 'mask', 'RuntimeError'),
    failing([values([1], { dtype: uint8 }), mask([1]), 300], 'without overflow'),
  ],
  masked_fill_: [
    sample(random([3, 4]), mask([4]), 2.5),
    sample(random([3, 4]), mask([3, 1]), random([], { dtype: float64 })),
    failing([random([3], { requires_grad: false }), mask([2, 3]), 1], "doesn't match the broadcast shape"),
  ],
};
