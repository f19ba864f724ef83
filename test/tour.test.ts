/** A tour of the whole in a second: every layer, once. */
import { expect, test } from 'vitest';
import * as torch from '../lib/index.js';

test('a gradient goes from TypeScript to the lanes and back', () => {
  const x = torch.tensor([0, 1, 2], { requires_grad: true });
  const y = x.sin().sum();
  expect(y.grad_fn?.name()).toBe('SumBackward0');
  expect(y.item()).toBeCloseTo(Math.sin(1) + Math.sin(2), 6);
  y.backward();
  const grad = x.grad?.tolist() as number[];
  for (let i = 0; i < 3; i++) expect(grad[i]).toBeCloseTo(Math.cos(i), 6);
});

test('a gradient of a gradient', () => {
  const x = torch.tensor([3], { requires_grad: true });
  const [first] = torch.autograd.grad(x.mul(x).mul(x), x, { create_graph: true });
  const [second] = torch.autograd.grad(first as torch.Tensor, x);
  expect([first?.item(), second?.item()]).toEqual([27, 18]);
});

test('a write in place through a view reaches the base', () => {
  const x = torch.tensor([1, 2, 3, 4], { requires_grad: true });
  const y = x.mul(1);
  y.view(2, 2)
    .t()
    .mul_(
      torch.tensor([
        [1, 2],
        [3, 4],
      ]),
    );
  expect(y.tolist()).toEqual([1, 6, 6, 16]);
  y.sum().backward();
  expect(x.grad?.tolist()).toEqual([1, 3, 2, 4]);
});
