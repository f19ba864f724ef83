import { describe, expect, it } from 'vitest';
import {
  all,
  Chance,
  contiguous,
  differences,
  floating,
  indices,
  numeric,
  Operand,
  run,
  Status,
} from './instruction.js';

/** Compares all of the output's memory with a formula of the inputs' elements. */
function check(
  name: string,
  sizes: number[],
  output: Operand,
  inputs: Operand[],
  formula: (...values: number[]) => number,
): void {
  const expected = output.copy();
  for (const index of indices(sizes)) expected.set(index, formula(...inputs.map((input) => input.get(index))));
  const layouts = [output, ...inputs].map(({ dtype, strides, offset }) => `${dtype} [${strides}] + ${offset}`);
  const layout = `${name} [${sizes}] ${layouts}`;
  const status = run(name, sizes, [output, ...inputs]);
  const tolerance = output.dtype === 'float32' ? 1e-6 : 1e-14;
  expect({ layout, status, differences: differences(output, expected, tolerance) }).toEqual({
    layout,
    status: Status.ok,
    differences: [],
  });
}

/** Each count up to beyond two of the widest vectors at several misalignments, then shapes of several dimensions. */
function* shapes(chance: Chance): Generator<number[]> {
  for (let n = 0; n <= 40; n++) yield [n];
  for (let i = 0; i < 60; i++) yield Array.from({ length: chance.between(0, 4) }, () => chance.between(0, 7));
  yield [3, 700];
}

describe.each(numeric)('of %s', (dtype) => {
  it('add agrees with a plain loop', () => {
    const chance = new Chance(1);
    for (const sizes of shapes(chance)) {
      const output = chance.operand(dtype, sizes, { expand: false });
      check('add', sizes, output, [chance.operand(dtype, sizes), chance.operand(dtype, sizes)], (a, b) => a + b);
    }
  });
});

describe.each(floating)('of %s', (dtype) => {
  it('sin agrees with a plain loop', () => {
    const chance = new Chance(2);
    const value = () =>
      chance.pick([chance.value(dtype), 100 * chance.value(dtype), Number.NaN, Number.POSITIVE_INFINITY]);
    for (const sizes of shapes(chance)) {
      const output = chance.operand(dtype, sizes, { expand: false });
      check('sin', sizes, output, [chance.operand(dtype, sizes, { value })], Math.sin);
    }
  });
});

describe.each(all)('of %s', (dtype) => {
  it('where agrees with a plain loop', () => {
    const chance = new Chance(3);
    for (const sizes of shapes(chance)) {
      const output = chance.operand(dtype, sizes, { expand: false });
      const inputs = [chance.operand(dtype, sizes), chance.operand(dtype, sizes), chance.operand('bool', sizes)];
      check('where', sizes, output, inputs, (a, b, condition) => (condition ? a : b));
    }
  });

  it.each(all)('copy to %s converts as C++ does', (to) => {
    const chance = new Chance(4);
    const convert = (x: number) => (to === 'bool' ? Number(x !== 0) : floating.includes(to) ? x : Math.trunc(x));
    for (const sizes of shapes(chance)) {
      const output = chance.operand(to, sizes, { expand: false });
      check('copy', sizes, output, [chance.operand(dtype, sizes)], convert);
    }
  });
});

describe.each(['uint8', 'int16', 'float32', 'float64'] as const)('of %s, in tiles', (dtype) => {
  // Of sizes beyond a tile, the first operand lies crosswise, the others by rows, by columns, repeated and with gaps.
  const [rows, columns] = [70, 77];
  const layouts = [
    [columns, 1],
    [1, rows],
    [0, 1],
    [1, 0],
    [2 * columns, 2],
    [1, rows + 3],
  ];
  const place = (chance: Chance, [row, column]: number[]) => {
    const data = chance.operand(dtype, [(rows - 1) * row + (columns - 1) * column + 1], { expand: false });
    return new Operand(dtype, data.data, 0, [row, column]);
  };
  const crosswise = [1, rows];

  it.each(layouts)('adds a transposed operand to one with strides %i, %i', (...layout) => {
    const chance = new Chance(5);
    for (const out of [layouts[0], crosswise, layouts[4]]) {
      const inputs = [place(chance, crosswise), place(chance, layout)];
      check('add', [rows, columns], place(chance, out), inputs, (a, b) => a + b);
      check('add', [rows, columns], place(chance, out), inputs.reverse(), (a, b) => a + b);
    }
  });

  it('copies a transposed operand', () => {
    const chance = new Chance(6);
    for (const out of [layouts[0], layouts[4], [columns + 19, 1]]) {
      check('copy', [rows, columns], place(chance, out), [place(chance, crosswise)], (a) => a);
    }
    const sizes = [3, rows, 2, columns];
    const [input, output] = [0, 1].map(() => chance.operand(dtype, [3 * rows * 2 * columns], { expand: false }));
    const strides = [rows * 2 * columns, 1, rows * columns, rows];
    const into = new Operand(dtype, output.data, 0, [columns, 3 * 2 * columns, 3 * columns, 1]);
    check('copy', sizes, into, [new Operand(dtype, input.data, 0, strides)], (a) => a);
  });
});

it('adds and copies what no cache holds', () => {
  const n = 2 ** 22 + 5;
  const [a, b] = [0, 1].map((offset) =>
    contiguous(
      'float32',
      [n],
      Float32Array.from({ length: n }, (_, i) => i + offset),
    ),
  );
  const [sum, copy] = [0, 1].map(() => new Operand('float32', new Float32Array(n + 1), 1, [1]));
  expect([run('add', [n], [sum, a, b]), run('copy', [n], [copy, a])]).toEqual([Status.ok, Status.ok]);
  let wrong = 0;
  for (let i = 0; i < n; i++) {
    wrong += Number(Number(sum.data[i + 1]) !== Math.fround(2 * i + 1) || Number(copy.data[i + 1]) !== i);
  }
  expect(wrong).toBe(0);
  expect([sum.data[0], copy.data[0]]).toEqual([0, 0]);
});
