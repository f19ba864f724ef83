import { dtypes, float32, float64, int32, int64 } from '../../lib/base/dtype.js';
import { layouts } from './recipe.js';
import { failing, random, type Sample, type Samples, sample, values } from './sample.js';
import { reductionSamples } from './standard.js';

const loosely = (samples: readonly Sample[]): Sample[] => samples.map((each) => each.within(32, 'each step rounds'));

const scans: readonly Sample[] = [
  ...layouts.flatMap((layout) => [0, 1, -1].map((dim) => sample(random([2, 3, 4], { layout }), dim))),
  ...dtypes.map((dtype) => sample(random([5], { dtype }), 0)),
  sample(random([]), 0),
  sample(random([2, 0, 3]), 1),
  sample(random([0]), 0),
  sample(random([3], { dtype: int32 }), 0, { dtype: float64 }),
  sample(values([1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2]), 0),
  failing([random([2]), 1], 'Dimension out of range'),
];

const holed = [
  values([2, 0, 3]),
  values([0, 0, 3]),
  values([
    [2, 0, 3],
    [1, 2, 3],
  ]),
];

export const cumulative: Samples = {
  cumsum: loosely(scans),
  cumprod: loosely([...scans, ...holed.map((each) => sample(each, 0))]),
  prod: loosely([
    ...reductionSamples({ specials: null }).filter(({ args: [, dim] }) => !Array.isArray(dim)),
    ...holed.map((each) => sample(each)),
    ...holed.map((each) => sample(each, 0)),
    sample(random([3], { dtype: int64 }), { dtype: float32 }),
  ]),
};
