import { bool, float64, int64, uint8 } from '../../lib/base/dtype.js';
import { failing, random, type Samples, sample, values } from './sample.js';
import { binarySamples, promotionSamples, unarySamples } from './standard.js';

const nan = Number.NaN;
const infinity = Number.POSITIVE_INFINITY;

const comparison_ = [sample(random([3]), random([3], { seed: 1 })), sample(random([3], { dtype: int64 }), 2)];
const compared = [
  ...binarySamples(),
  ...promotionSamples(),
  sample(values([1, 2, 3], { dtype: int64 }), 2),
  sample(values([1, 2, 3], { dtype: int64 }), 2.5),
  failing([random([2]), random([3])], 'must match the size of tensor b'),
];
const alias = [sample(random([3]), 0)];
const logic = [...binarySamples({ scalars: false }), ...promotionSamples()];
const logic_ = [sample(random([3], { dtype: int64 }), random([3], { seed: 1 }))];
const close = [
  sample(values([1, 1, 1]), values([1, 1.000001, 1.1])),
  sample(values([1, nan, infinity, infinity]), values([1, nan, infinity, -infinity])),
  sample(values([1, nan]), values([1, nan]), { equal_nan: true }),
  sample(values([1, 2], { dtype: float64 }), values([1.1, 2.1], { dtype: float64 }), 0.06),
  sample(values([1, 2]), values([1, 2.5]), { rtol: 0, atol: 0 }),
  sample(values([1, 200], { dtype: uint8 }), values([2, 200], { dtype: uint8 }), { atol: 1 }),
  sample(values([true, false], { dtype: bool }), values([true, true], { dtype: bool })),
  sample(random([0]), random([0])),
  failing([random([2]), random([2], { dtype: float64 })], 'Float did not match Double'),
  failing([random([2]), random([2]), { rtol: -1 }], 'rtol must be greater than or equal to zero, but got -1'),
];

export const comparison: Samples = {
  eq: compared,
  eq_: comparison_,
  ne: compared,
  ne_: comparison_,
  lt: compared,
  lt_: comparison_,
  le: compared,
  le_: comparison_,
  gt: compared,
  gt_: comparison_,
  ge: compared,
  ge_: comparison_,
  not_equal: alias,
  less: alias,
  less_equal: alias,
  greater: alias,
  greater_equal: alias,
  logical_and: logic,
  logical_and_: logic_,
  logical_or: logic,
  logical_or_: logic_,
  logical_xor: logic,
  logical_xor_: logic_,
  logical_not: unarySamples(),
  logical_not_: [sample(random([3], { dtype: int64 }))],
  isnan: unarySamples(),
  isinf: unarySamples(),
  isfinite: unarySamples(),
  isposinf: unarySamples(),
  isneginf: unarySamples(),
  signbit: unarySamples(),
  equal: [
    sample(random([2, 3]), random([2, 3])),
    sample(random([2, 3]), random([2, 3], { seed: 1 })),
    sample(values([1, 2]), values([1, 2], { dtype: int64 })),
    sample(random([2]), random([3])),
    sample(random([0]), random([0])),
    sample(values([nan]), values([nan])),
  ],
  isclose: close,
  allclose: close,
};
