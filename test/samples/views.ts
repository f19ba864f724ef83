import { failing, layouts, random, type Samples, sample } from './sample.js';
import { unarySamples } from './standard.js';

const everyLayout = layouts.map((layout) => random([2, 3, 4], { layout }));

export const views: Samples = {
  as_strided: [
    sample(random([12]), [3, 4], [1, 3]),
    sample(random([12]), [3, 3], [3, 1], 2),
    sample(random([12]), [4, 3], [2, 1]),
    sample(random([3, 4]), [2], [0]),
    sample(random([3, 4]), [], [], 5),
    sample(random([3, 4], { layout: 'sliced' }), [2, 2], [8, 2]),
    failing([random([4]), [5], [1]], 'out of bounds for storage of size'),
    failing([random([4]), [2], [-1]], 'Negative strides are not supported'),
    failing([random([4]), [2, 2], [1]], 'mismatch in length of strides and shape'),
  ],
  expand: [
    sample(random([3, 1]), [3, 4]),
    sample(random([3, 1]), [2, -1, 4]),
    sample(random([]), [2, 2]),
    sample(random([2, 3]), [2, 3]),
    sample(random([1, 3]), [0, 3]),
    sample(random([2, 1], { layout: 'sliced' }), [2, 5]),
    failing([random([2, 3]), [2, 4]], 'must match the existing size'),
    failing([random([2, 3]), [3]], 'must be greater or equal to the number of dimensions in the tensor'),
    failing([random([2]), [-1, 2]], "isn't allowed in a leading, non-existing dimension"),
  ],
  view: [
    sample(random([2, 6]), [3, 4]),
    sample(random([2, 6]), [-1]),
    sample(random([2, 6]), [2, 1, -1, 3]),
    sample(random([0, 3]), [3, 0, 5]),
    sample(random([1]), []),
    sample(random([6], { layout: 'sliced' }), [2, 3]),
    sample(random([2, 3, 4], { layout: 'expanded' }), [2, 12]),
    failing([random([2, 3], { layout: 'transposed' }), [6]], "view size is not compatible with input tensor's size"),
    failing([random([2, 3]), [4, 2]], "shape '[4, 2]' is invalid for input of size 6"),
    failing([random([2, 3]), [-1, -1]], 'only one dimension can be inferred'),
    failing([random([0, 3]), [-1, 0]], 'cannot reshape tensor of 0 elements into shape [-1, 0]'),
  ],
  reshape: [
    ...everyLayout.map((tensor) => sample(tensor, [4, 6])),
    ...everyLayout.map((tensor) => sample(tensor, [2, 12])),
    sample(random([2, 3]), [2, 3]),
    sample(random([0, 3]), [-1, 3]),
    failing([random([0, 3]), [0, -1]], 'cannot reshape tensor of 0 elements into shape [0, -1]'),
    failing([random([2, 3]), [4]], "shape '[4]' is invalid for input of size 6"),
    failing([random([2, 3]), [-2, 3]], 'invalid shape dimension -2'),
  ],
  unsqueeze: [
    ...everyLayout.flatMap((tensor) => [0, 1, -1, -4].map((dim) => sample(tensor, dim))),
    sample(random([]), 0),
    failing([random([2]), 2], 'Dimension out of range (expected to be in range of [-2, 1], but got 2)'),
  ],
  squeeze: [
    sample(random([1, 3, 1])),
    sample(random([1, 3, 1]), 0),
    sample(random([1, 3, 1]), -1),
    sample(random([1, 3, 1]), 1),
    sample(random([])),
    sample(random([]), 0),
    sample(random([1, 0, 1], { layout: 'sliced' })),
    failing([random([1, 3]), 2], 'Dimension out of range (expected to be in range of [-2, 1], but got 2)'),
  ],
  transpose: [
    ...everyLayout.flatMap((tensor) => [sample(tensor, 0, 2), sample(tensor, -1, 1), sample(tensor, 1, 1)]),
    sample(random([]), 0, -1),
    failing([random([2]), 0, 1], 'Dimension out of range (expected to be in range of [-1, 0], but got 1)'),
  ],
  t: [
    ...unarySamples().filter(({ recipes: [{ shape }] }) => shape.length <= 2),
    ...layouts.map((layout) => sample(random([2, 3], { layout }))),
    failing([random([2, 1, 1])], 't() expects a tensor with <= 2 dimensions, but self is 3D'),
  ],
};
