import { bool, int64 } from '../../lib/base/dtype.js';
import { failing, layouts, random, type Samples, sample, slice, values } from './sample.js';

const rows = values([2, 0, 2], { dtype: int64 });
const column = values([[1], [0]], { dtype: int64 });
const mask = values([true, false, true], { dtype: bool });

export const indexing: Samples = {
  index: [
    ...layouts.flatMap((layout) => [
      sample(random([3, 4], { layout }), [1]),
      sample(random([3, 4], { layout }), [slice(0, 3, 2), -1]),
      sample(random([3, 4], { layout }), [rows]),
      sample(random([3, 4], { layout }), [column, rows]),
      sample(random([3, 4], { layout }), [mask]),
    ]),
    sample(random([3, 4]), ['...', 0]),
    sample(random([3, 4]), [null, slice(), null]),
    sample(random([3, 4]), [slice(1), [0, 3]]),
    sample(random([3, 4]), [slice(5, 9)]),
    sample(random([2, 3, 4]), [slice(), 0]),
    sample(random([3, 2, 4]), [rows, slice(), rows]),
    sample(random([2, 3, 4]), [slice(), mask, slice(null, null, 3)]),
    sample(random([3, 4]), [values([-1, -3], { dtype: int64 })]),
    sample(random([3]), [values([], { dtype: int64 })]),
    sample(random([]), ['...']).ignoring('grad_fn', 'a view of the same shape'),
    failing([random([3]), [3]], 'index 3 out of range for tensor of size [3] at dimension 0'),
    failing([random([3]), [0, 0]], 'too many indices for tensor of dimension 1'),
    failing([random([3]), [values([3], { dtype: int64 })]], 'index 3 is out of bounds for dimension 0 with size 3'),
    failing([random([4]), [mask]], 'does not match the shape of the indexed tensor'),
  ],
  index_put_: [
    sample(random([3, 4]), [slice(0, 2)], random([4], { seed: 1 })),
    sample(random([3, 4]), [1, 2], random([], { seed: 1 })),
    sample(random([3, 4]), [values([0, 2], { dtype: int64 })], random([2, 4], { seed: 1 })),
    sample(random([3, 4]), [rows], random([3, 4], { seed: 1 }), true),
    sample(random([3, 4]), [mask], random([2, 4], { seed: 1 })),
    sample(random([3, 4]), [column, values([3, 1, 0], { dtype: int64 })], random([], { seed: 1 })),
    failing([random([3], { requires_grad: false }), [values([3], { dtype: int64 })], random([1])], 'out of bounds'),
    failing([random([3, 4], { requires_grad: false }), [rows], random([2])], 'must match the size of tensor'),
  ],
};
