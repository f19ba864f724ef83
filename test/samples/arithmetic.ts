import { dtypes, float64, int32, int64, uint8 } from '../../lib/base/dtype.js';
import { failing, random, type Samples, sample, values } from './sample.js';
import { binarySamples, promotionSamples, unarySamples } from './standard.js';

const numeric = dtypes.filter((dtype) => dtype.name !== 'bool');

export const arithmetic: Samples = {
  add: [
    ...binarySamples(),
    ...promotionSamples(),
    sample(random([3]), random([3], { seed: 1 }), { alpha: 2.5 }),
    sample(random([3]), 2, { alpha: -3 }),
    sample(random([2, 3]), random([3], { dtype: float64 }), { alpha: 0.5 }),
    sample(random([3], { dtype: int64 }), random([3], { dtype: int32 }), { alpha: 2 }),
    sample(values([255, 1], { dtype: uint8 }), values([1, 255], { dtype: uint8 })),
    sample(values([2n ** 62n, -(2n ** 63n)], { dtype: int64 }), values([2n ** 62n, -1n], { dtype: int64 })),
    failing([random([2]), random([3])], 'The size of tensor a (2) must match the size of tensor b (3)'),
    failing([random([2]), 'x'], "argument 'other' must be Tensor"),
    failing([random([2])], "missing 1 required positional argument: 'other'"),
  ],
  mul: [
    ...binarySamples(),
    ...promotionSamples(),
    failing([random([2, 3]), random([2])], 'The size of tensor a (3) must match the size of tensor b (2)'),
  ],
  neg: [...unarySamples({ dtypes: numeric }), failing([values([true], { dtype: dtypes[0] })], 'bool')],
};
