import { float32, int64 } from '../../lib/base/dtype.js';
import { failing, random, type Samples, sample, values } from './sample.js';

const block = random([2, 4, 6]);

export const partitioning: Samples = {
  tensor_split: [
    sample(block, 4, 2),
    sample(block, [1, 3], 1),
    sample(block, [3, 1, 9, -1], -1),
    sample(block, values([1, 2], { dtype: int64 }), 2),
    failing([block, 0, 2], 'number of sections must be larger than 0, got 0'),
    failing([random([]), 1], 'tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims'),
    failing([block, values([1], { dtype: float32, requires_grad: false })], 'to have dtype of long'),
  ],
  hsplit: [
    sample(block, 2),
    sample(block, [1, 3]),
    sample(random([4]), 2),
    failing([block, 3], 'torch.hsplit attempted to split along dimension 1, but the size of the dimension 4 is not'),
    failing([random([]), 1], 'torch.hsplit requires a tensor with at least 1 dimension'),
  ],
  vsplit: [sample(block, 2), failing([random([4]), 2], 'torch.vsplit requires a tensor with at least 2 dimension')],
  dsplit: [
    sample(block, [1, 2]),
    failing([random([4]), 2], 'torch.dsplit requires a tensor with at least 3 dimension'),
  ],
};
