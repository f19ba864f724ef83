/** Bad input of every kind: the class and the whole message of its Error. */
import { describe, expect, test } from 'vitest';
import * as torch from '../../lib/index.js';

const x = torch.ones(2, 3);

function thrown(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof Error) return `${error.name}: ${error.message}`;
  }
  throw new Error('no Error was thrown');
}

function detached(): Float32Array {
  const array = new Float32Array(4);
  structuredClone(array.buffer, { transfer: [array.buffer] });
  return array;
}

const forged = (): torch.Tensor => Object.create(torch.Tensor.prototype);
const untyped = (value: unknown): never => value as never;
const tooMuch = "RuntimeError: [enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate";

test.each<[string, () => unknown, string]>([
  ['sizes without memory for them', () => torch.empty([1e12]), `${tooMuch} 4000000000000 bytes.`],
  [
    'a NaN size',
    () => torch.empty([Number.NaN]),
    "TypeError: empty(): argument 'size' must be a list of ints, not [NaN]",
  ],
  [
    'a negative size',
    () => torch.empty([2, -1]),
    'RuntimeError: empty: Trying to create tensor with negative dimension -1: [2, -1]',
  ],
  [
    'sizes that overflow',
    () => torch.empty([1e15, 1e15]),
    'RuntimeError: empty: Storage size calculation overflowed with sizes=[1000000000000000, 1000000000000000]',
  ],
  [
    'a view that overflows',
    () => torch.ones(1).expand(1e15, 1e15),
    'RuntimeError: Storage size calculation overflowed with sizes=[1000000000000000, 1000000000000000]',
  ],
  [
    'more than 64 dimensions',
    () => torch.ones(1).reshape(new Array(65).fill(1)),
    'RuntimeError: a tensor has at most 64 dimensions, got 65',
  ],
  [
    'ragged arrays',
    () => torch.tensor([[1, 2], [3]]),
    'ValueError: tensor(): expected sequence of length 2 at dim 1 (got 1)',
  ],
  [
    'a detached buffer',
    () => torch.tensor(detached()),
    "TypeError: tensor(): argument 'data': the TypedArray's buffer was detached",
  ],
  [
    'a dim out of range',
    () => x.sum(2),
    'IndexError: Dimension out of range (expected to be in range of [-2, 1], but got 2)',
  ],
  ['a dim that is none', () => x.size(untyped('a')), 'TypeError: size(): argument \'dim\' must be int, not "a"'],
  ['a forged tensor', () => x.mv(forged()), "TypeError: mv(): argument 'vec' must be Tensor, not Tensor"],
  [
    'a forged tensor among several',
    () => torch.atleast_1d(forged()),
    "TypeError: atleast_1d(): argument 'tensors' must be a list of Tensors, not [Tensor]",
  ],
  [
    'undefined for a tensor',
    () => x.mv(untyped(undefined)),
    "TypeError: mv() missing 1 required positional argument: 'vec' (mv(Tensor self, Tensor vec) -> Tensor)",
  ],
  [
    'sizes without elements whose strides overflow',
    () => torch.zeros(0, 1).diag_embed(2 ** 52),
    'RuntimeError: Storage size calculation overflowed with sizes=[0, 4503599627370497, 4503599627370497]',
  ],
  [
    'more repetitions than memory',
    () => torch.ones(2).repeat_interleave(1e12),
    "RuntimeError: [enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 16000000000000 bytes.",
  ],
  [
    'a list of too many parts',
    () => torch.zeros(0).tensor_split(1e12),
    'RuntimeError: tensor_split: a list of 1000000000000 results is too long, at most 16777216 are possible',
  ],
  [
    'a list of too many chunks',
    () => torch.zeros(0).chunk(1e12),
    'RuntimeError: chunk: a list of 1000000000000 results is too long, at most 16777216 are possible',
  ],
  [
    'a list of too many pieces',
    () => torch.zeros(1e12, 0).split(1),
    'RuntimeError: split: a list of 1000000000000 results is too long, at most 16777216 are possible',
  ],
  [
    'a list of too many slices',
    () => torch.zeros(1e12, 0).unbind(),
    'RuntimeError: unbind: a list of 1000000000000 results is too long, at most 16777216 are possible',
  ],
  [
    'a list of too many rows',
    () => torch.zeros(1e6, 1e6, 0).tolist(),
    'RuntimeError: tolist: a list of 1000000000000 results is too long, at most 16777216 are possible',
  ],
  [
    'integers that require grad',
    () => torch.tensor([1n], { requires_grad: true }),
    'RuntimeError: only Tensors of floating point and complex dtype can require gradients',
  ],
])('%s', (_, call, message) => {
  expect(thrown(call)).toBe(message);
});

test('an unknown keyword is named', () => {
  expect(thrown(() => x.sum(untyped({ dims: 1 })))).toMatch(
    /^TypeError: sum\(\) received an invalid combination of arguments - got \(Tensor, dims=1\)/,
  );
});

test('indices are read one by one, whatever else the list says of itself', () => {
  const odd = new Proxy([1], { get: (list, key) => (key === Symbol.iterator ? 3 : Reflect.get(list, key)) });
  expect(torch.zeros(2).index_put(untyped(odd), torch.tensor(5)).tolist()).toEqual([0, 5]);
});

test('a dtype that a user made is none', () => {
  const made = Reflect.construct(torch.dtype, ['float65', 7, 2, 'Odd', Uint8Array, true]);
  expect(thrown(() => torch.empty([4], { dtype: made }))).toMatch(/^TypeError: empty\(\): argument 'dtype' must be/);
});

test('an index out of range writes nothing', () => {
  const target = torch.zeros(3);
  expect(thrown(() => target.index_put_([torch.tensor([0n, 7n])], torch.ones(2)))).toMatch(/^IndexError: .*index 7/);
  expect(target.tolist()).toEqual([0, 0, 0]);
  expect(target._version).toBe(0);
});

describe('a disposed tensor', () => {
  const uses: Record<string, (gone: torch.Tensor) => unknown> = {
    item: (gone) => gone.sum().item(),
    toTypedArray: (gone) => gone.toTypedArray(),
    tolist: (gone) => gone.tolist(),
    printing: (gone) => String(gone),
    data_ptr: (gone) => gone.data_ptr(),
    arithmetic: (gone) => torch.ones(2).add(gone),
    'a write in place': (gone) => gone.add_(1),
  };
  test.each(Object.entries(uses))('%s, and of its views', (_, use) => {
    const base = torch.ones(2, 2);
    const view = base.select(0, 0);
    base.dispose();
    expect(thrown(() => use(base))).toMatch(/^RuntimeError: .*disposed/);
    expect(thrown(() => use(view))).toMatch(/^RuntimeError: .*disposed/);
  });

  test('backward that needs it', () => {
    const leaf = torch.ones(2, { requires_grad: true });
    const factor = torch.ones(2);
    const result = leaf.mul(factor).sum();
    factor.dispose();
    expect(thrown(() => result.backward())).toMatch(/^RuntimeError: .*disposed/);
    expect(leaf.grad).toBeNull();
  });
});

test('a number takes no place of a tensor that is written to', () => {
  const { pow_ } = torch.Tensor.prototype;
  expect(thrown(() => Reflect.apply(pow_, 2, [torch.ones(2)]))).toBe(
    "TypeError: pow_(): argument 'self' must be Tensor, not 2",
  );
});

test('a bigint is a probability like any number', () => {
  expect(
    torch
      .ones(2)
      .bernoulli_(0n as never)
      .tolist(),
  ).toEqual([0, 0]);
});
