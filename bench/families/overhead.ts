/** Tensors so small that the cost is that of the calls. */

import type { Case } from '../case.js';
import { timed } from '../measure.js';
import * as torch from '../sconce.js';

interface Call {
  name: string;
  inputs: number;
  sconce(x: torch.Tensor, y: torch.Tensor): torch.Tensor;
  pytorch: string;
  tfjs: string;
  jax: string;
}

const calls: readonly Call[] = [
  {
    name: 'add',
    inputs: 2,
    sconce: (x, y) => x.add(y),
    pytorch: 'x + y',
    tfjs: 'tf.add(x, y)',
    jax: '(x, y) => x.add(y)',
  },
  {
    name: 'mul',
    inputs: 2,
    sconce: (x, y) => x.mul(y),
    pytorch: 'x * y',
    tfjs: 'tf.mul(x, y)',
    jax: '(x, y) => x.mul(y)',
  },
  { name: 'sin', inputs: 1, sconce: (x) => x.sin(), pytorch: 'x.sin()', tfjs: 'tf.sin(x)', jax: 'np.sin' },
  { name: 'sum', inputs: 1, sconce: (x) => x.sum(), pytorch: 'x.sum()', tfjs: 'tf.sum(x)', jax: '(x) => x.sum()' },
];

function forward({ name, inputs, sconce, pytorch, tfjs, jax }: Call, size: number): Case {
  return {
    name: `${name}, ${size}`,
    sconce: () => {
      const [x, y] = [torch.ones(size), torch.ones(size)];
      return () => sconce(x, y);
    },
    pytorch: { setup: `x, y = torch.ones(${size}), torch.ones(${size})`, statement: pytorch },
    tfjs: { setup: `const x = tf.ones([${size}]), y = tf.ones([${size}])`, statement: tfjs },
    jax: { setup: `[${Array(inputs).fill(`np.ones([${size}])`)}]`, statement: jax },
    aims: size === 16 ? [{ to: 'PyTorch', ratio: 0.12 }] : [],
  };
}

const polynomial = (x: torch.Tensor) => x.pow(3).mul(2).add(x.pow(2).mul(5)).add(x.mul(7)).add(10);
const python = '(2 * x**3 + 5 * x**2 + 7 * x + 10)';
const tfjs = 'tf.add(tf.add(tf.add(tf.mul(tf.pow(x, 3), 2), tf.mul(tf.pow(x, 2), 5)), tf.mul(x, 7)), 10)';
const jax = 'np.power(x.ref, 3).mul(2).add(np.power(x.ref, 2).mul(5)).add(x.mul(7)).add(10)';

function gradient(size: number): Case {
  return {
    name: `2x³ + 5x² + 7x + 10, sum, backward, ${size}`,
    sconce: () => {
      const x = torch.ones(size, { requires_grad: true });
      return () => {
        x.grad = null;
        polynomial(x).sum().backward();
      };
    },
    pytorch: {
      setup: `x = torch.ones(${size}, requires_grad=True)`,
      statement: `x.grad = None; ${python}.sum().backward()`,
    },
    tfjs: {
      setup: `const x = tf.ones([${size}]), gradient = tf.grad((x) => tf.sum(${tfjs}))`,
      statement: 'gradient(x)',
    },
    jax: { setup: `[np.ones([${size}])]`, statement: `jax.grad((x) => ${jax}.sum())` },
    aims: size === 16 ? [{ to: 'PyTorch', ratio: 0.08 }] : [],
  };
}

const jacobian: Case = {
  name: "the tutorial's Jacobian, 2 × 3",
  sconce: () => {
    const x = torch.ones(2, 3);
    return () => torch.autograd.functional.jacobian(polynomial, x);
  },
  pytorch: {
    setup: `x = torch.ones(2, 3); f = lambda x: ${python}`,
    statement: 'torch.autograd.functional.jacobian(f, x)',
  },
  jax: { setup: '[np.ones([2, 3])]', statement: `jax.jacrev((x) => ${jax})` },
  aims: [{ to: 'PyTorch', ratio: 0.08 }],
};

const cases = [16, 1024].flatMap((size) => [...calls.map((call) => forward(call, size)), gradient(size)]);

export default timed('a call on a small tensor of so many elements', [...cases, jacobian]);
