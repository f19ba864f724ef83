import { dtypes, float32, float64, int64 } from '../../lib/base/dtype.js';
import { failing, random, type Sample, type Samples, sample } from './sample.js';
import { unarySamples } from './standard.js';

const floats = { dtypes: [float32, float64] };
const tails = 'tails are what rounding near 1 leaves of them';
const close = (samples: readonly Sample[]): Sample[] => samples.map((each) => each.within(8, tails));
/** Of NaN, PyTorch's vectors of float64 and those of float32 make different gradients. */
const unlessNaN = (samples: readonly Sample[]): Sample[] =>
  samples.map((each) =>
    each.recipes[0]?.dtype === float64 ? each.ignoring('gradients', 'those of NaN depend on the dtype') : each,
  );

const integers = dtypes.filter((dtype) => !dtype.is_floating_point);
const refused = (): Sample[] =>
  integers.map((dtype) => failing([random([3], { dtype })], `not implemented for '${dtype.scalarName}'`));
/** Both ways, and what neither takes. */
const switched = (): Sample[] => [
  ...close(unarySamples({ ...floats, specials: [-20, 20, -100, 100] })),
  sample(random([9]), { inplace: false }),
  ...refused(),
];

export const nonlinearities: Samples = {
  'nn.functional.gelu': [
    ...close([
      ...unarySamples({ ...floats, specials: [-6, 6, -20, 20] }),
      ...unarySamples({ ...floats, specials: [-6, 6, -20, 20] }, { approximate: 'tanh' }),
      sample(random([200], { low: -8, high: 8 })),
      sample(random([200], { low: -8, high: 8 }), { approximate: 'tanh' }),
    ]),
    ...refused(),
    failing([random([3]), { approximate: 'sine' }], 'approximate argument must be either none or tanh.'),
  ],
  'nn.functional.silu': switched(),
  'nn.functional.mish': switched(),
  'nn.functional.relu': [...unarySamples({ dtypes: [float32, int64] }), sample(random([3]), { inplace: false })],
  'nn.functional.softplus': [
    ...close(unarySamples({ ...floats, specials: [-100, 19, 21] })),
    ...close([sample(random([9]), 3), sample(random([9]), { beta: 0.5, threshold: 0.5 })]),
    ...refused(),
  ],
  'nn.functional.logsigmoid': [...close(unarySamples({ ...floats, specials: [-100, 100] })), ...refused()],
  'nn.functional.leaky_relu': [
    ...unarySamples(floats),
    sample(random([9]), 0.3),
    sample(random([9]), { negative_slope: -0.5 }),
    ...refused(),
  ],
  'nn.functional.elu': [
    ...unlessNaN(switched()),
    ...close([sample(random([9]), 0.3), sample(random([9]), { alpha: -2 })]),
  ],
  'nn.functional.celu': [
    ...unlessNaN(switched()),
    ...close([sample(random([9]), 0.3)]),
    failing([random([3]), 0], 'ZeroDivisionError'),
  ],
  'nn.functional.selu': unlessNaN(switched()),
  'nn.functional.relu_': [sample(random([9]))],
  'nn.functional.leaky_relu_': [sample(random([9])), sample(random([9]), 0.5)],
  'nn.functional.elu_': close([sample(random([9])), sample(random([9]), { alpha: 2 })]),
  'nn.functional.celu_': close([sample(random([9]), 2)]),
  'nn.functional.selu_': close([sample(random([9]))]),
  celu: close([sample(random([9]))]),
  selu: close([sample(random([9]))]),
};
