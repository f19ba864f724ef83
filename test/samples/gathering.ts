import { float64, int64 } from '../../lib/base/dtype.js';
import { failing, indices, layouts, random, type Samples, sample, values } from './sample.js';

const source = random([3, 4], { seed: 1 });
const along = (size: number, shape: readonly number[] = [2, 3]) => indices(shape, size);
const distinct = values([2, 0, 1], { dtype: int64 });
const wrong = values([0, 7], { dtype: int64 });

export const gathering: Samples = {
  gather: [
    ...layouts.flatMap((layout) => [0, 1, -1].map((dim) => sample(random([3, 4], { layout }), dim, along(3)))),
    sample(random([]), 0, values(0, { dtype: int64 })),
    sample(random([3]), 0, indices([0], 3)),
    sample(random([3, 4], { dtype: int64 }), 1, along(4)),
    failing([random([3]), 0, wrong], 'out of bounds', 'IndexError'),
    failing([random([3]), 0, random([2])], 'Expected dtype int64 for index'),
    failing([random([3, 4]), 0, values([0], { dtype: int64 })], 'same number of dimensions as self'),
  ],
  take_along_dim: [
    sample(random([3, 4]), along(4, [3, 2]), 1),
    sample(random([3, 4]), along(4, [1, 2]), 1),
    sample(random([3, 4]), along(12, [5])),
  ],
  scatter_add: [
    ...layouts.map((layout) => sample(random([3, 4], { layout }), 0, along(3), source.with({ requires_grad: false }))),
    sample(random([3, 4]), 1, along(4), source.with({ requires_grad: false })),
    sample(random([3, 4], { dtype: int64 }), 0, along(3), random([3, 4], { dtype: int64, seed: 1 })),
    sample(random([3, 4]), 0, along(3), random([2, 3], { seed: 1 })),
    failing([random([3]), 0, wrong, random([2])], 'out of bounds', 'IndexError'),
    failing(
      [random([3]), 0, values([0], { dtype: int64 }), random([1], { dtype: float64 })],
      'to be equal to src.dtype',
    ),
  ],
  scatter: [
    sample(
      random([3, 4]),
      1,
      values(
        [
          [2, 0],
          [1, 3],
        ],
        { dtype: int64 },
      ),
      random([2, 2], { seed: 1 }),
    ),
    sample(
      random([3, 4]),
      0,
      values(
        [
          [2, 0],
          [1, 2],
        ],
        { dtype: int64 },
      ),
      2.5,
    ).ignoring('grad_fn', 'one entry serves numbers and tensors'),
    sample(random([3, 4], { dtype: int64 }), 0, along(3), random([3, 4], { dtype: int64 }), { reduce: 'multiply' }),
    failing([random([3]), 0, wrong, 1], 'out of bounds', 'IndexError'),
  ],
  index_select: [
    ...layouts.map((layout) => sample(random([3, 4], { layout }), 0, distinct)),
    sample(random([3, 4]), 1, values([3, 3, 0, 1], { dtype: int64 })),
    sample(random([3, 4]), -1, values([], { dtype: int64 })),
    failing([random([3]), 0, wrong], 'out of bounds'),
    failing([random([3]), 0, values([[0]], { dtype: int64 })], 'Index is supposed to be a vector'),
  ],
  index_add: [
    sample(random([3, 4]), 0, distinct, source),
    sample(random([3, 4]), 1, values([1, 1], { dtype: int64 }), random([3, 2], { seed: 1 }), { alpha: 2 }),
    failing([random([3]), 0, wrong, random([2])], 'out of bounds'),
  ],
  index_copy: [
    sample(random([3, 4]), 0, distinct, source),
    failing([random([3]), 0, wrong, random([2])], 'out of bounds'),
  ],
  index_fill: [
    sample(random([3, 4]), 1, values([3, 0], { dtype: int64 }), 1.5),
    sample(random([3, 4]), 0, values([1], { dtype: int64 }), random([], { seed: 1 })).ignoring(
      'grad_fn',
      'one entry serves numbers and tensors',
    ),
    failing([random([3]), 0, wrong, 1], 'out of bounds'),
  ],
  take: [
    sample(
      random([3, 4]),
      values(
        [
          [0, 11],
          [5, -1],
        ],
        { dtype: int64 },
      ),
    ),
    sample(random([3, 4], { layout: 'transposed' }), values([1, 1], { dtype: int64 })),
    failing([random([3]), wrong], 'out of bounds'),
  ],
};
