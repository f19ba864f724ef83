/** Functions of torch.nn.functional that look rows up. */
import { int64 } from '../base/dtype.js';
import { RuntimeError } from '../base/errors.js';
import { no_grad } from '../graph/modes.js';
import { isTransformed } from '../op/levels.js';
import { method } from '../op/op.js';
import { embedding as lookUp } from '../ops/index.js';
import type { Tensor } from '../tensor.js';

/**
 * The number of the row that gets no gradient; -1 when there is none.
 * @throws RuntimeError for one that is not there.
 */
function paddingRow(padding: number | null, rows: number): number {
  if (padding === null) return -1;
  if (padding >= rows || padding < -rows) {
    throw new RuntimeError(`Padding_idx must be within num_embeddings: ${padding} of ${rows}`);
  }
  return padding < 0 ? padding + rows : padding;
}

/** Scales rows that are looked up and longer than `longest` down to it, in place. */
function renormalize(weight: Tensor, indices: Tensor, longest: number, order: number): void {
  no_grad(() => {
    const flat = indices.reshape(-1);
    const rows = weight.index_select(0, flat);
    const lengths = rows.norm(order, 1, true);
    const factors = lengths.add(1e-7).reciprocal().mul(longest);
    weight.index_copy_(0, flat.to(int64), rows.mul(factors).where(lengths.gt(longest), rows));
  });
}

interface EmbeddingOptions {
  padding_idx?: number | null;
  max_norm?: number | null;
  norm_type?: number;
  scale_grad_by_freq?: boolean;
  sparse?: boolean;
}

/**
 * The rows of `weight` that `input` names. Rows longer than `max_norm` are shortened in `weight` itself when they are
 * looked up.
 */
export const embedding: (input: Tensor, weight: Tensor, options?: EmbeddingOptions) => Tensor = method(
  'embedding(Tensor input, Tensor weight, int? padding_idx=None, float? max_norm=None, float norm_type=2.0, bool scale_grad_by_freq=False, bool sparse=False) -> Tensor',
  (input, weight, padding, longest, order, scale_grad_by_freq, sparse) => {
    if (sparse) throw new RuntimeError('embedding: sparse gradients are not supported');
    if (weight.ndim !== 2) throw new RuntimeError("'weight' must be 2-D");
    const padding_idx = paddingRow(padding, weight.shape[0]);
    if (longest !== null) renormalize(weight, input, longest, order);
    return lookUp(weight, input, { padding_idx, scale_grad_by_freq });
  },
);

/** A 1 at the place that each element names, zeros elsewhere, along a new last dimension. */
export const one_hot: (tensor: Tensor, num_classes?: number | { num_classes?: number }) => Tensor = method(
  'one_hot(Tensor tensor, int num_classes=-1) -> Tensor',
  (tensor, num_classes) => {
    if (tensor.dtype !== int64) throw new RuntimeError('one_hot is only applicable to index tensor.');
    const classes = num_classes === -1 ? classesOf(tensor) : num_classes;
    // Examples of a batch cannot be read; what is written finds the wrong ones too.
    if (tensor.numel() > 0 && !isTransformed()) checkClasses(tensor, classes);
    if (classes <= 0) throw new RuntimeError('Class values must be smaller than num_classes.');
    const zeros = tensor.new_zeros([...tensor.shape, classes]);
    return zeros.scatter_(-1, tensor.unsqueeze(-1), 1);
  },
);

function classesOf(tensor: Tensor): number {
  if (tensor.numel() === 0) throw new RuntimeError('Can not infer total number of classes from empty tensor.');
  return Number(tensor.amax().item()) + 1;
}

function checkClasses(tensor: Tensor, classes: number): void {
  if (Number(tensor.amin().item()) < 0) throw new RuntimeError('Class values must be non-negative.');
  if (Number(tensor.amax().item()) >= classes) throw new RuntimeError('Class values must be smaller than num_classes.');
}
