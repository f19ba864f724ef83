import { bool, dtypes, float32, float64 } from '../../lib/base/dtype.js';
import { failing, random, type Samples, sample, values } from './sample.js';
import { unarySamples } from './standard.js';

const numeric = dtypes.filter((dtype) => dtype !== bool);
const inside = { low: 0.1, high: 0.9 };

export const activation: Samples = {
  sigmoid: [
    ...unarySamples(),
    sample(values([-80, 89, 100, 1000])),
    // Not below -88, where PyTorch 1.13 gives 0 for what is denormal: its exp(-x) overflows.
  ],
  sigmoid_: [sample(random([3])), failing([random([3], { dtype: dtypes[5] })], "result type Float can't be cast")],
  relu: [
    ...unarySamples({ dtypes: numeric }),
    failing([values([true], { dtype: bool })], 'Boolean inputs not supported'),
  ],
  relu_: [sample(random([3, 4])), sample(random([3], { dtype: dtypes[5] }))],
  logit: [
    ...unarySamples({ ...inside, dtypes: [float32, float64] }),
    sample(random([9], { low: -0.5, high: 1.5 }), 0.2),
    sample(values([0.25, 2]), { eps: 0.25 }),
  ],
  logit_: [sample(random([3], inside))],
};
