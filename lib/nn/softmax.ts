/** Softmax and its kin as modules. */
import { RuntimeError } from '../base/errors.js';
import type { Tensor } from '../tensor.js';
import { log_softmax, softmax, softmin } from './functional.js';
import { Module } from './module.js';
import { checkInput, family, type Given } from './options.js';

const read = family('int? dim=None');
type DimOption = Given<{ dim?: number | null }, ['dim']>;

/** Functions along one dimension; without it, along the classes of one item or of a batch. */
abstract class AlongDim extends Module {
  readonly dim: number | null;

  constructor(...options: DimOption) {
    super();
    [this.dim] = read(new.target.name, options);
  }

  override extra_repr(): string {
    return `dim=${this.dim ?? 'None'}`;
  }
}

/** exp(x) / Σ exp(x) along `dim`. */
export class Softmax extends AlongDim {
  override forward(input: Tensor): Tensor {
    return softmax(input, this.dim);
  }
}

/** The logarithm of the softmax along `dim`. */
export class LogSoftmax extends AlongDim {
  override forward(input: Tensor): Tensor {
    return log_softmax(input, this.dim);
  }
}

/** The softmax of -x along `dim`. */
export class Softmin extends AlongDim {
  override forward(input: Tensor): Tensor {
    return softmin(input, this.dim);
  }
}

/** The softmax over the channels of each position of [N, C, H, W] or [C, H, W]. */
export class Softmax2d extends Module {
  override forward(input: Tensor): Tensor {
    checkInput(this, input);
    if (input.ndim !== 3 && input.ndim !== 4) {
      throw new RuntimeError(`Softmax2d requires a 3D or 4D tensor as input, got ${input.ndim}D`);
    }
    return softmax(input, -3);
  }
}
