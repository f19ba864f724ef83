import { float32, float64, int64 } from '../../lib/base/dtype.js';
import { failing, random, type Sample, type Samples, sample } from './sample.js';
import { reductionSamples } from './standard.js';

const floats = [float32, float64];
const loosely = (samples: readonly Sample[]): Sample[] =>
  samples.map((each) => each.within(64, 'sums of squares round'));

export const statistics: Samples = {
  std: [
    ...loosely([
      sample(random([3, 4])),
      sample(random([3, 4]), false),
      sample(random([3, 4]), 1),
      sample(random([3, 4]), [0, 1], false, true),
      sample(random([2, 3, 4], { layout: 'transposed' }), [0, 2]),
      sample(random([3, 4], { dtype: float64 }), { dim: 0, correction: 2 }),
      sample(random([3, 4]), { dim: 0, unbiased: false }),
    ]),
    sample(random([0])),
    sample(random([2, 0]), 0),
    failing([random([3], { dtype: int64 })], 'std and var only support floating point and complex dtypes'),
  ],
  norm: loosely([
    ...reductionSamples({ dtypes: floats, specials: null }).filter(({ args }) => args.length === 1),
    ...[1, 2, 3, 0.5, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].flatMap((p) => [
      sample(random([3, 4]), p),
      sample(random([3, 4]), p, 1),
      sample(random([2, 3, 4], { layout: 'sliced' }), p, [0, 2], true),
    ]),
  ]),
};
