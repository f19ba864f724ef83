/** Attention: means of values, weighted by how well their keys fit a query. */
import { bool } from '../base/dtype.js';
import { RuntimeError, showShape } from '../base/errors.js';
import { broadcastShapes, expandStrides, type Shape, sameShape } from '../base/shape.js';
import { opcode } from '../engine/native.js';
import { begin, immediate, operand, run, scalar } from '../engine/program.js';
import { is_grad_enabled } from '../graph/modes.js';
import type { Gradient } from '../graph/node.js';
import { isTransformed } from '../op/levels.js';
import { method, op } from '../op/op.js';
import { emptyLike } from '../op/pointwise.js';
import { floatingOr } from '../op/slices.js';
import { together } from '../op/together.js';
import { emptyTensor, type Tensor } from '../tensor.js';

const codes = { forward: opcode('attention'), backward: opcode('attention_backward') };

/** The dimensions of an instruction behind those of the batch: queries, keys, depth, width. */
const kinds = { queries: 0, keys: 1, depth: 2, width: 3 };
type Kind = keyof typeof kinds;

/** Writes a tensor whose dimensions behind the batch are of these kinds. */
function headOperand(tensor: Tensor, ...own: readonly Kind[]): void {
  const lead = tensor.ndim - own.length;
  const strides = [...tensor.strides.slice(0, lead), 0, 0, 0, 0];
  own.forEach((kind, i) => {
    strides[lead + kinds[kind]] = tensor.strides[lead + i];
  });
  operand(tensor, strides);
}

/** What is computed; `sums` are the logarithms of the sums of a query's weights. */
interface Attention {
  readonly query: Tensor;
  readonly key: Tensor;
  readonly value: Tensor;
  readonly attn_mask: Tensor | null;
  readonly is_causal: boolean;
  readonly scale: number;
  readonly sums: Tensor;
}

function sizesOf({ query, key, value }: Attention): Shape {
  const [depth, width] = [query.sizes[query.ndim - 1], value.sizes[value.ndim - 1]];
  return [...query.sizes.slice(0, -1), key.sizes[key.ndim - 2], depth, width];
}

function finish(name: string, { query, attn_mask, is_causal, scale }: Attention): void {
  if (attn_mask === null) immediate(0, query.dtype, query.ndim + 2);
  else headOperand(attn_mask, 'queries', 'keys');
  scalar(scale);
  scalar(is_causal ? 1 : 0);
  scalar(attn_mask === null ? 0 : attn_mask.dtype === bool ? 1 : 2);
  run(name, query.dtype);
}

/** Laid out as the query is where it can be, so that what split the heads off can join them again without a copy. */
const outputLike = (query: Tensor, value: Tensor): Tensor =>
  query.sizes[query.ndim - 1] === value.sizes[value.ndim - 1]
    ? emptyLike(query, query.dtype)
    : emptyTensor([...query.sizes.slice(0, -1), value.sizes[value.ndim - 1]], query.dtype);

function emit(attention: Attention): Tensor {
  const { query, key, value, sums } = attention;
  const out = outputLike(query, value);
  begin(codes.forward, sizesOf(attention), 6);
  headOperand(out, 'queries', 'width');
  headOperand(sums, 'queries');
  headOperand(query, 'queries', 'depth');
  headOperand(key, 'keys', 'depth');
  headOperand(value, 'keys', 'width');
  finish('scaled_dot_product_attention', attention);
  return out;
}

type Gradients = readonly [Gradient, Gradient, Gradient];

function gradientsOf(grad: Tensor, attention: Attention): Gradients {
  if (is_grad_enabled() || isTransformed()) return composedGradients(grad, attention);
  const { query, key, value, sums } = attention;
  const gradients = [query, key, value].map((input) => emptyLike(input, input.dtype)) as [Tensor, Tensor, Tensor];
  begin(codes.backward, sizesOf(attention), 9);
  headOperand(gradients[0], 'queries', 'depth');
  headOperand(gradients[1], 'keys', 'depth');
  headOperand(gradients[2], 'keys', 'width');
  headOperand(grad, 'queries', 'width');
  headOperand(sums, 'queries');
  headOperand(query, 'queries', 'depth');
  headOperand(key, 'keys', 'depth');
  headOperand(value, 'keys', 'width');
  finish('scaled_dot_product_attention', attention);
  return gradients;
}

/** Weights by the definition, in operators that have derivatives. */
function weightsOf(query: Tensor, key: Tensor, mask: Tensor | null, is_causal: boolean, scale: number): Tensor {
  const scores = query.mul(scale).matmul(key.transpose(-2, -1));
  const seen = is_causal ? causalMask(query, key) : mask;
  if (seen === null) return scores.softmax(-1);
  const masked =
    seen.dtype === bool ? scores.masked_fill(seen.logical_not(), Number.NEGATIVE_INFINITY) : scores.add(seen);
  return masked.softmax(-1);
}

const causalMask = (query: Tensor, key: Tensor): Tensor =>
  query
    .detach()
    .new_ones([query.size(-2), key.size(-2)])
    .tril()
    .ne(0);

function composedGradients(grad: Tensor, { query, key, value, attn_mask, is_causal, scale }: Attention): Gradients {
  const weights = weightsOf(query, key, attn_mask, is_causal, scale);
  const slopes = grad.matmul(value.transpose(-2, -1));
  const scores = weights.mul(slopes.sub(slopes.mul(weights).sum(-1, true))).mul(scale);
  return [scores.matmul(key), scores.transpose(-2, -1).matmul(query), weights.transpose(-2, -1).matmul(grad)];
}

/** Attention of heads in one batch; `sums` is written. */
const fused: (
  query: Tensor,
  key: Tensor,
  value: Tensor,
  attn_mask: Tensor | null,
  is_causal: boolean,
  scale: number,
  sums: Tensor,
) => Tensor = op(
  '_scaled_dot_product_attention(Tensor query, Tensor key, Tensor value, Tensor? attn_mask, bool is_causal, float scale, Tensor sums) -> Tensor',
  {
    forward: (query, key, value, attn_mask, is_causal, scale, sums) =>
      emit({ query, key, value, attn_mask, is_causal, scale, sums }),
    backward: together(['query', 'key', 'value'], gradientsOf),
    saves: ['query', 'key', 'value', 'attn_mask', 'sums'],
    node: 'ScaledDotProductAttentionBackward0',
  },
);

const shapes = (query: Tensor, key: Tensor, value: Tensor): string =>
  `query ${showShape(query.sizes)}, key ${showShape(key.sizes)}, value ${showShape(value.sizes)}`;

function check(query: Tensor, key: Tensor, value: Tensor): void {
  const name = 'scaled_dot_product_attention: Expected query, key, and value to';
  if (query.ndim < 2 || key.ndim < 2 || value.ndim < 2) {
    throw new RuntimeError(`${name} all be at least 2 dimensional, but got ${shapes(query, key, value)}`);
  }
  if (query.dtype !== key.dtype || query.dtype !== value.dtype) {
    throw new RuntimeError(
      `${name} have the same dtype, but got query.dtype: ${query.dtype} key.dtype: ${key.dtype} and value.dtype: ` +
        `${value.dtype} instead.`,
    );
  }
  const [depth, keys] = [query.sizes[query.ndim - 1], key.sizes[key.ndim - 2]];
  if (depth !== key.sizes[key.ndim - 1] || keys !== value.sizes[value.ndim - 2]) {
    throw new RuntimeError(
      `${name} agree in the last dimension of query and key, and in the number of keys and values, but got ` +
        shapes(query, key, value),
    );
  }
  floatingOr('scaled_dot_product_attention', query.dtype);
}

function checkMask(mask: Tensor | null, is_causal: boolean, query: Tensor): void {
  if (mask === null) return;
  if (is_causal) {
    throw new RuntimeError('scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True');
  }
  if (mask.dtype !== bool && mask.dtype !== query.dtype) {
    throw new RuntimeError(
      'scaled_dot_product_attention: Expected attn_mask dtype to be bool or to match query dtype, but got attn_mask.dtype: ' +
        `${mask.dtype} and query.dtype: ${query.dtype} instead.`,
    );
  }
}

/** The batch of all three, and the mask, in one form; what is repeated is not copied. */
function aligned(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  mask: Tensor | null,
): [Tensor, Tensor, Tensor, Tensor | null] {
  const lead = (tensor: Tensor): Shape => tensor.sizes.slice(0, -2);
  const name = 'scaled_dot_product_attention';
  const batch = broadcastShapes(name, broadcastShapes(name, lead(query), lead(key)), lead(value));
  const [q, k, v] = [query, key, value].map((tensor) =>
    sameShape(lead(tensor), batch) ? tensor : tensor.expand([...batch, ...tensor.sizes.slice(-2)]),
  );
  if (mask === null) return [q, k, v, null];
  const form = [...batch, query.sizes[query.ndim - 2], key.sizes[key.ndim - 2]];
  if (!sameShape(broadcastShapes(name, mask.sizes, form), form)) {
    throw new RuntimeError(`${name}: attn_mask of shape ${showShape(mask.sizes)} must broadcast to ${showShape(form)}`);
  }
  return [q, k, v, mask.alias(form, expandStrides(mask.sizes, mask.strides, form), mask.offset)];
}

/** Whether a level may have derivatives of the mask, which the kernel knows nothing of. */
const hasTangent = (mask: Tensor | null): boolean => mask !== null && mask.dtype !== bool && isTransformed();

interface Options {
  attn_mask?: Tensor | null;
  dropout_p?: number;
  is_causal?: boolean;
  scale?: number | null;
}

/**
 * softmax(query·keyᵀ · scale + mask) · value for each matrix of a batch, [*, L, E], [*, S, E] and [*, S, V] to [*, L,
 * V]; `scale` is 1/√E by default. A bool mask of [*, L, S] is true where a query sees a key, another is added to the
 * scores; with `is_causal` a query sees no later key than its own.
 * @throws RuntimeError unless sizes and dtypes fit.
 * @example torch.nn.functional.scaled_dot_product_attention(q, k, v, { is_causal: true })
 */
export const scaled_dot_product_attention: (
  query: Tensor,
  key: Tensor,
  value: Tensor,
  ...args: [options?: Options] | [attn_mask: Tensor | null, dropout_p?: number | Options, is_causal?: boolean | Options]
) => Tensor = method(
  'scaled_dot_product_attention(Tensor query, Tensor key, Tensor value, Tensor? attn_mask=None, float dropout_p=0.0, bool is_causal=False, *, float? scale=None) -> Tensor',
  (query, key, value, attn_mask, dropout_p, is_causal, scale) => {
    check(query, key, value);
    checkMask(attn_mask, is_causal, query);
    const factor = scale ?? 1 / Math.sqrt(query.sizes[query.ndim - 1]);
    const [q, k, v, mask] = aligned(query, key, value, attn_mask);
    if (
      dropout_p !== 0 ||
      attn_mask?.requires_grad ||
      hasTangent(attn_mask) ||
      q.count === 0 ||
      k.count === 0 ||
      v.count === 0
    ) {
      return weighted(q, k, v, attn_mask, dropout_p, is_causal, factor);
    }
    return fused(q, k, v, mask, is_causal, factor, emptyTensor(q.sizes.slice(0, -1), q.dtype));
  },
);

/**
 * By the definition: where weights are dropped, or the mask's derivative may be wanted, or there is nothing to weigh.
 */
function weighted(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  mask: Tensor | null,
  dropout_p: number,
  is_causal: boolean,
  scale: number,
): Tensor {
  if (!(dropout_p >= 0 && dropout_p <= 1)) {
    throw new RuntimeError(`dropout probability has to be between 0 and 1, but got ${dropout_p}`);
  }
  const weights = weightsOf(query, key, mask, is_causal, scale);
  if (dropout_p === 0) return weights.matmul(value);
  const noise = weights.new_empty(weights.shape);
  const kept = dropout_p === 1 ? noise.zero_() : noise.bernoulli(1 - dropout_p).div_(1 - dropout_p);
  return weights.mul(kept).matmul(value);
}
