import { bool, float64, int64, uint8 } from '../../lib/base/dtype.js';
import { failing, random, type Samples, sample } from './sample.js';

export const creation: Samples = {
  tensor: [
    sample([
      [1.5, 2],
      [-0, Number.NaN],
    ]),
    sample(2.5),
    sample([]),
    sample([[], []]),
    sample([true, false]),
    sample([2n ** 62n, -1n]),
    sample([1, 2, 255], { dtype: uint8 }),
    sample([1.9, -1.9], { dtype: int64 }),
    sample([0.5, 0, -1], { dtype: bool }),
    sample([0.1], { dtype: float64, requires_grad: true }),
    failing([[1, 2, 300], { dtype: uint8 }], 'value cannot be converted to type uint8 without overflow'),
    failing([[[1, 2], [3]]], 'expected sequence of length 2 at dim 1 (got 1)'),
  ],
  as_tensor: [
    sample([1.5, 2]),
    sample([1, 2], { dtype: int64 }),
    sample(random([2])),
    sample(random([2]), { dtype: float64 }),
  ],
  asarray: [sample([1.5, 2]), sample(random([2])), sample(random([2], { requires_grad: false }), { copy: true })],
  scalar_tensor: [sample(2.5), sample(true, { dtype: int64 }), sample(2, { dtype: float64, requires_grad: true })],
  new_tensor: [sample(random([2], { dtype: float64 }), [1.5, 2]), sample(random([2]), [3, 4], { dtype: int64 })],
};
