/** Convolutions of images, as networks have them. */
import { type Call, forward, forwardBackward } from '../call.js';
import type { Case } from '../case.js';
import { timed } from '../measure.js';
import { nn } from '../sconce.js';

interface Layer {
  name: string;
  batch: number;
  from: number;
  to: number;
  /** Of the square image. */
  side: number;
  /** Of the square kernel. */
  kernel: number;
  stride?: number;
  groups?: number;
  transposed?: boolean;
}

const layers: readonly Layer[] = [
  { name: '3 × 3', batch: 32, from: 32, to: 64, side: 32, kernel: 3 },
  { name: '3 × 3 of one image', batch: 1, from: 64, to: 64, side: 56, kernel: 3 },
  { name: '1 × 1', batch: 32, from: 64, to: 128, side: 28, kernel: 1 },
  { name: '3 × 3, stride 2', batch: 32, from: 32, to: 64, side: 32, kernel: 3, stride: 2 },
  { name: '7 × 7, stride 2', batch: 8, from: 3, to: 64, side: 112, kernel: 7, stride: 2 },
  { name: '3 × 3, depthwise', batch: 32, from: 64, to: 64, side: 32, kernel: 3, groups: 64 },
  {
    name: '4 × 4, transposed, stride 2',
    batch: 32,
    from: 64,
    to: 32,
    side: 16,
    kernel: 4,
    stride: 2,
    transposed: true,
  },
];

function callOf(layer: Layer): Call {
  const { name, batch, from, to, side, kernel, stride = 1, groups = 1, transposed } = layer;
  const padding = Math.floor((kernel - 1) / 2);
  const options = { stride, padding, groups };
  const weight = transposed ? [from, to / groups, kernel, kernel] : [to, from / groups, kernel, kernel];
  const run = nn.functional[transposed ? 'conv_transpose2d' : 'conv2d'];
  const keywords = `stride=${stride}, padding=${padding}, groups=${groups}`;
  const pads = `[[${padding}, ${padding}], [${padding}, ${padding}]]`;
  return {
    name: `${name}, ${batch} × ${from} × ${side} × ${side} to ${to} channels`,
    inputs: [{ shape: [batch, from, side, side] }, { shape: weight }, { shape: [to] }],
    sconce: (x, y, z) => run(x, y, z, options),
    pytorch: `torch.nn.functional.conv${transposed ? '_transpose' : ''}2d(x, y, z, ${keywords})`,
    jax: transposed
      ? undefined
      : `jax.lax.convGeneralDilated(x, y, [${stride}, ${stride}], ${pads}, { featureGroupCount: ${groups} }).add(z.reshape([1, ${to}, 1, 1]))`,
  };
}

/** Multiplications and additions of the sums. */
function flopOf({ batch, from, to, side, kernel, stride = 1, groups = 1, transposed }: Layer): number {
  const pixels = transposed ? side ** 2 : (side / stride) ** 2;
  return 2 * batch * pixels * (from / groups) * to * kernel ** 2;
}

/** tfjs lays images out with the channels last. */
function forwardOf(layer: Layer): Case {
  const { batch, from, to, side, kernel, stride = 1, groups = 1, transposed } = layer;
  const work = forward(callOf(layer), { flop: flopOf(layer) });
  if (transposed) return work;
  const weight = groups > 1 ? [kernel, kernel, from, 1] : [kernel, kernel, from, to];
  const operation = groups > 1 ? 'depthwiseConv2d' : 'conv2d';
  const inputs = [[batch, side, side, from], weight, [to]].map((shape) => `tf.randomNormal([${shape}])`);
  const tfjs = {
    setup: `const [x, y, z] = [${inputs}]`,
    statement: `tf.add(tf.${operation}(x, y, ${stride}, 'same'), z)`,
  };
  return { ...work, tfjs };
}

const F = 'torch.nn.functional';

/** Two layers of a network for small images. */
const network: Call = {
  name: '3 × 3 twice, 32 × 3 × 64 × 64 to 32 to 64 channels',
  inputs: [
    { shape: [32, 3, 64, 64], constant: true },
    { shape: [32, 3, 3, 3] },
    { shape: [32] },
    { shape: [64, 32, 3, 3] },
    { shape: [64] },
  ],
  sconce: (x, y, z, u, v) => {
    const { conv2d } = nn.functional;
    return conv2d(conv2d(x, y, z, { padding: 1 }).relu(), u, v, { padding: 1 });
  },
  pytorch: `${F}.conv2d(${F}.conv2d(x, y, z, padding=1).relu(), u, v, padding=1)`,
};

export default timed('convolutions', [
  forwardBackward(network, {
    flop: 6 * 32 * 64 ** 2 * 9 * (3 * 32 * (2 / 3) + 32 * 64),
    aims: [{ to: 'PyTorch', ratio: 1 }],
  }),
  ...layers.map(forwardOf),
  ...layers.map((layer) =>
    // jax-js would need up to 17 seconds.
    forwardBackward(
      { ...callOf(layer), jax: undefined },
      {
        flop: 3 * flopOf(layer),
        aims: layer.kernel === 3 ? [{ to: 'PyTorch', ratio: 1 }] : [],
      },
    ),
  ),
]);
