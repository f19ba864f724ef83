import { dtypes, float64, int32, int64 } from '../../lib/base/dtype.js';
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
    ...dtypes.map((dtype) => sample(random([4], { dtype }), 0, values([3, 3, 0], { dtype: int64 }))),
    sample(random([3, 4]), -1, along(4, [3, 6]).with({ layout: 'transposed' })),
    sample(random([3, 4]), 0, along(3).with({ layout: 'expanded' })),
    sample(random([2, 0]), 1, indices([2, 0], 1)),
    sample(random([3]), 0, values(2, { dtype: int64 })),
    sample(random([3]), { dim: 0, index: values([1], { dtype: int64 }), sparse_grad: false }),
    failing([random([2, 0]), 1, indices([2, 1], 1)], 'index is out of bounds for dimension 1 with size 0'),
    failing([random([3]), 0, values([-1], { dtype: int64 })], 'index -1 is out of bounds for dimension 0 with size 3'),
    failing([random([3]), 0, wrong], 'index 7 is out of bounds for dimension 0 with size 3'),
    failing([random([3, 4]), 1, along(4, [4, 2])], 'to be smaller than'),
    failing([random([3]), 1, distinct], 'Dimension out of range (expected to be in range of [-1, 0], but got 1)'),
    failing([random([3]), 0, random([2])], 'Expected dtype int64 for index'),
    failing([random([3, 4]), 0, values([0], { dtype: int64 })], 'same number of dimensions as self'),
  ],
  take_along_dim: [
    sample(random([3, 4]), along(4, [3, 2]), 1),
    sample(random([3, 4]), along(4, [1, 2]), 1),
    sample(random([3, 4]), along(12, [5])),
    sample(random([1, 4]), along(4, [3, 2]), -1),
    sample(random([3, 4]), { indices: along(4, [3, 1]), dim: 1 }),
    failing(
      [random([3, 4]), along(4, [3]), 1],
      'torch.take_along_dim(): input and indices should have the same number',
    ),
    failing(
      [random([3, 4]), random([3, 1]), 1],
      'torch.take_along_dim(): dtype of indices should be Long but got Float',
    ),
  ],
  scatter_add: [
    ...dtypes.map((dtype) =>
      sample(random([4], { dtype }), 0, values([3, 0, 3], { dtype: int64 }), random([3], { dtype, seed: 1 })),
    ),
    sample(random([]), 0, values(0, { dtype: int64 }), random([], { seed: 1 })),
    sample(random([3]), 0, indices([0], 3), random([0])),
    sample(random([3, 4]), -1, along(4), random([2, 3], { seed: 1, layout: 'transposed' })),
    failing([random([3, 4]), 0, along(3), random([2, 2])], 'Expected index [2, 3] to be smaller than'),
    ...layouts.map((layout) => sample(random([3, 4], { layout }), 0, along(3), source.with({ requires_grad: false }))),
    sample(random([3, 4]), 1, along(4), source.with({ requires_grad: false })),
    sample(random([3, 4], { dtype: int64 }), 0, along(3), random([3, 4], { dtype: int64, seed: 1 })),
    sample(random([3, 4]), 0, along(3), random([2, 3], { seed: 1 })),
    failing([random([3]), 0, wrong, random([2])], 'index 7 is out of bounds for dimension 0 with size 3'),
    failing(
      [random([3]), 0, values([0], { dtype: int64 }), random([1], { dtype: float64 })],
      'to be equal to src.dtype',
    ),
  ],
  scatter: [
    sample(random([3]), 0, distinct, random([3], { seed: 1 })),
    sample(random([3], { dtype: int64 }), 0, distinct, random([3], { dtype: int64 }), { reduce: 'add' }),
    sample(random([3], { requires_grad: false }), 0, values([2, 2], { dtype: int64 }), 3, { reduce: 'multiply' }),
    sample(random([3], { dtype: int64 }), 0, distinct, random([3], { dtype: int64, seed: 1 }), { reduce: 'multiply' }),
    sample(random([3], { dtype: int64 }), { dim: 0, index: distinct, value: 4 }),
    sample(random([3]), { dim: 0, index: distinct, src: random([3], { seed: 1 }) }),
    sample(random([3]), 0, indices([0], 3), random([0])),
    failing([random([3]), 0, distinct, random([3]), { reduce: 'divide' }], 'reduce argument must be either'),
    failing([random([3]), 0, distinct, random([2])], 'Expected index [3] to be smaller than'),
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
    failing([random([3]), 0, wrong, 1], 'index 7 is out of bounds for dimension 0 with size 3'),
  ],
  index_select: [
    ...dtypes.map((dtype) => sample(random([4], { dtype }), 0, distinct)),
    sample(random([3, 2]), 0, values([2, 2], { dtype: int32 })),
    sample(random([3, 2]), 0, values(1, { dtype: int64 })),
    sample(random([]), 0, values([0], { dtype: int64 })),
    sample(random([2, 0]), 0, values([1], { dtype: int64 })),
    sample(random([3]), { dim: 0, index: distinct.with({ layout: 'sliced' }) }),
    failing([random([3]), 0, values([-1], { dtype: int64 })], 'index -1 is out of bounds for dimension 0 with size 3'),
    failing([random([3]), 0, random([1])], 'index_select(): Expected dtype int32 or int64 for index'),
    ...layouts.map((layout) => sample(random([3, 4], { layout }), 0, distinct)),
    sample(random([3, 4]), 1, values([3, 3, 0, 1], { dtype: int64 })),
    sample(random([3, 4]), -1, values([], { dtype: int64 })),
    failing([random([3]), 0, wrong], 'out of bounds'),
    failing([random([3]), 0, values([[0]], { dtype: int64 })], 'Index is supposed to be a vector'),
  ],
  index_add: [
    ...dtypes.map((dtype) =>
      sample(random([4], { dtype }), 0, values([3, 0, 3], { dtype: int64 }), random([3], { dtype, seed: 1 })),
    ),
    sample(random([]), 0, values([0], { dtype: int64 }), random([], { seed: 1 })),
    sample(random([3]), 0, values([1, 1], { dtype: int32 }), random([2], { seed: 1 })),
    sample(random([3, 2], { layout: 'transposed' }), -1, values([0, 0], { dtype: int64 }), random([3, 2], { seed: 1 })),
    sample(random([3, 2]), 0, indices([0], 3), random([0, 2])),
    failing([random([3]), 0, distinct, random([2])], 'should be equal to source.size(dim)'),
    failing(
      [random([3]), 0, distinct, random([3], { dtype: float64 })],
      'self and source expected to have the same dtype',
    ),
    failing([random([3, 2]), 0, distinct, random([3, 3])], 'shape mismatch: value tensor of shape [3, 3]'),
    sample(random([3, 4]), 0, distinct, source),
    sample(random([3, 4]), 1, values([1, 1], { dtype: int64 }), random([3, 2], { seed: 1 }), { alpha: 2 }),
    failing([random([3]), 0, wrong, random([2])], 'index 7 is out of bounds for dimension 0 with size 3'),
    failing([random([3]), 0, values([-1], { dtype: int64 }), random([1])], 'index -1 is out of bounds'),
  ],
  index_copy: [
    ...dtypes.map((dtype) => sample(random([4], { dtype }), 0, distinct, random([3], { dtype, seed: 1 }))),
    sample(random([]), 0, values([0], { dtype: int64 }), random([], { seed: 1 })),
    sample(random([2, 3]), -1, distinct, random([2, 3], { seed: 1, layout: 'transposed' })),
    failing([random([3]), 0, distinct, random([2])], 'should be equal to source.size(dim)'),
    failing(
      [random([3]), 0, distinct, random([3], { dtype: float64 })],
      'self and source expected to have the same dtype',
    ),
    failing(
      [random([3]), 0, values([0], { dtype: int32 }), random([1])],
      'Expected a long tensor for index, but got Int',
    ),
    sample(random([3, 4]), 0, distinct, source),
    failing([random([3]), 0, wrong, random([2])], 'out of bounds'),
  ],
  index_fill: [
    ...dtypes.map((dtype) => sample(random([4], { dtype }), 0, distinct, 1)),
    sample(random([]), 0, values([0], { dtype: int64 }), 2),
    sample(random([2, 3], { layout: 'transposed' }), -1, values([0, 0], { dtype: int64 }), 2),
    failing(
      [random([3]), 0, distinct, random([1])],
      'index_fill_ only supports a 0-dimensional value tensor, but got tensor with 1',
    ),
    failing([random([3]), 0, values([0], { dtype: int32 }), 1], 'index_fill_(): Expected dtype int64 for index.'),
    sample(random([3, 4]), 1, values([3, 0], { dtype: int64 }), 1.5),
    sample(random([3, 4]), 0, values([1], { dtype: int64 }), random([], { seed: 1 })).ignoring(
      'grad_fn',
      'one entry serves numbers and tensors',
    ),
    failing([random([3]), 0, wrong, 1], 'out of bounds'),
  ],
  take: [
    ...dtypes.map((dtype) => sample(random([4], { dtype }), distinct)),
    sample(random([]), values([0], { dtype: int64 })),
    sample(random([3]), indices([0, 2], 3)),
    failing([random([0]), distinct], 'take(): tried to take from an empty tensor'),
    failing([random([3]), values([-4], { dtype: int64 })], 'index -4 is out of bounds for dimension 0 with size 3'),
    failing([random([3]), random([1])], 'take(): Expected a long tensor for index, but got Float'),
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
