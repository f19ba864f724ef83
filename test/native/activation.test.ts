import { describe, expect, it } from 'vitest';
import { Chance, differences, floating, indices, run, Status } from './instruction.js';

/** By its series near 0 and a continued fraction of 1 - erf beyond. */
function erf(x: number): number {
  if (Math.abs(x) > 1.5) {
    let fraction = 0;
    for (let k = 200; k > 0; k--) fraction = k / 2 / (Math.abs(x) + fraction);
    return Math.sign(x) * (1 - Math.exp(-x * x) / Math.sqrt(Math.PI) / (Math.abs(x) + fraction));
  }
  let [sum, term] = [0, x];
  for (let n = 0; n < 60; n++) {
    sum += term / (2 * n + 1);
    term *= -(x * x) / (n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

const share = (x: number): number => (1 + erf(x / Math.SQRT2)) / 2;
const density = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
const scale = Math.sqrt(2 / Math.PI);
const tanh = (x: number): number => Math.tanh(scale * (x + 0.044715 * x ** 3));
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

const unary: Record<string, (x: number) => number> = {
  gelu: (x) => x * share(x),
  gelu_tanh: (x) => (x / 2) * (1 + tanh(x)),
  silu: (x) => x * sigmoid(x),
};
const binary: Record<string, (a: number, b: number) => number> = {
  gelu_backward: (g, x) => g * (share(x) + x * density(x)),
  gelu_tanh_backward: (g, x) => (g / 2) * (1 + tanh(x) + x * (1 - tanh(x) ** 2) * scale * (1 + 3 * 0.044715 * x * x)),
  silu_backward: (g, x) => g * sigmoid(x) * (1 + x * (1 - sigmoid(x))),
  squared_difference: (a, b) => (a - b) ** 2,
  binary_cross_entropy: (x, y) => -(y * Math.max(Math.log(x), -100) + (1 - y) * Math.max(Math.log(1 - x), -100)),
  binary_cross_entropy_with_logits: (x, y) => Math.max(x, 0) - x * y + Math.log1p(Math.exp(-Math.abs(x))),
};

const probabilities = new Set(['binary_cross_entropy']);

function check(name: string, dtype: string, inputs: number, formula: (...values: number[]) => number): void {
  const chance = new Chance(1);
  const range = probabilities.has(name) ? [0.01, 0.98] : [-5, 10];
  const value = (): number => range[0] + chance.next() * range[1];
  for (const sizes of [...Array.from({ length: 41 }, (_, n) => [n]), [3, 700], [4, 5, 6]]) {
    const operands = Array.from({ length: inputs }, () => chance.operand(dtype as 'float32', sizes, { value }));
    const output = chance.operand(dtype as 'float32', sizes, { expand: false });
    const expected = output.copy();
    for (const index of indices(sizes)) expected.set(index, formula(...operands.map((operand) => operand.get(index))));
    const status = run(name, sizes, [output, ...operands]);
    const found = differences(output, expected, dtype === 'float32' ? 5e-6 : 1e-13);
    expect({ name, sizes, status, found }).toEqual({ name, sizes, status: Status.ok, found: [] });
  }
}

describe.each(floating)('of %s', (dtype) => {
  it.each(Object.entries(unary))('%s agrees with a plain loop', (name, formula) => check(name, dtype, 1, formula));
  it.each(Object.entries(binary))('%s agrees with a plain loop', (name, formula) => check(name, dtype, 2, formula));
  it('smooth_l1 agrees with a plain loop', () => {
    check('smooth_l1', dtype, 3, (a, b, c) => {
      const distance = Math.abs(a - b);
      return distance < c ? (distance * distance) / 2 / c : distance - c / 2;
    });
  });
});
