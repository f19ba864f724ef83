/** Rows of a table by their numbers. */
import { int32, int64 } from '../base/dtype.js';
import { RuntimeError } from '../base/errors.js';
import { combine, readAt, writeAt } from '../op/indexing.js';
import { op } from '../op/op.js';
import { copyInto } from '../op/pointwise.js';
import { emptyTensor, type Tensor } from '../tensor.js';

/** @throws RuntimeError unless there is a table, and whole numbers to look up. */
function checkLookup(weight: Tensor, indices: Tensor): void {
  if (indices.dtype !== int64 && indices.dtype !== int32) {
    throw new RuntimeError(
      "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got " +
        `torch.${indices.dtype.scalarName}Tensor instead (while checking arguments for embedding)`,
    );
  }
  if (weight.ndim !== 2) throw new RuntimeError("'weight' must be 2-D");
}

/** How often the row of each gradient is looked up, as a column. */
function frequencies(indices: Tensor, rows: number, like: Tensor): Tensor {
  const counts = like.new_zeros([rows]).index_add(0, indices, like.new_ones([indices.count]));
  return counts.index_select(0, indices).unsqueeze(1);
}

interface EmbeddingOptions {
  padding_idx?: number;
  scale_grad_by_freq?: boolean;
  sparse?: boolean;
}

/**
 * The rows of `weight`, [rows, width], that `indices`, [*], name: [*, width]. The row `padding_idx` gets no gradient.
 * @throws IndexError for a row that is not there.
 */
export const embedding: (weight: Tensor, indices: Tensor, options?: EmbeddingOptions | number) => Tensor = op(
  'embedding(Tensor weight, Tensor indices, int padding_idx=-1, bool scale_grad_by_freq=False, bool sparse=False) -> Tensor',
  {
    forward: (weight, indices, _padding, _scale, sparse) => {
      checkLookup(weight, indices);
      if (sparse) throw new RuntimeError('embedding: sparse gradients are not supported');
      return readAt('embedding', weight, [indices.to(int64)], false);
    },
    backward: {
      weight: (grad, { weight, indices, padding_idx, scale_grad_by_freq }) =>
        embeddingBackward(grad, indices, weight.shape[0], padding_idx, scale_grad_by_freq),
    },
    saves: ['indices'],
  },
);

/** Adds up the gradients of equal rows, in their order. */
const embeddingBackward: (
  grad_output: Tensor,
  indices: Tensor,
  num_weights: number,
  padding_idx: number,
  scale_grad_by_freq: boolean,
) => Tensor = op(
  'embedding_dense_backward(Tensor grad_output, Tensor indices, int num_weights, int padding_idx, bool scale_grad_by_freq) -> Tensor',
  {
    forward: (grad_output, indices, rows, padding, scaled) => {
      const width = grad_output.size(-1);
      const flat = indices.to(int64).reshape(-1);
      const grads = grad_output.reshape(flat.count, width);
      const result = emptyTensor([rows, width], grad_output.dtype);
      copyInto(result, 0);
      const added = scaled ? grads.div(frequencies(flat, rows, grads)) : grads;
      writeAt('embedding', result, [flat], added, combine.add, false);
      if (padding >= 0 && padding < rows) copyInto(result.select(0, padding), 0);
      return result;
    },
    backward: {
      grad_output: (grad, { indices, num_weights, padding_idx, scale_grad_by_freq }) => {
        const flat = indices.to(int64).reshape(-1);
        const rows = grad.index_select(0, flat);
        const scaled = scale_grad_by_freq ? rows.div(frequencies(flat, num_weights, rows)) : rows;
        return scaled.masked_fill(flat.eq(padding_idx).unsqueeze(1), 0).reshape([...indices.shape, grad.size(1)]);
      },
    },
    saves: ['indices'],
  },
);
