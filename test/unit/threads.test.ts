import { afterEach, expect, test } from 'vitest';
import * as torch from '../../lib/index.js';

const threads = torch.get_num_threads();
afterEach(() => torch.set_num_threads(threads));

test('the number of threads is what was set, and the results are the same', () => {
  const x = torch.ones(2 ** 20);
  for (const count of [1, 2, 3]) {
    torch.set_num_threads(count);
    expect(torch.get_num_threads()).toBe(count);
    expect(x.add(1).sum().item()).toBe(2 ** 21);
  }
});

test.each([0, -1, 1025, 1e12])('%d threads are refused', (count) => {
  expect(() => torch.set_num_threads(count)).toThrow(/set_num_threads expects/);
  expect(torch.get_num_threads()).toBe(threads);
});

test.each([1.5, Number.NaN, '2', null, {}])('%s is no number of threads', (count) => {
  expect(() => torch.set_num_threads(count as number)).toThrow(TypeError);
});

test('the instruction set is named', () => {
  expect(torch.backends.cpu.get_cpu_capability()).toMatch(/^[A-Z]+[A-Z0-9_]*$/);
});
