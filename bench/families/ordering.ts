/** Sorting, the largest few, and running sums. */
import { type Call, forward, forwardBackward } from '../call.js';
import { timed } from '../measure.js';

const matrix = { shape: [1024, 1024] };

const orders: readonly Call[] = [
  {
    name: 'sort, 2^16',
    inputs: [{ shape: [2 ** 16] }],
    sconce: (x) => x.sort()[0],
    pytorch: 'x.sort()[0]',
    jax: 'np.sort(x)',
  },
  {
    name: 'sort of dim 1, 1024 × 1024',
    inputs: [matrix],
    sconce: (x) => x.sort(1)[0],
    pytorch: 'x.sort(1)[0]',
    jax: 'np.sort(x, 1)',
  },
  {
    name: 'sort of dim 1, int64, 1024 × 1024',
    inputs: [{ ...matrix, values: 10_000 }],
    sconce: (x) => x.sort(1)[0],
    pytorch: 'x.sort(1)[0]',
  },
  {
    name: 'topk 10 of dim 1, 1024 × 1024',
    inputs: [matrix],
    sconce: (x) => x.topk(10)[0],
    pytorch: 'x.topk(10)[0]',
    tfjs: 'tf.topk(x, 10).values',
    jax: 'jax.lax.topK(x, 10)[0]',
  },
];

const sums = [0, 1].map(
  (dim): Call => ({
    name: `cumsum of dim ${dim}, 1024 × 1024`,
    inputs: [matrix],
    sconce: (x) => x.cumsum(dim),
    pytorch: `x.cumsum(${dim})`,
    tfjs: `tf.cumsum(x, ${dim})`,
    jax: `np.cumsum(x, ${dim})`,
  }),
);

export default timed('order and running sums', [
  ...orders.map((call) => forward(call)),
  ...sums.map((call) => forward(call, { bytes: 8 * 2 ** 20 })),
  ...[orders[1], orders[3], ...sums].map((call) => forwardBackward(call)),
]);
