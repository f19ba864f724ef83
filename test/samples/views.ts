import { failing, layouts, random, type Samples, sample } from './sample.js';

const everyLayout = layouts.map((layout) => random([2, 3, 4], { layout }));

const rows = random([3, 4]);

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
  expand_as: [
    sample(random([3, 1]), random([2, 3, 4], { seed: 1 })),
    failing([random([2]), random([3])], 'must match'),
  ],
  broadcast_to: [
    sample(random([3, 1]), [2, 3, 4]),
    failing([random([2]), [3]], 'The expanded size of the tensor (3) must match the existing size (2)'),
  ],
  narrow: [
    ...everyLayout.flatMap((tensor) => [sample(tensor, 1, 1, 2), sample(tensor, -1, -3, 1), sample(tensor, 0, 2, 0)]),
    failing([rows, 1, 2, 3], 'start (2) + length (3) exceeds dimension size (4).'),
    failing([rows, 1, 0, -1], 'start (0) + length (-1) exceeds dimension size (4).'),
    failing([rows, 2, 0, 1], 'Dimension out of range'),
    failing([random([]), 0, 0, 1], 'narrow() cannot be applied to a 0-dim tensor.'),
  ],
  select: [
    ...everyLayout.flatMap((tensor) => [sample(tensor, 0, 1), sample(tensor, -1, -2), sample(tensor, 1, 0)]),
    failing([rows, 1, 4], 'select(): index 4 out of range for tensor of size [3, 4] at dimension 1'),
    failing([rows, 0, -4], 'select(): index -4 out of range for tensor of size [3, 4] at dimension 0'),
    failing([random([]), 0, 0], 'select() cannot be applied to a 0-dim tensor.'),
  ],
  unfold: [
    ...everyLayout.flatMap((tensor) => [sample(tensor, 2, 2, 1), sample(tensor, -1, 3, 2), sample(tensor, 1, 3, 4)]),
    sample(random([]), 0, 1, 1),
    sample(random([5]), 0, 0, 2),
    failing([rows, 1, 5, 1], 'maximum size for tensor at dimension 1 is 4 but size is 5'),
    failing([rows, 1, 2, 0], 'step is 0 but must be > 0'),
  ],
};
