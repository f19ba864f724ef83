/** softmax and its kin, and the normalisations of networks. */
import { type Call, forward, forwardBackward } from '../call.js';
import { timed } from '../measure.js';
import { nn } from '../sconce.js';

const { softmax, log_softmax, layer_norm, batch_norm } = nn.functional;

const F = 'torch.nn.functional';

const ofMatrix = (rows: number, columns: number): Call[] => {
  const [x, row] = [{ shape: [rows, columns] }, { shape: [columns] }];
  const size = `${rows} × ${columns}`;
  return [
    {
      name: `softmax, ${size}`,
      inputs: [x],
      sconce: (x) => softmax(x, 1),
      pytorch: `${F}.softmax(x, 1)`,
      tfjs: 'tf.softmax(x)',
      jax: 'jax.nn.softmax(x)',
    },
    {
      name: `log_softmax, ${size}`,
      inputs: [x],
      sconce: (x) => log_softmax(x, 1),
      pytorch: `${F}.log_softmax(x, 1)`,
      tfjs: 'tf.logSoftmax(x)',
      jax: 'jax.nn.logSoftmax(x)',
    },
    {
      name: `layer_norm, ${size}`,
      inputs: [x, row, row],
      sconce: (x, y, z) => layer_norm(x, [columns], y, z),
      pytorch: `${F}.layer_norm(x, [${columns}], y, z)`,
      jax: 'jax.nn.standardize(x).mul(y).add(z)',
    },
  ];
};

const large = 2 ** 20;

const columnsSoftmax: Call = {
  name: 'softmax of dim 0, 1024 × 1024',
  inputs: [{ shape: [1024, 1024] }],
  sconce: (x) => softmax(x, 0),
  pytorch: `${F}.softmax(x, 0)`,
  tfjs: 'tf.transpose(tf.softmax(tf.transpose(x)))',
  jax: 'jax.nn.softmax(x, 0)',
};

const channels = 64;
const image = { shape: [32, channels, 28, 28] };
const channel = { shape: [channels] };

/** Of a training step: by the statistics of the batch. */
const batchNorm: Call = {
  name: 'batch_norm in training, 32 × 64 × 28 × 28',
  inputs: [image, channel, channel],
  sconce: (x, y, z) => batch_norm(x, null, null, y, z, true),
  pytorch: `${F}.batch_norm(x, None, None, y, z, True)`,
  jax: 'jax.nn.standardize(x, [0, 2, 3]).mul(y.reshape([1, 64, 1, 1])).add(z.reshape([1, 64, 1, 1]))',
};

const calls: readonly [Call, number][] = [
  ...ofMatrix(128, 256).map((call): [Call, number] => [call, 128 * 256]),
  ...ofMatrix(1024, 1024).map((call): [Call, number] => [call, large]),
  [columnsSoftmax, large],
  [batchNorm, 32 * 64 * 28 * 28],
];

export default timed('normalisation', [
  ...calls.map(([call, size]) => forward(call, { bytes: 8 * size, aims: [{ to: 'PyTorch', ratio: 0.6 }] })),
  // Forward reads x and writes y; backward reads one of them and the gradient, and writes another.
  ...calls.map(([call, size]) => forwardBackward(call, { bytes: 20 * size, aims: [{ to: 'PyTorch', ratio: 0.6 }] })),
]);
