/** Pooling by the largest element and by the mean, as modules. */
import { pythonBool, pythonSizes, pythonTuple } from '../print/python.js';
import type { Tensor } from '../tensor.js';
import { avg_pool1d, avg_pool2d, avg_pool3d, max_pool1d, max_pool2d, max_pool3d } from './functional.js';
import { Module } from './module.js';
import { family, type Given } from './options.js';

type Sizes = number | readonly number[];

/** What pooling by the largest element gives: with positions, if they are asked for. */
export type MaxResult<Indices extends boolean> = Indices extends true ? [Tensor, Tensor] : Tensor;

/** Options of pooling by the largest element; `stride` is the size of a window unless it is given. */
export interface MaxPoolOptions<Indices extends boolean = boolean> {
  stride?: Sizes | null;
  padding?: Sizes;
  dilation?: Sizes;
  return_indices?: Indices;
  ceil_mode?: boolean;
}
type MaxPoolArguments<Indices extends boolean> = Given<
  MaxPoolOptions<Indices>,
  ['stride', 'padding', 'dilation', 'return_indices', 'ceil_mode']
>;

const readMaxPool = family(
  'int[1] kernel_size, int[1]? stride=None, int[1] padding=[0], int[1] dilation=[1], bool return_indices=False, bool ceil_mode=False',
);

type MaxFunction = (
  input: Tensor,
  kernel_size: Sizes,
  stride: Sizes,
  padding: Sizes,
  dilation: Sizes,
  ceil_mode: boolean,
  return_indices: true,
) => [Tensor, Tensor];

abstract class MaxPool<Indices extends boolean> extends Module {
  readonly kernel_size: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
  readonly return_indices: boolean;
  readonly ceil_mode: boolean;

  constructor(kernel_size: Sizes, ...options: MaxPoolArguments<Indices>) {
    super();
    const [kernel, stride, ...rest] = readMaxPool(new.target.name, [kernel_size, ...options]);
    this.kernel_size = kernel;
    this.stride = stride ?? kernel;
    [this.padding, this.dilation, this.return_indices, this.ceil_mode] = rest;
  }

  /** Without positions in spite of its type where they are not asked for. */
  protected abstract readonly function: MaxFunction;

  override forward(input: Tensor): MaxResult<Indices> {
    const { kernel_size, stride, padding, dilation, ceil_mode, return_indices } = this;
    const positions = return_indices as true;
    return this.function(input, kernel_size, stride, padding, dilation, ceil_mode, positions) as MaxResult<Indices>;
  }

  override extra_repr(): string {
    const { kernel_size, stride, padding, dilation, ceil_mode } = this;
    return (
      `kernel_size=${pythonSizes(kernel_size)}, stride=${pythonSizes(stride)}, padding=${pythonSizes(padding)}, ` +
      `dilation=${pythonSizes(dilation)}, ceil_mode=${pythonBool(ceil_mode)}`
    );
  }
}

/** The largest elements of windows over the last dimension. */
export class MaxPool1d<Indices extends boolean = false> extends MaxPool<Indices> {
  protected get function(): MaxFunction {
    return max_pool1d;
  }
}

/**
 * The largest elements of windows over the last two dimensions; with `return_indices` their positions in the plane too.
 * @example new torch.nn.MaxPool2d(2).forward(torch.randn(1, 3, 8, 8)).shape; // [1, 3, 4, 4]
 */
export class MaxPool2d<Indices extends boolean = false> extends MaxPool<Indices> {
  protected get function(): MaxFunction {
    return max_pool2d;
  }
}

/** The largest elements of windows over the last three dimensions. */
export class MaxPool3d<Indices extends boolean = false> extends MaxPool<Indices> {
  protected get function(): MaxFunction {
    return max_pool3d;
  }
}

/** Options of pooling by the mean; `stride` is the size of a window unless it is given. */
export interface AvgPool1dOptions {
  stride?: Sizes | null;
  padding?: Sizes;
  ceil_mode?: boolean;
  count_include_pad?: boolean;
}

/** The same of two and three dimensions. */
export interface AvgPoolOptions extends AvgPool1dOptions {
  divisor_override?: number | null;
}
type AvgPool1dArguments = Given<AvgPool1dOptions, ['stride', 'padding', 'ceil_mode', 'count_include_pad']>;
type AvgPoolArguments = Given<
  AvgPoolOptions,
  ['stride', 'padding', 'ceil_mode', 'count_include_pad', 'divisor_override']
>;

const means =
  'int[1] kernel_size, int[1]? stride=None, int[1] padding=[0], bool ceil_mode=False, bool count_include_pad=True';
const readAvgPool1d = family(means);
const readAvgPool = family(`${means}, int? divisor_override=None`);

/** Means of windows over the last dimension. */
export class AvgPool1d extends Module {
  readonly kernel_size: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly ceil_mode: boolean;
  readonly count_include_pad: boolean;

  constructor(kernel_size: Sizes, ...options: AvgPool1dArguments) {
    super();
    const [kernel, stride, ...rest] = readAvgPool1d('AvgPool1d', [kernel_size, ...options]);
    this.kernel_size = kernel;
    this.stride = stride ?? kernel;
    [this.padding, this.ceil_mode, this.count_include_pad] = rest;
  }

  override forward(input: Tensor): Tensor {
    const { kernel_size, stride, padding, ceil_mode, count_include_pad } = this;
    return avg_pool1d(input, kernel_size, { stride, padding, ceil_mode, count_include_pad });
  }

  override extra_repr(): string {
    return `kernel_size=${pythonTuple(this.kernel_size)}, stride=${pythonTuple(this.stride)}, padding=${pythonTuple(this.padding)}`;
  }
}

abstract class AvgPool extends Module {
  readonly kernel_size: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly ceil_mode: boolean;
  readonly count_include_pad: boolean;
  readonly divisor_override: number | null;

  constructor(kernel_size: Sizes, ...options: AvgPoolArguments) {
    super();
    const [kernel, stride, ...rest] = readAvgPool(new.target.name, [kernel_size, ...options]);
    this.kernel_size = kernel;
    this.stride = stride ?? kernel;
    [this.padding, this.ceil_mode, this.count_include_pad, this.divisor_override] = rest;
  }

  protected abstract readonly function: typeof avg_pool2d;

  override forward(input: Tensor): Tensor {
    const { kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override } = this;
    return this.function(input, kernel_size, { stride, padding, ceil_mode, count_include_pad, divisor_override });
  }

  override extra_repr(): string {
    const { kernel_size, stride, padding } = this;
    return `kernel_size=${pythonSizes(kernel_size)}, stride=${pythonSizes(stride)}, padding=${pythonSizes(padding)}`;
  }
}

/**
 * Means of windows over the last two dimensions.
 * @example new torch.nn.AvgPool2d(2).forward(torch.randn(1, 3, 8, 8)).shape; // [1, 3, 4, 4]
 */
export class AvgPool2d extends AvgPool {
  protected get function(): typeof avg_pool2d {
    return avg_pool2d;
  }
}

/** Means of windows over the last three dimensions. */
export class AvgPool3d extends AvgPool {
  protected get function(): typeof avg_pool3d {
    return avg_pool3d;
  }
}
