/** Work that waits for memory: element-wise operations, copies, and sums, which allocate their results. */
import { type Call, forward, type Input } from '../call.js';
import type { Aim, Case } from '../case.js';
import { timed } from '../measure.js';
import * as torch from '../sconce.js';

/** A call and how often a float of each element passes the memory. */
type Work = Omit<Call, 'inputs'> & { inputs: number; passes: number; ratio?: number };

const elementwise: readonly Work[] = [
  {
    name: 'copy',
    inputs: 1,
    sconce: (x) => x.clone(),
    pytorch: 'x.clone()',
    tfjs: 'tf.add(x, 0)',
    jax: 'x.add(0)',
    passes: 2,
  },
  {
    name: 'add',
    inputs: 2,
    sconce: (x, y) => x.add(y),
    pytorch: 'x + y',
    tfjs: 'tf.add(x, y)',
    jax: 'x.add(y)',
    passes: 3,
  },
  {
    name: 'x * y + z',
    inputs: 3,
    sconce: (x, y, z) => x.mul(y).add(z),
    pytorch: 'x * y + z',
    tfjs: 'tf.add(tf.mul(x, y), z)',
    jax: 'x.mul(y).add(z)',
    passes: 6,
  },
  { name: 'addcmul', inputs: 3, sconce: (x, y, z) => z.addcmul(x, y), pytorch: 'z.addcmul(x, y)', passes: 4 },
  {
    name: 'relu',
    inputs: 1,
    sconce: (x) => x.relu(),
    pytorch: 'x.relu()',
    tfjs: 'tf.relu(x)',
    jax: 'jax.nn.relu(x)',
    passes: 2,
  },
  {
    name: 'x < y',
    inputs: 2,
    sconce: (x, y) => x.lt(y),
    pytorch: 'x < y',
    tfjs: 'tf.less(x, y)',
    jax: 'np.less(x, y)',
    passes: 2.25,
  },
  {
    name: 'where',
    inputs: 3,
    sconce: (x, y, z) => torch.where(x.gt(0), y, z),
    pytorch: 'torch.where(x > 0, y, z)',
    tfjs: 'tf.where(tf.greater(x, 0), y, z)',
    jax: 'np.where(np.greater(x, 0), y, z)',
    passes: 4.5,
  },
  { name: 'add_', inputs: 2, sconce: (x, y) => x.add_(y), pytorch: 'x.add_(y)', passes: 3 },
];

/** Of square matrices x and y, or of a matrix x and a vector. */
const matrices: readonly Work[] = [
  {
    name: 'transposed copy',
    inputs: 1,
    sconce: (x) => x.t().contiguous(),
    pytorch: 'x.t().contiguous()',
    tfjs: 'tf.transpose(x)',
    passes: 2,
    ratio: 0.6,
  },
  {
    name: 'cat',
    inputs: 2,
    sconce: (x, y) => torch.cat([x, y], 1),
    pytorch: 'torch.cat([x, y], 1)',
    tfjs: 'tf.concat([x, y], 1)',
    jax: 'np.concatenate([x, y], 1)',
    passes: 4,
  },
];

const broadcasts: readonly Work[] = [
  { name: 'plus a row', inputs: 2, sconce: (x, y) => x.add(y), pytorch: 'x + y', tfjs: 'tf.add(x, y)', passes: 2 },
  {
    name: 'plus a column',
    inputs: 2,
    sconce: (x, y) => x.add(y.unsqueeze(1)),
    pytorch: 'x + y.unsqueeze(1)',
    tfjs: 'tf.add(x, tf.expandDims(y, 1))',
    passes: 2,
  },
];

/** A reduction of x, called alike by all. */
function reduction(name: 'sum' | 'mean' | 'amax' | 'var', sconce: Work['sconce'], dim?: number): Work {
  const argument = dim === undefined ? '' : String(dim);
  const other = name === 'amax' ? 'max' : name;
  const peers = name === 'var' ? {} : { tfjs: `tf.${other}(x, ${argument})`, jax: `x.${other}(${argument})` };
  return {
    name: dim === undefined ? name : `${name} of dim ${dim}`,
    inputs: 1,
    sconce,
    pytorch: `x.${name}(${argument})`,
    ...peers,
    passes: 1,
    ratio: 0.6,
  };
}

const reductions = [
  reduction('sum', (x) => x.sum()),
  reduction('sum', (x) => x.sum(0), 0),
  reduction('sum', (x) => x.sum(1), 1),
  reduction('mean', (x) => x.mean(1), 1),
  reduction('amax', (x) => x.amax(1), 1),
  reduction('var', (x) => x.var(1), 1),
  reduction('var', (x) => x.var()),
];

/** Beyond the caches a copy is what memory allows. */
const beyondCaches = 24;

function toCase(work: Work, exponent: number, inputs: readonly Input[]): Case {
  const isBeyond = exponent >= beyondCaches;
  const { passes, ratio = isBeyond ? 0.4 : 0.9, ...call } = work;
  const aims: Aim[] = [{ to: 'PyTorch', ratio }];
  if (isBeyond) aims.push({ to: 'copy', ratio: 1 / 0.85 });
  // WebAssembly peers would need seconds.
  const peers = isBeyond ? { tfjs: undefined, jax: undefined } : {};
  return forward(
    { ...call, ...peers, name: `${work.name}, 2^${exponent}`, inputs: inputs.slice(0, work.inputs) },
    {
      bytes: 4 * 2 ** exponent * passes,
      aims,
    },
  );
}

function ofSize(exponent: number): Case[] {
  const vector = { shape: [2 ** exponent] };
  const side = 2 ** (exponent / 2);
  const matrix = { shape: [side, side] };
  return [
    ...elementwise.map((work) => toCase(work, exponent, [vector, vector, vector])),
    ...[...matrices, ...reductions].map((work) => toCase(work, exponent, [matrix, matrix])),
    ...broadcasts.map((work) => toCase(work, exponent, [matrix, { shape: [side] }])),
  ];
}

export default timed('work that waits for memory', [16, 20, beyondCaches].flatMap(ofSize));
