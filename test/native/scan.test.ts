import { describe, expect, it } from 'vitest';
import { Chance, contiguous, type DType, differences, floating, indices, numeric, run, Status } from './instruction.js';

const formulas: Record<string, (a: number, b: number) => number> = {
  cumsum: (a, b) => a + b,
  cumprod: (a, b) => a * b,
};

function check(name: string, dtype: DType, sizes: number[], dim: number, chance: Chance, value?: () => number): void {
  const input = chance.operand(dtype, sizes, { value });
  const output = chance.operand(dtype, sizes, { expand: false });
  const expected = output.copy();
  for (const index of indices(sizes)) {
    const before = index.with(dim, index[dim] - 1);
    const x = input.get(index);
    // In the dtype, but never rounded to float32 on the way.
    expected.set(index, index[dim] === 0 ? x : formulas[name](expected.get(before), x));
  }
  const layout = `${name} ${dtype} [${sizes}] strides [${input.strides}] along ${dim}`;
  const status = run(name, sizes, [output, input], [dim]);
  const tolerance = dtype === 'float32' ? 1e-6 : 1e-14;
  expect({ layout, status, differences: differences(output, expected, tolerance) }).toEqual({
    layout,
    status: Status.ok,
    differences: [],
  });
}

describe.each(Object.keys(formulas))('%s', (name) => {
  it.each(numeric)('of %s agrees with a plain loop whatever the shape and strides', (dtype) => {
    const chance = new Chance(1);
    for (let i = 0; i < 100; i++) {
      const sizes = Array.from({ length: chance.between(1, 4) }, () => chance.between(0, 7));
      check(name, dtype, sizes, chance.between(0, sizes.length - 1), chance);
    }
  });

  it.each(floating)('of %s meets NaN, infinity and more columns than run side by side', (dtype) => {
    const chance = new Chance(2);
    const value = () => chance.pick([1, 1, 1, -1, Number.NaN, Number.POSITIVE_INFINITY]);
    for (const sizes of [
      [5, 63],
      [5, 64],
      [5, 65],
      [3, 200],
    ]) {
      for (const dim of [0, 1]) check(name, dtype, sizes, dim, chance, value);
    }
  });
});

it('keeps the digits of a long float32 sum', () => {
  const n = 1_000_000;
  const output = contiguous('float32', [n], new Float32Array(n));
  run('cumsum', [n], [output, contiguous('float32', [n], new Float32Array(n).fill(0.1))], [0]);
  expect(output.get([n - 1])).toBe(Math.fround(Math.fround(0.1) * n));
});

it('may overwrite its input', () => {
  const operand = contiguous('int64', [4], [1, 2, 3, 4]);
  expect(run('cumprod', [4], [operand, operand], [0])).toBe(Status.ok);
  expect([...operand.data]).toEqual([1n, 2n, 6n, 24n]);
});

it('refuses a dimension that is not there', () => {
  const operand = contiguous('float32', [2], [1, 2]);
  for (const dim of [-1, 1]) expect(run('cumsum', [2], [operand, operand], [dim])).toBe(Status.badInstruction);
});
