import { describe, expect, it } from 'vitest';
import {
  all,
  binding,
  Chance,
  contiguous,
  type DType,
  differences,
  floating,
  indices,
  numeric,
  Operand,
  run,
  Status,
} from './instruction.js';

type Formula = (values: number[]) => number;
const nanLast = (a: number, b: number) => (Number.isNaN(a) ? false : Number.isNaN(b) || b > a);

/** The place of the first value that no other beats, where NaN beats everything. */
function placeOf(values: number[], beats: (a: number, b: number) => boolean): number {
  return values.reduce((best, value, i) => (beats(value, values[best]) ? i : best), 0);
}

const sum: Formula = (values) => values.reduce((a, b) => a + b, 0);
const mean: Formula = (values) => sum(values) / values.length;
const formulas: Record<string, { of: Formula; dtypes: DType[]; out?: DType; nothing?: false }> = {
  sum: { of: sum, dtypes: numeric },
  prod: { of: (values) => values.reduce((a, b) => a * b, 1), dtypes: numeric },
  amax: { of: (values) => values.reduce((a, b) => Math.max(a, b)), dtypes: all, nothing: false },
  amin: { of: (values) => values.reduce((a, b) => Math.min(a, b)), dtypes: all, nothing: false },
  any: { of: (values) => Number(values.some((x) => x !== 0)), dtypes: all, out: 'bool' },
  all: { of: (values) => Number(values.every((x) => x !== 0)), dtypes: all, out: 'bool' },
  argmax: {
    of: (values) => placeOf(values, (a, b) => nanLast(b, a)),
    dtypes: all,
    out: 'int64',
    nothing: false,
  },
  argmin: {
    of: (values) => placeOf(values, (a, b) => nanLast(-b, -a)),
    dtypes: all,
    out: 'int64',
    nothing: false,
  },
  var: {
    of: (values) => sum(values.map((x) => (x - mean(values)) ** 2)) / Math.max(0, values.length - 1),
    dtypes: floating,
  },
};

/** Reduces the last `reduced` dims of `input` and compares all of the output's memory with the formula. */
function check(
  name: string,
  sizes: number[],
  reduced: number,
  input: Operand,
  output: Operand,
  tolerance: number,
): void {
  const expected = output.copy();
  const kept = sizes.slice(0, sizes.length - reduced);
  for (const index of indices(kept)) {
    const values = [...indices(sizes.slice(kept.length))].map(() => 0);
    let i = 0;
    for (const rest of indices(sizes.slice(kept.length))) values[i++] = input.get([...index, ...rest]);
    expected.set(index, formulas[name].of(values));
  }
  const status = run(name, sizes, [output.repeated(kept.length, reduced), input], [reduced, 1]);
  const layout = `${name} ${input.dtype} [${sizes}] strides [${input.strides}], ${reduced} reduced`;
  expect({ layout, status, differences: differences(output, expected, tolerance) }).toEqual({
    layout,
    status: Status.ok,
    differences: [],
  });
}

function checkRandom(
  name: string,
  dtype: DType,
  sizes: number[],
  reduced: number,
  chance: Chance,
  value?: () => number,
): void {
  const input = chance.operand(dtype, sizes, { value });
  const output = chance.operand(formulas[name].out ?? dtype, sizes.slice(0, sizes.length - reduced), { expand: false });
  check(name, sizes, reduced, input, output, dtype === 'float32' ? 2e-6 : 1e-14);
}

describe.each(Object.keys(formulas))('%s', (name) => {
  const { dtypes, nothing } = formulas[name];
  const smallest = nothing === false ? 1 : 0;

  it.each(dtypes)('of %s agrees with a plain loop whatever the shape and strides', (dtype) => {
    const chance = new Chance(1);
    const most = name === 'prod' ? 3 : 9;
    for (let i = 0; i < 120; i++) {
      const sizes = Array.from({ length: chance.between(0, 4) }, () => chance.between(smallest, most));
      checkRandom(name, dtype, sizes, chance.between(0, sizes.length), chance);
    }
  });

  it.each(floating.filter((dtype) => dtypes.includes(dtype)))('of %s meets NaN and infinity', (dtype) => {
    const chance = new Chance(2);
    const value = () => chance.pick([0, 1, -1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
    for (let i = 0; i < 60; i++) {
      const sizes = [chance.between(1, 20), chance.between(1, 5)];
      checkRandom(name, dtype, sizes, chance.between(0, 2), chance, value);
    }
  });

  it('handles every count up to twice the chains of a row, in rows and in columns', () => {
    const chance = new Chance(3);
    const dtype = dtypes.at(-1) as DType;
    const value = name === 'prod' ? () => chance.pick([-1, 1]) : undefined;
    for (let n = smallest; n <= 257; n += n < 40 ? 1 : 31) {
      checkRandom(name, dtype, [n], 1, chance, value);
      checkRandom(name, dtype, [3, n], 1, chance, value);
      checkRandom(name, dtype, [n, 19], 1, chance, value);
    }
  });

  it('gives the same bits on one thread and on several, across leaves and parts', () => {
    const chance = new Chance(4);
    const n = 200_003;
    const values = Float32Array.from({ length: n }, () => chance.next() - 0.5);
    const results = [1, 3].map((threads) => {
      binding.setThreads(threads);
      const outputs = [contiguous('float32', [], [7]), contiguous('float32', [8], new Array(8).fill(7))].map(
        (output) =>
          formulas[name].out
            ? contiguous(formulas[name].out, [...output.strides.map(() => 8)], output.data as Float32Array)
            : output,
      );
      const input = contiguous('float32', [n], values);
      const columns = new Operand('float32', input.data, 1, [1, 8]);
      expect(run(name, [n], [outputs[0].repeated(0, 1), input], [1, 0])).toBe(Status.ok);
      expect(run(name, [8, 25_000], [outputs[1].repeated(1, 1), columns], [1, 0])).toBe(Status.ok);
      return outputs.map(({ data }) => data);
    });
    binding.setThreads(2);
    expect(results[1]).toEqual(results[0]);
  });
});

it.each(['amax', 'amin'])(
  '%s of float32 meets a single NaN, and infinities of both signs, anywhere in its rows',
  (name) => {
    const chance = new Chance(5);
    for (const n of [1, 5, 40, 63, 64, 100, 511, 700, 5000]) {
      for (const odd of [[], [Number.NaN], [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]]) {
        for (let i = 0; i < 8; i++) {
          const values = Float32Array.from({ length: 6 * n }, () => chance.next() - 0.5);
          for (const value of odd) values[chance.between(0, 6 * n - 1)] = value;
          check(
            name,
            [6, n],
            1,
            contiguous('float32', [6, n], values),
            contiguous('float32', [6], new Array(6).fill(7)),
            0,
          );
        }
      }
    }
  },
);

it('refuses extremes of nothing', () => {
  for (const name of ['amax', 'amin', 'argmax', 'argmin']) {
    const output = contiguous(formulas[name].out ?? 'float32', [1], [7]);
    expect(run(name, [1, 0], [output.repeated(1, 1), contiguous('float32', [1, 0], [])], [1])).toBe(
      Status.badInstruction,
    );
    expect(Number(output.data[0])).toBe(7);
  }
});

it('wraps integers', () => {
  const output = contiguous('int8', [], [0]);
  expect(run('sum', [3], [output.repeated(0, 1), contiguous('int8', [3], [100, 100, 100])], [1])).toBe(Status.ok);
  expect(output.data[0]).toBe(44);
  expect(run('prod', [3], [output.repeated(0, 1), contiguous('int8', [3], [100, 100, 100])], [1])).toBe(Status.ok);
  expect(output.data[0]).toBe(64);
});

it('sums ten million float32 to within a few units in the last place', () => {
  const n = 10_000_000;
  const values = new Float32Array(n);
  let exact = 0;
  for (let i = 0; i < n; i++) {
    values[i] = (i * 0.618034) % 1;
    exact += values[i];
  }
  const layouts = [
    { sizes: [n], strides: [1] },
    { sizes: [n / 10, 10], strides: [1, n / 10] },
    { sizes: [n / 10, 10], strides: [10, 1] },
  ];
  for (const { sizes, strides } of layouts) {
    const output = contiguous('float32', [], [0]).repeated(0, sizes.length);
    run('sum', sizes, [output, new Operand('float32', values, 0, strides)], [sizes.length]);
    expect(Math.abs(Number(output.data[0]) - exact) / exact).toBeLessThan(2 ** -22);
  }
});

it('keeps the variance of numbers far from zero', () => {
  const n = 100_000;
  const values = Float64Array.from({ length: n }, (_, i) => 1e9 + (i % 2));
  for (const [strides, sizes] of [
    [[1], [n]],
    [
      [1, 10],
      [10, n / 10],
    ],
  ]) {
    const output = contiguous('float64', sizes.slice(0, -1), new Float64Array(n));
    run('var', sizes, [output.repeated(sizes.length - 1, 1), new Operand('float64', values, 0, strides)], [1, 0]);
    expect(Number(output.data[0])).toBe(sizes.length === 1 ? 0.25 : 0);
  }
});
