import { bool, dtypes, float64, int64 } from '../../lib/base/dtype.js';
import { failing, layouts, random, type Sample, type Samples, sample, values } from './sample.js';

const order = 'the terms are combined in another order';

function scanSamples(): Sample[] {
  return [
    ...layouts.flatMap((layout) => [0, 1, -1].map((dim) => sample(random([2, 3, 4], { layout }), dim))),
    ...dtypes.map((dtype) => sample(random([9], { dtype }), 0)),
    ...dtypes.map((dtype) => sample(random([2, 2], { dtype }), 1, { dtype: float64 })),
    sample(random([3], { requires_grad: false }), 0, { dtype: int64 }),
    sample(random([]), 0),
    sample(random([]), -1),
    sample(random([2, 0, 3]), 1),
    sample(random([2, 0, 3]), 0),
    sample(values([1, Number.NaN, 2, Number.POSITIVE_INFINITY, 0]), 0),
    sample(random([2, 3]), { dim: 1 }),
    failing([random([2, 3]), 2], 'Dimension out of range (expected to be in range of [-2, 1], but got 2)'),
  ].map((each) => each.within(16, order));
}

/** No zero, one in a row, several in a row. */
const zeros = values([
  [1.5, 2, -3, 0.5],
  [1.5, 0, -3, 0.5],
  [0, 2, 0, 0.5],
]);
const zerosInDouble = zeros.with({ dtype: float64 });

export const cumulative: Samples = {
  cumsum: scanSamples(),
  cumprod: [
    ...scanSamples(),
    ...[0, 1].flatMap((dim) => [sample(zeros, dim), sample(zerosInDouble, dim)]),
    sample(random([3], { dtype: bool }), 0, { dtype: float64 }),
  ],
  prod: [
    ...layouts.flatMap((layout) => [0, 1, -1].map((dim) => sample(random([2, 3, 4], { layout }), dim))),
    ...layouts.map((layout) => sample(random([2, 3], { layout }))),
    ...dtypes.flatMap((dtype) => [sample(random([5], { dtype })), sample(random([2, 2], { dtype }), 0, true)]),
    ...[[], [0], [2, 0, 3], [1, 1]].map((shape) => sample(random(shape))),
    sample(random([2, 0, 3]), 1),
    sample(random([2, 0, 3]), 0, true),
    sample(random([]), 0),
    sample(random([4]), { dtype: float64 }),
    sample(random([2, 3], { dtype: int64 }), 0, { dtype: float64 }),
    sample(random([2, 3]), { dim: -1, keepdim: true }),
    sample(zeros),
    sample(zeros, 0),
    sample(zeros, 1, true),
    sample(values([2, 0, 3])),
    sample(values([Number.NaN, 2])),
    failing([random([2, 3]), 2], 'Dimension out of range (expected to be in range of [-2, 1], but got 2)'),
  ].map((each) => each.within(16, order)),
};
