/** Attention of several heads as a module. */
import { bool, float32 } from '../base/dtype.js';
import { argumentError, RuntimeError, showShape, ValueError } from '../base/errors.js';
import { sameShape } from '../base/shape.js';
import { cat, zeros } from '../ops/index.js';
import type { Tensor } from '../tensor.js';
import { dropout, linear, scaled_dot_product_attention } from './functional.js';
import { constant_, xavier_normal_, xavier_uniform_ } from './init.js';
import { Linear } from './linear.js';
import { Module } from './module.js';
import { type Given, type ModuleOptions, newParameter, signature } from './options.js';
import type { Parameter } from './parameter.js';

/** PyTorch's name of a linear layer that it does not quantize; printed as such. */
export class NonDynamicallyQuantizableLinear extends Linear {}

/** Options of `MultiheadAttention`. */
export interface MultiheadAttentionOptions extends ModuleOptions {
  /** The probability with which weights are dropped in training. */
  dropout?: number;
  bias?: boolean;
  /** Adds a trained key and value. */
  add_bias_kv?: boolean;
  /** Adds a key and value of zeros. */
  add_zero_attn?: boolean;
  /** Features of keys and of values, where they are not `embed_dim`. */
  kdim?: number | null;
  vdim?: number | null;
  /** Whether the batch is dimension 0; else it is dimension 1. */
  batch_first?: boolean;
}
type Arguments = Given<
  MultiheadAttentionOptions,
  ['dropout', 'bias', 'add_bias_kv', 'add_zero_attn', 'kdim', 'vdim', 'batch_first']
>;

/** What `MultiheadAttention.forward` takes besides query, key and value. */
export interface AttentionOptions {
  /** [N, S]: true, or a number that is added, where a key is to be passed over. */
  key_padding_mask?: Tensor | null;
  need_weights?: boolean;
  /** [L, S], or [N · heads, L, S]: true where a query must not see a key, or numbers that are added. */
  attn_mask?: Tensor | null;
  average_attn_weights?: boolean;
}

const read = signature(
  'MultiheadAttention(int embed_dim, int num_heads, float dropout=0.0, bool bias=True, bool add_bias_kv=False, bool add_zero_attn=False, int? kdim=None, int? vdim=None, bool batch_first=False, Any device=None, ScalarType? dtype=None) -> ()',
);
const readForward = signature(
  'forward(Tensor query, Tensor key, Tensor value, Tensor? key_padding_mask=None, bool need_weights=True, Tensor? attn_mask=None, bool average_attn_weights=True) -> ()',
);

/** Queries, keys and values of all heads, with a mask that is added to their scores. */
interface Heads {
  readonly query: Tensor;
  readonly key: Tensor;
  readonly value: Tensor;
  readonly mask: Tensor | null;
}

/**
 * Attention of several heads: means of values, weighted by how well their keys fit a query.
 * @example
 * const attention = new torch.nn.MultiheadAttention(16, 4, { batch_first: true });
 * const [output, weights] = attention.forward(x, x, x); // [N, L, 16], [N, L, L]
 */
export class MultiheadAttention extends Module {
  readonly embed_dim: number;
  readonly kdim: number;
  readonly vdim: number;
  readonly num_heads: number;
  readonly head_dim: number;
  dropout: number;
  readonly batch_first: boolean;
  readonly add_zero_attn: boolean;
  in_proj_weight: Parameter | null;
  q_proj_weight: Parameter | null;
  k_proj_weight: Parameter | null;
  v_proj_weight: Parameter | null;
  in_proj_bias: Parameter | null;
  out_proj: NonDynamicallyQuantizableLinear;
  bias_k: Parameter | null;
  bias_v: Parameter | null;

  constructor(embed_dim: number, num_heads: number, ...options: Arguments) {
    super();
    const [width, heads, probability, bias, biasKv, zeroAttn, kdim, vdim, batch_first, device, dtype] = read([
      embed_dim,
      num_heads,
      ...options,
    ]);
    if (heads <= 0 || width % heads !== 0) throw new ValueError('embed_dim must be divisible by num_heads');
    this.embed_dim = width;
    this.kdim = kdim ?? width;
    this.vdim = vdim ?? width;
    this.num_heads = heads;
    this.head_dim = width / heads;
    this.dropout = probability;
    this.batch_first = batch_first;
    this.add_zero_attn = zeroAttn;
    const packed = this.kdim === width && this.vdim === width;
    const weight = (isMade: boolean, ...sizes: number[]): Parameter | null =>
      isMade ? newParameter(sizes, device, dtype) : null;
    this.in_proj_weight = weight(packed, 3 * width, width);
    this.q_proj_weight = weight(!packed, width, width);
    this.k_proj_weight = weight(!packed, width, this.kdim);
    this.v_proj_weight = weight(!packed, width, this.vdim);
    this.in_proj_bias = weight(bias, 3 * width);
    this.out_proj = new NonDynamicallyQuantizableLinear(width, width, { bias, device: device as 'cpu' | null, dtype });
    this.bias_k = weight(biasKv, 1, 1, width);
    this.bias_v = weight(biasKv, 1, 1, width);
    this.resetProjections();
  }

  /** The values of `out_proj.weight` stay those of a linear layer. */
  private resetProjections(): void {
    for (const weight of [this.in_proj_weight, this.q_proj_weight, this.k_proj_weight, this.v_proj_weight]) {
      if (weight !== null) xavier_uniform_(weight);
    }
    for (const bias of [this.in_proj_bias, this.in_proj_bias && this.out_proj.bias]) {
      if (bias !== null) constant_(bias, 0);
    }
    for (const bias of [this.bias_k, this.bias_v]) if (bias !== null) xavier_normal_(bias);
  }

  /**
   * Query [L, N, E], key and value [S, N, E] (the batch first with `batch_first`, or none at all) to the output, in the
   * form of the query, and the weights: [N, L, S], or [N, heads, L, S] unless they are averaged; null unless they are
   * needed.
   */
  override forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    ...options: Given<AttentionOptions, ['key_padding_mask', 'need_weights', 'attn_mask', 'average_attn_weights']>
  ): [Tensor, Tensor | null] {
    const [q, k, v, padding, need_weights, attn_mask, average] = readForward([query, key, value, ...options]);
    checkDims(q, k, v, padding);
    const isBatched = q.ndim === 3;
    const swap = isBatched && this.batch_first;
    const sequenceFirst = (tensor: Tensor): Tensor =>
      swap ? tensor.transpose(0, 1) : isBatched ? tensor : tensor.unsqueeze(1);
    // One tensor for several arguments stays one, and so its projections are one product.
    const first = new Map([q, k, v].map((tensor) => [tensor, sequenceFirst(tensor)]));
    const [output, weights] = this.attend(
      [q, k, v].map((tensor) => first.get(tensor)) as [Tensor, Tensor, Tensor],
      isBatched || padding === null ? padding : padding.unsqueeze(0),
      attn_mask,
      need_weights,
    );
    const averaged = weights === null ? null : average ? weights.sum(1).div(this.num_heads) : weights;
    if (!isBatched) return [output.squeeze(1), averaged?.squeeze(0) ?? null];
    return [swap ? output.transpose(0, 1) : output, averaged];
  }

  /** Of a batch in dimension 1; weights are [N, heads, L, S]. */
  private attend(
    inputs: readonly [Tensor, Tensor, Tensor],
    padding: Tensor | null,
    attn_mask: Tensor | null,
    need_weights: boolean,
  ): [Tensor, Tensor | null] {
    const [length, batch, width] = inputs[0].shape;
    if (width !== this.embed_dim) {
      throw new RuntimeError(`was expecting embedding dimension of ${this.embed_dim}, but got ${width}`);
    }
    const heads = this.split(this.projected(inputs), masked(this, inputs, padding, attn_mask));
    const p = this.training ? this.dropout : 0;
    const [mixed, weights] = need_weights ? weighed(heads, p) : [scaledAttention(heads, p), null];
    const joined = mixed.transpose(0, 1).reshape(length, batch, width);
    return [this.out_proj.forward(joined), weights?.view(batch, this.num_heads, length, heads.key.size(1)) ?? null];
  }

  /** Linear maps of query, key and value; of what is the same tensor, in one product. */
  private projected([query, key, value]: readonly [Tensor, Tensor, Tensor]): [Tensor, Tensor, Tensor] {
    const { in_proj_weight, in_proj_bias, embed_dim } = this;
    if (in_proj_weight !== null && key === value) {
      if (query === key) return linear(query, in_proj_weight, in_proj_bias).chunk(3, -1) as [Tensor, Tensor, Tensor];
      const sizes = [embed_dim, 2 * embed_dim];
      const [weight, rest] = in_proj_weight.split(sizes);
      const [bias, biases] = in_proj_bias?.split(sizes) ?? [null, null];
      const [k, v] = linear(key, rest, biases).chunk(2, -1);
      return [linear(query, weight, bias), k, v];
    }
    const weights = in_proj_weight?.chunk(3) ?? [this.q_proj_weight, this.k_proj_weight, this.v_proj_weight];
    const biases = in_proj_bias?.chunk(3) ?? [null, null, null];
    return [query, key, value].map((input, i) => linear(input, weights[i] as Tensor, biases[i])) as [
      Tensor,
      Tensor,
      Tensor,
    ];
  }

  /** From [L, N, E] to [N · heads, L, E / heads], with the keys and values that are added. */
  private split([query, key, value]: readonly [Tensor, Tensor, Tensor], mask: Tensor | null): Heads {
    const batch = query.size(1);
    const { bias_k, bias_v, num_heads, head_dim } = this;
    const headsFirst = (tensor: Tensor): Tensor =>
      tensor.reshape(tensor.size(0), batch * num_heads, head_dim).transpose(0, 1);
    const longer = (tensor: Tensor, bias: Tensor | null): Tensor =>
      bias === null ? tensor : cat([tensor, bias.repeat(1, batch, 1)]);
    const withZero = (tensor: Tensor): Tensor =>
      this.add_zero_attn ? cat([tensor, zeros([batch * num_heads, 1, head_dim], { dtype: tensor.dtype })], 1) : tensor;
    return {
      query: headsFirst(query),
      key: withZero(headsFirst(longer(key, bias_k))),
      value: withZero(headsFirst(longer(value, bias_v))),
      mask,
    };
  }
}

function checkDims(query: Tensor, key: Tensor, value: Tensor, padding: Tensor | null): void {
  const dims = query.ndim;
  if (dims !== 2 && dims !== 3) {
    throw new RuntimeError(`query should be unbatched 2D or batched 3D tensor but received ${dims}-D query tensor`);
  }
  if (key.ndim !== dims || value.ndim !== dims) {
    throw new RuntimeError(
      `For ${dims === 3 ? 'batched' : 'unbatched'} (${dims}-D) \`query\`, expected \`key\` and \`value\` to be ${dims}-D but ` +
        `found ${key.ndim}-D and ${value.ndim}-D tensors respectively`,
    );
  }
  if (padding !== null && padding.ndim !== dims - 1) {
    throw new RuntimeError(
      `For ${dims === 3 ? 'batched' : 'unbatched'} (${dims}-D) \`query\`, expected \`key_padding_mask\` to be \`None\` or ` +
        `${dims - 1}-D but found ${padding.ndim}-D tensor instead`,
    );
  }
  if (padding !== null && padding.dtype !== bool && !padding.dtype.is_floating_point) {
    throw new RuntimeError('only bool and floating types of key_padding_mask are supported');
  }
}

/** -∞ where the mask is true; numbers stay what they are. */
function additive(mask: Tensor, like: Tensor): Tensor {
  if (mask.dtype !== bool) return mask;
  return zeros(mask.shape, { dtype: like.dtype.is_floating_point ? like.dtype : float32 }).masked_fill_(
    mask,
    Number.NEGATIVE_INFINITY,
  );
}

/** Both masks in one that is added to the scores: [1 or N · heads, 1 or L, S with what is added]. */
function masked(
  { num_heads, bias_k, add_zero_attn }: MultiheadAttention,
  [query, key]: readonly [Tensor, Tensor, Tensor],
  padding: Tensor | null,
  attn_mask: Tensor | null,
): Tensor | null {
  const [length, batch, keys] = [query.size(0), query.size(1), key.size(0)];
  const masks: Tensor[] = [];
  if (attn_mask !== null) {
    checkMask(attn_mask, [length, keys], [batch * num_heads, length, keys]);
    masks.push(additive(attn_mask.ndim === 2 ? attn_mask.unsqueeze(0) : attn_mask, query));
  }
  if (padding !== null) {
    if (!sameShape(padding.shape, [batch, keys])) {
      throw new RuntimeError(
        `expecting key_padding_mask shape of (${batch}, ${keys}), but got ${showShape(padding.shape)}`,
      );
    }
    const rows = additive(padding, query).view(batch, 1, 1, keys).expand(-1, num_heads, -1, -1);
    masks.push(rows.reshape(batch * num_heads, 1, keys));
  }
  if (masks.length === 0) return null;
  const mask = masks.reduce((a, b) => a.add(b));
  const added = (bias_k === null ? 0 : 1) + (add_zero_attn ? 1 : 0);
  return added === 0 ? mask : cat([mask, mask.new_zeros([...mask.shape.slice(0, -1), added])], -1);
}

function checkMask(mask: Tensor, flat: readonly number[], full: readonly number[]): void {
  if (mask.dtype !== bool && !mask.dtype.is_floating_point) {
    throw argumentError('MultiheadAttention', 'attn_mask', 'a Tensor of floats or bools', mask.dtype);
  }
  if (mask.ndim !== 2 && mask.ndim !== 3) {
    throw new RuntimeError(`attn_mask's dimension ${mask.ndim} is not supported`);
  }
  const expected = mask.ndim === 2 ? flat : full;
  if (!sameShape(mask.shape, expected)) {
    throw new RuntimeError(
      `The shape of the ${mask.ndim}D attn_mask is torch.Size(${showShape(mask.shape)}), but should be ` +
        `(${expected.join(', ')}).`,
    );
  }
}

const scaledAttention = ({ query, key, value, mask }: Heads, p: number): Tensor =>
  scaled_dot_product_attention(query, key, value, { attn_mask: mask, dropout_p: p });

/** The same with the weights. */
function weighed({ query, key, value, mask }: Heads, p: number): [Tensor, Tensor] {
  const scores = query.div(Math.sqrt(query.size(-1))).matmul(key.transpose(-2, -1));
  const weights = dropout((mask === null ? scores : scores.add(mask)).softmax(-1), p, p > 0);
  return [weights.matmul(value), weights];
}
