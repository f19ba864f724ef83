/** Adaptive pooling as modules: what is given is the size of the result. */
import { pythonSizes } from '../print/python.js';
import type { Tensor } from '../tensor.js';
import {
  adaptive_avg_pool1d,
  adaptive_avg_pool2d,
  adaptive_avg_pool3d,
  adaptive_max_pool1d,
  adaptive_max_pool2d,
  adaptive_max_pool3d,
} from './functional.js';
import { Module } from './module.js';
import { checkInput, family, type Given } from './options.js';
import type { MaxResult } from './pooling.js';

/** A size for all dimensions, or one for each; null is that of the input. */
type Sizes = number | readonly (number | null)[];

const readMean = family('int?[1] output_size');

abstract class AdaptiveAvgPool extends Module {
  readonly output_size: readonly (number | null)[];

  constructor(output_size: Sizes) {
    super();
    [this.output_size] = readMean(new.target.name, [output_size]);
  }

  override extra_repr(): string {
    return `output_size=${pythonSizes(this.output_size)}`;
  }
}

/** Means of windows spread over the last dimension. */
export class AdaptiveAvgPool1d extends AdaptiveAvgPool {
  override forward(input: Tensor): Tensor {
    const { output_size } = this;
    checkInput(this, input);
    return adaptive_avg_pool1d(
      input,
      output_size.map((size) => size ?? input.size(-1)),
    );
  }
}

/**
 * Means of windows spread over the last two dimensions.
 * @example new torch.nn.AdaptiveAvgPool2d(1).forward(torch.randn(1, 3, 7, 9)).shape; // [1, 3, 1, 1]
 */
export class AdaptiveAvgPool2d extends AdaptiveAvgPool {
  override forward(input: Tensor): Tensor {
    return adaptive_avg_pool2d(input, this.output_size);
  }
}

/** Means of windows spread over the last three dimensions. */
export class AdaptiveAvgPool3d extends AdaptiveAvgPool {
  override forward(input: Tensor): Tensor {
    return adaptive_avg_pool3d(input, this.output_size);
  }
}

const readMax = family('int?[1] output_size, bool return_indices=False');
type MaxArguments<Indices extends boolean> = Given<{ return_indices?: Indices }, ['return_indices']>;

abstract class AdaptiveMaxPool<Indices extends boolean> extends Module {
  readonly output_size: readonly (number | null)[];
  readonly return_indices: boolean;

  constructor(output_size: Sizes, ...options: MaxArguments<Indices>) {
    super();
    [this.output_size, this.return_indices] = readMax(new.target.name, [output_size, ...options]);
  }

  protected abstract readonly function: typeof adaptive_max_pool2d;

  override forward(input: Tensor): MaxResult<Indices> {
    const { output_size, return_indices } = this;
    return this.function(input, output_size, { return_indices }) as MaxResult<Indices>;
  }

  override extra_repr(): string {
    return `output_size=${pythonSizes(this.output_size)}`;
  }
}

/** The largest elements of windows spread over the last dimension. */
export class AdaptiveMaxPool1d<Indices extends boolean = false> extends AdaptiveMaxPool<Indices> {
  protected get function(): typeof adaptive_max_pool1d {
    return adaptive_max_pool1d;
  }
}

/** The largest elements of windows spread over the last two dimensions. */
export class AdaptiveMaxPool2d<Indices extends boolean = false> extends AdaptiveMaxPool<Indices> {
  protected get function(): typeof adaptive_max_pool2d {
    return adaptive_max_pool2d;
  }
}

/** The largest elements of windows spread over the last three dimensions. */
export class AdaptiveMaxPool3d<Indices extends boolean = false> extends AdaptiveMaxPool<Indices> {
  protected get function(): typeof adaptive_max_pool3d {
    return adaptive_max_pool3d;
  }
}
