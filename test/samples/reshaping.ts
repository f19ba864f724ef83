import { failing, layouts, random, type Samples, sample } from './sample.js';
import { unarySamples } from './standard.js';

const everyLayout = layouts.map((layout) => random([2, 3, 4], { layout }));

export const reshaping: Samples = {
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
  view_as: [
    sample(random([2, 6]), random([3, 4], { seed: 1 })),
    failing([random([2, 3], { layout: 'transposed' }), random([6])], 'view size is not compatible'),
  ],
  reshape_as: everyLayout.map((tensor) => sample(tensor, random([4, 6], { seed: 1 }))),
  flatten: [
    ...unarySamples(),
    ...everyLayout.flatMap((tensor) => [sample(tensor, 1), sample(tensor, 0, 1), sample(tensor, -2, -1)]),
    sample(random([2, 3]), { end_dim: 0 }),
    failing([random([2, 3]), 1, 0], 'flatten() has invalid args: start_dim cannot come after end_dim'),
    failing([random([2, 3]), 2], 'Dimension out of range'),
  ],
  ravel: unarySamples(),
  unsqueeze_: [sample(random([2, 3], { requires_grad: false }), 1), sample(random([], { requires_grad: false }), 0)],
  squeeze_: [
    sample(random([1, 3, 1], { requires_grad: false })),
    sample(random([1, 3, 1], { requires_grad: false }), 2),
    failing([random([1, 3])], 'a leaf Variable that requires grad is being used in an in-place operation'),
  ],
};
