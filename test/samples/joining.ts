import { float64, int64 } from '../../lib/base/dtype.js';
import { failing, layouts, random, type Samples, sample } from './sample.js';

const everyLayout = layouts.map((layout) => random([2, 3, 4], { layout }));
const other = random([2, 3, 4], { seed: 1 });
const vectors = [random([3]), random([3], { seed: 1 })];
const matrices = [random([2, 3]), random([2, 3], { seed: 1, layout: 'transposed' })];
const scalars = [random([]), random([], { seed: 1 })];
const stacks = [sample(vectors), sample(matrices), sample(scalars), sample([other, other])];

export const joining: Samples = {
  cat: [
    ...everyLayout.flatMap((tensor) => [sample([tensor, other]), sample([tensor, other, tensor], -1)]),
    sample([random([2, 3]), random([1, 3], { seed: 1 })]),
    sample([random([2, 3]), random([0]), random([2, 1], { seed: 1 })], 1),
    sample([random([0]), random([0])], 1),
    sample([random([2]), random([2], { dtype: int64 })]),
    sample([random([2]), random([2], { dtype: float64, seed: 1 })]),
    sample([random([2, 3])], { dim: 1 }),
    failing([[]], 'torch.cat(): expected a non-empty list of Tensors'),
    failing([scalars], 'zero-dimensional tensor (at position 0) cannot be concatenated'),
    failing([[random([2, 3]), random([3])]], 'Tensors must have same number of dimensions: got 2 and 1'),
    failing(
      [[random([2, 3]), random([2, 2])]],
      'Sizes of tensors must match except in dimension 0. Expected size 3 but got size 2 for tensor number 1 in the list.',
    ),
    failing([[random([2])], 1], 'Dimension out of range'),
  ],
  concat: [sample(matrices, 1)],
  stack: [
    ...everyLayout.flatMap((tensor) => [sample([tensor, other]), sample([tensor, other], -1), sample([tensor], 2)]),
    sample(scalars),
    sample([random([2]), random([2], { dtype: float64, seed: 1 })], 1),
    failing([[]], 'stack expects a non-empty TensorList'),
    failing([[random([2]), random([3])]], 'stack expects each tensor to be equal size, but got [2] at entry 0 and [3]'),
    failing([[random([2])], 2], 'Dimension out of range'),
  ],
  hstack: stacks,
  vstack: stacks,
  row_stack: [sample(vectors)],
  dstack: stacks,
  column_stack: [sample(vectors), sample(matrices), sample(scalars), sample([random([2]), random([2, 3])])],
  unbind: [
    ...everyLayout.flatMap((tensor) => [sample(tensor), sample(tensor, -1)]),
    failing([random([])], 'Dimension specified as 0 but tensor has no dimensions'),
  ],
  split: [
    ...everyLayout.flatMap((tensor) => [sample(tensor, 2, 1), sample(tensor, [1, 0, 3], -1), sample(tensor, 5)]),
    sample(random([0]), 0),
    failing([random([4]), 0], 'split_size can only be 0 if dimension size is 0, but got dimension size of 4'),
    failing([random([4]), -1], 'split expects split_size be non-negative, but got split_size=-1'),
    failing([random([4]), [1, 2]], 'split_with_sizes expects split_sizes to sum exactly to 4'),
    failing([random([4]), [-1, 5]], 'split_with_sizes expects split_sizes have only non-negative entries'),
    failing([random([]), 1], 'split expects at least a 1-dimensional tensor'),
  ],
  split_with_sizes: [sample(random([2, 4]), [1, 3], 1)],
  chunk: [
    ...everyLayout.flatMap((tensor) => [sample(tensor, 3, 2), sample(tensor, 5, -1), sample(tensor, 1)]),
    sample(random([0]), 3),
    failing([random([4]), 0], 'chunk expects `chunks` to be greater than 0, got: 0'),
    failing([random([]), 1], 'chunk expects at least a 1-dimensional tensor'),
  ],
};
