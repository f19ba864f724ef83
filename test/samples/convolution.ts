import { bool, float32, float64, int64 } from '../../lib/base/dtype.js';
import { type Argument, failing, layouts, type Recipe, random, type Sample, type Samples, sample } from './sample.js';

const order = 'the products are added in another order';
const pool = 'nn.functional.';
type Dims = 1 | 2 | 3;

const inputSizes = [
  [2, 2, 9],
  [2, 2, 5, 6],
  [1, 2, 3, 4, 4],
];
const weightSizes = [
  [4, 2, 3],
  [4, 2, 3, 2],
  [4, 2, 2, 2, 2],
];

const inputOf = (dims: Dims): Recipe => random(inputSizes[dims - 1]);
const weightOf = (dims: Dims): Recipe => random(weightSizes[dims - 1], { seed: 1 });
const bias = random([4], { seed: 2 });

const near = (samples: Sample[]): Sample[] =>
  samples.map((each) => (each.failure === null ? each.within(128, order) : each));

/** Any number of dimensions: strides, padding, dilation, alone and together. */
function geometries(dims: Dims): Argument[][] {
  const each = (...all: number[]): number[] => all.slice(-dims);
  return [
    [],
    [2],
    [1, 1],
    [2, 1],
    [each(1, 3, 2), each(2, 0, 1), each(2, 1, 2)],
    [3, 2, 2],
    [{ stride: 2, padding: each(1, 2, 0) }],
  ];
}

function convolutionSamples(dims: Dims): Sample[] {
  const [input, weight] = [inputOf(dims), weightOf(dims)];
  const name = `conv${dims}d`;
  const rest = inputSizes[dims - 1].slice(2);
  const kernel = weightSizes[dims - 1].slice(2);
  const points = kernel.map(() => 1);
  return near([
    ...geometries(dims).map((geometry) => sample(input, weight, bias, ...geometry)),
    sample(input, weight),
    sample(input, weight, null, 2),
    sample(input, weight, { bias, padding: 'same' }),
    sample(input, weight, null, 1, 'valid', 2),
    sample(input, weight, null, 1, 'same', 2),
    sample(random(inputSizes[dims - 1].slice(1)), weight, bias, 1, 1),
    sample(random(inputSizes[dims - 1].slice(1)), weight, { padding: 'same' }),
    sample(random([2, 4, ...rest]), random([6, 2, ...kernel], { seed: 1 }), random([6]), 1, 1, 1, 2),
    sample(random([2, 4, ...rest]), random([4, 1, ...kernel], { seed: 1 }), bias, 2, 1, 1, 4),
    sample(random([2, 4, ...rest]), random([8, 1, ...kernel], { seed: 1 }), { groups: 4 }),
    sample(random([2, 4, ...rest]), random([4, 2, ...kernel], { seed: 1 }), { groups: 2, padding: 'same' }),
    sample(input, random([3, 2, ...points], { seed: 1 })),
    sample(input, random([3, 2, ...points], { seed: 1 }), null, 2, 1),
    sample(random([0, 2, ...rest]), weight, bias),
    ...layouts.map((layout) => sample(input.with({ layout }), weight, bias)),
    ...layouts.map((layout) => sample(input, weight.with({ layout }), bias.with({ layout }))),
    sample(input.with({ dtype: float64 }), weight.with({ dtype: float64 }), bias.with({ dtype: float64 }), 2, 1),
    sample(input.with({ requires_grad: false }), weight, bias),
    sample(input, weight.with({ requires_grad: false }), bias.with({ requires_grad: false })),
    failing([random([8]), weight], `Expected ${dims + 1}D (unbatched) or ${dims + 2}D (batched) input to ${name}`),
    failing([input, weight, null, 0], 'non-positive stride is not supported'),
    failing([input, weight, null, 1, -1], 'negative padding is not supported'),
    failing([input, weight, null, 1, 0, 0], 'non-positive dilation is not supported'),
    failing([input, weight, null, 1, 0, 1, 0], 'non-positive groups is not supported'),
    failing([input, weight, null, 1, 0, 9], "Kernel size can't be greater than actual input size"),
    failing([input, weight, null, 2, 'same'], "padding='same' is not supported for strided convolutions"),
    failing([input, weight, null, 1, 'full'], "Invalid padding string: 'full'"),
    failing([input, weight, null, [1, 1, 1, 1]], `expected stride to be a single integer value or a list of ${dims}`),
  ]);
}

/** Vectors of outputs and their ends, several blocks and chunks of channels. */
const larger = near([
  sample(random([1, 2, 70]), random([5, 2, 3], { seed: 1 }), null, 1, 1),
  sample(random([1, 2, 70]), random([5, 2, 3], { seed: 1 }), null, 2, 1),
]);

const square = inputOf(2);
const filter = weightOf(2);
const errors = [
  failing([square, random([4, 3])], 'weight should have at least three dimensions'),
  failing(
    [square, random([4, 3, 3, 3])],
    'Given groups=1, weight of size [4, 3, 3, 3], expected input[2, 2, 5, 6] to have',
  ),
  failing([square, filter, random([3])], 'expected bias to be 1-dimensional with 4 elements, but got bias of size [3]'),
  failing([square, filter, null, 1, 0, 1, 3], 'expected weight to be divisible by 3 at dimension 0'),
  failing([square, filter, null, 1, 0, 1, 5], 'expected weight to be at least 5 at dimension 0'),
  failing(
    [square, filter.with({ dtype: float64 })],
    'Input type (torch.FloatTensor) and weight type (torch.DoubleTensor)',
  ),
  failing(
    [square, filter, bias.with({ dtype: float64 })],
    'Input type (float) and bias type (double) should be the same',
  ),
  failing(
    [random([1, 3, 4, 4], { dtype: bool }), random([4, 3, 3, 3], { dtype: bool })],
    '"slow_conv2d_cpu" not implemented for \'Bool\'',
  ),
  failing(
    [random([1, 3, 4, 4], { dtype: int64 }), random([4, 3, 3, 3], { dtype: int64 })],
    '"slow_conv2d_cpu" not implemented for \'Long\'',
    'RuntimeError',
  ),
  failing([random([2, 2, 0, 8]), filter, null, 1, 2], 'Only zero batch or zero channel inputs are supported'),
  failing([square, 3], 'conv2d() received an invalid combination of arguments', 'TypeError'),
];

function transposedSamples(dims: Dims): Sample[] {
  const input = inputOf(dims);
  const weight = random([2, 4, ...weightSizes[dims - 1].slice(2)], { seed: 1 });
  const rest = inputSizes[dims - 1].slice(2);
  const kernel = weightSizes[dims - 1].slice(2);
  const each = (...all: number[]): number[] => all.slice(-dims);
  const calls: Argument[][] = [
    [],
    [2],
    [2, 1],
    [2, 1, 1],
    [3, 0, each(2, 0, 1)],
    [2, 0, 0, 1, 2],
    [1, 1, { dilation: each(3, 1, 2) }],
    [{ stride: each(1, 3, 2), output_padding: each(0, 1, 1) }],
    [4],
  ];
  return near([
    ...calls.map((call) => sample(input, weight, bias, ...call)),
    sample(input, weight),
    sample(random(inputSizes[dims - 1].slice(1)), weight, bias, 2),
    sample(random([2, 4, ...rest]), random([4, 3, ...kernel], { seed: 1 }), random([6]), { groups: 2, stride: 2 }),
    sample(random([2, 4, ...rest]), random([4, 1, ...kernel], { seed: 1 }), bias, { groups: 4 }),
    sample(random([0, 2, ...rest]), weight, bias),
    ...layouts.map((layout) => sample(input.with({ layout }), weight.with({ layout }))),
    sample(input.with({ dtype: float64 }), weight.with({ dtype: float64 }), null, 2, 1),
    failing([input, weight, null, 1, 0, 1], 'output padding must be smaller than either stride or dilation, but got'),
    failing([input, weight, null, 2, 0, -1], 'negative output_padding is not supported'),
    failing([input, weight, null, 1, 9], 'Output size is too small'),
    failing([input, weight, random([3])], 'expected bias to be 1-dimensional with 4 elements'),
    failing([input, random([4, 4, ...kernel])], 'Given transposed=1, weight of size [4, 4'),
  ]);
}

const numbers: Argument[] = [[2], [1], [1], false, [0], 1];

export const convolution: Samples = {
  conv1d: [...convolutionSamples(1), ...larger],
  conv2d: [...convolutionSamples(2), ...errors],
  conv3d: convolutionSamples(3),
  [`${pool}conv2d`]: near([sample(square, filter.with({ dtype: float32 }), bias)]),
  conv_transpose1d: transposedSamples(1),
  conv_transpose2d: transposedSamples(2),
  conv_transpose3d: transposedSamples(3),
  convolution: near([
    sample(square, filter, bias, ...numbers),
    sample(square, random([2, 2, 3, 3]), null, [2, 1], [1, 0], [1], true, [1, 0], 1),
    failing([random([2, 7, 8]), filter, null, ...numbers], 'Expected 4-dimensional input for 4-dimensional weight'),
  ]),
};
