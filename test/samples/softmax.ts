import { dtypes, float32, float64, int64 } from '../../lib/base/dtype.js';
import { failing, layouts, random, type Sample, type Samples, sample, values } from './sample.js';

const order = 'the terms are combined in another order, and exponentials are rounded otherwise';
const near = (samples: readonly Sample[]): Sample[] => samples.map((each) => each.within(16, order));

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
const edges = values([
  [1, 2, 3],
  [1, nan, 3],
  [1, infinity, 3],
  [1, -infinity, 3],
  [-infinity, -infinity, -infinity],
  [1000, 1001, 1002],
  [-1000, 0, 1000],
]);

/** `last` and `other` name PyTorch's kernels along the last dimension and along others. */
function alongDim(last: string): Sample[] {
  return near([
    ...layouts.flatMap((layout) => [0, 1, -1].map((dim) => sample(random([2, 3, 4], { layout }), dim))),
    ...[1, 2, 7, 8, 9, 15, 16, 17, 33, 100].map((n) => sample(random([2, n], { low: -9, high: 9 }), 1)),
    ...[1, 3, 63, 64, 65, 130].map((inner) => sample(random([2, 3, inner]), 1)),
    sample(random([3, 5], { dtype: float64 }), 1),
    sample(random([3, 2, 5], { dtype: float64 }), 1),
    sample(random([]), 0),
    sample(random([]), -1),
    sample(random([2, 0, 3]), 1),
    sample(random([2, 0, 3]), 0),
    sample(random([0]), 0),
    sample(random([7]), 0),
    sample(edges, 1).rough('infinite'),
    sample(edges, 0).rough('infinite'),
    sample(random([2, 3]), { dim: 1 }),
    sample(random([2, 3]), 1, { dtype: float64 }),
    sample(random([2, 3], { dtype: int64 }), 1, { dtype: float32 }),
    ...dtypes
      .filter((dtype) => !dtype.is_floating_point)
      .map((dtype) => failing([random([3], { dtype }), 0], `"${last}" not implemented for '${dtype.scalarName}'`)),
    failing([random([2, 3]), 2], 'Dimension out of range (expected to be in range of [-2, 1], but got 2)'),
    failing([random([2, 3]), -3], 'Dimension out of range (expected to be in range of [-2, 1], but got -3)'),
  ]);
}

const functional = (): Sample[] =>
  near([
    ...[[], [3], [2, 3], [2, 3, 4], [2, 3, 2, 2]].map((shape) => sample(random(shape))),
    sample(random([2, 3]), 0),
    sample(random([2, 3]), null, 3, float64),
    sample(random([2, 3]), { dim: -1, dtype: float64 }),
    sample(random([2, 3]), 1, { _stacklevel: 5 }),
    failing([random([2, 3]), 2], 'Dimension out of range'),
  ]);

export const softmax: Samples = {
  softmax: alongDim('softmax_lastdim_kernel_impl'),
  log_softmax: alongDim('log_softmax_lastdim_kernel_impl'),
  'nn.functional.softmax': functional(),
  'nn.functional.log_softmax': functional(),
  'nn.functional.softmin': functional(),
  'nn.functional.gumbel_softmax': [
    sample(random([3, 4])).seeded(3),
    sample(random([3, 4]), 0.5).seeded(3),
    sample(random([3, 4]), 1, { hard: true, dim: 0 }).seeded(5),
  ].map((each) => each.within(64, order).rough('random')),
};
