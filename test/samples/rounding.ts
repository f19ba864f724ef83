import { bool, dtypes, float32, float64, int64, uint8 } from '../../lib/base/dtype.js';
import { failing, random, type Samples, sample, values } from './sample.js';
import { binarySamples, unarySamples } from './standard.js';

const numeric = dtypes.filter((dtype) => dtype !== bool);
const halves = [0.5, -0.5, 1.5, 2.5, -1.5, -2.5, 2 ** 23 + 1, 0.49999997];
const truth = values([true, false], { dtype: bool });
const whole = (elements: number[]) => values(elements, { dtype: int64 });
const nan = Number.NaN;

const roundings = [
  ...unarySamples({ dtypes: numeric, specials: halves }),
  failing([truth], "not implemented for 'Bool'"),
];

export const rounding: Samples = {
  floor: roundings,
  floor_: [sample(random([3])), sample(random([3], { dtype: int64 }))],
  ceil: roundings,
  ceil_: [sample(random([3]))],
  trunc: roundings,
  trunc_: [sample(random([3]))],
  fix: [sample(random([3]))],
  round: [
    ...roundings,
    sample(values([1.25, 1.35, -0.05, 12.5]), { decimals: 1 }),
    sample(values([1234, 55, 45], { dtype: float64 }), { decimals: -1 }),
    failing([whole([12]), { decimals: 1 }], "not implemented for 'Long'"),
  ],
  round_: [sample(random([3])), sample(random([3]), { decimals: 1 })],
  frac: [...unarySamples({ dtypes: [float32, float64] }), failing([whole([1])], "not implemented for 'Long'")],
  frac_: [sample(random([3]))],
  sign: unarySamples(),
  sign_: [sample(random([3]))],
  sgn: [sample(random([3], { requires_grad: false })), sample(whole([-3, 0, 2]))],
  abs: [
    ...unarySamples({ dtypes: numeric }),
    sample(values([-(2n ** 63n)], { dtype: int64 })),
    failing([truth], "not implemented for 'Bool'"),
  ],
  abs_: [sample(random([3]))],
  absolute: [sample(random([3]))],
  copysign: binarySamples(),
  copysign_: [
    sample(random([3]), random([3], { seed: 1 })),
    failing([whole([1]), 2], "result type Float can't be cast"),
  ],
  clamp: [
    ...unarySamples({ dtypes: numeric }, 0, 1),
    sample(random([9]), { min: 0.5 }),
    sample(random([9]), { max: 0.5 }),
    sample(random([9]), null, 0.5),
    sample(random([9]), 1, -1),
    sample(random([2, 3]), random([3], { seed: 1 }), random([2, 1], { seed: 2 })),
    sample(random([2, 3], { layout: 'transposed' }), random([2, 3], { seed: 1 })),
    sample(random([3]), null, random([3], { seed: 1 })),
    sample(values([1, nan, 3]), values([nan, 0, 5]), values([2, 2, nan])),
    sample(values([0, 1, 0.5]), 0, 1),
    sample(whole([1, 2]), 1.5),
    sample(whole([1, 5]), values([2, 2]), values([3.5, 3.5])),
    sample(truth, 0, 1),
    failing([random([3])], "At least one of 'min' or 'max' must not be None"),
    failing([values([1], { dtype: uint8 }), 0, 300], 'without overflow'),
  ],
  clamp_: [
    sample(random([9]), -0.5, 0.5),
    sample(random([3]), random([3], { seed: 1 })),
    failing([whole([1]), 1.5], "result type Float can't be cast"),
    failing([random([3], { requires_grad: false }), random([2, 3])], "doesn't match the broadcast shape"),
  ],
  clip: [sample(random([9]), 0, 1)],
  clamp_min: [sample(random([9]), 0.5), sample(random([3]), random([3], { seed: 1 }))],
  clamp_min_: [sample(random([9]), 0.5)],
  clamp_max: [sample(random([9]), 0.5), sample(random([3]), random([3], { seed: 1 }))],
  clamp_max_: [sample(random([9]), 0.5)],
  nan_to_num: [
    ...unarySamples(),
    sample(values([nan, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1]), 2, 3, 4),
    sample(values([nan, Number.POSITIVE_INFINITY]), { posinf: 5 }),
  ],
  nan_to_num_: [sample(values([nan, 1]))],
};
