import { float32, float64, int64 } from '../../lib/base/dtype.js';
import { failing, layouts, random, type Sample, type Samples, sample, values } from './sample.js';
import { reductionSamples, roughOfNothing } from './standard.js';

const order = 'the terms are added in another order';
const floats = [float32, float64];
const outOfRange = 'Dimension out of range (expected to be in range of [-2, 1], but got 2)';

const varianceSamples = (): Sample[] =>
  [
    ...[[3, 4], [67], [0]].map((shape) => sample(random(shape))),
    // PyTorch's gradient of one element fails or has no mathematical sense.
    ...[[], [1]].map((shape) => sample(random(shape, { requires_grad: false }))),
    ...layouts.flatMap((layout) => [0, -1, [0, 2], null].map((dim) => sample(random([2, 3, 4], { layout }), dim))),
    ...floats.map((dtype) => sample(random([9], { dtype }))),
    sample(random([4]), false),
    sample(random([4]), true),
    sample(random([2, 3]), 1, false),
    sample(random([2, 3]), 1, true, true),
    sample(random([2, 3]), [0, 1], false, { keepdim: true }),
    sample(random([2, 3]), { dim: 1, unbiased: false }),
    sample(random([2, 3]), { unbiased: false }),
    sample(random([2, 4]), 1, { correction: 2 }),
    sample(random([2, 3]), 1, { correction: 0, keepdim: true }),
    sample(random([2, 3]), { dim: 0, correction: null }),
    sample(random([2, 3]), { dim: [0], correction: 1 }),
    sample(random([2, 1]), 1).rough('it is NaN'),
    sample(random([2, 0]), 1),
    sample(random([2, 0]), 0),
    sample(values([3, 3, 3])),
    sample(values([1, Number.NaN])),
    sample(values([1, Number.POSITIVE_INFINITY])),
    failing([random([3], { dtype: int64 })], 'std and var only support floating point and complex dtypes'),
    failing([random([2, 3]), 2], outOfRange),
  ].map((each) => roughOfNothing(each.within(64, order)));

const exponents = [0, 1, 2, 3, 0.5, -1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
const zeros = values([
  [0, 0],
  [0, 3],
  [-4, 3],
]);

export const statistics: Samples = {
  var: varianceSamples(),
  std: varianceSamples(),
  norm: [
    ...reductionSamples({ dtypes: floats }).flatMap(({ args: [tensor, dim, keepdim] }) =>
      dim === undefined || typeof dim === 'object' ? [sample(tensor)] : [sample(tensor, 2, dim, keepdim ?? false)],
    ),
    ...exponents.flatMap((p) => [
      sample(random([3, 4], { low: 0.5 }), p),
      sample(random([3, 4], { layout: 'transposed', low: 0.5 }), p, 1),
      sample(random([2, 3], { dtype: float64, low: 0.5 }), p, [0, 1], true),
      sample(zeros, p, 1),
      sample(random([2, 0]), p, 0),
    ]),
    sample(random([2, 3]), 'fro'),
    sample(random([2, 3]), 'fro', 1),
    sample(random([2, 3]), null),
    sample(random([2, 3]), { p: 1, dim: 0, keepdim: true }),
    sample(random([2, 3]), 2, { dtype: float64 }),
    failing([random([3], { dtype: int64 })], 'norm'),
    failing([random([2, 3]), 2, 2], outOfRange),
  ].map((each) => each.within(64, order)),
};
