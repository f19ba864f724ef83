/**
 * Internal fields are properties, which code without types can assign: results may be wrong then, memory must be safe.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as torch from '../../lib/index.js';

/** What is assigned: numbers that reach far beyond any storage, and things that are no numbers. */
const small = fc.integer({ min: -5, max: 20 });
const numbers = fc.oneof(small, fc.constantFrom(-(2 ** 31), 1e15, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY, 0.5));
/** No large ones: repeating one element so many times is slow, but no harm. */
const sizes = fc.array(fc.oneof(small, fc.constantFrom(-(2 ** 31), Number.NaN, 0.5)), { maxLength: 4 });
const storages = fc.constantFrom({ address: 4096, nbytes: 2 ** 40 }, null, {}, torch.ones(1).storage);
const dtypes = fc.constantFrom(torch.float64, torch.int8, { code: 7, itemsize: 1, Array: Int8Array }, { code: 99 });
const changes = fc.record(
  {
    offset: numbers,
    sizes,
    strides: fc.array(numbers, { maxLength: 4 }),
    count: numbers,
    contiguousFlag: fc.boolean(),
    storage: storages,
    dtype: dtypes,
  },
  { requiredKeys: [] },
);

const uses: readonly ((x: torch.Tensor, y: torch.Tensor) => unknown)[] = [
  (x, y) => x.add(y),
  (x, y) => y.add_(x),
  (x, y) => x.copy_(y),
  (x, y) => x.matmul(y),
  (x) => x.sum(),
  (x) => x.sum(0),
  (x) => x.t().contiguous(),
  (x) => x.flip(0),
  (x) => x.toTypedArray(),
  (x) => x.item(),
  (x) => x.fill_(1),
  (x) => x.max(0),
  (x) => x.cumsum(0),
  (x) => x.index([torch.tensor([0n, 1n])]),
  (x, y) => x.masked_select(y.gt(0)),
  (x) => x.clone(),
];

test('a tensor whose fields were assigned gives an Error or numbers of its own storage', () => {
  fc.assert(
    fc.property(changes, fc.constantFrom(...uses), (change, use) => {
      const [x, y] = [torch.ones(4, 4), torch.ones(4, 4)];
      Object.assign(x, change);
      try {
        use(x, y);
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
      }
    }),
    { numRuns: 1000 },
  );
});

test('a storage cannot be told where it lies', () => {
  const x = torch.ones(4);
  Object.defineProperty(x.storage, 'address', { value: 4096 });
  Object.defineProperty(x.storage, 'nbytes', { value: 2 ** 40 });
  expect(x.sum().item()).toBe(4);
  Object.assign(x, { offset: 1e6 });
  expect(() => x.add(1)).toThrow('reaches beyond its storage of 16 bytes');
});

test('a field that is no number counts as the one that it was read as, whatever it says the next time', () => {
  const x = torch.ones(4);
  Object.assign(x, { offset: '1.' });
  expect(() => x.add(1)).toThrow('a row from byte 4 to 20 reaches beyond its storage of 16 bytes');
  let count = 1;
  Object.assign(x, { offset: 0, count: { valueOf: () => (count *= 100) } });
  expect(() => x.add(1)).toThrow('reaches beyond its storage');
});

test('no storage can be made over the memory of another', () => {
  expect(torch.ones(4).storage.constructor).toBeUndefined();
});

test('the list of sizes that a tensor gives out is not its own', () => {
  const [matrix, scalar] = [torch.ones(2, 3), torch.ones(2, 3).sum()];
  (matrix.shape as number[])[0] = 5;
  (scalar.shape as number[]).push(7);
  expect([matrix.shape, scalar.shape, torch.ones(4).sum().shape]).toEqual([[2, 3], [], []]);
});
