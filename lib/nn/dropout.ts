/** Dropout as modules. */
import { ValueError } from '../base/errors.js';
import { pythonBool, pythonFloat } from '../print/python.js';
import type { Tensor } from '../tensor.js';
import { dropout, dropout1d, dropout2d, dropout3d } from './functional.js';
import { Module } from './module.js';
import { family, type Given } from './options.js';

function checkProbability(p: number): void {
  if (!(p >= 0 && p <= 1)) throw new ValueError(`dropout probability has to be between 0 and 1, but got ${p}`);
}

const read = family('float p=0.5, bool inplace=False');

abstract class DropoutModule extends Module {
  p: number;
  readonly inplace: boolean;

  constructor(...options: Given<{ p?: number; inplace?: boolean }, ['p', 'inplace']>) {
    super();
    [this.p, this.inplace] = read(new.target.name, options);
    checkProbability(this.p);
  }

  protected abstract readonly function: typeof dropout;

  override forward(input: Tensor): Tensor {
    const { p, training, inplace } = this;
    return this.function(input, { p, training, inplace });
  }

  override extra_repr(): string {
    return `p=${pythonFloat(this.p)}, inplace=${pythonBool(this.inplace)}`;
  }
}

/**
 * Zeroes elements with probability p while it is trained, and divides the others by 1 - p.
 * @throws ValueError unless p is in [0, 1].
 */
export class Dropout extends DropoutModule {
  protected get function(): typeof dropout {
    return dropout;
  }
}

/** Zeroes whole channels of [N, C, L] or [C, L] with probability p while it is trained. */
export class Dropout1d extends DropoutModule {
  protected get function(): typeof dropout {
    return dropout1d;
  }
}

/** Zeroes whole channels of [N, C, H, W] with probability p while it is trained. */
export class Dropout2d extends DropoutModule {
  protected get function(): typeof dropout {
    return dropout2d;
  }
}

/** Zeroes whole channels of [N, C, D, H, W] with probability p while it is trained. */
export class Dropout3d extends DropoutModule {
  protected get function(): typeof dropout {
    return dropout3d;
  }
}
