import { bool, dtypes, float64, int32, int64, uint8 } from '../../lib/base/dtype.js';
import {
  type Argument,
  failing,
  indices,
  layouts,
  type Recipe,
  random,
  type Sample,
  type Samples,
  sample,
  slice,
  values,
} from './sample.js';

const cube = (layout = layouts[0]): Recipe => random([3, 4, 5], { layout });
const at = (...positions: number[]): Recipe => values(positions, { dtype: int64 });
const rows = values([0, 2, -1], { dtype: int64 });
const columns = values([[1], [-4]], { dtype: int64 });
const mask = (shape: readonly number[]): Recipe => random(shape, { dtype: bool });

/** Indices of a tensor of 3 by 4 by 5 that give views. */
const basic: readonly Argument[][] = [
  [],
  ['...'],
  [0],
  [-1],
  [1, 2],
  [1, 2, 3],
  [null],
  [null, 1, null, '...', null],
  [slice(1)],
  [slice(null, -1)],
  [slice(null, null, 2), slice(1, 4, 2)],
  [slice(-2, 100), '...', 0],
  [slice(2, 1)],
  ['...', -1],
  [0, '...'],
  [slice(), 3],
];

/** Indices of a tensor of 3 by 4 by 5 that give copies. */
const advanced: readonly Argument[][] = [
  [rows],
  [at()],
  [slice(), rows],
  ['...', rows],
  [rows, rows],
  [rows, columns],
  [rows, slice(), columns],
  [slice(), rows, columns],
  [rows, null, columns],
  [0, slice(), rows],
  [rows, 1],
  [1, rows],
  [rows, null],
  [slice(1), rows, slice(null, null, 2)],
  [rows, '...', columns],
  [[0, 2]],
  [
    [
      [0, 1],
      [2, 2],
    ],
    [1],
  ],
  [[true, false, true]],
  [mask([3])],
  [mask([3, 4])],
  [mask([3, 4, 5])],
  [slice(), mask([4, 5])],
  [mask([3]), slice(), [0]],
  [values([false, false, false], { dtype: bool })],
  [true],
  [false],
  [true, 1],
  [values(true, { dtype: bool })],
  [values([1, 0, 1], { dtype: uint8 })],
  [values(1, { dtype: int64 })],
  [values(1, { dtype: int64 }), rows],
  [indices([2, 2], 3).with({ layout: 'transposed' })],
  [indices([4], 3).with({ layout: 'expanded' }), 0],
];

const broken = (...args: readonly Argument[]): ((...rest: readonly Argument[]) => Sample[]) => {
  const [tensor] = args;
  const fails = (index: Argument, message: string, ...rest: readonly Argument[]): Sample =>
    failing([tensor, index, ...rest], message);
  return (...rest) => [
    fails([3], 'index 3 is out of bounds for dimension 0 with size 3', ...rest),
    fails([0, -5], 'index -5 is out of bounds for dimension 1 with size 4', ...rest),
    fails([0, 0, 0, 0], 'too many indices for tensor of dimension 3', ...rest),
    fails([at(0, 3)], 'index 3 is out of bounds for dimension 0 with size 3', ...rest),
    fails([slice(), at(-5)], 'index -5 is out of bounds for dimension 0 with size 4', ...rest),
    fails([mask([4])], 'The shape of the mask [4] at index 0 does not match the shape of the indexed tensor', ...rest),
    fails([at(0, 1), at(0, 1, 2)], 'shape mismatch: indexing tensors could not be broadcast together', ...rest),
    fails([random([2])], 'tensors used as indices must be long, byte or bool tensors', ...rest),
  ];
};

const fixed = cube().with({ requires_grad: false });
const rowMajor = 'what positions choose is laid out in row-major order';
const empty = random([0, 3]);

export const indexing: Samples = {
  index: [
    ...basic.flatMap((index) => [sample(cube(), index), sample(cube('transposed'), index)]),
    ...advanced.map((index) => sample(cube(), index).ignoring('strides', rowMajor)),
    ...layouts.flatMap((layout) =>
      [
        [rows, slice(), columns],
        [slice(1), rows],
      ].map((i) => sample(cube(layout), i).ignoring('strides', rowMajor)),
    ),
    ...dtypes.map((dtype) => sample(random([4], { dtype }), [rows])),
    sample(empty, [at()]),
    sample(empty, [slice(), rows]),
    sample(empty, [mask([0])]),
    sample(random([]), [true]),
    sample(random([]), [null]),
    sample(random([]), ['...']),
    ...broken(cube())(),
    failing([random([]), [0]], 'too many indices for tensor of dimension 0'),
    failing([empty, [at(0)]], 'index is out of bounds for dimension 0 with size 0'),
    // PyTorch lets the second one through.
    failing([cube(), ['...', '...']], 'an index can only have a single ellipsis', 'IndexError'),
  ],
  index_put_: [
    ...[...basic.slice(2), ...advanced].map((index) => sample(cube(), index, 7)),
    ...basic.slice(0, 2).map((all) => sample(cube(), all, 7).ignoring('grad_fn', 'PyTorch makes the number a tensor')),
    ...[[0], [slice(1), 2], [rows], [slice(), rows], [mask([3, 4])]].map((index) =>
      sample(cube(), index, random([5], { seed: 1 })),
    ),
    sample(cube(), [0, rows], random([3, 5], { seed: 1, requires_grad: true })),
    sample(cube(), [slice(), 0], random([1, 3, 5], { seed: 1 })),
    ...layouts
      .slice(0, 3)
      .map((layout) => sample(cube(layout), [rows, '...', columns], random([2, 3, 4], { seed: 1 }))),
    ...dtypes.map((dtype) => sample(random([4], { dtype }), [at(1, 2)], random([2], { dtype, seed: 1 }))),
    sample(random([3, 2]), [at(0, 0, 2)], random([3, 2], { seed: 1 }), true),
    sample(random([3, 2]), [at(0, 0, -3), at(1, 1, 1)], random([3], { seed: 1 }), { accumulate: true }),
    sample(random([3], { dtype: int64 }), [at(0, 0)], values(5, { dtype: int64 }), true),
    sample(random([3]), [values([true, false, true], { dtype: bool })], random([2], { seed: 1 }), true),
    sample(random([3], { dtype: int64 }), [0], random([], { dtype: float64, requires_grad: false })),
    failing([random([3], { dtype: int64 }), [at(0)], random([], { dtype: float64 })], 'Index put requires the source'),
    sample(empty, [at()], 1),
    ...broken(fixed)(1),
    failing(
      [fixed, [rows], random([2, 5])],
      'shape mismatch: value tensor of shape [2, 5] cannot be broadcast to indexing result of shape [3, 4, 5]',
    ),
    failing(
      [fixed, [at(0)], random([1], { dtype: float64 })],
      'Index put requires the source and destination dtypes match, got Float for the destination and Double for the source.',
    ),
  ],
  index_put: [
    sample(random([3, 2]), [at(0, 2)], random([2], { seed: 1 })),
    sample(random([3, 2]), [at(0, 0)], random([2, 2], { seed: 1 }), true),
    sample(random([3], { layout: 'sliced' }), [at(0, 0)], random([], { seed: 1 }), { accumulate: true }),
    failing([random([3]), [at(3)], random([])], 'index 3 is out of bounds for dimension 0 with size 3'),
    failing(
      [random([3]), [at(0)], random([], { dtype: int32 })],
      'Index put requires the source and destination dtypes match',
    ),
  ],
};
