/** Graphs of 100,000 nodes and of a million: without recursion, in time that grows with their size. */
import { expect, test } from 'vitest';
import * as torch from '../../lib/index.js';
import { leaf } from './programs.js';

const count = 100_000;

test('a chain', () => {
  const x = leaf(1, 2);
  let y = x.mul(1);
  for (let i = 0; i < count; i++) y = y.add(x);
  y.sum().backward();
  expect(x.grad?.tolist()).toEqual([count + 1, count + 1]);
});

test('a chain whose gradient is asked for with inputs, and recorded', () => {
  const x = leaf(1);
  let y = x;
  for (let i = 0; i < count; i++) y = y.mul(1);
  const [recorded] = torch.autograd.grad(y, x, { create_graph: true });
  y.backward({ inputs: x });
  expect([recorded?.item(), x.grad?.item()]).toEqual([1, 1]);
});

test('many leaves', () => {
  const leaves = Array.from({ length: count }, (_, i) => leaf(i));
  torch.cat(leaves).mul(2).sum().backward();
  expect(leaves.every(({ grad }) => grad?.item() === 2)).toBe(true);
});

test('many uses of one tensor', () => {
  const x = leaf(1, 2);
  const terms = Array.from({ length: count }, () => x.mul(1));
  torch.stack(terms).sum().backward();
  expect(x.grad?.tolist()).toEqual([count, count]);
});

test('a chain of a million nodes', { timeout: 120_000 }, () => {
  const x = leaf(1);
  let y = x.mul(1);
  for (let i = 1; i < 1_000_000; i++) y = y.add(1);
  y.backward();
  expect(x.grad?.item()).toBe(1);
});
