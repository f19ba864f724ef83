/** Whose memory is whose in a backward pass: what it gives back or hands on must be seen by nobody else. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as torch from '../../lib/index.js';
import { leaf } from './programs.js';

type Tensor = torch.Tensor;

const matrix = (...rows: number[][]): Tensor => torch.tensor(rows, { requires_grad: true });

describe('gradients are memory of their own', () => {
  test('where the gradient given reaches a leaf as it is', () => {
    const x = matrix([1, 2], [3, 4]);
    const given = torch.ones(2, 2);
    x.view(2, 2).backward(given);
    given.mul_(100);
    expect(x.grad?.tolist()).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });

  test('where one gradient reaches two leaves', () => {
    const [x, w] = [leaf(1, 2), leaf(3, 4)];
    x.add(w).mul(2).sum().backward();
    x.grad?.mul_(100);
    expect(w.grad?.tolist()).toEqual([2, 2]);
  });

  test('where a leaf and a retaining result receive the same', () => {
    const x = leaf(1, 2);
    const y = x.add(0);
    y.retain_grad();
    y.mul(3).sum().backward();
    x.grad?.mul_(100);
    expect(y.grad?.tolist()).toEqual([3, 3]);
  });

  test('where it was assigned before', () => {
    const x = leaf(1, 2);
    const held = torch.zeros(2);
    x.grad = held;
    x.mul(2).sum().backward();
    expect(x.grad).toBe(held);
    expect(held.tolist()).toEqual([2, 2]);
  });

  test('and lie in memory as the leaf does', () => {
    const x = torch.ones(3, 2).t().requires_grad_();
    x.mul(2).sum().backward();
    expect(x.grad?.stride()).toEqual([1, 2]);
    const expanded = torch.ones(1).expand(3).requires_grad_();
    expanded.mul(2).sum().backward();
    expect(expanded.grad?.stride()).toEqual([1]);
  });
});

describe('tensors that stay visible stay usable', () => {
  test('gradients that grad returned, of a result and of what lies behind it', () => {
    const x = leaf(1, 2);
    const y = x.view(2, 1);
    const z = y.view(1, 2);
    const grads = torch.autograd.grad(z.mul(z).sum(), [z, y, x, z]);
    expect(grads.map((grad) => grad?.view(-1).tolist())).toEqual(Array.from({ length: 4 }, () => [2, 4]));
  });

  test('the gradient given, after several passes', () => {
    const x = leaf(1, 2);
    const given = torch.tensor([1, 2]);
    const y = x.view(2, 1).view(2);
    y.backward(given, true);
    y.backward(given);
    expect(given.tolist()).toEqual([1, 2]);
    expect(x.grad?.tolist()).toEqual([2, 4]);
  });

  test('a disposed tensor that a formula needs is an Error, and the engine goes on', () => {
    const x = leaf(1, 2);
    const y = x.mul(2);
    const z = y.mul(y).sum();
    y.dispose();
    expect(() => z.backward()).toThrow(/disposed/);
    x.mul(3).sum().backward();
    expect(x.grad?.tolist()).toEqual([3, 3]);
  });
});

/** One random step: which operation, and which earlier tensors it takes. */
type Step = readonly [operation: number, first: number, second: number, retains: boolean];

/** All take and give 2 × 2, so that any may follow any. */
const operations: ((a: Tensor, b: Tensor) => Tensor)[] = [
  (a, b) => a.add(b),
  (a, b) => a.mul(b),
  (a) => a.add(a),
  (a) => a.sin(),
  (a) => a.t(),
  (a) => a.reshape(4).view(2, 2),
  (a) => a.clone(),
  (a) => a.select(0, 1).expand(2, 2),
  (a) => a.sum(0, true).expand(2, 2),
  (a) => a.neg().t().contiguous(),
  (a, b) => torch.stack([a.select(0, 0), b.select(1, 1)]),
  (a, b) => torch.cat([a, b]).narrow(0, 1, 2),
  (a, b) => {
    const written = a.clone();
    written.select(0, 0).mul_(b.select(0, 1));
    return written;
  },
  (a, b) => a.mul(1).mul_(b.sin()),
];

/** All that a program shows after its backward pass. */
function outcome(steps: readonly Step[], options: { create_graph: boolean }): unknown {
  const leaves = [matrix([0.5, -1], [2, 0.25]), matrix([1, 3], [-0.5, 0.75])];
  const tensors = [...leaves];
  for (const [operation, first, second, retains] of steps) {
    const [a, b] = [tensors[first % tensors.length], tensors[second % tensors.length]];
    const result = operations[operation](a, b);
    if (retains) result.retain_grad();
    tensors.push(result);
  }
  const given = torch.tensor([
    [1, 0.5],
    [-1, 2],
  ]);
  const root = tensors[tensors.length - 1];
  const inputs = tensors.slice(-4);
  const returned = torch.autograd.grad(root, inputs, given, { ...options, retain_graph: true, allow_unused: true });
  root.backward(given, { ...options, retain_graph: true });
  root.backward(given, options);
  const shown = [given, ...tensors, ...tensors.map(({ grad }) => grad), ...returned];
  return shown.map((tensor) => tensor?.tolist() ?? null);
}

test('random programs give what they give when nothing is reused, and all tensors stay as they are', () => {
  const index = fc.nat({ max: 30 });
  const step = fc.tuple(fc.nat({ max: operations.length - 1 }), index, index, fc.boolean());
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
      expect(outcome(steps, { create_graph: false })).toEqual(outcome(steps, { create_graph: true }));
    }),
    { numRuns: 500, seed: 7 },
  );
});
