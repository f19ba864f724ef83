import { dtypes } from '../../lib/base/dtype.js';
import { failing, layouts, random, type Samples, sample } from './sample.js';

const everyLayout = layouts.map((layout) => random([2, 3, 4], { layout }));
const triangles = [
  ...everyLayout.flatMap((tensor) => [sample(tensor), sample(tensor, 1), sample(tensor, -2), sample(tensor, 9)]),
  ...dtypes.map((dtype) => sample(random([3, 3], { dtype }))),
  sample(random([0, 3])),
  failing([random([3])], 'Dimension out of range (expected to be in range of [-1, 0], but got -2)'),
];

export const diagonals: Samples = {
  diagonal: [
    ...everyLayout.flatMap((tensor) => [sample(tensor), sample(tensor, 1, 1, 2), sample(tensor, -1, -1, 0)]),
    sample(random([3, 3]), 5),
    failing([random([3, 3]), 0, 1, 1], 'diagonal dimensions cannot be identical 1, 1'),
    failing([random([3])], 'Dimension out of range'),
  ],
  diag: [
    sample(random([3])),
    sample(random([3], { layout: 'sliced' }), -2),
    ...layouts.flatMap((layout) => [0, 1, -1].map((offset) => sample(random([3, 4], { layout }), offset))),
    sample(random([2, 2]), 2),
    failing([random([2, 2, 2])], 'matrix or a vector expected'),
  ],
  diag_embed: [
    ...layouts.map((layout) => sample(random([2, 3], { layout }))),
    sample(random([2, 3]), 1, 0, 2),
    sample(random([2, 3]), -2, -1, 0),
    failing([random([2, 3]), 0, 1, 1], 'diagonal dimensions cannot be identical 1, 1'),
    failing([random([])], 'Dimension out of range (expected to be in range of [-1, 0], but got -2)'),
  ],
  diagflat: [sample(random([2, 2])), sample(random([]), 1)],
  tril: triangles,
  triu: triangles,
};
