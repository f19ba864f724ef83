import { bool, dtypes, float32, float64, int32, int64, uint8 } from '../../lib/base/dtype.js';
import { failing, random, type Samples, sample, values } from './sample.js';
import { binarySamples, promotionSamples, unarySamples } from './standard.js';

const positive = { low: 0.1, high: 4 };
const numeric = dtypes.filter((dtype) => dtype !== bool);
const integer = (elements: number[]) => values(elements, { dtype: int64 });

/** Those with kernels of their own, and their neighbours. */
const exponents = [0, 1, 2, 3, 4, 0.5, -0.5, -1, -2, 1.5, -3];

export const power: Samples = {
  sqrt: unarySamples(positive),
  sqrt_: [sample(random([3], positive))],
  rsqrt: unarySamples(positive),
  rsqrt_: [sample(random([3], positive))],
  reciprocal: unarySamples(positive),
  reciprocal_: [sample(random([3], positive))],
  square: [...unarySamples(), sample(integer([2 ** 32, 3]))],
  square_: [sample(random([3])), sample(integer([2, 3]))],
  pow: [
    ...binarySamples({ ...positive, dtypes: [float32, float64], specials: [0.5, 2, 3] }),
    ...promotionSamples(numeric),
    ...exponents.flatMap((exponent) => [
      sample(random([5], positive), exponent),
      sample(values([0, -0, 2, -2, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN]), exponent),
      sample(values([-2, 0, 3], { dtype: float64 }), values(exponent, { dtype: float64 })),
    ]),
    ...[0, 1, 2, 3, 5].map((exponent) => sample(random([5], { dtype: int32 }), exponent)),
    ...[2, 1].map((base) => sample(base, random([5]))),
    ...[0, -1.5].map((base) => sample(base, random([5])).rough('real or finite for single exponents only')),
    sample(2, integer([0, 3, -1, 63, 64])),
    sample(integer([1, -1, 2, 0]), integer([-1, -3, -1, -2])),
    sample(values([true, false], { dtype: bool }), 2),
    sample(random([3], { dtype: uint8 }), 0.5),
    failing([integer([2]), -1], 'Integers to negative integer powers are not allowed.'),
    failing([values([true], { dtype: bool }), true], "not implemented for 'Bool'"),
    failing([2, 3], "argument 'self' must be Tensor"),
  ],
  pow_: [
    sample(random([3]), 2),
    sample(random([3], positive), random([3], { seed: 1 })),
    failing([integer([4]), 0.5], "can't be cast to the desired output type"),
  ],
  float_power: [
    sample(random([3], positive), 2),
    sample(random([3], positive), random([3])),
    sample(2, random([3])),
    sample(integer([2, 3]), -1),
  ],
};
