/**
 * Memory where V8 cannot be asked to collect: bounded all the same. A file of its own, for the heap asks no more after.
 */
import { expect, test } from 'vitest';
import { binding } from '../../lib/engine/native.js';
import * as torch from '../../lib/index.js';

const megabyte = 2 ** 20;

test.each([
  ['says that it cannot', () => false],
  [
    'throws',
    () => {
      throw new Error('no');
    },
  ],
])('a loop that disposes nothing stays bounded when the collector %s', (_name, collector) => {
  binding.setCollector(collector);
  let most = 0;
  for (let i = 0; i < 1000; i++) {
    torch.empty(megabyte);
    most = Math.max(most, binding.memory().liveBytes);
  }
  // All of them would be 4,000 MB.
  expect(most).toBeGreaterThan(100 * megabyte);
  expect(most).toBeLessThan(1000 * megabyte);
});
