import { describe, expect, it } from 'vitest';
import {
  all,
  Chance,
  contiguous,
  type DType,
  differences,
  floating,
  indices,
  Operand,
  run,
  Status,
} from './instruction.js';

/** NaN is above everything; 0 and -0 are equal. */
function compare(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The positions of a row's elements in order. */
function ordered(row: readonly number[], descending: boolean): number[] {
  const sign = descending ? -1 : 1;
  return [...row.keys()].sort((a, b) => sign * compare(row[a], row[b]) || a - b);
}

function modeOf(row: readonly number[]): number {
  const order = ordered(row, false);
  let [most, position] = [0, 0];
  for (let start = 0, i = 0; i < order.length; i++) {
    if (i + 1 < order.length && compare(row[order[i]], row[order[i + 1]]) === 0) continue;
    if (i + 1 - start > most) [most, position] = [i + 1 - start, order[i]];
    start = i + 1;
  }
  return position;
}

/** The positions that an opcode picks from a row. */
const picks: Record<string, (row: readonly number[], k: number, descending: boolean) => number[]> = {
  sort: (row, _, descending) => ordered(row, descending),
  topk: (row, k, descending) => ordered(row, descending).slice(0, k),
  kthvalue: (row, k) => {
    const numbers = row.filter((x) => !Number.isNaN(x)).length;
    if (k === -1 && numbers < row.length) return [row.findIndex(Number.isNaN)];
    const place = k < 0 ? Math.max(0, Math.floor((numbers - 1) / 2)) : k;
    return [ordered(row, false)[place]];
  },
  mode: (row) => [modeOf(row)],
};

interface Call {
  name: string;
  dtype: DType;
  sizes: number[];
  dim: number;
  k: number;
  descending: boolean;
}

function check({ name, dtype, sizes, dim, k, descending }: Call, chance: Chance, value: () => number): void {
  const input = chance.operand(dtype, sizes, { value });
  if (name === 'kthvalue' || name === 'mode') descending = false;
  const size = name === 'sort' ? sizes[dim] : name === 'topk' ? k : 1;
  const outSizes = sizes.with(dim, size);
  const [values, places] = [dtype, 'int64' as const].map((each) => chance.operand(each, outSizes, { expand: false }));
  const [expectedValues, expectedPlaces] = [values.copy(), places.copy()];
  for (const start of indices(sizes.with(dim, Math.min(1, sizes[dim])))) {
    const row = Array.from({ length: sizes[dim] }, (_, i) => input.get(start.with(dim, i)));
    picks[name](row, k, descending).forEach((position, i) => {
      expectedValues.set(start.with(dim, i), row[position]);
      expectedPlaces.set(start.with(dim, i), position);
    });
  }
  const call = `${name} ${dtype} [${sizes}] strides [${input.strides}] along ${dim}, k ${k}, descending ${descending}`;
  const status = run(name, sizes, [values, places, input], [dim, k, Number(descending)]);
  const found = [...differences(values, expectedValues), ...differences(places, expectedPlaces)];
  expect({ call, status, found }).toEqual({ call, status: Status.ok, found: [] });
}

describe.each(Object.keys(picks))('%s', (name) => {
  const kFor = (chance: Chance, size: number): number => {
    if (name === 'topk') return chance.between(1, Math.max(1, size));
    return name === 'kthvalue' ? chance.between(-2, Math.max(0, size - 1)) : 0;
  };

  it.each(all)('of %s agrees with a plain sort whatever the shape and strides', (dtype) => {
    const chance = new Chance(1);
    for (let i = 0; i < 60; i++) {
      const sizes = Array.from({ length: chance.between(1, 3) }, () => chance.between(1, 9));
      const dim = chance.between(0, sizes.length - 1);
      const call = { name, dtype, sizes, dim, k: kFor(chance, sizes[dim]), descending: chance.pick([false, true]) };
      check(call, chance, () => chance.value(dtype));
    }
  });

  it.each(all)('of %s agrees for rows of every kind of length', (dtype) => {
    const chance = new Chance(2);
    for (const size of [1, 2, 63, 64, 65, 128, 300, 1023, 1024, 3000]) {
      for (const descending of [false, true]) {
        const k = kFor(chance, size);
        check({ name, dtype, sizes: [2, size], dim: 1, k, descending }, chance, () => chance.value(dtype));
      }
    }
  });

  it.each(floating)('of %s orders NaN, infinities, zeros of both signs and the smallest numbers', (dtype) => {
    const chance = new Chance(3);
    const { NaN: nan, POSITIVE_INFINITY: inf, NEGATIVE_INFINITY: negative } = Number;
    const value = () => chance.pick([nan, inf, negative, 0, -0, 1, -1, 2 ** -149, -(2 ** -149)]);
    for (const size of [5, 40, 100, 2000]) {
      for (const descending of [false, true]) {
        const k = kFor(chance, size);
        check({ name, dtype, sizes: [3, size], dim: 1, k, descending }, chance, value);
        check({ name, dtype, sizes: [3, size], dim: 1, k, descending }, chance, () => nan);
      }
    }
  });

  it('of nothing does nothing', () => {
    const nothing = contiguous('float32', [0], []);
    const places = contiguous('int64', [0], []);
    expect(
      run(
        name,
        [2, 0],
        [nothing, places, nothing].map((each) => each.repeated(0, 1)),
        [1, 0, 0],
      ),
    ).toBe(Status.ok);
  });

  it('refuses a dimension, a place or an index type that is not there', () => {
    const input = contiguous('float32', [3], [3, 1, 2]);
    const places = contiguous('int64', [3], [0, 0, 0]);
    for (const scalars of [
      [-1, 1, 0],
      [1, 1, 0],
      [0, 4, 0],
      [0, -3, 0],
      [0, 1],
    ]) {
      expect(run(name, [3], [input.copy(), places, input], scalars)).toBe(Status.badInstruction);
    }
    expect(run(name, [3], [input.copy(), input.copy(), input], [0, 1, 0])).toBe(Status.badInstruction);
    expect(run(name, [3], [places, places, input], [0, 1, 0])).toBe(Status.badInstruction);
  });
});

it('topk finds few among many, wherever they are', () => {
  const n = 100_000;
  const chance = new Chance(4);
  for (const values of [
    Array.from({ length: n }, (_, i) => i),
    Array.from({ length: n }, (_, i) => -i),
    Array.from({ length: n }, () => chance.between(0, 9)),
  ]) {
    const input = contiguous('float32', [n], values);
    const [out, places] = [
      contiguous('float32', [7], new Array(7).fill(0)),
      contiguous('int64', [7], new Array(7).fill(0)),
    ];
    run('topk', [n], [out, places, input], [0, 7, 1]);
    expect(places.values()).toEqual(ordered(values, true).slice(0, 7));
  }
});

it('int64 keeps all its bits', () => {
  const data = new BigInt64Array([2n ** 62n, 2n ** 62n + 1n, -(2n ** 63n), 2n ** 63n - 1n, -1n]);
  const out = new BigInt64Array(5);
  const places = contiguous('int64', [5], [0, 0, 0, 0, 0]);
  run('sort', [5], [new Operand('int64', out, 0, [1]), places, new Operand('int64', data, 0, [1])], [0, 0, 0]);
  expect([...out]).toEqual([...data].sort((a, b) => (a < b ? -1 : 1)));
  expect(places.values()).toEqual([2, 4, 0, 1, 3]);
});
