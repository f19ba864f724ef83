/** Rows of a table by their numbers, and the sums that their gradients need. */
import { type Call, forward, forwardBackward } from '../call.js';
import { timed } from '../measure.js';
import { nn } from '../sconce.js';

const words = 10_000;
const width = 128;
const table = { shape: [words, width] };
const text = { shape: [64, 32], values: words };

const calls: readonly Call[] = [
  {
    name: `embedding, 64 × 32 of ${words} × ${width}`,
    inputs: [text, table],
    sconce: (x, y) => nn.functional.embedding(x, y),
    pytorch: 'torch.nn.functional.embedding(x, y)',
    tfjs: 'tf.gather(y, x)',
    jax: 'np.take(y, x, 0)',
  },
  {
    name: `index_select, 2048 of ${words} × ${width}`,
    inputs: [{ shape: [2048], values: words }, table],
    sconce: (x, y) => y.index_select(0, x),
    pytorch: 'y.index_select(0, x)',
    tfjs: 'tf.gather(y, x)',
    jax: 'np.take(y, x, 0)',
  },
  {
    name: 'gather of dim 1, 1024 × 256 of 1024 × 1024',
    inputs: [{ shape: [1024, 256], values: 1024 }, { shape: [1024, 1024] }],
    sconce: (x, y) => y.gather(1, x),
    pytorch: 'y.gather(1, x)',
    jax: 'np.takeAlongAxis(y, x, 1)',
  },
];

export default timed('rows of a table', [
  ...calls.map((call) => forward(call)),
  ...calls.map((call) => forwardBackward(call)),
]);
