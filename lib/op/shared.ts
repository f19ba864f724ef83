/** Extremes and medians: one value, whose gradient is divided among the elements that have it. */
import type { Tensor } from '../tensor.js';
import { op } from './op.js';

/** The gradient of `self` from that of `value`, over all dimensions or the last; all NaN are equals of NaN. */
export function dividedGradient(grad: Tensor, self: Tensor, value: Tensor, dim: -1 | null = null): Tensor {
  const equal = self.eq(value).logical_or(self.isnan().logical_and(value.isnan()));
  return equal.mul(grad).div(equal.sum(dim, true));
}

/** The values of rows, which lie along the last dimension of `self`, as functions of their elements. */
export const valueOfRows: (self: Tensor, value: Tensor) => Tensor = op(
  '_value_of_rows(Tensor self, Tensor value) -> Tensor',
  {
    forward: (_, value) => value.clone(),
    backward: {
      self: (grad, { self, value }) => dividedGradient(grad.unsqueeze(-1), self, value.unsqueeze(-1), -1),
    },
    saves: ['self', 'value'],
    only: 'function',
  },
);
