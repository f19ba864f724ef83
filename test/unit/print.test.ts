import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import * as torch from '../../lib/index.js';
import { fixed, scientific } from '../../lib/print/decimal.js';
import type { Element } from '../../lib/print/elements.js';
import { format, type Printable } from '../../lib/print/format.js';
import { type PrintOptionKeywords, printOptions, set_printoptions } from '../../lib/print/options.js';

/** One line of golden/print.json; print.py says what its fields mean. */
interface Case {
  readonly family: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly values?: string;
  readonly linear?: readonly [start: number, step: number];
  readonly scattered?: readonly [seed: number, lowest: number, highest: number];
  readonly framed?: readonly [outer: Element, inner: Element];
  readonly requires_grad?: boolean;
  readonly grad_fn?: string;
  readonly default_dtype?: string;
  readonly options?: readonly PrintOptionKeywords[];
  readonly text: string;
}

const cases: Case[] = JSON.parse(readFileSync(new URL('../golden/print.json', import.meta.url), 'utf8'));

function elements({ shape, dtype, values, linear, scattered, framed }: Case): Element[] {
  const count = shape.reduce((product, size) => product * size, 1);
  const indices = Array.from({ length: count }, (_, index) => index);
  if (framed) return indices.map((index) => framed[index < 3 || index >= count - 3 ? 0 : 1]);
  if (scattered) return scatteredElements(count, ...scattered);
  // The sums pass the range in which numbers are exact; start and step are within it.
  if (linear && dtype === 'int64') return indices.map((index) => BigInt(linear[0]) + BigInt(linear[1]) * BigInt(index));
  if (linear) return indices.map((index) => linear[0] + linear[1] * index);
  return values === undefined || values === '' ? [] : values.split(' ').map((text) => parse(text, dtype));
}

function scatteredElements(count: number, seed: number, lowest: number, highest: number): number[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    const exponent = lowest + (Math.floor(state / 2 ** 8) % (highest - lowest + 1));
    return (state / 2 ** 31 - 1) * 2 ** exponent;
  });
}

function parse(text: string, dtype: string): Element {
  if (dtype === 'bool') return text === 'True';
  if (dtype === 'int64') return BigInt(text);
  return text.endsWith('inf') ? Number(text.replace('inf', 'Infinity')) : Number(text);
}

/** A tensor of these elements; floats must be representable in the dtype, except that float32 is rounded to here. */
function printable(shape: readonly number[], dtype: string, all: readonly Element[]): Printable {
  const rounded = dtype === 'float32' ? all.map((value) => Math.fround(Number(value))) : all;
  return {
    shape,
    dtype: { name: dtype, is_floating_point: dtype.includes('float') },
    requires_grad: false,
    grad_fn: null,
    read: (positions) => Array.from(positions, (position) => rounded[position]),
  };
}

const float64 = (...values: number[]) => printable([values.length], 'float64', values);
const print = (tensor: Printable) => format(tensor, 'float64');

afterEach(() => set_printoptions({ profile: 'default' }));

const families = [...new Set(cases.map(({ family }) => family))];

/** Prints each case under its options and compares with what PyTorch printed. */
function replay(recorded: readonly Case[], printed: (one: Case) => string): void {
  for (const one of recorded) {
    for (const keywords of one.options ?? []) set_printoptions(keywords);
    expect(printed(one), `${one.dtype} of shape [${one.shape}]`).toBe(one.text);
    set_printoptions({ profile: 'default' });
  }
}

describe('what can be printed is printed as in PyTorch', () => {
  test.each(families)('%s', (family) => {
    const recorded = cases.filter((one) => one.family === family);
    replay(recorded, (one) => {
      const { shape, dtype, requires_grad = false, grad_fn: name } = one;
      const grad_fn = name === undefined ? null : { toString: () => `<${name}>` };
      return format({ ...printable(shape, dtype, elements(one)), requires_grad, grad_fn }, one.default_dtype);
    });
  });

  test('only the elements shown are read, in one call', () => {
    const reads: number[][] = [];
    const huge: Printable = {
      ...printable([2 ** 20, 2 ** 20], 'int64', []),
      read: (positions) => {
        reads.push([...positions]);
        return reads[0];
      },
    };
    set_printoptions({ edgeitems: 1 });
    expect(format(huge)).toBe(
      'tensor([[            0,  ...,       1048575],\n' +
        '        ...,\n' +
        '        [1099510579200,  ..., 1099511627775]])',
    );
    expect(reads).toEqual([[0, 2 ** 20 - 1, 2 ** 40 - 2 ** 20, 2 ** 40 - 1]]);
  });
});

describe('tensors', () => {
  const dtypes = new Map<string | undefined, torch.dtype>(
    [torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.float32, torch.float64].map(
      (dtype) => [dtype.name, dtype],
    ),
  );
  const exists = (name = 'float32') => dtypes.has(name);

  afterEach(() => torch.set_default_dtype(torch.float32));

  test.each(families)('%s', (family) => {
    const recorded = cases.filter((one) => one.family === family && one.grad_fn === undefined);
    replay(
      recorded.filter((one) => exists(one.dtype) && exists(one.default_dtype)),
      (one) => {
        torch.set_default_dtype(dtypes.get(one.default_dtype) ?? torch.float32);
        const x = torch.tensor(elements(one), { dtype: dtypes.get(one.dtype) }).reshape(one.shape);
        return String(one.requires_grad ? x.requires_grad_() : x);
      },
    );
  });

  test('name the gradient function', () => {
    const x = torch.tensor(
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      { requires_grad: true },
    );
    expect(`${x.mul(2)}`).toBe('tensor([[ 2.,  4.,  6.],\n        [ 8., 10., 12.]], grad_fn=<MulBackward0>)');
  });

  test('print their elements in the order of their dimensions, whatever the strides', () => {
    const x = torch.tensor([
      [0n, 1n, 2n],
      [3n, 4n, 5n],
    ]);
    expect(String(x.t())).toBe('tensor([[0, 3],\n        [1, 4],\n        [2, 5]])');
    expect(String(torch.tensor([7]).expand(2, 2))).toBe('tensor([[7., 7.],\n        [7., 7.]])');
  });

  test('show in the console, indented within objects', () => {
    const x = torch.tensor([[1], [2]]);
    expect(inspect(x)).toBe('tensor([[1.],\n        [2.]])');
    expect(inspect({ x })).toBe('{\n  x: tensor([[1.],\n          [2.]])\n}');
  });

  test('that were disposed throw an Error', () => {
    const x = torch.tensor([1, 2]);
    x.dispose();
    expect(() => String(x)).toThrow('disposed');
  });
});

describe('decimal', () => {
  const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
  const digits = fc.integer({ min: 0, max: 60 });

  test('a tie goes to the even digit', () => {
    expect([0.5, 1.5, 2.5, -0.5, -2.5].map((value) => fixed(value, 0))).toEqual(['0', '2', '2', '-0', '-2']);
    expect([0.03125, 0.09375].map((value) => fixed(value, 4))).toEqual(['0.0312', '0.0938']);
    expect([100005, 100015, 999995].map((value) => scientific(value, 4))).toEqual([
      '1.0000e+05',
      '1.0002e+05',
      '1.0000e+06',
    ]);
  });

  test('numbers past 1e21 have all their digits', () => {
    expect(fixed(1e23, 1)).toBe('99999999999999991611392.0');
    expect(scientific(1e23, 30)).toBe('9.999999999999999161139200000000e+22');
  });

  test('numbers with three exponent digits and the smallest number', () => {
    expect(scientific(-1e300, 2)).toBe('-1.00e+300');
    expect(scientific(5e-324, 0)).toBe('5e-324');
    expect(fixed(5e-324, 1074)).toMatch(/^0\.0{323}49406564584\d+25$/);
  });

  test('seventeen significant digits read back as the same number', () => {
    fc.assert(fc.property(finite, (value) => Object.is(Number(scientific(value, 16)), value)));
  });

  test('what is written lies within half a unit of the last place', () => {
    const unit = 10n ** 1200n;
    /** The exact value of a decimal, in units of 10^-1200. */
    const exact = (text: string) => {
      const [, minus, before, after] = /^(-?)(\d+)\.?(\d*)$/.exec(text) as RegExpExecArray;
      return BigInt(`${minus}${before}${after}`) * (unit / 10n ** BigInt(after.length));
    };
    fc.assert(
      fc.property(finite, digits, (value, count) => {
        const error = exact(fixed(value, count)) - exact(fixed(value, 1074));
        expect(2n * (error < 0n ? -error : error) <= unit / 10n ** BigInt(count)).toBe(true);
      }),
    );
  });

  test('where JavaScript rounds the same way it writes the same digits', () => {
    const isTie = (value: number, count: number) => Math.abs(value * 2 ** (count + 1)) % 2 === 1;
    const moderate = fc.double({ min: -1e20, max: 1e20, noNaN: true }).filter((value) => !Object.is(value, -0));
    fc.assert(
      fc.property(moderate, digits, (value, count) => {
        fc.pre(!isTie(value, count));
        expect(fixed(value, count)).toBe(value.toFixed(count));
      }),
    );
  });
});

describe('printed elements', () => {
  // The largest doubles would round up to what reads back as infinity.
  const magnitude = fc.double({ min: -1e308, max: 1e308 });
  const values = fc.array(fc.oneof(magnitude, fc.constant(Infinity)), { minLength: 1, maxLength: 30 });

  const readBack = (text: string) =>
    text.match(/-?(?:inf|nan|\d[\d.e+-]*)/g)?.map((one) => Number(parse(one, 'float64')));

  test('read back within the precision', () => {
    fc.assert(
      fc.property(values, (all) => {
        const printed = readBack(print(float64(...all))) as number[];
        expect(printed.length).toBe(all.length);
        for (const [index, value] of all.entries()) {
          if (!Number.isFinite(value)) expect(printed[index]).toBe(value);
          else expect(Math.abs(printed[index] - value)).toBeLessThanOrEqual(5.001e-5 * Math.max(1, Math.abs(value)));
        }
      }),
    );
  });

  test('no line is longer than the line width allows', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 30, max: 200 }), (all, linewidth) => {
        set_printoptions({ linewidth });
        // Others may be wider than their column.
        fc.pre(all.every((value) => Number.isFinite(value) && value !== 0));
        // The two brackets at the end are not reckoned with, but the last comma and space are not written.
        for (const line of print(float64(...all)).split('\n')) expect(line.length).toBeLessThanOrEqual(linewidth + 1);
      }),
    );
  });
});

describe('set_printoptions', () => {
  const wrongly = set_printoptions as (...args: unknown[]) => void;

  test('takes its arguments by position, by name, or both', () => {
    set_printoptions(2, 10, 1, 60, null, true);
    const expected = { precision: 2, threshold: 10, edgeitems: 1, linewidth: 60, sci_mode: true };
    expect(printOptions()).toEqual(expected);
    set_printoptions({ profile: 'default' });
    set_printoptions(2, 10, { edgeitems: 1, linewidth: 60, sci_mode: true });
    expect(printOptions()).toEqual(expected);
  });

  test('null and undefined leave an option as it is, but sci_mode returns to automatic', () => {
    set_printoptions({ precision: 2, sci_mode: false });
    set_printoptions(null, undefined as unknown as null, { linewidth: 70 });
    expect(printOptions()).toEqual({ precision: 2, threshold: 1000, edgeitems: 3, linewidth: 70, sci_mode: null });
  });

  test.each<[unknown[], string]>([
    [[{ precison: 2 }], "set_printoptions() got an unexpected keyword argument 'precison'"],
    [[2, { precision: 2 }], "set_printoptions() got multiple values for argument 'precision'"],
    [[1, 1, 1, 1, null, null, 1], 'set_printoptions() takes 6 positional arguments but 7 were given'],
    [[-1], "argument 'precision' must be from 0 to 1074, got -1"],
    [[{ precision: 1075 }], "argument 'precision' must be from 0 to 1074, got 1075"],
    [[{ precision: 1.5 }], "argument 'precision' must be int, not 1.5"],
    [[{ threshold: Number.NaN }], "argument 'threshold' must be a number, got NaN"],
    [[{ edgeitems: 0 }], "argument 'edgeitems' must be at least 1, got 0"],
    [[{ linewidth: -1 }], "argument 'linewidth' must be at least 0, got -1"],
    [[{ linewidth: Number.POSITIVE_INFINITY }], "argument 'linewidth' must be int, not Infinity"],
    [[{ profile: 'long' }], "argument 'profile' must be 'default', 'short' or 'full', got \"long\""],
    [[{ profile: 'toString' }], "argument 'profile' must be 'default', 'short' or 'full', got \"toString\""],
    [[{ profile: ['full'] }], "argument 'profile' must be str, not"],
    [[{ sci_mode: 1 }], "argument 'sci_mode' must be bool, not 1"],
  ])('%j is an Error and changes nothing', (args, message) => {
    const before = printOptions();
    expect(() => wrongly(...args)).toThrow(message);
    expect(printOptions()).toBe(before);
  });
});
