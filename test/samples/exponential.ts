import { float32, float64, int64 } from '../../lib/base/dtype.js';
import { failing, random, type Samples, sample, values } from './sample.js';
import { binarySamples, unarySamples } from './standard.js';

const positive = { low: 0.1, high: 4 };
const floats = [float32, float64];
const notAnInteger = failing(
  [random([3], { dtype: int64 })],
  "result type Float can't be cast to the desired output type",
);

export const exponential: Samples = {
  exp: [...unarySamples({ specials: [88, 89, -87, -104] }), sample(random([9], { low: -50, high: 50 }))],
  exp_: [sample(random([3, 4])), notAnInteger],
  exp2: unarySamples({ specials: [127, 128, -126] }),
  exp2_: [sample(random([3]))],
  expm1: [...unarySamples(), sample(random([9], { low: -1e-4, high: 1e-4 }))],
  expm1_: [sample(random([3]))],
  log: unarySamples(positive),
  log_: [sample(random([3], positive)), notAnInteger],
  log2: unarySamples(positive),
  log2_: [sample(random([3], positive))],
  log10: unarySamples(positive),
  log10_: [sample(random([3], positive))],
  log1p: [...unarySamples({ low: -0.5, high: 4 }), sample(random([9], { low: -1e-4, high: 1e-4 }))],
  log1p_: [sample(random([3], positive))],
  logaddexp: [
    ...binarySamples({ dtypes: floats, scalars: false }).map((each) =>
      each.within(4, 'a result near 0 is a difference'),
    ),
    sample(values([1000, -1000]), values([1000, -1001])),
    failing([random([2], { dtype: int64 }), random([2], { dtype: int64 })], "not implemented for 'Long'"),
  ],
  ldexp: [sample(random([3, 1]), random([4])), sample(random([3]), values([-2, 0, 10], { dtype: int64 }))],
  xlogy: [
    ...binarySamples({ ...positive }),
    sample(2, random([3], positive)),
    sample(0, values([0, 1, Number.NaN])),
    failing([2, 3], "argument 'self' must be Tensor"),
  ],
  xlogy_: [sample(random([3]), random([3], positive)), sample(random([3]), 2)],
};
