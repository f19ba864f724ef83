import { bool, dtypes, float64, int32, int64, uint8 } from '../../lib/base/dtype.js';
import { failing, random, type Samples, sample, values } from './sample.js';
import { binarySamples, promotionSamples, unarySamples } from './standard.js';

const numeric = dtypes.filter((dtype) => dtype.name !== 'bool');

const truth = values([true], { dtype: bool });
const integers = [5, 7, 2].map((element) => values([element], { dtype: int64 }));
const combined = [
  sample(random([3, 4]), random([3, 4], { seed: 1 }), random([3, 4], { seed: 2, low: 1, high: 4 })),
  sample(random([3, 4]), random([4], { seed: 1 }), random([3, 1], { seed: 2, low: 1, high: 4 }), { value: -0.5 }),
  sample(random([2], { dtype: float64 }), random([2], { seed: 1 }), random([2], { low: 1 }), { value: 3 }),
  sample(random([0]), random([1]), random([1], { low: 1 })),
];

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
  add_: [
    sample(random([2, 3]), random([3], { seed: 1 }), { alpha: 2 }),
    failing([random([3], { dtype: int64 }), 1.5], "result type Float can't be cast to the desired output type Long"),
    failing(
      [random([3], { requires_grad: false }), random([2, 3])],
      "output with shape [3] doesn't match the broadcast shape [2, 3]",
    ),
  ],
  sub: [
    ...binarySamples({ dtypes: numeric, scalars: false }),
    sample(random([3], { dtype: int64 }), 2.5),
    sample(random([3], { dtype: uint8 }), 3),
    ...promotionSamples(numeric),
    sample(random([3]), random([3], { seed: 1 }), { alpha: 2.5 }),
    sample(values([1, 2], { dtype: uint8 }), values([2, 1], { dtype: uint8 }), { alpha: 3 }),
    failing([truth, truth], 'with two bool tensors is not supported'),
    failing([random([1]), truth], 'with a bool tensor is not supported'),
    failing([random([1], { dtype: int64 }), 1, { alpha: 1.5 }], 'argument alpha must not be a floating point number'),
    failing([random([1]), 1, { alpha: true }], 'Boolean alpha only supported for Boolean results'),
  ],
  sub_: [sample(random([3]), 2)],
  subtract: [sample(random([3]), 2)],
  rsub: [
    sample(random([3]), 2),
    sample(random([2, 3]), random([3], { seed: 1 })),
    sample(random([3], { dtype: int64 }), 2, { alpha: 3 }),
    failing([truth, 1], 'with a bool tensor is not supported'),
  ],
  mul: [
    ...binarySamples(),
    ...promotionSamples(),
    failing([random([2, 3]), random([2])], 'The size of tensor a (3) must match the size of tensor b (2)'),
  ],
  mul_: [
    sample(random([2, 3]), random([3], { seed: 1 })),
    failing([random([3], { dtype: int64 }), 1.5], "result type Float can't be cast to the desired output type Long"),
  ],
  multiply: [sample(random([3]), 2)],
  neg: [...unarySamples({ dtypes: numeric }), failing([values([true], { dtype: bool })], 'bool')],
  neg_: [sample(random([3]))],
  negative: [sample(random([3]))],
  positive: [failing([truth], 'on a bool tensor is not supported')],
  addcmul: [
    ...combined,
    sample(...integers, { value: 2 }),
    failing([truth, truth, truth], "not implemented for 'Bool'"),
  ],
  addcmul_: [sample(random([3]), random([3], { seed: 1 }), random([3], { seed: 2 }), { value: 2 })],
  addcdiv: [...combined, failing(integers, 'Integer division with addcdiv is no longer supported')],
  addcdiv_: [sample(random([3]), random([3], { seed: 1 }), random([3], { seed: 2, low: 1 }))],
};
