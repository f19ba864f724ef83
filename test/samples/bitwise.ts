import { bool, dtypes, int32, int64, uint8 } from '../../lib/base/dtype.js';
import { failing, random, type Samples, sample, values } from './sample.js';
import { binarySamples, promotionSamples, unarySamples } from './standard.js';

const integral = dtypes.filter((dtype) => !dtype.is_floating_point);
const integers = integral.filter((dtype) => dtype !== bool);
const refused = failing([random([2]), random([2])], "not implemented for 'Float'");

const logic = [
  ...binarySamples({ dtypes: integral, scalars: false }),
  ...promotionSamples(integral),
  sample(random([3], { dtype: int32 }), 5),
  sample(5, random([3], { dtype: int64 })),
  sample(values([true, false], { dtype: bool }), true),
  refused,
  failing([1, 2], "argument 'self' must be Tensor"),
];

const counts = values([0, 1, 3, 6, 7], { dtype: int64 });
const shifts = [
  ...integers.map((dtype) => sample(random([5], { dtype }), counts.with({ dtype }))),
  sample(random([5], { dtype: int32 }), 2),
  sample(1, counts),
  failing([values([true], { dtype: bool }), values([true], { dtype: bool })], "not implemented for 'Bool'"),
  refused,
];

const twins = [sample(random([3], { dtype: uint8 }), random([3], { dtype: uint8, seed: 1 })), sample(counts, 1)];

export const bitwise: Samples = {
  bitwise_not: [...unarySamples({ dtypes: integral }), failing([random([2])], "not implemented for 'Float'")],
  bitwise_not_: [sample(counts)],
  bitwise_and: logic,
  bitwise_and_: twins,
  bitwise_or: logic,
  bitwise_or_: twins,
  bitwise_xor: logic,
  bitwise_xor_: twins,
  bitwise_left_shift: shifts,
  bitwise_left_shift_: twins,
  bitwise_right_shift: shifts,
  bitwise_right_shift_: twins,
};
