import { float32, float64, int64 } from '../../lib/base/dtype.js';
import { failing, random, type Samples, sample, values } from './sample.js';
import { binarySamples, promotionSamples } from './standard.js';

const nan = Number.NaN;
const ties = sample(values([1, 2, 3, nan, 1, nan]), values([1, 3, 2, 1, nan, nan]));
const larger = [
  ...binarySamples({ scalars: false }),
  ...promotionSamples().map((each) => each.rough('equal elements are a kink')),
  ties,
  failing([random([2]), 1], "argument 'other' must be Tensor"),
];

const largerNumber = [
  ...binarySamples({ scalars: false }).map((each) => each.within(0, 'of zeros, either may be the larger')),
  ...promotionSamples().map((each) => each.rough('equal elements are a kink')),
  ties,
];

export const extremes: Samples = {
  maximum: larger,
  minimum: larger,
  fmax: largerNumber,
  fmin: largerNumber,
  lerp: [
    ...binarySamples({ dtypes: [float32, float64], scalars: false, specials: null }).map(({ args }) =>
      sample(...args, 0.25),
    ),
    sample(random([2, 3]), random([3], { seed: 1 }), 0.75),
    sample(random([2, 3]), random([3], { seed: 1 }), random([2, 1], { seed: 2 })),
    sample(values([0, 1, nan]), values([1, 1, 1]), values([0, 1, 0.5])),
    failing([random([2]), random([2], { dtype: float64 }), 0.5], '`end`'),
    failing([random([2]), random([2]), random([2], { dtype: float64 })], '`weight`'),
    failing([random([2], { dtype: int64 }), random([2], { dtype: int64 }), 0.5], "not implemented for 'Long'"),
  ],
  lerp_: [sample(random([3]), random([3], { seed: 1 }), 0.25)],
};
