import { describe, expect, it } from 'vitest';
import { all, Chance, differences, floating, indices, numeric, type Operand, run, Status } from './instruction.js';

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
