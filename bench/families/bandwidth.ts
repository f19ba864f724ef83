/** Work that waits for memory: element-wise operations, copies, and sums, which allocate their results. */

import type { Aim, Case } from '../case.js';
import { timed } from '../measure.js';
import * as torch from '../sconce.js';

interface Call {
  name: string;
  sconce(x: torch.Tensor, y: torch.Tensor, z: torch.Tensor): unknown;
  pytorch: string;
  tfjs?: string;
  /** A function of x, y and z. */
  jax?: string;
  /** How often a float of each element passes the memory. */
  passes: number;
}

const elementwise: readonly Call[] = [
  {
    name: 'copy',
    sconce: (x) => x.clone(),
    pytorch: 'x.clone()',
    tfjs: 'tf.add(x, 0)',
    jax: '(x) => x.add(0)',
    passes: 2,
  },
  {
    name: 'add',
    sconce: (x, y) => x.add(y),
    pytorch: 'x + y',
    tfjs: 'tf.add(x, y)',
    jax: '(x, y) => x.add(y)',
    passes: 3,
  },
  {
    name: 'x * y + z',
    sconce: (x, y, z) => x.mul(y).add(z),
    pytorch: 'x * y + z',
    tfjs: 'tf.add(tf.mul(x, y), z)',
    jax: '(x, y, z) => x.mul(y).add(z)',
    passes: 6,
  },
  { name: 'addcmul', sconce: (x, y, z) => z.addcmul(x, y), pytorch: 'z.addcmul(x, y)', passes: 4 },
  { name: 'relu', sconce: (x) => x.relu(), pytorch: 'x.relu()', tfjs: 'tf.relu(x)', jax: 'jax.nn.relu', passes: 2 },
  {
    name: 'x < y',
    sconce: (x, y) => x.lt(y),
    pytorch: 'x < y',
    tfjs: 'tf.less(x, y)',
    jax: '(x, y) => np.less(x, y)',
    passes: 2.25,
  },
  {
    name: 'where',
    sconce: (x, y, z) => torch.where(x.gt(0), y, z),
    pytorch: 'torch.where(x > 0, y, z)',
    tfjs: 'tf.where(tf.greater(x, 0), y, z)',
    jax: '(x, y, z) => np.where(np.greater(x, 0), y, z)',
    passes: 4.5,
  },
  { name: 'add_ in place', sconce: (x, y) => x.add_(y), pytorch: 'x.add_(y)', passes: 3 },
];

/** Of square matrices: x and y, and the vector z of a row. */
const matrices: readonly Call[] = [
  {
    name: 'transposed copy',
    sconce: (x) => x.t().contiguous(),
    pytorch: 'x.t().contiguous()',
    tfjs: 'tf.transpose(x)',
    passes: 2,
  },
  { name: 'plus a row', sconce: (x, _, z) => x.add(z), pytorch: 'x + z', tfjs: 'tf.add(x, z)', passes: 2 },
  {
    name: 'plus a column',
    sconce: (x, _, z) => x.add(z.unsqueeze(1)),
    pytorch: 'x + z.unsqueeze(1)',
    tfjs: 'tf.add(x, tf.expandDims(z, 1))',
    passes: 2,
  },
  {
    name: 'cat',
    sconce: (x, y) => torch.cat([x, y], 1),
    pytorch: 'torch.cat([x, y], 1)',
    tfjs: 'tf.concat([x, y], 1)',
    jax: '(x, y) => np.concatenate([x, y], 1)',
    passes: 4,
  },
];

const reductions: readonly Call[] = [
  { name: 'sum', sconce: (x) => x.sum(), pytorch: 'x.sum()', tfjs: 'tf.sum(x)', jax: '(x) => x.sum()', passes: 1 },
  {
    name: 'sum of dim 0',
    sconce: (x) => x.sum(0),
    pytorch: 'x.sum(0)',
    tfjs: 'tf.sum(x, 0)',
    jax: '(x) => x.sum(0)',
    passes: 1,
  },
  {
    name: 'sum of dim 1',
    sconce: (x) => x.sum(1),
    pytorch: 'x.sum(1)',
    tfjs: 'tf.sum(x, 1)',
    jax: '(x) => x.sum(1)',
    passes: 1,
  },
  {
    name: 'mean of dim 1',
    sconce: (x) => x.mean(1),
    pytorch: 'x.mean(1)',
    tfjs: 'tf.mean(x, 1)',
    jax: '(x) => x.mean(1)',
    passes: 1,
  },
  {
    name: 'max of dim 1',
    sconce: (x) => x.amax(1),
    pytorch: 'x.amax(1)',
    tfjs: 'tf.max(x, 1)',
    jax: '(x) => x.max(1)',
    passes: 1,
  },
  { name: 'var of dim 1', sconce: (x) => x.var(1), pytorch: 'x.var(1)', passes: 1 },
  { name: 'var', sconce: (x) => x.var(), pytorch: 'x.var()', passes: 1 },
];

/** Beyond the caches a copy is what memory allows. */
const beyondCaches = 2 ** 24;

function aims(size: number, ratio: number): Aim[] {
  return size < beyondCaches
    ? [{ to: 'PyTorch', ratio }]
    : [
        { to: 'PyTorch', ratio },
        { to: 'copy', ratio: 1 / 0.85 },
      ];
}

/** `shape` is that of x and y, `third` that of z. */
function work(call: Call, size: number, shape: number[], third: number[], ratio: number): Case {
  const { name, sconce, pytorch, tfjs, jax, passes } = call;
  const isSmall = size < beyondCaches;
  return {
    name: `${name}, 2^${Math.log2(size)}`,
    sconce: () => {
      const [x, y, z] = [torch.randn(shape), torch.randn(shape), torch.randn(third)];
      return () => sconce(x, y, z);
    },
    pytorch: {
      setup: `x, y, z = torch.randn(${shape}), torch.randn(${shape}), torch.randn(${third})`,
      statement: pytorch,
    },
    tfjs:
      tfjs && isSmall
        ? {
            setup: `const [x, y, z] = [tf.randomNormal([${shape}]), tf.randomNormal([${shape}]), tf.randomNormal([${third}])]`,
            statement: tfjs,
          }
        : undefined,
    jax:
      jax && isSmall
        ? {
            // As many inputs as the function has parameters; one that is only named has one.
            setup: `[[${shape}], [${shape}], [${third}]].slice(0, ${/^\((.*?)\)/.exec(jax)?.[1].split(',').length ?? 1}).map((shape) => jax.random.normal(jax.random.key(1), shape))`,
            statement: jax,
          }
        : undefined,
    bytes: 4 * size * passes,
    aims: aims(size, ratio),
  };
}

const sizes = [2 ** 16, 2 ** 20, 2 ** 24];

export default timed(
  'work that waits for memory',
  sizes.flatMap((size) => {
    const side = Math.sqrt(size);
    const elementwiseRatio = size < beyondCaches ? 0.9 : 0.4;
    return [
      ...elementwise.map((call) => work(call, size, [size], [size], elementwiseRatio)),
      ...matrices.map((call) =>
        work(call, size, [side, side], [side], call.name === 'transposed copy' ? 0.6 : elementwiseRatio),
      ),
      ...reductions.map((call) => work(call, size, [side, side], [side], 0.6)),
    ];
  }),
);
