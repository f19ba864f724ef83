/** Normalization of rows and of groups of channels as modules. */
import { ValueError } from '../base/errors.js';
import { pythonBool, pythonFloat, pythonTuple } from '../print/python.js';
import type { Tensor } from '../tensor.js';
import { group_norm, layer_norm } from './functional.js';
import { ones_, zeros_ } from './init.js';
import { Module } from './module.js';
import { type Given, type ModuleOptions, newParameter, signature } from './options.js';
import type { Parameter } from './parameter.js';

/** A weight and a bias, or neither. */
abstract class Affine extends Module {
  weight: Parameter | null;
  bias: Parameter | null;

  constructor(affine: boolean, sizes: readonly number[], { device, dtype }: ModuleOptions) {
    super();
    this.weight = affine ? newParameter(sizes, device, dtype ?? null) : null;
    this.bias = affine ? newParameter(sizes, device, dtype ?? null) : null;
    this.reset_parameters();
  }

  /** Weights of 1 and biases of 0. */
  reset_parameters(): void {
    if (this.weight !== null) ones_(this.weight);
    if (this.bias !== null) zeros_(this.bias);
  }
}

const readLayerNorm = signature(
  'LayerNorm(int[1] normalized_shape, float eps=1e-05, bool elementwise_affine=True, Any device=None, ScalarType? dtype=None) -> ()',
);

/** Options of `LayerNorm`. */
export interface LayerNormOptions extends ModuleOptions {
  eps?: number;
  elementwise_affine?: boolean;
}

/**
 * Each row over the last dimensions, of sizes `normalized_shape`, with mean 0 and variance 1, then scaled and shifted.
 * @example new torch.nn.LayerNorm(16).forward(torch.randn(2, 5, 16))
 */
export class LayerNorm extends Affine {
  readonly normalized_shape: readonly number[];
  readonly eps: number;
  readonly elementwise_affine: boolean;

  constructor(
    normalized_shape: number | readonly number[],
    ...options: Given<LayerNormOptions, ['eps', 'elementwise_affine']>
  ) {
    const [shape, eps, affine, device, dtype] = readLayerNorm([normalized_shape, ...options]);
    super(affine, shape, { device: device as 'cpu' | null, dtype });
    this.normalized_shape = shape;
    this.eps = eps;
    this.elementwise_affine = affine;
  }

  override forward(input: Tensor): Tensor {
    const { normalized_shape, weight, bias, eps } = this;
    return layer_norm(input, normalized_shape, { weight, bias, eps });
  }

  override extra_repr(): string {
    const { normalized_shape, eps, elementwise_affine } = this;
    return `${pythonTuple(normalized_shape)}, eps=${pythonFloat(eps)}, elementwise_affine=${pythonBool(elementwise_affine)}`;
  }
}

const readGroupNorm = signature(
  'GroupNorm(int num_groups, int num_channels, float eps=1e-05, bool affine=True, Any device=None, ScalarType? dtype=None) -> ()',
);

/** Options of `GroupNorm`. */
export interface GroupNormOptions extends ModuleOptions {
  eps?: number;
  affine?: boolean;
}

/**
 * Each group of channels of each item of [N, C, *] with mean 0 and variance 1, then scaled and shifted by channel.
 * @example new torch.nn.GroupNorm(2, 6).forward(torch.randn(4, 6, 8, 8))
 */
export class GroupNorm extends Affine {
  readonly num_groups: number;
  readonly num_channels: number;
  readonly eps: number;
  readonly affine: boolean;

  constructor(num_groups: number, num_channels: number, ...options: Given<GroupNormOptions, ['eps', 'affine']>) {
    const [groups, channels, eps, affine, device, dtype] = readGroupNorm([num_groups, num_channels, ...options]);
    if (channels % groups !== 0) throw new ValueError('num_channels must be divisible by num_groups');
    super(affine, [channels], { device: device as 'cpu' | null, dtype });
    this.num_groups = groups;
    this.num_channels = channels;
    this.eps = eps;
    this.affine = affine;
  }

  override forward(input: Tensor): Tensor {
    const { num_groups, weight, bias, eps } = this;
    return group_norm(input, num_groups, { weight, bias, eps });
  }

  override extra_repr(): string {
    const { num_groups, num_channels, eps, affine } = this;
    return `${num_groups}, ${num_channels}, eps=${pythonFloat(eps)}, affine=${pythonBool(affine)}`;
  }
}
