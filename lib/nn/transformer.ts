/** Encoders of the transformer. */
import { argumentError, RuntimeError, show } from '../base/errors.js';
import type { Tensor } from '../tensor.js';
import { MultiheadAttention } from './attention.js';
import { ModuleList, type TensorModule } from './containers.js';
import { cloned } from './copying.js';
import { Dropout } from './dropout.js';
import { gelu, relu } from './functional.js';
import { Linear } from './linear.js';
import { Module } from './module.js';
import { LayerNorm } from './norm.js';
import { type Given, type ModuleOptions, signature } from './options.js';

/** A nonlinear function: by name, as a function, or as a module. */
export type Activation = 'relu' | 'gelu' | ((input: Tensor) => Tensor) | TensorModule;

/** Options of `TransformerEncoderLayer`. */
export interface TransformerEncoderLayerOptions extends ModuleOptions {
  dim_feedforward?: number;
  dropout?: number;
  activation?: Activation;
  layer_norm_eps?: number;
  /** Whether the batch is dimension 0; else it is dimension 1. */
  batch_first?: boolean;
  /** Whether inputs of attention and of the linear layers are normalized, instead of their results. */
  norm_first?: boolean;
}
type LayerArguments = Given<
  TransformerEncoderLayerOptions,
  ['dim_feedforward', 'dropout', 'activation', 'layer_norm_eps', 'batch_first', 'norm_first']
>;

/** Masks of `MultiheadAttention`. */
interface LayerMasks {
  src_mask?: Tensor | null;
  src_key_padding_mask?: Tensor | null;
}

const read = signature(
  "TransformerEncoderLayer(int d_model, int nhead, int dim_feedforward=2048, float dropout=0.1, Any activation='relu', float layer_norm_eps=1e-05, bool batch_first=False, bool norm_first=False, Any device=None, ScalarType? dtype=None) -> ()",
);
const readForward = signature('forward(Tensor src, Tensor? src_mask=None, Tensor? src_key_padding_mask=None) -> ()');

function activationOf(given: unknown): ((input: Tensor) => Tensor) | TensorModule {
  if (given === 'relu') return (input) => relu(input);
  if (given === 'gelu') return (input) => gelu(input);
  if (typeof given === 'string') throw new RuntimeError(`activation should be relu/gelu, not ${given}`);
  if (typeof given === 'function') return given as (input: Tensor) => Tensor;
  if (given instanceof Module) return given as TensorModule;
  throw argumentError('TransformerEncoderLayer', 'activation', "'relu', 'gelu', a function or a Module", given);
}

/**
 * Attention of a sequence to itself, then two linear layers at each place; both are added to what they are given.
 * @example new torch.nn.TransformerEncoderLayer(16, 4, { batch_first: true }).forward(torch.randn(2, 5, 16))
 */
export class TransformerEncoderLayer extends Module {
  self_attn: MultiheadAttention;
  linear1: Linear;
  dropout: Dropout;
  linear2: Linear;
  readonly norm_first: boolean;
  norm1: LayerNorm;
  norm2: LayerNorm;
  dropout1: Dropout;
  dropout2: Dropout;
  activation: ((input: Tensor) => Tensor) | TensorModule;

  constructor(d_model: number, nhead: number, ...options: LayerArguments) {
    super();
    const [width, heads, hidden, dropout, activation, eps, batch_first, norm_first, device, dtype] = read([
      d_model,
      nhead,
      ...options,
    ]);
    const made: ModuleOptions = { device: device as 'cpu' | null, dtype };
    this.self_attn = new MultiheadAttention(width, heads, { dropout, batch_first, ...made });
    this.linear1 = new Linear(width, hidden, made);
    this.dropout = new Dropout(dropout);
    this.linear2 = new Linear(hidden, width, made);
    this.norm_first = norm_first;
    this.norm1 = new LayerNorm(width, { eps, ...made });
    this.norm2 = new LayerNorm(width, { eps, ...made });
    this.dropout1 = new Dropout(dropout);
    this.dropout2 = new Dropout(dropout);
    this.activation = activationOf(activation);
  }

  /** `src` is [L, N, E], with `batch_first` [N, L, E], or of one item [L, E]. */
  override forward(src: Tensor, ...masks: Given<LayerMasks, ['src_mask', 'src_key_padding_mask']>): Tensor {
    const [x, mask, padding] = readForward([src, ...masks]);
    if (this.norm_first) {
      const attended = x.add(this.attend(this.norm1.forward(x), mask, padding));
      return attended.add(this.feedForward(this.norm2.forward(attended)));
    }
    const attended = this.norm1.forward(x.add(this.attend(x, mask, padding)));
    return this.norm2.forward(attended.add(this.feedForward(attended)));
  }

  private attend(x: Tensor, attn_mask: Tensor | null, key_padding_mask: Tensor | null): Tensor {
    const [output] = this.self_attn.forward(x, x, x, { attn_mask, key_padding_mask, need_weights: false });
    return this.dropout1.forward(output);
  }

  private feedForward(x: Tensor): Tensor {
    const { activation } = this;
    const hidden = this.linear1.forward(x);
    const bent = typeof activation === 'function' ? activation(hidden) : activation.forward(hidden);
    return this.dropout2.forward(this.linear2.forward(this.dropout.forward(bent)));
  }
}

/** A layer of an encoder. */
export interface EncoderLayer extends Module {
  forward(src: Tensor, masks: LayerMasks): Tensor;
}

interface EncoderMasks {
  mask?: Tensor | null;
  src_key_padding_mask?: Tensor | null;
}

/** More would fill memory with modules. */
const mostLayers = 10_000;

const readLayers = signature(
  'TransformerEncoder(Any encoder_layer, int num_layers, Any norm=None, bool enable_nested_tensor=True, bool mask_check=True) -> ()',
);
const readEncoder = signature('forward(Tensor src, Tensor? mask=None, Tensor? src_key_padding_mask=None) -> ()');

/**
 * Copies of one layer after each other, then a norm if there is one. All begin with the values of the layer that is
 * given, which itself is no part of the encoder. `enable_nested_tensor` is accepted and has no effect.
 */
export class TransformerEncoder extends Module {
  layers: ModuleList<EncoderLayer>;
  readonly num_layers: number;
  norm: TensorModule | null;

  constructor(
    encoder_layer: EncoderLayer,
    num_layers: number,
    ...options: Given<
      { norm?: TensorModule | null; enable_nested_tensor?: boolean; mask_check?: boolean },
      ['norm', 'enable_nested_tensor', 'mask_check']
    >
  ) {
    super();
    const [layer, count, norm] = readLayers([encoder_layer, num_layers, ...options]);
    if (count < 0 || count > mostLayers) {
      throw new RuntimeError(`TransformerEncoder: num_layers must be from 0 to ${mostLayers}, got ${count}`);
    }
    if (!(layer instanceof Module)) throw new TypeError(`${show(layer)} is not a Module subclass`);
    if (norm !== null && !(norm instanceof Module)) {
      throw argumentError('TransformerEncoder', 'norm', 'a Module or null', norm);
    }
    this.layers = new ModuleList();
    for (let i = 0; i < count; i++) this.layers.append(cloned(encoder_layer));
    this.num_layers = count;
    this.norm = norm as TensorModule | null;
  }

  override forward(src: Tensor, ...masks: Given<EncoderMasks, ['mask', 'src_key_padding_mask']>): Tensor {
    const [x, src_mask, src_key_padding_mask] = readEncoder([src, ...masks]);
    let output = x;
    for (const layer of this.layers) output = layer.forward(output, { src_mask, src_key_padding_mask });
    return this.norm === null ? output : this.norm.forward(output);
  }
}
