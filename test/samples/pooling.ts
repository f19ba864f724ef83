import { bool, float64, int64 } from '../../lib/base/dtype.js';
import {
  type Argument,
  failing,
  layouts,
  type Recipe,
  random,
  type Sample,
  type Samples,
  sample,
  values,
} from './sample.js';

const order = 'the elements of a window are added in another order';
const pool = 'nn.functional.';

/** No two elements of a window are so near that a finite difference swaps them. */
const apart = (shape: readonly number[]): Recipe => random(shape, { low: -40, high: 40 });

const nan = Number.NaN;
const odd = values([[[1, nan, 3, nan, 2, 2, -1, 2]]]);
const lowest = Number.NEGATIVE_INFINITY;

/**
 * Windows along one, two or three dimensions, without and with overlap, padding, gaps and partial windows at the end.
 */
function maxSamples(dims: 1 | 2 | 3): Sample[] {
  const sizes = [
    [2, 2, 11],
    [2, 2, 7, 8],
    [1, 2, 5, 4, 5],
  ][dims - 1];
  const each = (...all: number[]): number[] => all.slice(-dims);
  const calls: Argument[][] = [
    [2],
    [3, 1],
    [3, 2, 1],
    [3, 2, 1, 1, true],
    [2, 3, 1, 2],
    [each(1, 2, 3), each(2, 1, 2), each(0, 1, 1)],
    [3, { stride: 2, ceil_mode: true }],
    [2, { dilation: each(1, 2, 3), padding: 1, stride: 1 }],
    [3, null],
    [each(2, 3, 2), []],
  ];
  return [
    ...calls.map((call) => sample(apart(sizes), ...call)),
    ...layouts.map((layout) => sample(apart(sizes).with({ layout }), 2)),
    sample(apart(sizes).with({ dtype: float64 }), 3, 2, 1),
    sample(apart(sizes).with({ requires_grad: false }), 3, 2, 1),
    sample(apart(sizes.slice(1)), 3, 2),
    sample(apart([0, ...sizes.slice(1)]), 2),
    failing([apart(sizes), 2, 2, 2], 'pad should be at most half of kernel size, but got pad=2 and kernel_size=2'),
    failing([apart(sizes), 2, 1, -1], 'pad must be non-negative, but got pad: -1'),
    failing([apart(sizes), 2, 0], 'stride should not be zero'),
    failing([apart(sizes), 0, 1], 'kernel size should be greater than zero, but got k'),
    failing([apart(sizes), 2, -1], 'stride should be greater than zero, but got d'),
    failing([apart(sizes), 2, 1, 0, 0], 'dilation should be greater than zero, but got dilation'),
    failing([apart(sizes), 12], 'Output size is too small'),
    failing(
      [apart(sizes), [2, 2, 2, 2]],
      dims === 1 ? "'kernel_size' should contain one int (got 4)" : 'kernel_size must',
    ),
  ];
}

/** Wide enough for vectors of outputs, along rows and at their ends. */
const wide = (dims: 1 | 2 | 3): Sample[] => {
  const input = random(
    [
      [1, 2, 67],
      [1, 1, 4, 67],
      [1, 1, 3, 3, 35],
    ][dims - 1],
    { low: -900, high: 900 },
  );
  return [
    sample(input, 2),
    sample(input, 3, 1, 1),
    sample(input, 3, 2, 1),
    sample(input, 3, 3),
    sample(input.with({ dtype: float64 }), 3, 2, 1),
  ].map((each) => each.within(8, order));
};

const lengths = (call: Argument[], message: string): Sample => failing([apart([2, 3, 4, 4]), ...call], message);

const maxErrors = [
  lengths([2, [1, 1, 1]], 'max_pool2d: stride must either be omitted, a single int, or a tuple of two ints'),
  lengths([2, 2, [0, 0, 0]], 'max_pool2d: padding must be either be a single int, or a tuple of two ints'),
  lengths([2, 2, 0, [1, 1, 1]], 'max_pool2d: dilation must be either a single int, or a tuple of two ints'),
  failing([random([3, 4]), 2], 'non-empty 3D or 4D (batch mode) tensor expected for input'),
  failing([random([1, 1, 1, 4, 4]), 2], 'non-empty 3D or 4D (batch mode) tensor expected for input'),
  failing([random([2, 0, 4, 4]), 2], 'Expected 3D or 4D (batch mode) tensor with optional 0 dim batch size for input'),
  failing([random([1, 4, 4], { dtype: int64 }), 2], '"max_pool2d" not implemented for \'Long\''),
  failing([random([1, 4, 4], { dtype: bool }), 2], '"max_pool2d" not implemented for \'Bool\''),
  failing(['x', 2], "argument 'input' must be Tensor", 'TypeError'),
  failing([random([1, 4, 4]), 2.5], "argument 'kernel_size' must be int or a list of ints", 'TypeError'),
];

const withIndices = (samples: Sample[]): Sample[] =>
  samples.filter(({ failure, args }) => failure === null && args.length < 6);

const positions = [
  sample(odd, 3, 1),
  sample(values([[[lowest, lowest, lowest, lowest]]]), 2, 2, 1),
  sample(values([[[1, 1, 2, 2, 0, 0, 0, 3]]]), 4, 1),
];

function meanSamples(dims: 1 | 2 | 3): Sample[] {
  const sizes = [
    [2, 2, 11],
    [2, 2, 7, 8],
    [1, 2, 5, 4, 5],
  ][dims - 1];
  const each = (...all: number[]): number[] => all.slice(-dims);
  const calls: Argument[][] = [
    [2],
    [3, 1],
    [3, 2, 1],
    [3, 2, 1, true],
    [3, 2, 1, true, false],
    [3, { stride: 2, padding: 1, count_include_pad: false }],
    [each(1, 2, 3), each(2, 1, 2), each(0, 1, 1)],
    [3, null],
    ...(dims === 1
      ? []
      : [
          [2, { divisor_override: 3 }],
          [3, 2, 1, true, false, -2],
          [2, { divisor_override: null }],
        ]),
  ];
  return [
    ...calls.map((call) => sample(random(sizes), ...call)),
    ...layouts.map((layout) => sample(random(sizes).with({ layout }), 2)),
    sample(random(sizes).with({ dtype: float64 }), 3, 2, 1),
    sample(random(sizes, { dtype: int64, low: -50, high: 50 }), 2),
    sample(random(sizes.slice(1)), 3, 2),
    sample(random([0, ...sizes.slice(1)]), 2),
    failing([random(sizes), 2, 2, 2], 'pad should be at most half of kernel size, but got pad=2 and kernel_size=2'),
    failing([random(sizes), 2, 0], 'stride should not be zero'),
    failing([random(sizes), 2, -1], 'stride should be greater than zero, but got d'),
    failing(
      [random(sizes), [2, 2, 2, 2]],
      dims === 1 ? "'kernel_size' should contain one int (got 4)" : 'kernel_size must',
    ),
  ].map((each) => (each.failure === null ? each.within(16, order) : each));
}

const meanErrors = [
  lengths([2, [1, 1, 1]], 'avg_pool2d: stride must either be omitted, a single int, or a tuple of two ints'),
  lengths([2, 2, [0, 0, 0]], 'avg_pool2d: padding must either be a single int, or a tuple of two ints'),
  lengths([2, { divisor_override: 0 }], 'divisor must be not zero'),
  failing(
    [random([1, 1, 1, 4, 4]), 2],
    'Expected 3D or 4D (batch mode) tensor with optional 0 dim batch size for input',
  ),
  failing([random([4, 4]), 2], 'Expected 3D or 4D (batch mode) tensor with optional 0 dim batch size', 'RuntimeError'),
  failing([random([1, 4, 4], { dtype: bool }), 2], '"avg_pool2d" not implemented for \'Bool\''),
];

export const pooling: Samples = {
  max_pool1d: [
    ...maxSamples(1),
    ...wide(1),
    ...positions,
    failing([random([4]), 2], 'max_pool1d: Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size'),
  ],
  max_pool2d: [...maxSamples(2), ...wide(2), ...maxErrors],
  max_pool3d: [...maxSamples(3), ...wide(3)],
  max_pool1d_with_indices: [...withIndices(maxSamples(1)), ...positions],
  [`${pool}max_pool2d_with_indices`]: [...withIndices([...maxSamples(2), ...wide(2)])],
  [`${pool}max_pool3d_with_indices`]: withIndices([...maxSamples(3), ...wide(3)]),
  [`${pool}max_pool2d`]: [sample(apart([2, 3, 6, 6]), 2, { return_indices: true })],
  avg_pool1d: [
    ...meanSamples(1),
    ...wide(1),
    failing([random([4]), 2], 'Expected 2 to 3 dimensions, but got 1-dimensional tensor for argument #1'),
  ],
  [`${pool}avg_pool2d`]: [...meanSamples(2), ...wide(2), ...meanErrors],
  [`${pool}avg_pool3d`]: [...meanSamples(3), ...wide(3)],
};
