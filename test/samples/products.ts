import { bool, type DType, dtypes, float32, float64, int64 } from '../../lib/base/dtype.js';
import { failing, layouts, type Recipe, random, type Sample, type Samples, sample, values } from './sample.js';

const order = 'the terms are added in another order';
const numeric = dtypes.filter((dtype) => dtype !== bool);

const left = (shape: readonly number[], dtype: DType = float32): Recipe => random(shape, { dtype });
const right = (shape: readonly number[], dtype: DType = float32): Recipe => random(shape, { dtype, seed: 1 });
const pair = (a: readonly number[], b: readonly number[]): Sample => sample(left(a), right(b));

/** Two factors of every dtype and layout. */
const factors = (a: readonly number[], b: readonly number[]): Sample[] => [
  ...numeric.map((dtype) => sample(left(a, dtype), right(b, dtype))),
  ...layouts.map((layout) => sample(left(a).with({ layout }), right(b))),
  ...layouts.map((layout) => sample(left(a), right(b).with({ layout }))),
];

const infinite = values([
  [Number.POSITIVE_INFINITY, 1],
  [Number.NaN, 0],
]);

const mismatched = 'mat1 and mat2 shapes cannot be multiplied (2x3 and 4x2)';

const near = (samples: Sample[]): Sample[] => samples.map((each) => each.within(64, order));

export const products: Samples = {
  mm: near([
    ...factors([3, 4], [4, 2]),
    ...factors([1, 1], [1, 1]),
    pair([0, 3], [3, 2]),
    pair([2, 0], [0, 3]),
    pair([2, 3], [3, 0]),
    pair([17, 33], [33, 19]),
    sample(infinite, values([[0], [1]])),
    failing([left([2, 3]), right([4, 2])], mismatched),
    failing([left([2]), right([2, 2])], 'must be a matrix'),
    failing([left([2, 2]), right([2])], 'mat2 must be a matrix'),
    failing([left([2, 2]), right([2, 2], float64)], 'expected scalar type Float but found Double'),
    failing([left([2, 2], bool), right([2, 2], bool)], `"addmm_impl_cpu_" not implemented for 'Bool'`),
  ]),
  bmm: near([
    ...factors([2, 3, 4], [2, 4, 2]),
    pair([0, 2, 3], [0, 3, 2]),
    pair([2, 2, 0], [2, 0, 2]),
    failing([left([2, 3]), right([2, 3, 1])], 'batch1 must be a 3D tensor'),
    failing([left([2, 3, 1]), right([2, 3])], 'batch2 must be a 3D tensor'),
    failing(
      [left([2, 3, 4]), right([2, 3, 4])],
      'Expected size for first two dimensions of batch2 tensor to be: [2, 4]',
    ),
    failing(
      [left([2, 3, 4]), right([3, 4, 4])],
      'Expected size for first two dimensions of batch2 tensor to be: [2, 4]',
    ),
    failing([left([1, 2, 2]), right([1, 2, 2], float64)], 'expected scalar type'),
  ]),
  mv: near([
    ...factors([3, 4], [4]),
    pair([0, 3], [3]),
    pair([2, 0], [0]),
    failing([left([2, 3]), right([2])], 'size mismatch, got 2, 2x3,2'),
    failing([left([2]), right([2])], 'vector + matrix @ vector expected, got 1, 1, 1'),
    failing([left([2, 2]), right([2], float64)], 'expected scalar type'),
  ]),
  dot: near([
    ...factors([5], [5]),
    pair([0], [0]),
    pair([130], [130]),
    failing([left([2, 2]), right([2])], '1D tensors expected, but got 2D and 1D tensors'),
    failing([left([2]), right([3])], 'inconsistent tensor size, expected tensor [2] and src [3]'),
    failing(
      [left([2]), right([2], float64)],
      'dot : expected both vectors to have same dtype, but found Float and Double',
    ),
  ]),
  outer: [
    ...factors([3], [4]),
    pair([0], [2]),
    sample(left([2], int64), right([3])),
    sample(left([2], bool), right([3], bool)),
    failing([left([2, 2]), right([2])], 'outer: Expected 1-D argument self, but got 2-D'),
    failing([left([2]), right([])], 'outer: Expected 1-D argument vec2, but got 0-D'),
  ],
  addmm: near([
    ...[[2, 2], [2], [1, 2], [2, 1], [], [1]].map((shape) => sample(random(shape), left([2, 3]), right([3, 2]))),
    sample(random([2, 2]), left([2, 3]), right([3, 2]), { beta: 0.5, alpha: -2 }),
    sample(values([Number.NaN, 1]), left([2, 3]), right([3, 2]), { beta: 0 }),
    sample(random([2], { dtype: int64 }), left([2, 3], int64), right([3, 2], int64), { beta: 2, alpha: 3 }),
    sample(random([2, 2]), left([2, 0]), right([0, 2]), { beta: 2 }),
    sample(random([2, 2]), left([2, 3]).with({ layout: 'transposed' }), right([3, 2]).with({ layout: 'sliced' })),
    failing([random([2, 2]), left([2, 3]), right([4, 2])], mismatched),
    failing([random([3, 2]), left([2, 3]), right([3, 2])], 'The expanded size of the tensor (2) must match'),
    sample(random([2, 2], { dtype: int64 }), left([2, 2], int64), right([2, 2], int64), { alpha: 1.5 }),
  ]),
  baddbmm: near([
    ...[[2, 2, 2], [2], [], [2, 1, 2]].map((shape) => sample(random(shape), left([2, 2, 3]), right([2, 3, 2]))),
    sample(random([2, 2, 2]), left([2, 2, 3]), right([2, 3, 2]), { beta: 0.5, alpha: -2 }),
    sample(values([Number.NaN, 1]), left([2, 2, 3]), right([2, 3, 2]), { beta: 0 }),
    failing([random([3]), left([2, 2, 3]), right([2, 3, 2])], 'The expanded size of the tensor (2) must match'),
  ]),
  'nn.functional.linear': near([
    ...layouts.map((layout) => sample(left([4, 3]).with({ layout }), right([2, 3]), random([2]))),
    ...layouts.map((layout) => sample(left([4, 3]), right([2, 3]).with({ layout }), random([2]))),
    ...layouts.map((layout) => sample(left([2, 4, 3]).with({ layout }), right([2, 3]), random([2]))),
    ...[[3], [4, 3], [2, 4, 3], [2, 1, 4, 3]].map((shape) => sample(left(shape), right([2, 3]))),
    ...[[3], [2, 1, 4, 3]].map((shape) => sample(left(shape), right([2, 3]), random([2]))),
    sample(left([4, 3], float64), right([2, 3], float64), random([2], { dtype: float64 })),
    sample(left([4, 3], int64), right([2, 3], int64), random([2], { dtype: int64 })),
    sample(left([4, 3]), right([2, 3]), { bias: random([4, 2]) }),
    sample(left([4, 3]), right([2, 3]), random([])),
    sample(left([33, 40]), right([19, 40]), random([19])),
    sample(left([2, 4, 3]), right([3])),
    sample(left([0, 3]), right([2, 3]), random([2])),
    sample(left([2, 0, 3]), right([2, 3]), random([2])),
    sample(left([4, 0]), right([2, 0]), random([2])),
    failing([left([4, 3]), right([2, 4]), random([2])], 'mat1 and mat2 shapes cannot be multiplied (4x3 and 4x2)'),
    failing([left([2, 4, 3]), right([2, 4]), random([2])], 'mat1 and mat2 shapes cannot be multiplied (8x3 and 4x2)'),
    failing([left([]), right([2, 3])], 'both arguments to matmul need to be at least 1D, but they are 0D and 2D'),
    failing([left([4, 3]), right([1, 2, 3])], 't() expects a tensor with <= 2 dimensions, but self is 3D'),
    failing([left([4, 3]), right([3]), random([1])], 'mat2 must be a matrix'),
    failing([left([4, 3]), right([2, 3]), random([3])], 'The expanded size of the tensor (2) must match'),
    failing([left([4, 3]), right([2, 3]), random([2], { dtype: float64 })], 'self and mat2 must have the same dtype'),
  ]),
  matmul: near([
    ...numeric.map((dtype) => sample(left([2, 2, 3], dtype), right([3, 2], dtype))),
    ...layouts.map((layout) => sample(left([2, 3, 4]).with({ layout }), right([4, 2]))),
    ...layouts.map((layout) => sample(left([3, 4]), right([2, 4, 2]).with({ layout }))),
    pair([3], [3]),
    pair([2, 3], [3]),
    pair([3], [3, 2]),
    pair([2, 3], [3, 2]),
    pair([2, 2, 3], [3]),
    pair([3], [2, 3, 2]),
    pair([3], [4, 2, 3, 2]),
    pair([2, 3], [2, 3, 2]),
    pair([2, 2, 3], [2, 3, 2]),
    pair([2, 1, 2, 3], [3, 3, 2]),
    pair([4, 1, 2, 3], [1, 2, 3, 2]),
    pair([2, 2, 2, 3], [3, 2]),
    pair([2, 2, 2, 3], [3]),
    pair([2, 2, 0], [0, 2]),
    pair([0, 2, 3], [3, 2]),
    pair([0, 2, 3], [3]),
    pair([0], [0]),
    pair([2, 0], [0]),
    pair([1, 2, 3], [0, 3, 2]),
    pair([2, 3], [2, 3, 0]),
    failing([left([]), right([2])], 'both arguments to matmul need to be at least 1D, but they are 0D and 1D'),
    failing([left([2, 3]), right([4, 2])], mismatched),
    failing([left([2, 2, 3]), right([4, 2])], 'mat1 and mat2 shapes cannot be multiplied (4x3 and 4x2)'),
    failing([left([3]), right([2])], 'inconsistent tensor size'),
    failing([left([2, 3]), right([2])], 'size mismatch, got 2, 2x3,2'),
    failing([left([3]), right([2, 2])], 'mat1 and mat2 shapes cannot be multiplied (1x3 and 2x2)'),
    failing([left([2, 2, 3]), right([3, 3, 2])], 'The size of tensor a (2) must match the size of tensor b (3)'),
    failing(
      [left([2, 2, 3]), right([2, 2, 2])],
      'Expected size for first two dimensions of batch2 tensor to be: [2, 3]',
    ),
    failing([left([2, 2]), right([2, 2], float64)], 'expected scalar type Float but found Double'),
  ]),
};
