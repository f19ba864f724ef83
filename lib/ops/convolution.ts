/** Convolutions over one, two or three dimensions, and transposed ones. */
import type { DType } from '../base/dtype.js';
import { RuntimeError, showShape, unsupportedError } from '../base/errors.js';
import { numel, repeated } from '../base/shape.js';
import { type Geometry, reconstruct, respond, spatial } from '../op/convolve.js';
import { method, overloaded } from '../op/op.js';
import { lift } from '../op/windows.js';
import type { Tensor } from '../tensor.js';

/** A number for each of `dims` dimensions. */
function expanded(argument: string, values: readonly number[], dims: number): number[] {
  if (values.length === dims) return [...values];
  if (values.length === 1) return repeated(values[0], dims);
  throw new RuntimeError(
    `expected ${argument} to be a single integer value or a list of ${dims} values to match the convolution ` +
      `dimensions, but got ${argument}=${showShape(values)}`,
  );
}

function checkNumbers({ stride, padding, dilation }: Geometry, output_padding: readonly number[]): void {
  if (padding.some((value) => value < 0)) throw new RuntimeError('negative padding is not supported');
  if (output_padding.some((value) => value < 0)) throw new RuntimeError('negative output_padding is not supported');
  if (stride.some((value) => value <= 0)) throw new RuntimeError('non-positive stride is not supported');
  if (dilation.some((value) => value <= 0)) throw new RuntimeError('non-positive dilation is not supported');
}

const times = (values: readonly number[]): string => `(${values.join(' x ')})`;

function checkWeight(input: Tensor, weight: Tensor, groups: number): void {
  const { sizes, ndim } = weight;
  if (ndim !== input.ndim) {
    throw new RuntimeError(
      `Expected ${ndim}-dimensional input for ${ndim}-dimensional weight ${showShape(sizes)}, but got ` +
        `${input.ndim}-dimensional input of size ${showShape(input.sizes)} instead`,
    );
  }
  if (sizes[0] < groups) {
    throw new RuntimeError(
      `Given groups=${groups}, expected weight to be at least ${groups} at dimension 0, but got weight of size ` +
        `${showShape(sizes)} instead`,
    );
  }
  if (sizes[0] % groups === 0) return;
  throw new RuntimeError(
    `Given groups=${groups}, expected weight to be divisible by ${groups} at dimension 0, but got weight of size ` +
      `[${showShape(sizes)}] instead`,
  );
}

function checkChannels(input: Tensor, weight: Tensor, bias: Tensor | null, groups: number, transposed: boolean): void {
  const given = transposed ? `transposed=1` : `groups=${groups}`;
  const channels = transposed ? weight.sizes[0] : weight.sizes[1] * groups;
  if (input.sizes[1] !== channels) {
    throw new RuntimeError(
      `Given ${given}, weight of size ${showShape(weight.sizes)}, expected input${showShape(input.sizes)} to have ` +
        `${channels} channels, but got ${input.sizes[1]} channels instead`,
    );
  }
  const outputs = transposed ? weight.sizes[1] * groups : weight.sizes[0];
  if (bias === null || (bias.ndim === 1 && bias.sizes[0] === outputs)) return;
  throw new RuntimeError(
    `Given ${transposed ? 'transposed=1, ' : ''}weight of size ${showShape(weight.sizes)}, expected bias to be ` +
      `1-dimensional with ${outputs} elements, but got bias of size ${showShape(bias.sizes)} instead`,
  );
}

/** PyTorch's names of its kernels that take no other dtypes. */
function kernelName(dims: number, transposed: boolean): string {
  if (transposed) return `slow_conv_transpose${Math.max(dims, 2)}d_out_cpu`;
  return dims === 3 ? 'compute_columns3d' : 'slow_conv2d_cpu';
}

/** `Float` as a C++ type, which some sentences name. */
const typeName = (dtype: DType): string => dtype.scalarName.toLowerCase();

function checkDTypes(input: Tensor, weight: Tensor, bias: Tensor | null, transposed: boolean): void {
  if (!input.dtype.is_floating_point && input.dtype === weight.dtype) {
    throw unsupportedError(kernelName(input.ndim - 2, transposed), input.dtype);
  }
  if (bias !== null && bias.dtype !== input.dtype) {
    throw new RuntimeError(
      `Input type (${typeName(input.dtype)}) and bias type (${typeName(bias.dtype)}) should be the same`,
    );
  }
  if (input.dtype === weight.dtype) return;
  throw new RuntimeError(
    `Input type (torch.${input.dtype.scalarName}Tensor) and weight type (torch.${weight.dtype.scalarName}Tensor) ` +
      'should be the same or input should be a MKLDNN tensor and weight is a dense tensor',
  );
}

/**
 * @throws RuntimeError where the kernel has a size of zero, or the input has no elements but for a lack of examples.
 */
function checkElements(input: Tensor, weight: Tensor): void {
  const names = ['depth', 'height', 'width'].slice(-Math.max(spatial(weight).length, 2));
  const sizes = lift(spatial(weight), 1).slice(-names.length);
  if (sizes.includes(0)) {
    const text = names.map((name, i) => `kernel_${name}: ${sizes[i]}`).join(' ');
    throw new RuntimeError(`kernel size should be greater than zero, but got ${text}`);
  }
  if (numel(spatial(input)) > 0 || input.sizes[0] === 0 || input.sizes[1] === 0) return;
  throw new RuntimeError(
    `Only zero batch or zero channel inputs are supported, but got input shape: ${showShape(input.sizes)}`,
  );
}

/** What windows make of a dimension. @throws RuntimeError where the kernel is larger than the padded input. */
function responseSize(input: Tensor, weight: Tensor, { stride, padding, dilation }: Geometry): number[] {
  const padded = spatial(input).map((size, i) => size + 2 * padding[i]);
  const reach = spatial(weight).map((size, i) => dilation[i] * (size - 1) + 1);
  if (padded.some((size, i) => size < reach[i])) {
    throw new RuntimeError(
      `Calculated padded input size per channel: ${times(padded)}. Kernel size: ${times(reach)}. Kernel size can't be ` +
        'greater than actual input size',
    );
  }
  return padded.map((size, i) => Math.floor((size - reach[i]) / stride[i]) + 1);
}

/** @throws RuntimeError where a transposed convolution would have to make elements that no stride skips. */
function checkOutputPadding({ stride, dilation }: Geometry, output_padding: readonly number[]): void {
  if (output_padding.every((value, i) => value < stride[i] || value < dilation[i])) return;
  const names = ['depth', 'height', 'width'].slice(-Math.max(stride.length, 2));
  const text = (what: string, values: readonly number[], fill: number): string =>
    names.map((name, i) => `${what}_${name}: ${lift(values, fill)[i + 3 - names.length]}`).join(' ');
  throw new RuntimeError(
    'output padding must be smaller than either stride or dilation, but got ' +
      `${text('output_padding', output_padding, 0)} ${text('stride', stride, 1)} ${text('dilation', dilation, 1)}`,
  );
}

function imageSize(input: Tensor, weight: Tensor, geometry: Geometry, output_padding: readonly number[]): number[] {
  const { stride, padding, dilation } = geometry;
  checkOutputPadding(geometry, output_padding);
  const kernel = spatial(weight);
  const sizes = spatial(input).map(
    (size, i) => (size - 1) * stride[i] - 2 * padding[i] + dilation[i] * (kernel[i] - 1) + output_padding[i] + 1,
  );
  if (sizes.every((size) => size > 0)) return sizes;
  const text = (values: number[]): string => times(values.length === 1 ? [1, ...values] : values);
  throw new RuntimeError(
    `Given input size per channel: ${text(spatial(input))}. Calculated output size per channel: ${text(sizes)}. ` +
      'Output size is too small',
  );
}

type Lists = [stride: readonly number[], padding: readonly number[], dilation: readonly number[]];

/** Checks everything in PyTorch's order, then convolves. */
function convolved(
  input: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  lists: Lists,
  transposed: boolean,
  output_padding: readonly number[],
  groups: number,
): Tensor {
  const dims = weight.ndim - 2;
  if (dims <= 0) throw new RuntimeError('weight should have at least three dimensions');
  if (groups <= 0) throw new RuntimeError('non-positive groups is not supported');
  const stride = expanded('stride', lists[0], dims);
  const padding = expanded('padding', lists[1], dims);
  const dilation = expanded('dilation', lists[2], dims);
  const extra = expanded('output_padding', output_padding, dims);
  const geometry = { stride, padding, dilation, groups };
  checkNumbers(geometry, extra);
  checkWeight(input, weight, groups);
  checkChannels(input, weight, bias, groups, transposed);
  const size = transposed ? null : responseSize(input, weight, geometry);
  checkDTypes(input, weight, bias, transposed);
  checkElements(input, weight);
  if (dims > 3) throw new RuntimeError(`convolution: expected 1 to 3 spatial dimensions, but got ${dims}`);
  if (size !== null) return respond(input, weight, bias, stride, padding, dilation, groups, size);
  return reconstruct(input, weight, bias, stride, padding, dilation, groups, imageSize(input, weight, geometry, extra));
}

/**
 * The general convolution, of which the others are cases.
 * @throws RuntimeError in PyTorch's words where arguments do not fit.
 */
export const convolution: (
  input: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  stride: readonly number[],
  padding: readonly number[],
  dilation: readonly number[],
  transposed: boolean,
  output_padding: readonly number[],
  groups: number,
) => Tensor = method(
  'convolution(Tensor input, Tensor weight, Tensor? bias, int[] stride, int[] padding, int[] dilation, bool transposed, int[] output_padding, int groups) -> Tensor',
  (input, weight, bias, stride, padding, dilation, transposed, output_padding, groups) =>
    convolved(input, weight, bias, [stride, padding, dilation], transposed, output_padding, groups),
);

/** Runs `body` on a batch of one where the input is no batch. @throws RuntimeError where it is neither. */
function batchwise(name: string, dims: number, input: Tensor, body: (input: Tensor) => Tensor): Tensor {
  if (input.ndim === dims + 2) return body(input);
  if (input.ndim === dims + 1) return body(input.unsqueeze(0)).squeeze(0);
  throw new RuntimeError(
    `Expected ${dims + 1}D (unbatched) or ${dims + 2}D (batched) input to ${name}, but got input of size: ` +
      showShape(input.sizes),
  );
}

/** Padding by which the response has the input's size: where it is odd, the end has one more. */
function convolvedSame(
  input: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  strides: readonly number[],
  dilations: readonly number[],
  groups: number,
): Tensor {
  const dims = weight.ndim - 2;
  if (weight.ndim !== input.ndim) {
    throw new RuntimeError(
      `Expected ${weight.ndim}-dimensional input for ${weight.ndim}-dimensional weight${showShape(weight.sizes)}, but ` +
        `got ${input.ndim}-dimensional input of size ${showShape(input.sizes)} instead`,
    );
  }
  if (strides.some((value) => value !== 1)) {
    throw new RuntimeError("padding='same' is not supported for strided convolutions");
  }
  const [stride, dilation] = [expanded('stride', strides, dims), expanded('dilation', dilations, dims)];
  const total = spatial(weight).map((size, i) => dilation[i] * (size - 1));
  const padding = total.map((size) => Math.floor(size / 2));
  const even = total.every((size) => size % 2 === 0);
  if (even || groups <= 0) return convolved(input, weight, bias, [stride, padding, dilation], false, [0], groups);
  const geometry = { stride, padding, dilation, groups };
  checkNumbers(geometry, []);
  checkWeight(input, weight, groups);
  checkChannels(input, weight, bias, groups, false);
  checkDTypes(input, weight, bias, false);
  checkElements(input, weight);
  return respond(input, weight, bias, stride, padding, dilation, groups, spatial(input));
}

function convolvedByName(
  name: string,
  input: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  [stride, padding, dilation]: [stride: readonly number[], padding: string, dilation: readonly number[]],
  groups: number,
): Tensor {
  if (padding === 'same') return convolvedSame(input, weight, bias, stride, dilation, groups);
  if (padding === 'valid') return convolved(input, weight, bias, [stride, [0], dilation], false, [0], groups);
  throw new RuntimeError(`${name}: Invalid padding string: '${padding}'`);
}

type List = number | readonly number[];
interface Options {
  bias?: Tensor | null;
  stride?: List;
  padding?: List | 'same' | 'valid';
  dilation?: List;
  groups?: number;
}
type Convolution = (
  input: Tensor,
  weight: Tensor,
  ...args:
    | [options?: Options]
    | [bias: Tensor | null, options?: Options]
    | [bias: Tensor | null, stride: List, options?: Options]
    | [bias: Tensor | null, stride: List, padding: List | 'same' | 'valid', options?: Options]
    | [bias: Tensor | null, stride: List, padding: List | 'same' | 'valid', dilation: List, options?: Options]
    | [bias: Tensor | null, stride: List, padding: List | 'same' | 'valid', dilation: List, groups: number]
) => Tensor;

function convolutionOver(dims: 1 | 2 | 3): Convolution {
  const name = `conv${dims}d` as const;
  const lead = 'Tensor input, Tensor weight, Tensor? bias=None, int[1] stride=[1]';
  return overloaded(
    name,
    method(
      `${name}(${lead}, int[1] padding=[0], int[1] dilation=[1], int groups=1) -> Tensor`,
      (input, weight, bias, stride, padding, dilation, groups) => {
        const lists: Lists = [filled(stride, dims), filled(padding, dims), filled(dilation, dims)];
        return batchwise(name, dims, input, (batch) => convolved(batch, weight, bias, lists, false, [0], groups));
      },
    ),
    method(
      `${name}.padding(${lead}, str padding='valid', int[1] dilation=[1], int groups=1) -> Tensor`,
      (input, weight, bias, stride, padding, dilation, groups) =>
        batchwise(name, dims, input, (batch) =>
          convolvedByName(name, batch, weight, bias, [filled(stride, dims), padding, filled(dilation, dims)], groups),
        ),
    ),
  );
}

/** A single number stands for all dimensions that the function has, whatever the weight's. */
const filled = (values: readonly number[], dims: number): readonly number[] =>
  values.length === 1 ? repeated(values[0], dims) : values;

/** Convolution over the last dimension: [N, C, L], or [C, L], by a weight of [out, C / groups, kernel]. */
export const conv1d: Convolution = convolutionOver(1);
/**
 * Convolution over the last two dimensions: [N, C, H, W], or [C, H, W], by a weight of
 * [out, C / groups, kernel, kernel].
 * @throws RuntimeError where sizes or dtypes do not fit.
 * @example torch.conv2d(torch.ones(1, 3, 8, 8), torch.ones(4, 3, 3, 3), { padding: 1 }).shape   // [1, 4, 8, 8]
 */
export const conv2d: Convolution = convolutionOver(2);
/** Convolution over the last three dimensions: [N, C, D, H, W], or [C, D, H, W]. */
export const conv3d: Convolution = convolutionOver(3);

interface TransposedOptions {
  bias?: Tensor | null;
  stride?: List;
  padding?: List;
  output_padding?: List;
  groups?: number;
  dilation?: List;
}
type TransposedConvolution = (
  input: Tensor,
  weight: Tensor,
  ...args:
    | [options?: TransposedOptions]
    | [bias: Tensor | null, options?: TransposedOptions]
    | [bias: Tensor | null, stride: List, options?: TransposedOptions]
    | [bias: Tensor | null, stride: List, padding: List, options?: TransposedOptions]
    | [bias: Tensor | null, stride: List, padding: List, output_padding: List, options?: TransposedOptions]
    | [bias: Tensor | null, stride: List, padding: List, output_padding: List, groups: number, dilation?: List]
) => Tensor;

const transposedOver = (dims: 1 | 2 | 3): TransposedConvolution =>
  method(
    `conv_transpose${dims}d(Tensor input, Tensor weight, Tensor? bias=None, int[1] stride=[1], int[1] padding=[0], int[1] output_padding=[0], int groups=1, int[1] dilation=[1]) -> Tensor`,
    (input, weight, bias, stride, padding, output_padding, groups, dilation) => {
      const lists: Lists = [filled(stride, dims), filled(padding, dims), filled(dilation, dims)];
      return batchwise(`conv_transpose${dims}d`, dims, input, (batch) =>
        convolved(batch, weight, bias, lists, true, filled(output_padding, dims), groups),
      );
    },
  );

/**
 * Transposed convolution over the last dimension, the gradient of a convolution's input: weights are
 * [C, out / groups, kernel].
 */
export const conv_transpose1d: TransposedConvolution = transposedOver(1);
/** Transposed convolution over the last two dimensions: weights are [C, out / groups, kernel, kernel]. */
export const conv_transpose2d: TransposedConvolution = transposedOver(2);
/** Transposed convolution over the last three dimensions: weights are [C, out / groups, kernel, kernel, kernel]. */
export const conv_transpose3d: TransposedConvolution = transposedOver(3);
