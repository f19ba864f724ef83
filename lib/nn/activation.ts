/** Nonlinear functions as modules. */
import type { Tensor } from '../tensor.js';
import { Module } from './module.js';
import { signature } from './options.js';

const readInPlace = signature('Activation(bool inplace=False) -> ()');

/** Those that may write to their input. */
type InPlaceOption = [inplace?: boolean] | [options: { inplace?: boolean }];

/** max(x, 0). */
export class ReLU extends Module {
  readonly inplace: boolean;

  constructor(...options: InPlaceOption) {
    super();
    [this.inplace] = readInPlace(options);
  }

  override forward(input: Tensor): Tensor {
    return this.inplace ? input.relu_() : input.relu();
  }

  override extra_repr(): string {
    return this.inplace ? 'inplace=True' : '';
  }
}

/** 1 / (1 + exp(-x)). */
export class Sigmoid extends Module {
  override forward(input: Tensor): Tensor {
    return input.sigmoid();
  }
}

/** The hyperbolic tangent. */
export class Tanh extends Module {
  override forward(input: Tensor): Tensor {
    return input.tanh();
  }
}
