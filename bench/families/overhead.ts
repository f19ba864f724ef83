/** Tensors so small that the cost is that of the calls. */
import * as torch from 'sconce';
import { type Case, timed } from '../measure.js';

const polynomial = (x: torch.Tensor) => x.pow(3).mul(2).add(x.pow(2).mul(5)).add(x.mul(7)).add(10);
const python = { polynomial: '(2 * x**3 + 5 * x**2 + 7 * x + 10)' };

const cases: Case[] = [
  {
    name: 'add, 16 elements',
    sconce: () => {
      const [x, y] = [torch.ones(16), torch.ones(16)];
      return () => x.add(y);
    },
    pytorch: { setup: 'x, y = torch.ones(16), torch.ones(16)', statement: 'x + y' },
  },
  {
    name: 'mul, 16 elements',
    sconce: () => {
      const [x, y] = [torch.ones(16), torch.ones(16)];
      return () => x.mul(y);
    },
    pytorch: { setup: 'x, y = torch.ones(16), torch.ones(16)', statement: 'x * y' },
  },
  {
    name: 'sin, 16 elements',
    sconce: () => {
      const x = torch.ones(16);
      return () => x.sin();
    },
    pytorch: { setup: 'x = torch.ones(16)', statement: 'x.sin()' },
  },
  {
    name: '2x³ + 5x² + 7x + 10, sum and backward, 16 elements',
    sconce: () => {
      const x = torch.ones(16, { requires_grad: true });
      return () => {
        x.grad = null;
        polynomial(x).sum().backward();
      };
    },
    pytorch: {
      setup: 'x = torch.ones(16, requires_grad=True)',
      statement: `x.grad = None; ${python.polynomial}.sum().backward()`,
    },
  },
  {
    name: 'its Jacobian, 2 × 3 elements',
    sconce: () => {
      const x = torch.ones(2, 3);
      return () => torch.autograd.functional.jacobian(polynomial, x);
    },
    pytorch: {
      setup: `x = torch.ones(2, 3); f = lambda x: ${python.polynomial}`,
      statement: 'torch.autograd.functional.jacobian(f, x)',
    },
  },
];

export default timed('a call on a small tensor', cases);
