import { bool, dtypes, float32, float64, int64, uint8 } from '../../lib/base/dtype.js';
import { failing, random, type Samples, sample, values } from './sample.js';
import { binarySamples, promotionSamples } from './standard.js';

const apart = { low: 1, high: 4 };
const numeric = dtypes.filter((dtype) => dtype !== bool);
const whole = (elements: number[]) => values(elements, { dtype: int64 });
const [dividends, divisors] = [whole([7, -7, 7, -7]), whole([2, 2, -2, -2])];
const [floats, by] = [values([7.5, -7.5, 7.5, -7.5, 0, 1]), values([2, 2, -2, -2, 2, 0])];
const byZero = failing([whole([1]), whole([0])], 'ZeroDivisionError');
const truth = values([true], { dtype: bool });

const remainders = [
  ...binarySamples({ ...apart, dtypes: [float32, float64], scalars: false, specials: null }),
  ...promotionSamples(numeric).map((each) => each.rough('jumps where the quotient is whole')),
  sample(dividends, divisors),
  sample(floats, by),
  sample(dividends, 3),
  sample(random([4]), 1.5),
  byZero,
  failing([truth, truth], "not implemented for 'Bool'"),
];

export const division: Samples = {
  div: [
    ...binarySamples({ ...apart }),
    ...promotionSamples().map((each) => each.rough('divides by false')),
    ...['floor', 'trunc'].flatMap((rounding_mode) => [
      sample(dividends, divisors, { rounding_mode }),
      sample(floats, by, { rounding_mode }),
      sample(values([5, 255], { dtype: uint8 }), 2, { rounding_mode }),
      sample(random([4]), 0.25, { rounding_mode }),
    ]),
    failing([whole([1]), 0, { rounding_mode: 'floor' }], 'ZeroDivisionError'),
    failing([random([2]), 2, { rounding_mode: 'up' }], 'div expected rounding_mode to be one of'),
  ],
  div_: [
    sample(random([3]), 2),
    sample(whole([7, -7]), 2, { rounding_mode: 'floor' }),
    failing([whole([1]), 2], "result type Float can't be cast"),
  ],
  divide: [sample(random([3]), 2)],
  true_divide: [sample(random([3]), 2), failing([random([3]), 2, { rounding_mode: 'floor' }], 'rounding_mode')],
  true_divide_: [sample(random([3]), 2)],
  floor_divide: [
    ...promotionSamples(numeric.filter((dtype) => !dtype.is_floating_point)),
    sample(dividends, divisors),
    sample(values([7.5, -7.5, 1, -1, 0], { requires_grad: false }), values([2, 2, 0, 0, 0], { requires_grad: false })),
    sample(values([1, 0.3], { requires_grad: false }), 0.1),
    byZero,
  ],
  floor_divide_: [sample(whole([7, -7]), 2)],
  remainder: [...remainders, sample(7, whole([2, -2, 3]))],
  remainder_: [sample(random([3]), 1.5)],
  fmod: remainders,
  fmod_: [sample(random([3]), 1.5)],
};
