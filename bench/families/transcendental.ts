/** Functions of one number that no instruction computes. */

import type { Case } from '../case.js';
import { timed } from '../measure.js';
import * as torch from '../sconce.js';

interface Call {
  name: string;
  sconce(x: torch.Tensor): torch.Tensor;
  pytorch: string;
  tfjs?: string;
  jax?: string;
  /** Only for positive numbers. */
  positive?: boolean;
  /** Whether the aims name it. */
  aimed?: boolean;
}

/** A method of that name everywhere. */
function same(name: 'exp' | 'log' | 'sin' | 'cos' | 'tanh' | 'sigmoid' | 'erf', jax: string): Call {
  const positive = name === 'log';
  return { name, sconce: (x) => x[name](), pytorch: `x.${name}()`, tfjs: `tf.${name}(x)`, jax, positive, aimed: true };
}

const calls: readonly Call[] = [
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
    jax: '(x) => np.power(x, 2.5)',
    positive: true,
    aimed: true,
  },
  { name: 'sqrt', sconce: (x) => x.sqrt(), pytorch: 'x.sqrt()', tfjs: 'tf.sqrt(x)', jax: 'np.sqrt', positive: true },
  { name: 'expm1', sconce: (x) => x.expm1(), pytorch: 'x.expm1()', tfjs: 'tf.expm1(x)', jax: 'np.expm1' },
  {
    name: 'log1p',
    sconce: (x) => x.log1p(),
    pytorch: 'x.log1p()',
    tfjs: 'tf.log1p(x)',
    jax: 'np.log1p',
    positive: true,
  },
  { name: 'atan', sconce: (x) => x.atan(), pytorch: 'x.atan()', tfjs: 'tf.atan(x)', jax: 'np.arctan' },
];

type Dtype = 'float32' | 'float64';

function work({ name, sconce, pytorch, tfjs, jax, positive, aimed }: Call, size: number, dtype: Dtype): Case {
  const isFloat = dtype === 'float32';
  const fill = positive ? 'rand' : 'randn';
  const key = 'jax.random.key(1)';
  const jaxInput = positive ? `jax.random.uniform(${key}, [${size}])` : `jax.random.normal(${key}, [${size}])`;
  return {
    name: `${name}, 2^${Math.log2(size)} ${dtype}`,
    sconce: () => {
      const x = torch[fill](size, { dtype: torch[dtype] });
      return () => sconce(x);
    },
    pytorch: { setup: `x = torch.${fill}(${size}, dtype=torch.${dtype})`, statement: pytorch },
    tfjs:
      isFloat && tfjs
        ? { setup: `const x = tf.random${positive ? 'Uniform' : 'Normal'}([${size}])`, statement: tfjs }
        : undefined,
    jax: isFloat && jax ? { setup: `[${jaxInput}]`, statement: jax } : undefined,
    bytes: size * 2 * (isFloat ? 4 : 8),
    aims: aimed && isFloat ? [{ to: 'PyTorch', ratio: 0.6 }] : [],
  };
}

export default timed('functions of each element', [
  ...[2 ** 16, 2 ** 20].flatMap((size) => calls.map((call) => work(call, size, 'float32'))),
  ...calls.map((call) => work(call, 2 ** 16, 'float64')),
]);
