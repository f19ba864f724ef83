import { int64 } from '../../lib/base/dtype.js';
import { failing, layouts, random, type Samples, sample, values } from './sample.js';
import { unarySamples } from './standard.js';

const everyLayout = layouts.map((layout) => random([2, 3, 4], { layout }));
const order = 'the terms are added in another order';

export const rearranging: Samples = {
  repeat: [
    ...layouts.map((layout) => sample(random([2, 3], { layout }), [2, 1]).within(4, order)),
    sample(random([3]), [2, 3]).within(4, order),
    sample(random([]), [3]).within(4, order),
    sample(random([]), []),
    sample(random([2, 3]), [0, 2]),
    failing([random([2, 3]), [2]], 'Number of dimensions of repeat dims can not be smaller than number of dimensions'),
    failing([random([2]), [-1]], 'Trying to create tensor with negative dimension -2'),
  ],
  tile: [sample(random([2, 3]), [2]).within(4, order), sample(random([3]), [2, 1, 2]).within(4, order)],
  flip: [
    sample(random([5]), [0]),
    ...unarySamples({}, []),
    ...everyLayout.flatMap((tensor) => [[0], [-1], [0, 2], [2, 1, 0]].map((dims) => sample(tensor, dims))),
    sample(random([]), [0]),
    failing([random([2]), [0, 0]], 'dim 0 appears multiple times in the list of dims'),
    failing([random([2]), [1]], 'Dimension out of range'),
  ],
  fliplr: [sample(random([2, 3])), failing([random([3])], 'Input must be >= 2-d.')],
  flipud: [sample(random([2, 3])), failing([random([])], 'Input must be >= 1-d.')],
  roll: [
    ...unarySamples({}, 1),
    ...everyLayout.flatMap((tensor) => [sample(tensor, -7, 2), sample(tensor, [1, 2], [0, -1])]),
    failing([random([2, 2]), [1, 2], 0], 'shifts and dimensions must align. shifts: 2, dims:1'),
    failing([random([2, 2]), []], '`shifts` required'),
    failing([random([]), 1, 0], 'Dimension specified as 0 but tensor has no dimensions'),
  ],
  rot90: [
    ...everyLayout.flatMap((tensor) => [0, 1, 2, 3, -1].map((k) => sample(tensor, k, [0, 2]))),
    sample(random([2, 3])),
    failing([random([2, 3]), 1, [0, 0]], 'expected rotation dims to be different, but got dim0 = 0 and dim1 = 0'),
    failing([random([2, 3]), 1, [0]], 'expected total rotation dims == 2, but got dims = 1'),
    failing([random([3])], 'expected total dims >= 2, but got total dims = 1'),
    failing([random([2, 3]), 1, [0, 3]], 'Rotation dim1 out of range, dim1 = 3'),
  ],
  repeat_interleave: [
    sample(random([3]), 2),
    sample(random([2, 3]), 2, 1),
    sample(random([2, 3]), { repeats: 3 }),
    sample(random([3]), values([1, 0, 2], { dtype: int64 })),
    sample(random([3, 2]), values([1, 0, 2], { dtype: int64 }), 0, { output_size: 3 }),
    sample(random([]), 2),
    failing([random([3]), -1], 'repeats can not be negative'),
    failing([random([3]), values([1, 2], { dtype: int64 })], 'repeats must have the same size as input along dim'),
    failing([random([3]), values([1, 0, 2], { dtype: int64 }), 0, { output_size: 4 }], 'allocated size does not match'),
  ],
};
