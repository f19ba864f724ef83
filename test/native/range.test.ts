import { describe, expect, it } from 'vitest';
import {
  all,
  Chance,
  contiguous,
  type DType,
  differences,
  indices,
  integral,
  numeric,
  run,
  Status,
} from './instruction.js';

/** The values that an opcode without inputs writes to a contiguous output. */
function values(opcode: string, dtype: DType, count: number, scalars: number[]): number[] {
  const out = contiguous(dtype, [count], new Float64Array(count));
  expect(run(opcode, [count], [out], scalars)).toBe(Status.ok);
  return out.values();
}

describe('ranges', () => {
  it.each(numeric)('ramp counts in %s, in row-major order of any layout', (dtype) => {
    const chance = new Chance(1);
    for (let round = 0; round < 20; round++) {
      const sizes = [chance.between(0, 3), chance.between(0, 5)];
      const out = chance.operand(dtype, sizes, { expand: false });
      const expected = out.copy();
      let i = 0;
      for (const at of indices(sizes)) expected.set(at, 3 + 2 * i++);
      expect(run('ramp', sizes, [out], [3, 2])).toBe(Status.ok);
      expect(differences(out, expected)).toEqual([]);
    }
  });

  it.each(integral)('linspace truncates in %s', (dtype) => {
    expect(values('linspace', dtype, 5, [0, 10, 5])).toEqual([0, 2, 5, 7, 10]);
  });

  it('linspace ends exactly where it should, and starts there if it is single', () => {
    for (const count of [2, 3, 17, 100]) {
      const line = values('linspace', 'float64', count, [0.1, 0.7, count]);
      expect([line[0], line[count - 1]]).toEqual([0.1, 0.7]);
    }
    expect(values('linspace', 'float64', 1, [0.1, 0.7, 1])).toEqual([0.1]);
  });

  it('logspace takes powers of its base', () => {
    expect(values('logspace', 'float64', 4, [0, 3, 4, 2])).toEqual([1, 2, 4, 8]);
    expect(values('logspace', 'int32', 3, [0, 1, 3, 10])).toEqual([1, 3, 10]);
    expect(values('logspace', 'float64', 1, [2, 5, 1, 3])).toEqual([9]);
  });

  it('ranges round as PyTorch 1.13 does: by vectors of 32 bytes, then one by one', () => {
    const ramp = values('ramp', 'float32', 19, [1.1, 0.37]);
    expect([ramp[10], ramp[14], ramp[18]]).toEqual([
      4.799999713897705,
      6.279999732971191,
      Math.fround(1.1 + 18 * 0.37),
    ]);
    const line = values('linspace', 'float32', 21, [-1.7, 3.1, 21]);
    expect(line.slice(9, 13)).toEqual([0.46000003814697266, 0.7000000476837158, 0.940000057220459, 1.1800000667572021]);
  });
});

describe('triangle', () => {
  it.each(all)('keeps what is on its side of the diagonal, in %s', (dtype) => {
    const chance = new Chance(2);
    for (let round = 0; round < 30; round++) {
      const sizes = [chance.between(1, 2), chance.between(0, 5), chance.between(0, 5)];
      const [diagonal, upper] = [chance.between(-6, 6), chance.between(0, 1)];
      const [out, input] = [chance.operand(dtype, sizes, { expand: false }), chance.operand(dtype, sizes)];
      const expected = out.copy();
      for (const at of indices(sizes)) {
        const distance = at[2] - at[1] - diagonal;
        expected.set(at, (upper ? distance >= 0 : distance <= 0) ? input.get(at) : 0);
      }
      expect(run('triangle', sizes, [out, input], [diagonal, upper])).toBe(Status.ok);
      expect(differences(out, expected)).toEqual([]);
    }
  });
});
