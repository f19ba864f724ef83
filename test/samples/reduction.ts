import { bool, dtypes, float32, float64, int64, uint8 } from '../../lib/base/dtype.js';
import { failing, random, type Sample, type Samples, sample, values } from './sample.js';
import { reductionSamples } from './standard.js';

const order = 'the terms are added in another order';
const loosely = (samples: readonly Sample[]): Sample[] => samples.map((each) => each.within(32, order));
const floats = [float32, float64];

/** One dimension or all of them. */
const oneDim = (samples: readonly Sample[]): Sample[] => samples.filter(({ args: [, dim] }) => !Array.isArray(dim));

const outOfRange = failing(
  [random([2, 3]), 2],
  'Dimension out of range (expected to be in range of [-2, 1], but got 2)',
);

export const reduction: Samples = {
  sum: [
    ...loosely(reductionSamples()),
    sample(random([4]), { dtype: float64 }),
    sample(random([4], { requires_grad: false }), { dtype: int64 }),
    sample(random([2, 3], { dtype: int64 }), 0, { dtype: float64 }),
    sample(values([200, 100], { dtype: uint8 })),
    outOfRange,
    failing([random([2, 3]), [0, 0]], 'appears multiple times in the list of dims'),
  ],
  sum_to_size: [
    sample(random([2, 3]), [1, 3]),
    sample(random([2, 3]), [3]),
    sample(random([2, 3]), []).within(2, order),
    sample(random([2, 3]), [2, 3]),
    failing([random([2, 3]), [4]], 'is not expandable to size'),
  ],
  mean: [
    ...loosely(reductionSamples({ dtypes: floats })),
    sample(random([4], { dtype: int64 }), { dtype: float64 }),
    failing([random([4], { dtype: int64 })], 'mean(): could not infer output dtype'),
    outOfRange,
  ],
  any: [...oneDim(reductionSamples({ dtypes })), sample(values([[false, true]], { dtype: bool }), 0)],
  all: [...oneDim(reductionSamples({ dtypes })), sample(values([[false, true]], { dtype: bool }), 0)],
  logsumexp: [
    ...loosely(
      reductionSamples({ dtypes: floats }).filter(
        ({ args, recipes: [{ shape }] }) => args.length > 1 && shape.length > 0,
      ),
    ),
    sample(
      values([
        [1e30, 1e30],
        [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
        [Number.POSITIVE_INFINITY, 1],
      ]),
      1,
    ),
  ],
};
