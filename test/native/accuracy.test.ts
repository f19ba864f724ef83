/** Errors of functions of one operand, in units in the last place (ULP), over a sample of all float32 values. */
import { describe, expect, it } from 'vitest';
import { binding } from '../../lib/engine/native.js';
import { Chance, contiguous, type DType, run, Status } from './instruction.js';

// The largest error in ULP over all 2^32 inputs is in docs/accuracy.md; these are rounded up.
const bounds: Record<string, number> = {
  exp: 1,
  exp2: 1.1,
  expm1: 1.1,
  log: 1.5,
  log2: 1.1,
  log10: 1.1,
  log1p: 1.1,
  sin: 2.2,
  cos: 2.5,
  tan: 1.1,
  asin: 1.1,
  acos: 1.1,
  atan: 1.1,
  sinh: 2.5,
  cosh: 2.5,
  tanh: 3.5,
  asinh: 2,
  acosh: 2,
  atanh: 1.1,
  sigmoid: 2.5,
  erf: 2,
  erfc: 2,
  sqrt: 0.5,
  rsqrt: 1.5,
  reciprocal: 0.5,
  gelu: 4,
  gelu_tanh: 4,
  silu: 4,
};
// What JavaScript has too, which checks float64; the others are checked against PyTorch's answers elsewhere.
const names = Object.keys(bounds);
const inJavaScript = names.filter((name) => name in Math);
const allowed = 4; // ULP of float64, of which V8's own functions take one or two

const count = 2 ** 20;
const special = [0, -0, 1, -1, 0.5, 2, Infinity, -Infinity, NaN, 2 ** -149, -(2 ** -149), 2 ** -126, -(2 ** -126)];
const near = [88.7228, 88.7229, -87.3365, -103.97, -104, 9.0109, 30000, 1e10, 3e38, 0.7072, 1.4141, 1e-8, 1e-4];

/** Bit patterns from end to end, and the values at which functions change their course. */
function inputs(): Float32Array {
  const bits = Uint32Array.from({ length: count }, (_, i) => i * 4096 + ((i * 2654435761) % 4096));
  const values = new Float32Array(bits.buffer);
  values.set([...special, ...near, ...near.map((x) => -x)]);
  return values;
}

function apply(name: string, dtype: DType, values: ArrayLike<number>): ArrayLike<number> {
  const shape = [values.length];
  const [output, input] = [contiguous(dtype, shape, new Float32Array(values.length)), contiguous(dtype, shape, values)];
  expect(run(name, shape, [output, input])).toBe(Status.ok);
  return output.data as ArrayLike<number>;
}

interface Format {
  digits: number;
  smallest: number;
  largest: number;
}
const float32: Format = { digits: 24, smallest: -149, largest: 128 };
const float64: Format = { digits: 53, smallest: -1074, largest: 1024 };

/**
 * How far `actual` is from `exact`, in units of the last place there; Infinity for a wrong NaN, infinity or sign of 0.
 */
function error(actual: number, exact: number, { digits, smallest, largest }: Format): number {
  if (Object.is(actual, exact)) return 0;
  if (exact === 0 || Number.isNaN(exact) || Number.isNaN(actual) || Math.abs(exact) === Infinity) return Infinity;
  const size = Math.abs(exact);
  let exponent = Math.floor(Math.log2(size));
  if (2 ** exponent > size) exponent--;
  const unit = 2 ** Math.max(exponent + 1 - digits, smallest);
  // Beyond the largest number stands the next power of two, whose half a float64 still holds.
  if (Math.abs(actual) === Infinity) return (2 ** (largest - 1) - size / 2) / (unit / 2);
  return Math.abs(actual - exact) / unit;
}

function worst(actual: ArrayLike<number>, exact: (i: number) => number, input: Float32Array, format: Format) {
  let found = { error: 0, input: 0 };
  for (let i = 0; i < count; i++) {
    const here = error(actual[i], exact(i), format);
    if (here > found.error) found = { error: here, input: input[i] };
  }
  return found;
}

/** Numbers near and far, and the same with extreme ones in between: of those that stay, the places in a row. */
function amongExtremes(): { calm: Float32Array; mixed: Float32Array; kept: number[] } {
  const chance = new Chance(2);
  const calm = Float32Array.from({ length: 4096 }, (_, i) => (chance.next() - 0.5) * 2 ** ((i >> 6) % 12));
  const mixed = calm.map((x, i) => (i % 5 === 3 ? [...special, 1e30, -1e30, 14, -90][((i / 5) % 17) | 0] : x));
  return { calm, mixed, kept: [...calm.keys()].filter((i) => i % 5 !== 3) };
}

describe('lanes', () => {
  const { calm, mixed, kept } = amongExtremes();
  // Without a multiplication and addition in one, these are SLEEF's, which reduces all angles as the largest needs it.
  const others = binding.isa === 'SSE4' ? ['sin', 'cos'] : [];
  it.each(names.filter((name) => !others.includes(name)))(
    '%s of float32 is the same whatever stands beside a number',
    (name) => {
      const [alone, among] = [apply(name, 'float32', calm), apply(name, 'float32', mixed)];
      expect(kept.filter((i) => !Object.is(alone[i], among[i])).map((i) => calm[i])).toEqual([]);
    },
  );
});

describe('against float64', () => {
  const input = inputs();
  it.each(names)('%s of float32 stays within its bound', (name) => {
    const exact = apply(name, 'float64', input);
    const found = worst(apply(name, 'float32', input), (i) => exact[i], input, float32);
    expect(found.error, `${name}(${found.input})`).toBeLessThanOrEqual(bounds[name]);
  });

  it.each(inJavaScript)("%s of float64 agrees with JavaScript's", (name) => {
    const compute = Math[name as 'exp'];
    const found = worst(apply(name, 'float64', input), (i) => compute(input[i]), input, float64);
    expect(found.error, `${name}(${found.input})`).toBeLessThanOrEqual(allowed);
  });

  it('pow of float32 stays within its bound, and is exact at the special values', () => {
    const chance = new Chance(1);
    const bases = Float32Array.from(input, (_, i) =>
      i % 4 < 2 ? Math.fround(Math.exp(chance.next() * 20 - 10)) : input[i],
    );
    const exponents = Float32Array.from(input, (_, i) => {
      const wide = (chance.next() - 0.5) * (i % 4 === 0 ? 20 : 4);
      return i % 2 === 0 ? wide : Math.round(wide);
    });
    const edges = special.flatMap((x) => [...special, 3, -3, 1.5, 2 ** 24, 2 ** 24 + 2, 1e30].map((y) => [x, y]));
    bases.set(edges.map(([x]) => x));
    exponents.set(edges.map(([, y]) => y));
    const power = (dtype: DType): ArrayLike<number> => {
      const output = contiguous(dtype, [count], new Float32Array(count));
      const operands = [output, contiguous(dtype, [count], bases), contiguous(dtype, [count], exponents)];
      expect(run('pow', [count], operands)).toBe(Status.ok);
      return output.data as ArrayLike<number>;
    };
    const [actual, exact] = [power('float32'), power('float64')];
    // Where the float64 result is beyond float32's range, its rounding is what is asked for.
    const inRange = (i: number) =>
      Math.abs(exact[i]) < 2 ** -149 || Math.abs(exact[i]) >= 2 ** 128 ? Math.fround(exact[i]) : exact[i];
    const found = worst(actual, inRange, bases, float32);
    expect(found.error, `pow(${found.input}, …)`).toBeLessThanOrEqual(1.1);
  });
});
