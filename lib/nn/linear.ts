/** Affine maps, and none at all. */
import { pythonBool, pythonTuple } from '../print/python.js';
import type { Tensor } from '../tensor.js';
import { linear } from './functional.js';
import { kaiming_uniform_, uniform_ } from './init.js';
import { Module } from './module.js';
import { checkInput, fans, type ModuleOptions, newParameter, signature } from './options.js';
import type { Parameter } from './parameter.js';

const read = signature(
  'Linear(int in_features, int out_features, bool bias=True, Any device=None, ScalarType? dtype=None) -> ()',
);

/**
 * x · weightᵀ + bias: [*, in_features] to [*, out_features].
 * @example new torch.nn.Linear(2, 8).forward(torch.randn(5, 2)).shape; // [5, 8]
 */
export class Linear extends Module {
  readonly in_features: number;
  readonly out_features: number;
  weight: Parameter;
  bias: Parameter | null;

  constructor(
    in_features: number,
    out_features: number,
    ...options: [options?: { bias?: boolean } & ModuleOptions] | [bias: boolean, options?: ModuleOptions]
  ) {
    super();
    const [inputs, outputs, bias, device, dtype] = read([in_features, out_features, ...options]);
    this.in_features = inputs;
    this.out_features = outputs;
    this.weight = newParameter([outputs, inputs], device, dtype);
    this.bias = bias ? newParameter([outputs], device, dtype) : null;
    this.reset_parameters();
  }

  /** New random values for all parameters. */
  reset_parameters(): void {
    kaiming_uniform_(this.weight, { a: Math.sqrt(5) });
    if (this.bias === null) return;
    const { fan_in } = fans(this.weight);
    const bound = fan_in > 0 ? 1 / Math.sqrt(fan_in) : 0;
    uniform_(this.bias, -bound, bound);
  }

  override forward(input: Tensor): Tensor {
    return linear(input, this.weight, this.bias);
  }

  override extra_repr(): string {
    const { in_features, out_features, bias } = this;
    return `in_features=${in_features}, out_features=${out_features}, bias=${pythonBool(bias !== null)}`;
  }
}

/** Hands on what it is given, whatever it is constructed with. */
export class Identity extends Module {
  constructor(..._ignored: unknown[]) {
    super();
  }

  override forward(input: Tensor): Tensor {
    return input;
  }
}

const readFlatten = signature('Flatten(int start_dim=1, int end_dim=-1) -> ()');

/** Makes one dimension of those from `start_dim` to `end_dim`: [N, C, H, W] to [N, C · H · W] by default. */
export class Flatten extends Module {
  readonly start_dim: number;
  readonly end_dim: number;

  constructor(...dims: [start_dim?: number, end_dim?: number] | [options: { start_dim?: number; end_dim?: number }]) {
    super();
    [this.start_dim, this.end_dim] = readFlatten(dims);
  }

  override forward(input: Tensor): Tensor {
    checkInput(this, input);
    return input.flatten(this.start_dim, this.end_dim);
  }

  override extra_repr(): string {
    return `start_dim=${this.start_dim}, end_dim=${this.end_dim}`;
  }
}

const readUnflatten = signature('Unflatten(int dim, int[] unflattened_size) -> ()');

/** Makes several dimensions of one: the inverse of `Flatten`. One size may be -1. */
export class Unflatten extends Module {
  readonly dim: number;
  readonly unflattened_size: readonly number[];

  constructor(dim: number, unflattened_size: readonly number[]) {
    super();
    [this.dim, this.unflattened_size] = readUnflatten([dim, unflattened_size]);
  }

  override forward(input: Tensor): Tensor {
    checkInput(this, input);
    return input.unflatten(this.dim, this.unflattened_size);
  }

  override extra_repr(): string {
    return `dim=${this.dim}, unflattened_size=${pythonTuple(this.unflattened_size)}`;
  }
}
