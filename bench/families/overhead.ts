/** Tensors so small that the cost is that of the calls. */
import { type Call, forward } from '../call.js';
import type { Case } from '../case.js';
import { timed } from '../measure.js';
import * as torch from '../sconce.js';

const calls = (size: number): Call[] => {
  const x = { shape: [size] };
  return [
    {
      name: `add, ${size}`,
      inputs: [x, x],
      sconce: (x, y) => x.add(y),
      pytorch: 'x + y',
      tfjs: 'tf.add(x, y)',
      jax: 'x.add(y)',
    },
    {
      name: `mul, ${size}`,
      inputs: [x, x],
      sconce: (x, y) => x.mul(y),
      pytorch: 'x * y',
      tfjs: 'tf.mul(x, y)',
      jax: 'x.mul(y)',
    },
    {
      name: `sin, ${size}`,
      inputs: [x],
      sconce: (x) => x.sin(),
      pytorch: 'x.sin()',
      tfjs: 'tf.sin(x)',
      jax: 'np.sin(x)',
    },
    {
      name: `sum, ${size}`,
      inputs: [x],
      sconce: (x) => x.sum(),
      pytorch: 'x.sum()',
      tfjs: 'tf.sum(x)',
      jax: 'x.sum()',
    },
  ];
};

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
  // It takes vectors only.
  jax: { setup: '[np.ones([6])]', statement: `jax.jacrev((x) => ${jax})` },
  aims: [{ to: 'PyTorch', ratio: 0.08 }],
};

const ofSize = (size: number) => [
  ...calls(size).map((call) =>
    forward(call, {
      aims: size === 16 ? [{ to: 'PyTorch', ratio: 0.12 }] : [],
    }),
  ),
  gradient(size),
];

export default timed('a call on a small tensor of so many elements', [...ofSize(16), ...ofSize(1024), jacobian]);
