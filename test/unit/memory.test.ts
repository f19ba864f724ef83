/** Memory: bounded without help, returned when asked, and never taken from a tensor that is still in use. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { binding } from '../../lib/engine/native.js';
import * as torch from '../../lib/index.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const megabyte = 2 ** 20;
const liveBytes = (): number => binding.memory().liveBytes;

test('a loop that disposes nothing goes on in little memory', () => {
  let most = 0;
  for (let i = 0; i < 2000; i++) {
    torch.empty(megabyte);
    most = Math.max(most, liveBytes());
  }
  // All of them would be 8,000 MB.
  expect(most).toBeLessThan(64 * megabyte);
});

test('what outlives minor collections is found by a major one', () => {
  const kept: torch.Tensor[] = [];
  let most = 0;
  for (let i = 0; i < 2000; i++) {
    kept.push(torch.empty(megabyte));
    if (kept.length > 20) kept.splice(0, 10);
    most = Math.max(most, liveBytes());
  }
  expect(most).toBeLessThan(600 * megabyte);
});

test('results of a training step do not grow old', () => {
  collect();
  binding.sweep();
  const x = torch.ones(megabyte, { requires_grad: true });
  let most = 0;
  for (let i = 0; i < 300; i++) {
    x.grad = null;
    x.sin().sum().backward();
    most = Math.max(most, liveBytes());
  }
  // Of old ones 256 MB would pile up until a major collection.
  expect(most).toBeLessThan(100 * megabyte);
});

test('many small blocks survive what is given and swept between them', () => {
  const kept = new Map<number, torch.Tensor>();
  for (let i = 0; i < 20_000; i++) {
    kept.set(i % 3000, torch.full([1000], i));
    const given = (i * 31) % 3000;
    if (i % 7 === 0 && kept.has(given)) {
      kept.get(given)?.dispose();
      kept.delete(given);
    }
    if (i % 11 === 0) kept.delete((i * 17) % 3000);
  }
  for (const [at, tensor] of kept) expect(Number(tensor.select(0, 999).item()) % 3000).toBe(at);
  kept.clear();
  collect();
  binding.sweep();
  expect(liveBytes()).toBeLessThan(4 * megabyte);
});

test('dispose returns the memory at once', () => {
  // So that no sweep of earlier garbage falls in between.
  collect();
  binding.sweep();
  const before = liveBytes();
  const x = torch.empty(megabyte);
  expect(liveBytes() - before).toBeGreaterThanOrEqual(4 * megabyte);
  x.dispose();
  expect(liveBytes()).toBeLessThanOrEqual(before);
});

test('a view keeps what it shows, large or small', () => {
  const views = [4, megabyte].map((count) => torch.ones(count).slice(0, 1, 3));
  collect();
  binding.sweep();
  for (let i = 0; i < 100; i++) [4, megabyte].forEach((count) => void torch.zeros(count));
  for (const view of views) expect(view.tolist()).toEqual([1, 1]);
});

function gradients(afterEach: () => void): unknown {
  const x = torch.arange(1, 401, { dtype: torch.float64 }).div(100).reshape(20, 20).requires_grad_();
  let y = x;
  for (let i = 0; i < 5; i++) {
    y = y.matmul(x).sin().add(x.t());
    afterEach();
  }
  y.sum().backward();
  afterEach();
  return x.grad?.tolist();
}

test('a collection after every step changes no result', () => {
  const expected = gradients(() => {});
  const { take } = binding;
  const stressed = (): void => {
    collect();
    binding.sweep();
  };
  binding.take = (owner, bytes) => {
    stressed();
    return take(owner, bytes);
  };
  try {
    expect(gradients(stressed)).toEqual(expected);
  } finally {
    binding.take = take;
  }
});
