/** Streams of random numbers: seeds, states and generators. */
import { beforeEach, describe, expect, test } from 'vitest';
import { RuntimeError } from '../../lib/base/errors.js';
import * as torch from '../../lib/index.js';

const list = (tensor: torch.Tensor): unknown => tensor.tolist();

beforeEach(() => {
  torch.manual_seed(0);
});

describe('seeds', () => {
  // What torch.rand(1) is after torch.manual_seed(seed) in PyTorch 1.13.
  test.each([
    [-1, 18446744073709551615n, 0.9937993884086609],
    [-3, 18446744073709551613n, 0.6248647570610046],
    [-(2n ** 63n), 9223372036854775808n, 0.49625658988952637],
    [2n ** 64n - 1n, 18446744073709551615n, 0.9937993884086609],
  ])('%s', (seed, initial, drawn) => {
    expect(torch.manual_seed(seed).initial_seed()).toBe(initial);
    expect(torch.rand(1).item()).toBe(drawn);
  });

  test('must be whole and of at most 64 bits', () => {
    expect(() => torch.manual_seed(2n ** 64n)).toThrow('Overflow when unpacking long');
    expect(() => torch.manual_seed(-(2n ** 63n) - 1n)).toThrow('Overflow when unpacking long');
    expect(() => torch.manual_seed(0.5)).toThrow(TypeError);
    expect(() => torch.manual_seed('0' as never)).toThrow(TypeError);
    expect(torch.initial_seed()).toBe(0);
  });

  test('seed() returns the seed that it chose', () => {
    const chosen = torch.seed();
    const drawn = list(torch.rand(3));
    torch.manual_seed(chosen);
    expect(list(torch.rand(3))).toEqual(drawn);
  });
});

describe('states', () => {
  test('continue a stream where it was', () => {
    torch.randn(3);
    const state = torch.get_rng_state();
    const drawn = list(torch.randn(5));
    torch.set_rng_state(state);
    expect(list(torch.randn(5))).toEqual(drawn);
  });

  test('are copies', () => {
    const state = torch.get_rng_state();
    const before = list(state);
    torch.rand(700);
    expect(list(state)).toEqual(before);
  });

  test('are refused unless they are bytes of the right number', () => {
    const generator = new torch.Generator();
    const before = list(generator.get_state());
    expect(() => generator.set_state(torch.zeros(5056))).toThrow(TypeError);
    expect(() => generator.set_state(torch.zeros(3, { dtype: torch.uint8 }))).toThrow('expected a state of 5056 bytes');
    expect(list(generator.get_state())).toEqual(before);
  });
});

describe('generators', () => {
  test('give the numbers of the default stream for the same seed', () => {
    const generator = new torch.Generator().manual_seed(0);
    expect(list(torch.randn(20, { generator }))).toEqual(list(torch.randn(20)));
    expect(list(torch.randperm(9, { generator }))).toEqual(list(torch.randperm(9)));
    expect(list(torch.zeros(4).uniform_({ generator }))).toEqual(list(torch.rand(4)));
  });

  test('do not touch each other or the default stream', () => {
    const expected = list(torch.rand(4));
    torch.manual_seed(0);
    const [a, b] = [new torch.Generator().manual_seed(1), new torch.Generator().manual_seed(1)];
    torch.rand(100, { generator: a });
    const undisturbed = list(torch.rand(4));
    expect(undisturbed).toEqual(expected);
    expect(list(torch.rand(2, { generator: b }))).not.toEqual(list(torch.rand(2, { generator: a })));
  });

  test('are the only thing that the keyword takes', () => {
    expect(() => torch.rand(2, { generator: 1 as never })).toThrow("argument 'generator' must be torch.Generator");
  });
});

test('an argument that is refused draws nothing', () => {
  const tensor = torch.ones(3);
  const state = list(torch.get_rng_state());
  for (const draw of [
    () => tensor.normal_(0, -1),
    () => tensor.uniform_(2, 1),
    () => tensor.bernoulli_(2),
    () => tensor.random_(3, 3),
    () => torch.randperm(-1),
  ]) {
    expect(draw).toThrow(RuntimeError);
  }
  expect(list(torch.get_rng_state())).toEqual(state);
  expect(list(tensor)).toEqual([1, 1, 1]);
  expect(tensor._version).toBe(0);
});
