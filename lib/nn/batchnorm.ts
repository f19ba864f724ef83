/** Normalization of channels, over the batch or in each of its items, as modules. */
import { int64 } from '../base/dtype.js';
import { argumentError, ValueError } from '../base/errors.js';
import { no_grad } from '../graph/modes.js';
import { ones, tensor, zeros } from '../ops/index.js';
import { pythonBool, pythonFloat } from '../print/python.js';
import type { Tensor } from '../tensor.js';
import { batch_norm, instance_norm } from './functional.js';
import { ones_, zeros_ } from './init.js';
import { Module } from './module.js';
import { checkInput, family, type Given, type ModuleOptions, newParameter } from './options.js';
import type { Parameter } from './parameter.js';

/** Options of normalization by channels. */
export interface NormOptions extends ModuleOptions {
  eps?: number;
  /** By how much of the way running statistics move; null has them be means of all batches so far. */
  momentum?: number | null;
  affine?: boolean;
  track_running_stats?: boolean;
}
type NormArguments = Given<NormOptions, ['eps', 'momentum', 'affine', 'track_running_stats']>;

const readBatchNorm = family(
  'int num_features, float eps=1e-05, float? momentum=0.1, bool affine=True, bool track_running_stats=True, Any device=None, ScalarType? dtype=None',
);
const readInstanceNorm = family(
  'int num_features, float eps=1e-05, float? momentum=0.1, bool affine=False, bool track_running_stats=False, Any device=None, ScalarType? dtype=None',
);

/** What all have: a weight and a bias for each channel, and running statistics. */
abstract class ChannelNorm extends Module {
  readonly num_features: number;
  readonly eps: number;
  momentum: number | null;
  readonly affine: boolean;
  readonly track_running_stats: boolean;
  weight: Parameter | null;
  bias: Parameter | null;
  declare running_mean: Tensor | null;
  declare running_var: Tensor | null;
  declare num_batches_tracked: Tensor | null;

  constructor([features, eps, momentum, affine, tracked, device, dtype]: ReturnType<typeof readBatchNorm>) {
    super();
    this.num_features = features;
    this.eps = eps;
    this.momentum = momentum;
    this.affine = affine;
    this.track_running_stats = tracked;
    this.weight = affine ? newParameter([features], device, dtype) : null;
    this.bias = affine ? newParameter([features], device, dtype) : null;
    this.register_buffer('running_mean', tracked ? zeros([features], { dtype }) : null);
    this.register_buffer('running_var', tracked ? ones([features], { dtype }) : null);
    this.register_buffer('num_batches_tracked', tracked ? tensor(0, { dtype: int64 }) : null);
    this.reset_parameters();
  }

  /** Forgets what was seen: mean 0, variance 1, of no batches. */
  reset_running_stats(): void {
    this.running_mean?.zero_();
    this.running_var?.fill_(1);
    this.num_batches_tracked?.zero_();
  }

  /** Weights of 1 and biases of 0, and running statistics of nothing. */
  reset_parameters(): void {
    this.reset_running_stats();
    if (this.weight !== null) ones_(this.weight);
    if (this.bias !== null) zeros_(this.bias);
  }

  override extra_repr(): string {
    const { num_features, eps, momentum, affine, track_running_stats } = this;
    return (
      `${num_features}, eps=${pythonFloat(eps)}, momentum=${momentum === null ? 'None' : pythonFloat(momentum)}, ` +
      `affine=${pythonBool(affine)}, track_running_stats=${pythonBool(track_running_stats)}`
    );
  }
}

/** @throws ValueError unless the input has one of the numbers of dimensions. */
function checkDims(input: Tensor, allowed: readonly number[]): void {
  if (allowed.includes(input.ndim)) return;
  throw new ValueError(`expected ${allowed.map((dims) => `${dims}D`).join(' or ')} input (got ${input.ndim}D input)`);
}

abstract class BatchNorm extends ChannelNorm {
  protected abstract readonly dims: readonly number[];

  constructor(num_features: number, ...options: NormArguments) {
    super(readBatchNorm(new.target.name, [num_features, ...options]));
  }

  override forward(input: Tensor): Tensor {
    checkInput(this, input);
    checkDims(input, this.dims);
    const { running_mean, running_var, weight, bias, eps } = this;
    const momentum = this.training && this.track_running_stats ? this.countBatch() : (this.momentum ?? 0);
    // Statistics that are not tracked are those of the batch at hand, evaluated or not.
    const training = this.training || (running_mean === null && running_var === null);
    const isUsed = !this.training || this.track_running_stats;
    const [mean, variance] = isUsed ? [running_mean, running_var] : [null, null];
    return batch_norm(input, mean, variance, { weight, bias, training, momentum, eps });
  }

  /** Counts one more batch; the share that it has in the running statistics. */
  private countBatch(): number {
    const { num_batches_tracked, momentum } = this;
    no_grad(() => num_batches_tracked?.add_(1));
    return momentum ?? 1 / Number(num_batches_tracked?.item() ?? 1);
  }
}

/** Each of the channels of [N, C] or [N, C, L] with mean 0 and variance 1 over the batch, then scaled and shifted. */
export class BatchNorm1d extends BatchNorm {
  protected get dims(): readonly number[] {
    return [2, 3];
  }
}

/**
 * Each of the channels of [N, C, H, W] with mean 0 and variance 1 over the batch, then scaled and shifted. In
 * evaluation the running statistics take the place of the batch's.
 * @example new torch.nn.BatchNorm2d(3).forward(torch.randn(8, 3, 5, 5))
 */
export class BatchNorm2d extends BatchNorm {
  protected get dims(): readonly number[] {
    return [4];
  }
}

/** Each of the channels of [N, C, D, H, W] with mean 0 and variance 1 over the batch, then scaled and shifted. */
export class BatchNorm3d extends BatchNorm {
  protected get dims(): readonly number[] {
    return [5];
  }
}

abstract class InstanceNorm extends ChannelNorm {
  /** Of one item, of a batch. */
  protected abstract readonly dims: readonly [item: number, batch: number];

  constructor(num_features: number, ...options: NormArguments) {
    super(readInstanceNorm(new.target.name, [num_features, ...options]));
  }

  override forward(input: Tensor): Tensor {
    const [item] = this.dims;
    checkInput(this, input);
    checkDims(input, this.dims);
    return input.ndim === item ? this.normalized(input.unsqueeze(0)).squeeze(0) : this.normalized(input);
  }

  private normalized(input: Tensor): Tensor {
    const { running_mean, running_var, weight, bias, momentum, eps } = this;
    if (momentum === null) throw argumentError('instance_norm', 'momentum', 'float', null);
    const use_input_stats = this.training || !this.track_running_stats;
    return instance_norm(input, { running_mean, running_var, weight, bias, use_input_stats, momentum, eps });
  }
}

/** Each channel of each item of [N, C, L], or of [C, L], with mean 0 and variance 1. */
export class InstanceNorm1d extends InstanceNorm {
  protected get dims(): readonly [number, number] {
    return [2, 3];
  }
}

/** Each channel of each item of [N, C, H, W], or of [C, H, W], with mean 0 and variance 1. */
export class InstanceNorm2d extends InstanceNorm {
  protected get dims(): readonly [number, number] {
    return [3, 4];
  }
}

/** Each channel of each item of [N, C, D, H, W], or of [C, D, H, W], with mean 0 and variance 1. */
export class InstanceNorm3d extends InstanceNorm {
  protected get dims(): readonly [number, number] {
    return [4, 5];
  }
}
