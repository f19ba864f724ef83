import { describe, expect, it } from 'vitest';
import { Chance, contiguous, type DType, differences, floating, type Operand, run, Status } from './instruction.js';

/** Of one slice along n: the result from the inputs. */
type Slice = (a: number[], b: number[]) => number[];

const total = (values: number[]): number => values.reduce((sum, value) => sum + value, 0);
const logSum = (x: number[]): number => {
  const largest = Math.max(...x);
  return largest + Math.log(total(x.map((value) => Math.exp(value - largest))));
};

const formulas: Record<string, Slice> = {
  softmax: (x) => {
    const logarithm = logSum(x);
    return x.map((value) => Math.exp(value - logarithm));
  },
  log_softmax: (x) => {
    const logarithm = logSum(x);
    return x.map((value) => value - logarithm);
  },
  softmax_backward: (g, y) => {
    const mean = total(g.map((grad, i) => grad * y[i]));
    return g.map((grad, i) => (grad - mean) * y[i]);
  },
  log_softmax_backward: (g, y) => {
    const sum = total(g);
    return g.map((grad, i) => grad - Math.exp(y[i]) * sum);
  },
};

const random = (chance: Chance, dtype: DType, sizes: number[], scale: number): Operand => {
  const count = sizes.reduce((product, size) => product * size, 1);
  return contiguous(
    dtype,
    sizes,
    Array.from({ length: count }, () => (chance.next() - 0.5) * scale),
  );
};

function check(name: string, dtype: DType, sizes: number[], chance: Chance): void {
  const inputs = [10, ...(name.endsWith('backward') ? [2] : [])].map((scale) => random(chance, dtype, sizes, scale));
  const out = random(chance, dtype, sizes, 1);
  const expected = out.copy();
  const [outer, n, inner] = sizes;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const slices = inputs.map((input) => Array.from({ length: n }, (_, k) => input.get([o, k, i])));
      formulas[name](slices[0], slices[1]).forEach((value, k) => void expected.set([o, k, i], value));
    }
  }
  const status = run(name, sizes, [out, ...inputs]);
  const found = differences(out, expected, dtype === 'float32' ? 2e-5 : 1e-13);
  expect({ sizes, status, found }).toEqual({ sizes, status: Status.ok, found: [] });
}

describe.each(Object.keys(formulas))('%s', (name) => {
  it.each(floating)('of %s agrees with a plain loop at every length of a row', (dtype) => {
    const chance = new Chance(1);
    for (let n = 0; n <= 70; n++) check(name, dtype, [3, n, 1], chance);
    for (const n of [1023, 1024, 1025, 5000]) check(name, dtype, [2, n, 1], chance);
  });

  it.each(floating)('of %s agrees with a plain loop where the slices lie side by side', (dtype) => {
    const chance = new Chance(2);
    for (let inner = 2; inner <= 20; inner++) check(name, dtype, [2, 5, inner], chance);
    for (const inner of [63, 64, 65, 130]) check(name, dtype, [2, 3, inner], chance);
    for (const sizes of [
      [0, 3, 2],
      [2, 0, 3],
      [2, 3, 0],
    ]) {
      check(name, dtype, sizes, chance);
    }
  });

  it('on many threads agrees with a plain loop', () => check(name, 'float32', [400, 100, 1], new Chance(3)));

  it('refuses other dimensions', () => {
    const operand = contiguous('float32', [2], [1, 2]);
    const operands = name.endsWith('backward') ? [operand, operand, operand] : [operand, operand];
    expect(run(name, [2], operands)).toBe(Status.badInstruction);
  });
});
