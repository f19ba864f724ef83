import { describe, expect, it } from 'vitest';
import {
  binding,
  Chance,
  contiguous,
  type DType,
  differences,
  floating,
  indices,
  integral,
  numeric,
  Operand,
  run,
  Status,
} from './instruction.js';

interface Case {
  batch: number[];
  m: number;
  n: number;
  k: number;
  alpha: number;
  beta: number;
}

function check(dtype: DType, { batch, m, n, k, alpha, beta }: Case, chance: Chance): void {
  const a = chance.operand(dtype, [...batch, m, k]);
  const b = chance.operand(dtype, [...batch, n, k]); // in the order of the instruction's dims: m, n, k
  const out = chance.operand(dtype, [...batch, m, n], { expand: false });
  const expected = out.copy();
  for (const index of indices([...batch, m, n])) {
    const [i, j] = index.slice(-2);
    const at = index.slice(0, -2);
    let sum = 0;
    for (let p = 0; p < k; p++) sum += a.get([...at, i, p]) * b.get([...at, j, p]);
    expected.set(index, alpha * sum + (beta === 0 ? 0 : beta * out.get(index)));
  }
  const dims = batch.length;
  const operands = [out.repeated(dims + 2, 1), a.repeated(dims + 1, 1), b.repeated(dims, 1)];
  const status = run('matmul', [...batch, m, n, k], operands, [alpha, beta]);
  const layout = `${dtype} [${batch}] ${m}×${n}×${k} ${alpha} ${beta}, strides [${a.strides}] [${b.strides}] [${out.strides}]`;
  expect({ layout, status, differences: differences(out, expected, dtype === 'float32' ? 1e-5 : 1e-13) }).toEqual({
    layout,
    status: Status.ok,
    differences: [],
  });
}

describe.each(numeric)('matmul of %s', (dtype) => {
  const factor = (chance: Chance) => (floating.includes(dtype) ? chance.pick([0, 1, 0.5, -2]) : chance.pick([0, 1, 2]));

  it('agrees with a plain loop whatever the sizes, strides and batch', () => {
    const chance = new Chance(1);
    for (let i = 0; i < 150; i++) {
      const size = () => chance.pick([0, 1, 1, 2, 3, 5, 8, 13]);
      const batch = Array.from({ length: chance.pick([0, 0, 1, 2]) }, () => chance.between(1, 3));
      check(dtype, { batch, m: size(), n: size(), k: size(), alpha: factor(chance), beta: factor(chance) }, chance);
    }
  });

  it('handles every remainder of rows and columns', () => {
    const chance = new Chance(2);
    for (let i = 1; i <= 27; i++) {
      check(dtype, { batch: [], m: i, n: 34, k: 3, alpha: 1, beta: 0 }, chance);
      check(dtype, { batch: [], m: 5, n: i + 14, k: 3, alpha: 1, beta: 1 }, chance);
    }
  });

  it('multiplies vectors', () => {
    const chance = new Chance(3);
    for (const long of [7, 64, 530]) {
      check(dtype, { batch: [], m: 1, n: 1, k: long, alpha: 1, beta: 1 }, chance);
      check(dtype, { batch: [], m: 1, n: long, k: 9, alpha: 1, beta: 0 }, chance);
      check(dtype, { batch: [], m: long, n: 1, k: 9, alpha: 2, beta: 1 }, chance);
      check(dtype, { batch: [2], m: long, n: 1, k: 2, alpha: 1, beta: 0 }, chance);
    }
  });
});

/** Whole numbers, whose products and sums are exact. */
function exact(chance: Chance, dtype: DType, sizes: number[], transposed: boolean): Operand {
  const operand = contiguous(
    dtype,
    sizes,
    Float64Array.from({ length: sizes[0] * sizes[1] }, () => chance.between(-4, 4)),
  );
  return transposed ? new Operand(dtype, operand.data, 0, [1, sizes[0]]) : operand;
}

describe.each(floating)('a large matmul of %s', (dtype) => {
  const cases = [
    [70, 90, 600],
    [300, 33, 300],
    [13, 600, 30],
    [64, 64, 64],
  ];
  it.each(cases)('%i × %i × %i is exact for whole numbers, on one thread and several', (m, n, k) => {
    const chance = new Chance(4);
    for (const [turnA, turnB] of [
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ]) {
      const a = exact(chance, dtype, [m, k], turnA);
      const b = exact(chance, dtype, [n, k], turnB);
      const expected = contiguous(dtype, [m, n], new Float64Array(m * n));
      const right = Array.from({ length: n }, (_, j) => Array.from({ length: k }, (_, p) => b.get([j, p])));
      for (let i = 0; i < m; i++) {
        const row = Array.from({ length: k }, (_, p) => a.get([i, p]));
        for (let j = 0; j < n; j++)
          expected.set(
            [i, j],
            row.reduce((sum, x, p) => sum + x * right[j][p], 0),
          );
      }
      for (const threads of [1, 3]) {
        binding.setThreads(threads);
        const out = contiguous(dtype, [m, n], new Float64Array(m * n).fill(Number.NaN));
        expect(run('matmul', [m, n, k], [out.repeated(2, 1), a.repeated(1, 1), b.repeated(0, 1)], [1, 0])).toBe(
          Status.ok,
        );
        expect(differences(out, expected)).toEqual([]);
      }
    }
    binding.setThreads(2);
  });
});

/** The instruction's answer, from a plain loop. */
function expectedOf(out: Operand, a: Operand, b: Operand, c: Operand, sizes: number[], scalars: number[]): Operand {
  const [m, n, k] = sizes;
  const [alpha, beta, activation] = scalars;
  const expected = out.copy();
  for (const [i, j] of indices([m, n])) {
    let sum = 0;
    for (let p = 0; p < k; p++) sum += a.get([i, p]) * b.get([j, p]);
    const result = alpha * sum + (beta === 0 ? 0 : beta * c.get([i, j]));
    expected.set([i, j], activation === 1 && result < 0 ? 0 : result);
  }
  return expected;
}

describe.each(floating)('blocks of a matmul of %s', (dtype) => {
  /** Whole numbers of any layout, so that every order of summation gives the same. */
  const anywhere = (chance: Chance, sizes: number[], expand: boolean): Operand =>
    chance.operand(dtype, sizes, { expand, value: () => chance.between(-4, 4) });

  function agrees(chance: Chance, sizes: number[], scalars: number[], threads = 1): void {
    const [m, n, k] = sizes;
    const factors = [anywhere(chance, [m, k], true), anywhere(chance, [n, k], true)];
    const c = anywhere(chance, [m, n], true);
    const out = anywhere(chance, [m, n], false);
    const expected = expectedOf(out, factors[0], factors[1], c, sizes, scalars);
    const operands = [out.repeated(2, 1), factors[0].repeated(1, 1), factors[1].repeated(0, 1), c.repeated(2, 1)];
    binding.setThreads(threads);
    const status = run('matmul', sizes, operands, scalars);
    const layout = `${sizes} ${scalars} [${factors[0].strides}] [${factors[1].strides}] [${c.strides}] [${out.strides}]`;
    expect({ layout, status, found: differences(out, expected) }).toEqual({ layout, status: Status.ok, found: [] });
  }

  it('agree with a plain loop around the sizes of register tiles, with an addend and an activation', () => {
    const chance = new Chance(5);
    for (let i = 0; i < 150; i++) {
      const sizes = [chance.between(0, 26), chance.between(0, 70), chance.between(0, 40)];
      agrees(chance, sizes, [chance.pick([1, 2, -1]), chance.pick([0, 1, -2]), chance.pick([0, 1])]);
    }
  });

  it('agree with a plain loop around the sizes of blocks', () => {
    const chance = new Chance(6);
    for (const sizes of [
      [30, 40, 255],
      [30, 40, 257],
      [7, 16, 1025],
      [200, 70, 70],
      [195, 90, 130],
      [400, 9, 33],
      [5, 2100, 9],
      [30, 1030, 17],
      [130, 130, 30],
      [1, 2100, 5],
      [2050, 1, 13],
      [1, 3, 4100],
      [3, 1, 4100],
    ]) {
      for (let i = 0; i < 4; i++) agrees(chance, sizes, [1, chance.pick([0, 1]), chance.pick([0, 1])]);
    }
  });

  it('agree with a plain loop on several threads, whatever the shape', () => {
    const chance = new Chance(7);
    for (const sizes of [
      [300, 13, 700],
      [13, 300, 700],
      [120, 130, 150],
      [1, 2100, 1100],
      [1030, 1, 1100],
      [2, 3, 400000],
    ]) {
      for (const threads of [2, 3, 5]) agrees(chance, sizes, [1, 1, 1], threads);
    }
    binding.setThreads(2);
  });

  it('do not read an addend of factor 0', () => {
    const chance = new Chance(8);
    for (const [m, n, k] of [
      [1, 20, 3],
      [5, 1, 300],
      [9, 37, 300],
      [9, 37, 0],
    ]) {
      const nothing = contiguous(dtype, [m, n], new Float64Array(m * n).fill(Number.NaN));
      const [a, b] = [anywhere(chance, [m, k], false), anywhere(chance, [n, k], false)];
      const expected = expectedOf(nothing, a, b, nothing, [m, n, k], [1, 0, 0]);
      for (const operands of [[], [nothing.copy().repeated(2, 1)]]) {
        const out = nothing.copy();
        const all = [out.repeated(2, 1), a.repeated(1, 1), b.repeated(0, 1), ...operands];
        expect(run('matmul', [m, n, k], all, [1, 0])).toBe(Status.ok);
        expect(differences(out, expected)).toEqual([]);
      }
    }
  });
});

it('lets NaN pass through an activation', () => {
  for (const n of [1, 2, 20]) {
    const a = contiguous('float32', [3, 1], [Number.NaN, -1, 1]);
    const b = contiguous('float32', [n, 1], new Float64Array(n).fill(2));
    const out = contiguous('float32', [3, n], new Float64Array(3 * n));
    const sizes = [3, n, 1];
    expect(run('matmul', sizes, [out.repeated(2, 1), a.repeated(1, 1), b.repeated(0, 1)], [1, 0, 1])).toBe(Status.ok);
    expect([...out.data]).toEqual([Number.NaN, 0, 2].flatMap((value) => new Array<number>(n).fill(value)));
  }
});

it('spreads NaN and infinity as the factors have them', () => {
  const a = contiguous('float32', [2, 2], [Number.NaN, 1, Number.POSITIVE_INFINITY, 1]);
  const b = contiguous('float32', [2, 2], [0, 2, 1, 3]);
  const out = contiguous('float32', [2, 2], [0, 0, 0, 0]);
  run('matmul', [2, 2, 2], [out.repeated(2, 1), a.repeated(1, 1), b.repeated(0, 1)], [1, 0]);
  expect([...out.data]).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.POSITIVE_INFINITY]);
});

it('wraps integers', () => {
  for (const dtype of integral) {
    const a = contiguous(dtype, [1, 3], [100, 100, 100]);
    const out = contiguous(dtype, [1, 1], [1]);
    const operands = [out.repeated(2, 1), a.repeated(1, 1), a.repeated(0, 1)];
    expect(run('matmul', [1, 1, 3], operands, [100, 1])).toBe(Status.ok);
    const expected = contiguous(dtype, [1, 1], [3_000_001]);
    expect(differences(out, expected)).toEqual([]);
  }
});
