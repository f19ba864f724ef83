/** The largest or the mean of each window of an image. */
import { type Call, forward, forwardBackward } from '../call.js';
import type { Case } from '../case.js';
import { timed } from '../measure.js';
import { nn } from '../sconce.js';

const [batch, channels, side] = [32, 32, 64];
const inputs = [{ shape: [batch, channels, side, side] }];
const bytes = 4 * batch * channels * side ** 2;
const size = `${batch} × ${channels} × ${side} × ${side}`;
const F = 'torch.nn.functional';

const calls: readonly Call[] = [
  {
    name: `max_pool2d 2, ${size}`,
    inputs,
    sconce: (x) => nn.functional.max_pool2d(x, 2),
    pytorch: `${F}.max_pool2d(x, 2)`,
    jax: 'jax.lax.reduceWindow(x, np.max, [1, 1, 2, 2], [1, 1, 2, 2])',
  },
  {
    name: `max_pool2d 3, stride 2, ${size}`,
    inputs,
    sconce: (x) => nn.functional.max_pool2d(x, 3, 2, 1),
    pytorch: `${F}.max_pool2d(x, 3, 2, 1)`,
  },
  {
    name: `avg_pool2d 2, ${size}`,
    inputs,
    sconce: (x) => nn.functional.avg_pool2d(x, 2),
    pytorch: `${F}.avg_pool2d(x, 2)`,
    jax: 'jax.lax.reduceWindow(x, np.mean, [1, 1, 2, 2], [1, 1, 2, 2])',
  },
  {
    name: `adaptive_avg_pool2d 1, ${size}`,
    inputs,
    sconce: (x) => nn.functional.adaptive_avg_pool2d(x, 1),
    pytorch: `${F}.adaptive_avg_pool2d(x, 1)`,
    jax: 'x.mean([2, 3])',
  },
];

/** tfjs has the channels last. */
const inTensorFlow = ['tf.maxPool(x, 2, 2, "valid")', 'tf.maxPool(x, 3, 2, "same")', 'tf.avgPool(x, 2, 2, "valid")'];

function forwardOf(call: Call, i: number): Case {
  const work = forward(call, { bytes });
  if (i >= inTensorFlow.length) return work;
  const setup = `const x = tf.randomNormal([${batch}, ${side}, ${side}, ${channels}])`;
  return { ...work, tfjs: { setup, statement: inTensorFlow[i] } };
}

export default timed('pooling', [...calls.map(forwardOf), ...calls.map((call) => forwardBackward(call))]);
