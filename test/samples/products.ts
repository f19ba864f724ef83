import { float64, int64 } from '../../lib/base/dtype.js';
import { failing, layouts, type Recipe, random, type Sample, type Samples, sample } from './sample.js';

const second = (shape: readonly number[], traits = {}): Recipe => random(shape, { seed: 1, ...traits });
const loosely = (samples: readonly Sample[]): Sample[] =>
  samples.map((each) => each.within(32, 'the terms of a product are added in another order'));

const pairs = (a: readonly number[], b: readonly number[]): Sample[] => [
  ...layouts.map((layout) => sample(random(a, { layout }), second(b, { layout }))),
  sample(random(a, { layout: 'transposed' }), second(b)),
  sample(random(a, { dtype: float64 }), second(b, { dtype: float64 })),
  sample(random(a, { dtype: int64 }), second(b, { dtype: int64 })),
];
const mixed = failing([random([2, 2]), random([2, 2], { dtype: float64 })], 'but found Double');

export const products: Samples = {
  mm: loosely([
    ...pairs([3, 4], [4, 5]),
    sample(random([0, 4]), second([4, 2])),
    sample(random([3, 0]), second([0, 2])),
    sample(random([1, 1]), second([1, 1])),
    sample(random([17, 33]), second([33, 9])),
    failing([random([2, 3]), random([2, 3])], 'mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)'),
    failing([random([2]), random([2, 3])], 'must be a matrix'),
    mixed,
  ]),
  bmm: loosely([
    ...pairs([2, 3, 4], [2, 4, 5]),
    sample(random([0, 3, 4]), second([0, 4, 5])),
    sample(random([2, 3, 0]), second([2, 0, 5])),
    failing([random([2, 3, 4]), random([3, 4, 5])], 'batch2'),
    failing([random([2, 3]), random([2, 3, 4])], 'must be a 3D tensor'),
  ]),
  mv: loosely([
    ...pairs([3, 4], [4]),
    sample(random([3, 0]), second([0])),
    failing([random([2, 3]), random([2])], 'size mismatch'),
  ]),
  dot: loosely([
    ...pairs([5], [5]),
    sample(random([0]), second([0])),
    failing([random([2]), random([3])], 'inconsistent tensor size'),
    failing([random([2, 2]), random([2])], '1D tensors expected'),
  ]),
  outer: [...pairs([3], [4]), sample(random([0]), second([3])), sample(random([2], { dtype: int64 }), second([3]))],
  addmm: loosely([
    sample(random([3, 5], { seed: 2 }), random([3, 4]), second([4, 5])),
    sample(random([5], { seed: 2 }), random([3, 4]), second([4, 5]), { beta: 0.5, alpha: 2 }),
    sample(random([], { seed: 2 }), random([3, 4]), second([4, 5]), { beta: 0 }),
    sample(random([3, 5], { seed: 2, layout: 'transposed' }), random([3, 0]), second([0, 5])),
    failing([random([2, 2]), random([3, 4]), random([4, 5])], 'must match the size of tensor'),
  ]),
  baddbmm: loosely([
    sample(random([2, 3, 5], { seed: 2 }), random([2, 3, 4]), second([2, 4, 5])),
    sample(random([3, 5], { seed: 2 }), random([2, 3, 4]), second([2, 4, 5]), { beta: -1, alpha: 0.5 }),
  ]),
  matmul: loosely([
    sample(random([4]), second([4])),
    sample(random([4]), second([4, 5])).ignoring('grad_fn', 'a composition'),
    sample(random([3, 4]), second([4])),
    sample(random([3, 4]), second([4, 5])),
    sample(random([2, 3, 4]), second([4])),
    sample(random([2, 3, 4]), second([4, 5])),
    sample(random([4]), second([2, 4, 5])).ignoring('grad_fn', 'a composition'),
    sample(random([2, 1, 3, 4]), second([3, 4, 2])),
    sample(random([2, 3, 4], { layout: 'transposed' }), second([2, 4, 3], { layout: 'sliced' })),
    sample(random([2, 3, 4], { layout: 'expanded' }), second([4, 5])),
    sample(random([2, 0, 4]), second([4, 5])),
    failing([random([]), random([2])], 'both arguments to matmul need to be at least 1D, but they are 0D and 1D'),
    failing([random([2, 3, 4]), random([3, 4, 5])], 'must match the size of tensor'),
  ]),
};
