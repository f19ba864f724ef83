/** Convolutions and transposed convolutions as modules. */
import { argumentError, show, showShape, ValueError } from '../base/errors.js';
import { repeated } from '../base/shape.js';
import { isListOf } from '../op/bind.js';
import { pythonTuple } from '../print/python.js';
import type { Tensor } from '../tensor.js';
import { conv_transpose1d, conv_transpose2d, conv_transpose3d, conv1d, conv2d, conv3d } from './functional.js';
import { kaiming_uniform_, uniform_ } from './init.js';
import { Module } from './module.js';
import { checkInput, family, fans, forEachDim, type Given, type ModuleOptions, newParameter } from './options.js';
import { type PaddingMode, padded } from './padding.js';
import type { Parameter } from './parameter.js';

type Sizes = number | readonly number[];
type NamedPadding = 'same' | 'valid';

/** Options of convolutions; a number stands for all dimensions. */
export interface ConvOptions extends ModuleOptions {
  stride?: Sizes;
  padding?: Sizes | NamedPadding;
  dilation?: Sizes;
  groups?: number;
  bias?: boolean;
  padding_mode?: PaddingMode;
}
type ConvArguments = Given<ConvOptions, ['stride', 'padding', 'dilation', 'groups', 'bias', 'padding_mode']>;

/** Options of transposed convolutions. */
export interface ConvTransposeOptions extends ModuleOptions {
  stride?: Sizes;
  padding?: Sizes;
  output_padding?: Sizes;
  groups?: number;
  bias?: boolean;
  dilation?: Sizes;
  padding_mode?: 'zeros';
}
type ConvTransposeArguments = Given<
  ConvTransposeOptions,
  ['stride', 'padding', 'output_padding', 'groups', 'bias', 'dilation', 'padding_mode']
>;

/** What both kinds are made from. */
interface Geometry {
  readonly in_channels: number;
  readonly out_channels: number;
  readonly kernel_size: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[] | NamedPadding;
  readonly dilation: readonly number[];
  readonly output_padding: readonly number[];
  readonly groups: number;
  readonly padding_mode: PaddingMode;
}

function checkGeometry({ in_channels, out_channels, groups, padding, stride, padding_mode }: Geometry): void {
  if (groups <= 0) throw new ValueError('groups must be a positive integer');
  if (in_channels % groups !== 0) throw new ValueError('in_channels must be divisible by groups');
  if (out_channels % groups !== 0) throw new ValueError('out_channels must be divisible by groups');
  if (padding === 'same' && stride.some((step) => step !== 1)) {
    throw new ValueError("padding='same' is not supported for strided convolutions");
  }
  if (!['zeros', 'reflect', 'replicate', 'circular'].includes(padding_mode)) {
    throw new ValueError(
      `padding_mode must be one of {'zeros', 'reflect', 'replicate', 'circular'}, but got padding_mode=${show(padding_mode)}`,
    );
  }
}

/** What all have: the geometry, a weight, and a bias. */
abstract class Convolution extends Module implements Geometry {
  readonly in_channels: number;
  readonly out_channels: number;
  readonly kernel_size: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[] | NamedPadding;
  readonly dilation: readonly number[];
  readonly output_padding: readonly number[];
  readonly groups: number;
  readonly padding_mode: PaddingMode;
  weight: Parameter;
  bias: Parameter | null;

  constructor(geometry: Geometry, transposed: boolean, bias: boolean, { device, dtype }: ModuleOptions) {
    super();
    checkGeometry(geometry);
    this.in_channels = geometry.in_channels;
    this.out_channels = geometry.out_channels;
    this.kernel_size = geometry.kernel_size;
    this.stride = geometry.stride;
    this.padding = geometry.padding;
    this.dilation = geometry.dilation;
    this.output_padding = geometry.output_padding;
    this.groups = geometry.groups;
    this.padding_mode = geometry.padding_mode;
    const [from, to] = transposed ? [this.out_channels, this.in_channels] : [this.in_channels, this.out_channels];
    this.weight = newParameter([to, from / this.groups, ...this.kernel_size], device, dtype ?? null);
    this.bias = bias ? newParameter([this.out_channels], device, dtype ?? null) : null;
    this.reset_parameters();
  }

  /** New random values for all parameters. */
  reset_parameters(): void {
    kaiming_uniform_(this.weight, { a: Math.sqrt(5) });
    if (this.bias === null) return;
    const { fan_in } = fans(this.weight);
    if (fan_in === 0) return;
    const bound = 1 / Math.sqrt(fan_in);
    uniform_(this.bias, -bound, bound);
  }

  override extra_repr(): string {
    const { padding, dilation, output_padding, groups, padding_mode } = this;
    const isAll = (values: readonly number[], value: number): boolean => values.every((each) => each === value);
    const shownPadding = typeof padding === 'string' ? padding : isAll(padding, 0) ? null : pythonTuple(padding);
    return [
      `${this.in_channels}, ${this.out_channels}, kernel_size=${pythonTuple(this.kernel_size)}`,
      `stride=${pythonTuple(this.stride)}`,
      ...(shownPadding === null ? [] : [`padding=${shownPadding}`]),
      ...(isAll(dilation, 1) ? [] : [`dilation=${pythonTuple(dilation)}`]),
      ...(isAll(output_padding, 0) ? [] : [`output_padding=${pythonTuple(output_padding)}`]),
      ...(groups === 1 ? [] : [`groups=${groups}`]),
      ...(this.bias === null ? ['bias=False'] : []),
      ...(padding_mode === 'zeros' ? [] : [`padding_mode=${padding_mode}`]),
    ].join(', ');
  }
}

/** @throws TypeError or ValueError unless padding is 'same', 'valid', or numbers. */
function paddingOf(name: string, given: unknown, dims: number): readonly number[] | NamedPadding {
  if (given === 'same' || given === 'valid') return given;
  if (typeof given === 'string') {
    throw new ValueError(`Invalid padding string ${show(given)}, should be one of {'same', 'valid'}`);
  }
  const list = typeof given === 'number' ? [given] : given;
  if (!isListOf(list, Number.isSafeInteger)) {
    throw argumentError(name, 'padding', "int, a list of ints, 'same' or 'valid'", given);
  }
  return forEachDim(name, 'padding', [...(list as number[])], dims);
}

/** Over one dimension, over two and over three. */
const convolutions = [conv1d, conv2d, conv3d];
const transposedConvolutions = [conv_transpose1d, conv_transpose2d, conv_transpose3d];

const readConv = family(
  "int in_channels, int out_channels, int[1] kernel_size, int[1] stride=[1], Any padding=0, int[1] dilation=[1], int groups=1, bool bias=True, str padding_mode='zeros', Any device=None, ScalarType? dtype=None",
);

abstract class ConvNd extends Convolution {
  /** Of what it slides over. @internal */
  static readonly dims: number;

  constructor(in_channels: number, out_channels: number, kernel_size: Sizes, ...options: ConvArguments) {
    const { name, dims } = new.target;
    const args = [in_channels, out_channels, kernel_size, ...options];
    const [inputs, outputs, kernel, stride, padding, dilation, groups, bias, mode, device, dtype] = readConv(
      name,
      args,
    );
    const geometry: Geometry = {
      in_channels: inputs,
      out_channels: outputs,
      kernel_size: forEachDim(name, 'kernel_size', kernel, dims),
      stride: forEachDim(name, 'stride', stride, dims),
      padding: paddingOf(name, padding, dims),
      dilation: forEachDim(name, 'dilation', dilation, dims),
      output_padding: repeated(0, dims),
      groups,
      padding_mode: mode as PaddingMode,
    };
    super(geometry, false, bias, { device: device as 'cpu' | null, dtype });
  }

  override forward(input: Tensor): Tensor {
    const { weight, bias, stride, padding, dilation, groups, padding_mode } = this;
    const convolve = convolutions[stride.length - 1];
    checkInput(this, input);
    if (padding_mode === 'zeros') return convolve(input, weight, { bias, stride, padding, dilation, groups });
    return convolve(padded(input, this.pads(), padding_mode), weight, { bias, stride, dilation, groups });
  }

  /** How many elements are added before and after each dimension. */
  private pads(): readonly (readonly [number, number])[] {
    const { padding, kernel_size, dilation } = this;
    if (typeof padding !== 'string') return padding.map((pad) => [pad, pad]);
    return kernel_size.map((size, i) => {
      const total = padding === 'same' ? dilation[i] * (size - 1) : 0;
      return [Math.floor(total / 2), Math.ceil(total / 2)];
    });
  }
}

/**
 * Convolution over the last dimension: [N, C, L], or [C, L].
 * @example new torch.nn.Conv1d(16, 33, 3, { stride: 2 }).forward(torch.randn(20, 16, 50)).shape; // [20, 33, 24]
 */
export class Conv1d extends ConvNd {
  /** @internal */
  static override readonly dims = 1;
}

/**
 * Convolution over the last two dimensions: [N, C, H, W], or [C, H, W].
 * @example new torch.nn.Conv2d(3, 8, 3, { padding: 'same' }).forward(torch.randn(2, 3, 5, 5)).shape; // [2, 8, 5, 5]
 */
export class Conv2d extends ConvNd {
  /** @internal */
  static override readonly dims = 2;
}

/** Convolution over the last three dimensions: [N, C, D, H, W], or [C, D, H, W]. */
export class Conv3d extends ConvNd {
  /** @internal */
  static override readonly dims = 3;
}

const readTransposed = family(
  "int in_channels, int out_channels, int[1] kernel_size, int[1] stride=[1], int[1] padding=[0], int[1] output_padding=[0], int groups=1, bool bias=True, int[1] dilation=[1], str padding_mode='zeros', Any device=None, ScalarType? dtype=None",
);

abstract class ConvTransposeNd extends Convolution {
  declare readonly padding: readonly number[];

  /** Of what it slides over. @internal */
  static readonly dims: number;

  constructor(in_channels: number, out_channels: number, kernel_size: Sizes, ...options: ConvTransposeArguments) {
    const { name, dims } = new.target;
    const args = [in_channels, out_channels, kernel_size, ...options];
    const [inputs, outputs, kernel, stride, padding, output_padding, groups, bias, dilation, mode, device, dtype] =
      readTransposed(name, args);
    if (mode !== 'zeros') throw new ValueError(`Only "zeros" padding mode is supported for ${name}`);
    const geometry: Geometry = {
      in_channels: inputs,
      out_channels: outputs,
      kernel_size: forEachDim(name, 'kernel_size', kernel, dims),
      stride: forEachDim(name, 'stride', stride, dims),
      padding: forEachDim(name, 'padding', padding, dims),
      dilation: forEachDim(name, 'dilation', dilation, dims),
      output_padding: forEachDim(name, 'output_padding', output_padding, dims),
      groups,
      padding_mode: mode,
    };
    super(geometry, true, bias, { device: device as 'cpu' | null, dtype });
  }

  /**
   * @param output_size the sizes that the result is to have; several inputs of a strided convolution have one result.
   */
  override forward(input: Tensor, output_size: readonly number[] | null = null): Tensor {
    const { weight, bias, stride, padding, dilation, groups } = this;
    const output_padding = output_size === null ? this.output_padding : this.outputPadding(input, output_size);
    const convolve = transposedConvolutions[stride.length - 1];
    return convolve(input, weight, { bias, stride, padding, output_padding, groups, dilation });
  }

  private outputPadding(input: Tensor, output_size: readonly number[]): readonly number[] {
    const { kernel_size, stride, padding, dilation } = this;
    const dims = kernel_size.length;
    checkInput(this, input);
    if (!isListOf(output_size, Number.isSafeInteger)) {
      throw argumentError(this.constructor.name, 'output_size', 'a list of ints', output_size);
    }
    const lead = input.ndim - dims;
    const wanted = output_size.length === lead + dims ? output_size.slice(lead) : output_size;
    if (wanted.length !== dims) {
      throw new ValueError(
        `ConvTranspose${dims}D: for ${input.ndim}D input, output_size must have ${dims} or ${lead + dims} elements ` +
          `(got ${wanted.length})`,
      );
    }
    const least = kernel_size.map(
      (size, i) => (input.size(lead + i) - 1) * stride[i] - 2 * padding[i] + dilation[i] * (size - 1) + 1,
    );
    const most = least.map((size, i) => size + stride[i] - 1);
    if (wanted.some((size, i) => size < least[i] || size > most[i])) {
      const shown = [wanted, least, most].map(showShape);
      throw new ValueError(
        `requested an output size of ${shown[0]}, but valid sizes range from ${shown[1]} to ${shown[2]} (for an input of ` +
          `torch.Size(${showShape(input.shape.slice(lead))}))`,
      );
    }
    return wanted.map((size, i) => size - least[i]);
  }
}

/** Transposed convolution over the last dimension: [N, C, L], or [C, L]. */
export class ConvTranspose1d extends ConvTransposeNd {
  /** @internal */
  static override readonly dims = 1;
}

/**
 * Transposed convolution over the last two dimensions: [N, C, H, W], or [C, H, W].
 * @example new torch.nn.ConvTranspose2d(8, 3, 2, { stride: 2 }).forward(torch.ones(1, 8, 5, 5)).shape; // [1, 3, 10, 10]
 */
export class ConvTranspose2d extends ConvTransposeNd {
  /** @internal */
  static override readonly dims = 2;
}

/** Transposed convolution over the last three dimensions: [N, C, D, H, W], or [C, D, H, W]. */
export class ConvTranspose3d extends ConvTransposeNd {
  /** @internal */
  static override readonly dims = 3;
}
