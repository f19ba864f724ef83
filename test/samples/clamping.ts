import { float32, float64, int64 } from '../../lib/base/dtype.js';
import { failing, random, type Sample, type Samples, sample, values } from './sample.js';
import { unarySamples } from './standard.js';

const floats = { dtypes: [float32, float64] };
/** With the corners, where PyTorch chooses a slope. */
const corners = (...at: readonly number[]): Sample[] =>
  unarySamples({ ...floats, specials: at, low: -9, high: 9 }).map((each) =>
    each.recipes[0].dtype === float64
      ? each.ignoring('gradients', 'PyTorch has float32 constants, and drops NaN')
      : each,
  );
const refused = failing([random([3], { dtype: int64 })], "not implemented for 'Long'");
const composed = (samples: readonly Sample[]): Sample[] =>
  samples.map((each) => each.ignoring('grad_fn', 'it is composed of others').within(8, 'rounded more than once'));

export const clamping: Samples = {
  'nn.functional.hardtanh': [
    ...corners(-1, 1),
    sample(random([9]), -0.5, 0.25),
    sample(random([9]), { max_val: 0.25 }),
    sample(random([9], { dtype: int64 })),
  ],
  'nn.functional.relu6': [...corners(0, 6), sample(random([9]), { inplace: false })],
  'nn.functional.hardsigmoid': [...corners(-3, 3), refused],
  'nn.functional.hardswish': [...corners(-3, 3), refused],
  'nn.functional.threshold': [sample(random([9]), 0.5, 7), sample(values([0.5, 1, Number.NaN]), 0.5, -1)],
  'nn.functional.hardtanh_': [sample(random([9])), sample(random([9]), -0.5, 0.25)],
  'nn.functional.threshold_': [sample(random([9]), 0.5, 7)],
  threshold: [sample(random([9]), 0.5, 7)],
  hardshrink: [...corners(-0.5, 0.5), sample(random([9]), 1), refused],
  'nn.functional.hardshrink': [sample(random([9]), 1)],
  'nn.functional.softshrink': [
    ...corners(-0.5, 0.5),
    sample(random([9]), 1),
    refused,
    failing([random([3]), -1], 'lambda must be greater or equal to 0'),
  ],
  'nn.functional.softsign': composed([...unarySamples({ dtypes: [float32, float64, int64] })]),
  'nn.functional.tanhshrink': composed([sample(random([9])), sample(random([9], { dtype: float64 }))]),
  'nn.functional.glu': composed([
    sample(random([3, 4])),
    sample(random([4, 3]), 0),
    sample(random([2, 6, 2]), { dim: 1 }),
    failing([random([3])], 'Halving dimension must be even, but dimension'),
    failing([random([])], 'glu does not support 0-dimensional tensors'),
  ]),
  prelu: composed([
    sample(random([2, 3, 2]), random([1])),
    sample(random([2, 3, 2]), random([3])),
    sample(random([5]), random([1])),
    failing([random([2, 3]), random([2])], 'Mismatch of parameter numbers and input channel size'),
  ]),
  'nn.functional.prelu': composed([sample(random([2, 3, 2]), random([3]))]),
};
