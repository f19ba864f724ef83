/** Nonlinear functions as modules. */
import { no_grad } from '../graph/modes.js';
import { pythonFloat } from '../print/python.js';
import type { Tensor } from '../tensor.js';
import {
  celu,
  elu,
  gelu,
  glu,
  hardshrink,
  hardsigmoid,
  hardswish,
  hardtanh,
  leaky_relu,
  logsigmoid,
  mish,
  prelu,
  relu,
  relu6,
  selu,
  sigmoid,
  silu,
  softplus,
  softshrink,
  softsign,
  tanh,
  tanhshrink,
  threshold,
} from './functional.js';
import { Module } from './module.js';
import { family, type Given, type ModuleOptions, newParameter, signature } from './options.js';
import type { Parameter } from './parameter.js';
import { inPlaceText } from './show.js';

const readInPlace = family('bool inplace=False');
type InPlaceOption = Given<{ inplace?: boolean }, ['inplace']>;

/** Functions that may write to their input, and have no other option. */
abstract class Switched extends Module {
  readonly inplace: boolean;

  constructor(...options: InPlaceOption) {
    super();
    [this.inplace] = readInPlace(new.target.name, options);
  }

  override extra_repr(): string {
    return this.inplace ? 'inplace=True' : '';
  }
}

/** max(x, 0). */
export class ReLU extends Switched {
  override forward(input: Tensor): Tensor {
    return relu(input, this.inplace);
  }
}

/** x, no lower than 0 and no higher than 6. */
export class ReLU6 extends Switched {
  override forward(input: Tensor): Tensor {
    return relu6(input, this.inplace);
  }
}

/** x · sigmoid(x). */
export class SiLU extends Switched {
  override forward(input: Tensor): Tensor {
    return silu(input, this.inplace);
  }
}

/** x · tanh(softplus(x)). */
export class Mish extends Switched {
  override forward(input: Tensor): Tensor {
    return mish(input, this.inplace);
  }
}

/** elu with the two numbers that keep mean 0 and variance 1 from layer to layer. */
export class SELU extends Switched {
  override forward(input: Tensor): Tensor {
    return selu(input, this.inplace);
  }
}

/** x/6 + 1/2, no lower than 0 and no higher than 1. */
export class Hardsigmoid extends Switched {
  override forward(input: Tensor): Tensor {
    return hardsigmoid(input, this.inplace);
  }

  override extra_repr(): string {
    return '';
  }
}

/** x · hardsigmoid(x). */
export class Hardswish extends Switched {
  override forward(input: Tensor): Tensor {
    return hardswish(input, this.inplace);
  }

  override extra_repr(): string {
    return '';
  }
}

/** 1 / (1 + exp(-x)). */
export class Sigmoid extends Module {
  override forward(input: Tensor): Tensor {
    return sigmoid(input);
  }
}

/** The hyperbolic tangent. */
export class Tanh extends Module {
  override forward(input: Tensor): Tensor {
    return tanh(input);
  }
}

/** log(sigmoid(x)). */
export class LogSigmoid extends Module {
  override forward(input: Tensor): Tensor {
    return logsigmoid(input);
  }
}

/** x / (1 + |x|). */
export class Softsign extends Module {
  override forward(input: Tensor): Tensor {
    return softsign(input);
  }
}

/** x - tanh(x). */
export class Tanhshrink extends Module {
  override forward(input: Tensor): Tensor {
    return tanhshrink(input);
  }
}

const readGelu = signature("GELU(str approximate='none') -> ()");

/** x Φ(x), where Φ is the normal distribution, or with 'tanh' what is close to it. */
export class GELU extends Module {
  readonly approximate: 'none' | 'tanh';

  constructor(...options: Given<{ approximate?: 'none' | 'tanh' }, ['approximate']>) {
    super();
    this.approximate = readGelu(options)[0] as 'none' | 'tanh';
  }

  override forward(input: Tensor): Tensor {
    return gelu(input, { approximate: this.approximate });
  }

  override extra_repr(): string {
    return `approximate='${this.approximate}'`;
  }
}

const readAlpha = family('float alpha=1.0, bool inplace=False');
type AlphaOptions = Given<{ alpha?: number; inplace?: boolean }, ['alpha', 'inplace']>;

abstract class WithAlpha extends Module {
  readonly alpha: number;
  readonly inplace: boolean;

  constructor(...options: AlphaOptions) {
    super();
    [this.alpha, this.inplace] = readAlpha(new.target.name, options);
  }

  override extra_repr(): string {
    return `alpha=${pythonFloat(this.alpha)}${inPlaceText(this.inplace)}`;
  }
}

/** x where it is positive, else alpha · (exp(x) - 1). */
export class ELU extends WithAlpha {
  override forward(input: Tensor): Tensor {
    return elu(input, this.alpha, this.inplace);
  }
}

/** x where it is positive, else alpha · (exp(x / alpha) - 1). */
export class CELU extends WithAlpha {
  override forward(input: Tensor): Tensor {
    return celu(input, this.alpha, this.inplace);
  }
}

const readLeaky = signature('LeakyReLU(float negative_slope=0.01, bool inplace=False) -> ()');

/** x where it is positive, else x times `negative_slope`. */
export class LeakyReLU extends Module {
  readonly negative_slope: number;
  readonly inplace: boolean;

  constructor(...options: Given<{ negative_slope?: number; inplace?: boolean }, ['negative_slope', 'inplace']>) {
    super();
    [this.negative_slope, this.inplace] = readLeaky(options);
  }

  override forward(input: Tensor): Tensor {
    return leaky_relu(input, this.negative_slope, this.inplace);
  }

  override extra_repr(): string {
    return `negative_slope=${pythonFloat(this.negative_slope)}${inPlaceText(this.inplace)}`;
  }
}

const readHardtanh = signature('Hardtanh(float min_val=-1.0, float max_val=1.0, bool inplace=False) -> ()');

/** x, no lower than `min_val` and no higher than `max_val`. */
export class Hardtanh extends Module {
  readonly min_val: number;
  readonly max_val: number;
  readonly inplace: boolean;

  constructor(
    ...options: Given<{ min_val?: number; max_val?: number; inplace?: boolean }, ['min_val', 'max_val', 'inplace']>
  ) {
    super();
    [this.min_val, this.max_val, this.inplace] = readHardtanh(options);
    if (!(this.max_val > this.min_val)) {
      throw new RangeError(`Hardtanh: max_val must be above min_val, got ${this.max_val} and ${this.min_val}`);
    }
  }

  override forward(input: Tensor): Tensor {
    const { min_val, max_val, inplace } = this;
    return hardtanh(input, { min_val, max_val, inplace });
  }

  override extra_repr(): string {
    const { min_val, max_val, inplace } = this;
    return `min_val=${pythonFloat(min_val)}, max_val=${pythonFloat(max_val)}${inPlaceText(inplace)}`;
  }
}

const readThreshold = signature('Threshold(float threshold, float value, bool inplace=False) -> ()');

/** x where it is above `threshold`, else `value`. */
export class Threshold extends Module {
  readonly threshold: number;
  readonly value: number;
  readonly inplace: boolean;

  constructor(threshold: number, value: number, ...options: InPlaceOption) {
    super();
    [this.threshold, this.value, this.inplace] = readThreshold([threshold, value, ...options]);
  }

  override forward(input: Tensor): Tensor {
    return threshold(input, this.threshold, this.value, this.inplace);
  }

  override extra_repr(): string {
    return `threshold=${this.threshold}, value=${this.value}${inPlaceText(this.inplace)}`;
  }
}

const readSoftplus = signature('Softplus(float beta=1, float threshold=20) -> ()');

/** log(1 + exp(beta x)) / beta, and x itself where beta x is above `threshold`. */
export class Softplus extends Module {
  readonly beta: number;
  readonly threshold: number;

  constructor(...options: Given<{ beta?: number; threshold?: number }, ['beta', 'threshold']>) {
    super();
    [this.beta, this.threshold] = readSoftplus(options);
  }

  override forward(input: Tensor): Tensor {
    return softplus(input, this.beta, this.threshold);
  }

  override extra_repr(): string {
    return `beta=${this.beta}, threshold=${this.threshold}`;
  }
}

const readLambda = family('float lambd=0.5');

abstract class Shrink extends Module {
  readonly lambd: number;

  constructor(...options: Given<{ lambd?: number }, ['lambd']>) {
    super();
    [this.lambd] = readLambda(new.target.name, options);
  }

  override extra_repr(): string {
    return pythonFloat(this.lambd);
  }
}

/** x where |x| is above `lambd`, else 0. */
export class Hardshrink extends Shrink {
  override forward(input: Tensor): Tensor {
    return hardshrink(input, this.lambd);
  }
}

/** x moved by `lambd` towards 0, and 0 where |x| is not above it. */
export class Softshrink extends Shrink {
  override forward(input: Tensor): Tensor {
    return softshrink(input, this.lambd);
  }
}

const readGlu = signature('GLU(int dim=-1) -> ()');

/** The first half along `dim` times the sigmoid of the second. */
export class GLU extends Module {
  readonly dim: number;

  constructor(...options: Given<{ dim?: number }, ['dim']>) {
    super();
    [this.dim] = readGlu(options);
  }

  override forward(input: Tensor): Tensor {
    return glu(input, this.dim);
  }

  override extra_repr(): string {
    return `dim=${this.dim}`;
  }
}

const readPrelu = signature(
  'PReLU(int num_parameters=1, float init=0.25, Any device=None, ScalarType? dtype=None) -> ()',
);
type PreluOptions = ModuleOptions & { num_parameters?: number; init?: number };

/** x where it is positive, else x times a weight that is trained: one for all, or one for each channel. */
export class PReLU extends Module {
  readonly num_parameters: number;
  weight: Parameter;

  constructor(...options: Given<PreluOptions, ['num_parameters', 'init']>) {
    super();
    const [count, init, device, dtype] = readPrelu(options);
    this.num_parameters = count;
    this.weight = newParameter([count], device, dtype);
    no_grad(() => this.weight.fill_(init));
  }

  override forward(input: Tensor): Tensor {
    return prelu(input, this.weight);
  }

  override extra_repr(): string {
    return `num_parameters=${this.num_parameters}`;
  }
}
