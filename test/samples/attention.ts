import { bool, float64, int64 } from '../../lib/base/dtype.js';
import type { RandomTraits } from './recipe.js';
import { failing, layouts, type Recipe, random, type Samples, sample, values } from './sample.js';

const query = (shape: readonly number[], traits: RandomTraits = {}): Recipe => random(shape, traits);
const key = (shape: readonly number[], traits: RandomTraits = {}): Recipe => random(shape, { seed: 1, ...traits });
const value = (shape: readonly number[], traits: RandomTraits = {}): Recipe => random(shape, { seed: 2, ...traits });
const [q, k, v] = [query([2, 3, 4]), key([2, 5, 4]), value([2, 5, 6])];
const mask = (shape: readonly number[]): Recipe => random(shape, { seed: 3, requires_grad: false });
/** Every query sees its first key at least. */
const seen = values([true, false, true, true, false], { dtype: bool });
const double = { dtype: float64 };

const composed = 'PyTorch 1.13 has no such function: the answer is that of its definition';
const order = 'the terms are combined in another order';

export const attention: Samples = {
  'nn.functional.scaled_dot_product_attention': [
    sample(q, k, v),
    ...layouts.map((layout) =>
      sample(query([2, 3, 4], { layout }), key([2, 5, 4], { layout }), value([2, 5, 4], { layout })).ignoring(
        'strides',
        'the result lies in memory as the query does',
      ),
    ),
    sample(query([5, 4]), key([5, 4]), value([5, 4])),
    sample(query([5, 4], double), key([7, 4], double), value([7, 3], double)),
    sample(query([2, 2, 3, 8]), key([2, 2, 9, 8]), value([2, 2, 9, 8])),
    sample(query([1, 2, 3, 4]), key([2, 1, 5, 4]), value([5, 4])),
    sample(query([70, 3]), key([20, 3]), value([20, 2])),
    sample(q, k, v, mask([3, 5])),
    sample(q, k, v, mask([2, 3, 5])),
    sample(q, k, v, mask([2, 1, 5])),
    sample(q, k, v, mask([5]), 0, false, { scale: 2 }),
    sample(q, k, v, { attn_mask: seen }),
    sample(q, k, v, random([3, 5], { seed: 3 })),
    sample(q, k, v, { is_causal: true }),
    sample(query([2, 6, 4]), key([2, 3, 4]), value([2, 3, 4]), null, 0, true),
    sample(query([67, 2], double), key([67, 2], double), value([67, 2], double), { is_causal: true, scale: 0.5 }),
    sample(q, k, v, { dropout_p: 0.5 }).seeded(1).rough('numbers are drawn at every call'),
    sample(query([2, 3, 4]), key([2, 0, 4]), value([2, 0, 6])).rough('nothing is summed'),
    sample(query([2, 0, 4]), key([2, 3, 4]), value([2, 3, 6])),
    sample(query([2, 3, 4], { requires_grad: false }), key([2, 5, 4]), value([2, 5, 4], { requires_grad: false })),
    failing([query([4]), key([5, 4]), value([5, 4])], 'all be at least 2 dimensional', 'RuntimeError'),
    failing([q, key([2, 5, 3]), v], 'agree in the last dimension of query and key'),
    failing([q, k, value([2, 4, 6])], 'in the number of keys and values'),
    failing([q, k, value([2, 5, 6], double)], 'to have the same dtype', 'RuntimeError'),
    failing([q, key([3, 5, 4]), v], 'must match the size of tensor'),
    failing([q, k, v, mask([4, 5])], 'must match the size of tensor'),
    failing([q, k, v, mask([3, 3, 5])], 'must match the size of tensor'),
    failing(
      [q, k, v, random([3, 5], { dtype: int64 })],
      'Expected attn_mask dtype to be bool or to match',
      'RuntimeError',
    ),
    failing([q, k, v, mask([3, 5]), 0, true], 'Explicit attn_mask should not be set', 'RuntimeError'),
    failing(
      [random([2, 2], { dtype: int64 }), random([2, 2], { dtype: int64 }), random([2, 2], { dtype: int64 })],
      "not implemented for 'Long'",
    ),
  ].map((each) => each.within(32, order).ignoring('grad_fn', composed)),
};
