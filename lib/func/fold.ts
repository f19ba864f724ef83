/** Batches folded into dimensions that kernels go through anyway: more rows, planes or channels. */
import type { Tensor } from '../tensor.js';

/**
 * A batch whose examples lie one behind the other in their dimension `dim`. Where that is made of `groups` groups, each
 * group has the examples' parts of it one behind the other.
 */
export function folded(batch: Tensor, dim: number, groups = 1): Tensor {
  if (dim === 0 && groups === 1) return joined(batch, 0);
  if (groups === 1) return joined(batch.movedim(0, dim), dim);
  const apart = split(batch, dim + 1, groups).movedim(0, dim + 1);
  return joined(joined(apart, dim + 1), dim);
}

/** The inverse of `folded`. */
export function unfolded(tensor: Tensor, dim: number, size: number, groups = 1): Tensor {
  if (groups === 1) return split(tensor, dim, size).movedim(dim, 0);
  const apart = split(split(tensor, dim, groups), dim + 1, size);
  return joined(apart.movedim(dim + 1, 0), dim + 1);
}

/** Two dimensions as one. */
function joined(tensor: Tensor, dim: number): Tensor {
  const { sizes } = tensor;
  return tensor.reshape([...sizes.slice(0, dim), sizes[dim] * sizes[dim + 1], ...sizes.slice(dim + 2)]);
}

/** One dimension as two, the first of this size. */
function split(tensor: Tensor, dim: number, size: number): Tensor {
  const { sizes } = tensor;
  return tensor.reshape([...sizes.slice(0, dim), size, sizes[dim] / size, ...sizes.slice(dim + 1)]);
}
