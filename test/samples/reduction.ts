import { bool, dtypes, float64, int64, uint8 } from '../../lib/base/dtype.js';
import { failing, type Recipe, random, type Sample, type Samples, sample, values } from './sample.js';
import { reductionSamples, roughOfNothing, unarySamples } from './standard.js';

const order = 'the terms are added in another order';
const outOfRange = 'Dimension out of range (expected to be in range of [-2, 1], but got 2)';

const dtypeSamples = [
  sample(random([4]), { dtype: float64 }),
  sample(random([2, 3], { dtype: int64 }), 0, { dtype: float64 }),
  sample(random([2, 3], { dtype: bool }), [0, 1], true, { dtype: float64 }),
  sample(random([2, 3]), { dim: 1, keepdim: true, dtype: float64 }),
];

/** One dimension or none, of every dtype and of nothing. */
function truthSamples(): Sample[] {
  const few = (dtype: Recipe['dtype']): Recipe => random([3, 3], { dtype, low: 0, high: 2 });
  return [
    ...unarySamples(),
    ...dtypes.flatMap((dtype) => [sample(few(dtype)), sample(few(dtype), 0), sample(few(dtype), -1, true)]),
    sample(values([0, -0, 0])),
    sample(values([Number.NaN, 0])),
    sample(random([2, 0, 3]), 1),
    sample(random([2, 0, 3]), 0),
    sample(random([], { dtype: uint8 }), 0),
    sample(random([2, 3], { layout: 'transposed', dtype: bool }), { dim: 1, keepdim: true }),
    failing([random([2, 3]), 2], outOfRange),
  ];
}

const infinities = values([
  [Number.POSITIVE_INFINITY, 1],
  [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
  [1000, 1000.5],
  [Number.NaN, 0],
]);

export const reduction: Samples = {
  sum: [
    ...reductionSamples().map((each) => each.within(32, order)),
    ...dtypeSamples,
    sample(random([4], { requires_grad: false }), { dtype: int64 }),
    sample(random([2, 3]), null).within(2, order),
    sample(random([2, 3]), []).within(2, order),
    sample(random([2, 3]), null, true).within(2, order),
    failing([random([2, 3]), 2], outOfRange),
    failing([random([2, 3]), [0, 0]], 'appears multiple times in the list of dims'),
    failing([random([2, 3]), { dimension: 0 }], 'invalid combination of arguments'),
  ],
  mean: [
    ...reductionSamples({ dtypes: dtypes.filter((dtype) => dtype.is_floating_point) }).map((each) =>
      roughOfNothing(each.within(32, order)),
    ),
    ...dtypeSamples,
    sample(random([2, 3]), null, true).within(2, order),
    roughOfNothing(sample(random([2, 0]), 0, true)),
    failing([random([3], { dtype: int64 })], 'could not infer output dtype'),
    failing([random([3]), { dtype: int64 }], 'could not infer output dtype'),
    failing([random([2, 3]), 2], outOfRange),
  ],
  any: truthSamples(),
  all: truthSamples(),
  logsumexp: [
    ...[0, -1, [0, 2], [0, 1, 2]].map((dim) => sample(random([2, 3, 4]), dim).within(4, order)),
    sample(random([2, 3], { layout: 'transposed' }), 1, true).within(4, order),
    sample(random([2, 3], { dtype: float64 }), { dim: 0, keepdim: true }).within(4, order),
    sample(infinities, 1),
    sample(random([]), 0),
    ...[0, 1].map((dim) => roughOfNothing(sample(random([2, 0]), dim))),
    roughOfNothing(sample(random([2, 0]), [0, 1], true)),
    sample(random([2, 3], { dtype: int64 }), 0),
    failing([random([2, 3]), 2], outOfRange),
  ],
  sum_to_size: [
    sample(random([2, 3]), [1, 3]),
    sample(random([2, 3]), [3]),
    sample(random([2, 3]), []).within(2, order),
    sample(random([2, 3]), [2, 3]),
    sample(random([2, 3], { layout: 'expanded' }), [2, 1]),
    failing([random([2, 3]), [4]], 'is not expandable to size'),
    failing([random([2, 3]), [1, 2, 3]], 'is not expandable to size'),
  ],
};
