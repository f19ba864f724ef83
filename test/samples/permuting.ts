import { failing, layouts, random, type Samples, sample } from './sample.js';
import { unarySamples } from './standard.js';

const everyLayout = layouts.map((layout) => random([2, 3, 4], { layout }));
const pairwise = everyLayout.flatMap((tensor) => [sample(tensor, 0, 2), sample(tensor, -1, 1)]);

export const permuting: Samples = {
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
  swapaxes: pairwise,
  swapdims: pairwise,
  permute: [
    ...everyLayout.flatMap((tensor) => [sample(tensor, [2, 0, 1]), sample(tensor, [-1, 1, 0])]),
    sample(random([]), []),
    failing([random([2, 3]), [0]], 'input.dim() = 2 is not equal to len(dims) = 1'),
    failing([random([2, 3]), [0, 0]], 'permute(): duplicate dims are not allowed.'),
    failing([random([2, 3]), [0, 2]], 'Dimension out of range'),
  ],
  movedim: [
    ...everyLayout.flatMap((tensor) => [sample(tensor, 0, 2), sample(tensor, [0, 1], [-1, 0])]),
    failing([random([2, 3]), [0, 1], [0]], 'movedim: Invalid source or destination dims: source ([0, 1] dims)'),
    failing([random([2, 3]), [0, 0], [0, 1]], 'movedim: repeated dim in `source` ([0, 0])'),
    failing([random([2, 3]), [0, 1], [1, 1]], 'movedim: repeated dim in `destination` ([1, 1])'),
  ],
  moveaxis: [sample(random([2, 3, 4]), 2, 0)],
  adjoint: [sample(random([2, 3, 4]))],
  transpose_: [
    sample(random([2, 3], { requires_grad: false }), 0, 1),
    failing([random([2, 3]), 0, 1], 'a leaf Variable that requires grad is being used in an in-place operation'),
  ],
  t_: [sample(random([2, 3], { requires_grad: false }))],
};
