import { float64, int64 } from '../../lib/base/dtype.js';
import { failing, layouts, type Recipe, random, type Sample, type Samples, sample } from './sample.js';

const order = 'the elements of a window are added in another order';
const pool = 'nn.functional.';

/** No two elements of a window are so near that a finite difference swaps them. */
const apart = (shape: readonly number[]): Recipe => random(shape, { low: -40, high: 40 });

function adaptiveSamples(dims: 1 | 2 | 3, make: (shape: readonly number[]) => Recipe): Sample[] {
  const sizes = [
    [2, 2, 11],
    [2, 2, 7, 9],
    [1, 2, 3, 4, 5],
  ][dims - 1];
  const each = (...all: number[]): number[] => all.slice(-dims);
  return [
    ...[1, 2, 4, 6].map((size) => sample(make(sizes), size)),
    sample(make(sizes), each(2, 3, 5)),
    ...layouts.map((layout) => sample(make(sizes).with({ layout }), 2)),
    sample(make(sizes).with({ dtype: float64 }), 3),
    sample(make(sizes.slice(1)), 3),
    sample(make([0, ...sizes.slice(1)]), 2),
    sample(make(sizes).with({ requires_grad: false }), 0),
  ].map((each) => each.within(16, order));
}

const adaptiveErrors = [
  failing([random([4, 4]), 2], 'adaptive_avg_pool2d(): Expected 3D or 4D tensor, but got [4, 4]'),
  failing([random([2, 3, 0, 8]), 2], 'Expected input to have non-zero size for non-batch dimensions'),
  failing([random([1, 1, 4, 4]), [1, 2, 3]], 'adaptive_avg_pool2d: output_size must be 2'),
  failing([random([1, 4, 4]), -1], 'elements of output_size must be greater than or equal to 0 but received {-1, -1}'),
  failing([random([1, 4, 4], { dtype: int64 }), 2], '"adaptive_avg_pool2d" not implemented for \'Long\''),
];

export const adaptive: Samples = {
  adaptive_avg_pool1d: adaptiveSamples(1, random),
  [`${pool}adaptive_avg_pool2d`]: [
    ...adaptiveSamples(2, random),
    sample(random([2, 3, 4]), [null, 2]),
    ...adaptiveErrors,
  ],
  [`${pool}adaptive_avg_pool3d`]: [...adaptiveSamples(3, random), sample(random([2, 3, 4, 5]), [null, 2, 1])],
  adaptive_max_pool1d: adaptiveSamples(1, apart),
  [`${pool}adaptive_max_pool1d`]: [sample(apart([2, 3, 5]), 2)],
  [`${pool}adaptive_max_pool2d`]: [
    ...adaptiveSamples(2, apart),
    sample(apart([2, 6, 5]), 2, { return_indices: true }),
    failing([random([4, 4]), 2], 'adaptive_max_pool2d(): Expected 3D or 4D tensor, but got: [4, 4]'),
    failing([random([1, 4, 4]), -1], 'Trying to create tensor with negative dimension -1: [1, -1, -1]'),
    failing([random([1, 4, 4], { dtype: int64 }), 2], '"adaptive_max_pool2d" not implemented for \'Long\''),
  ],
  [`${pool}adaptive_max_pool3d`]: adaptiveSamples(3, apart),
};
