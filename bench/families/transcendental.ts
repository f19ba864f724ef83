/** Functions of one number that no instruction computes. */
import { forward, type Input } from '../call.js';
import type { Case } from '../case.js';
import { timed } from '../measure.js';
import { nn, type Tensor } from '../sconce.js';

interface Function {
  name: string;
  sconce(x: Tensor): Tensor;
  pytorch: string;
  tfjs?: string;
  jax: string;
  /** For positive numbers only. */
  positive?: boolean;
  /** Whether the aims name it. */
  aimed?: boolean;
}

/** A method of that name for all but jax-js. */
function same(
  name: 'exp' | 'log' | 'sin' | 'cos' | 'tanh' | 'sigmoid' | 'erf' | 'expm1' | 'atan',
  jax: string,
): Function {
  const aimed = name !== 'expm1' && name !== 'atan';
  const positive = name === 'log';
  return {
    name,
    sconce: (x) => x[name](),
    pytorch: `x.${name}()`,
    tfjs: `tf.${name}(x)`,
    jax: `${jax}(x)`,
    positive,
    aimed,
  };
}

const functions: readonly Function[] = [
  same('exp', 'np.exp'),
  same('log', 'np.log'),
  same('sin', 'np.sin'),
  same('cos', 'np.cos'),
  same('tanh', 'np.tanh'),
  same('sigmoid', 'jax.nn.sigmoid'),
  same('erf', 'jax.scipySpecial.erf'),
  {
    name: 'pow 2.5',
    sconce: (x) => x.pow(2.5),
    pytorch: 'x ** 2.5',
    tfjs: 'tf.pow(x, 2.5)',
    jax: 'np.power(x, 2.5)',
    positive: true,
    aimed: true,
  },
  {
    name: 'gelu',
    sconce: (x) => nn.functional.gelu(x),
    pytorch: 'torch.nn.functional.gelu(x)',
    jax: 'jax.nn.gelu(x, { approximate: false })',
    aimed: true,
  },
  {
    name: 'silu',
    sconce: (x) => nn.functional.silu(x),
    pytorch: 'torch.nn.functional.silu(x)',
    jax: 'jax.nn.silu(x)',
    aimed: true,
  },
  same('expm1', 'np.expm1'),
  same('atan', 'np.arctan'),
  {
    name: 'log1p',
    sconce: (x) => x.log1p(),
    pytorch: 'x.log1p()',
    tfjs: 'tf.log1p(x)',
    jax: 'np.log1p(x)',
    positive: true,
  },
];

function work(
  { name, sconce, pytorch, tfjs, jax, positive, aimed }: Function,
  exponent: number,
  dtype: Input['dtype'],
): Case {
  const size = 2 ** exponent;
  const isFloat = dtype === 'float32';
  const call = {
    name: `${name}, 2^${exponent}${isFloat ? '' : ', float64'}`,
    inputs: [{ shape: [size], values: positive ? 'uniform' : 'normal', dtype } as const],
    sconce,
    pytorch,
    tfjs,
    jax,
  };
  const aims = aimed && isFloat ? ([{ to: 'PyTorch', ratio: 0.6 }] as const) : [];
  return forward(call, { bytes: size * 2 * (isFloat ? 4 : 8), aims });
}

export default timed('functions of each element', [
  ...[16, 20].flatMap((exponent) => functions.map((call) => work(call, exponent, 'float32'))),
  ...functions.map((call) => work(call, 16, 'float64')),
]);
