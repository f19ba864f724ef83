import { describe, expect, it } from 'vitest';
import { Chance, contiguous, type DType, differences, floating, indices, Operand, run, Status } from './instruction.js';

/** Windows along three dimensions; a window of 0 is adaptive. */
interface Windows {
  planes: number;
  size: number[];
  out: number[];
  window: number[];
  stride: number[];
  padding: number[];
  dilation: number[];
}

/** The positions of a window along a dimension, those in the padding included. */
function positions(w: Windows, d: number, o: number): number[] {
  const { size, out, window, stride, padding, dilation } = w;
  if (window[d] > 0) {
    return Array.from({ length: window[d] }, (_, k) => o * stride[d] - padding[d] + k * dilation[d]);
  }
  const begin = Math.floor((o * size[d]) / out[d]);
  const end = Math.ceil(((o + 1) * size[d]) / out[d]);
  return Array.from({ length: end - begin }, (_, k) => begin + k);
}

const three = (make: (dim: number) => number): number[] => [0, 1, 2].map(make);
const count = (shape: number[]): number => shape.reduce((product, size) => product * size, 1);

function randomWindows(chance: Chance, adaptive: boolean, dilates: boolean): Windows {
  const size = [chance.between(1, 3), chance.between(1, 8), chance.between(1, 70)];
  const window = three((d) => (adaptive ? 0 : chance.between(1, Math.min(4, size[d]))));
  const stride = three(() => (adaptive ? 1 : chance.between(1, 3)));
  const padding = three((d) => chance.between(0, Math.floor(window[d] / 2)));
  const fits = (d: number): boolean => size[d] + 2 * padding[d] > 2 * (window[d] - 1);
  const dilation = three((d) => (dilates && fits(d) ? chance.between(1, 2) : 1));
  const windows = (d: number): number =>
    Math.floor((size[d] + 2 * padding[d] - dilation[d] * (window[d] - 1) - 1) / stride[d]) + 1;
  const out = three((d) => (adaptive ? chance.between(1, size[d] + 2) : windows(d)));
  return { planes: chance.between(1, 3), size, out, window, stride, padding, dilation };
}

const scalarsOf = ({ size, window, stride, padding, dilation }: Windows): number[] =>
  three((d) => d).flatMap((d) => [size[d], window[d], stride[d], padding[d], dilation[d]]);

const flat = (operand: Operand): Operand => new Operand(operand.dtype, operand.data, 0, [0, 0, 0, 0]);

/** Every window: the output's index, the positions in its plane that it has, and how many it would have. */
function* windowsOf(w: Windows, countsPadding: boolean): Generator<[out: number[], inside: number[][], size: number]> {
  for (const [p, ...o] of indices([w.planes, ...w.out])) {
    const all = o.map((at, d) => positions(w, d, at));
    const inside = all.map((list, d) => list.filter((x) => x >= 0 && x < w.size[d]));
    const counted = all.map((list, d) =>
      countsPadding ? list.filter((x) => x < w.size[d] + w.padding[d]) : inside[d],
    );
    const points = inside[0].flatMap((z) => inside[1].flatMap((y) => inside[2].map((x) => [p, z, y, x])));
    yield [[p, ...o], points, count(counted.map((list) => list.length))];
  }
}

function input(dtype: DType, w: Windows, chance: Chance, special: boolean): Operand {
  const value = (): number =>
    special ? chance.pick([1, 1, 2, Number.NaN, Number.NEGATIVE_INFINITY]) : chance.value(dtype);
  return contiguous(dtype, [w.planes, ...w.size], Array.from({ length: w.planes * count(w.size) }, value));
}

function checkMax(dtype: DType, w: Windows, chance: Chance, special: boolean): void {
  const from = input(dtype, w, chance, special);
  const shape = [w.planes, ...w.out];
  const [out, where] = [dtype, 'int64' as const].map((type) => contiguous(type, shape, new Float64Array(count(shape))));
  const [largest, position] = [out.copy(), where.copy()];
  for (const [at, points] of windowsOf(w, true)) {
    let best = Number.NEGATIVE_INFINITY;
    let found = points[0];
    for (const point of points) {
      const value = from.get(point);
      if (value > best || Number.isNaN(value)) [best, found] = [value, point];
    }
    largest.set(at, best);
    position.set(at, (found[1] * w.size[1] + found[2]) * w.size[2] + found[3]);
  }
  const status = run('max_pool', shape, [out, from, where].map(flat), scalarsOf(w));
  const found = [...differences(out, largest), ...differences(where, position)].slice(0, 3);
  expect({ w, status, found }).toEqual({ w, status: Status.ok, found: [] });
  out.data.fill(0 as never);
  run('max_pool', shape, [out, from].map(flat), scalarsOf(w));
  expect({ w, found: differences(out, largest).slice(0, 3) }).toEqual({ w, found: [] });
}

function checkMean(dtype: DType, w: Windows, chance: Chance): void {
  const from = input(dtype, w, chance, false);
  const shape = [w.planes, ...w.out];
  const out = contiguous(dtype, shape, new Float64Array(count(shape)));
  const [mean, spread] = [out.copy(), from.copy()];
  const countsPadding = chance.pick([true, false]);
  const override = chance.pick([0, 0, 5, -2]);
  spread.data.fill(0 as never);
  const grad = out.copy();
  for (const index of indices(shape)) grad.set(index, chance.value(dtype));
  for (const [at, points, size] of windowsOf(w, countsPadding)) {
    const divisor = override || size;
    mean.set(at, points.length === 0 ? 0 : points.reduce((sum, point) => sum + from.get(point), 0) / divisor);
    for (const point of points) spread.set(point, spread.get(point) + grad.get(at) / divisor);
  }
  const scalars = [...scalarsOf(w), Number(countsPadding), override];
  const status = run('avg_pool', shape, [out, from].map(flat), scalars);
  const back = from.copy();
  run('avg_pool_backward', shape, [back, grad].map(flat), scalars);
  const tolerance = dtype === 'float32' ? 1e-5 : 1e-13;
  const found = [...differences(out, mean, tolerance), ...differences(back, spread, tolerance)].slice(0, 3);
  expect({ w, status, found }).toEqual({ w, status: Status.ok, found: [] });
}

describe.each(floating)('of %s', (dtype) => {
  it('the largest of windows, and their positions, are those of plain loops', () => {
    const chance = new Chance(5);
    for (let i = 0; i < 200; i++) checkMax(dtype, randomWindows(chance, i % 4 === 0, true), chance, i % 3 === 0);
  });

  it('means of windows, and their adjoint, are those of plain loops', () => {
    const chance = new Chance(6);
    for (let i = 0; i < 200; i++) checkMean(dtype, randomWindows(chance, i % 4 === 0, false), chance);
  });

  it('gradients are added at positions; others than those of the plane are left out', () => {
    const grad = contiguous(dtype, [2, 3], [1, 2, 4, 8, 16, 32]);
    const where = contiguous('int64', [2, 3], [0, 3, 0, 4, -1, 2]);
    const out = contiguous(dtype, [2, 4], new Array(8).fill(7));
    expect(run('max_pool_backward', [2, 4, 3], [out, grad, where].map(flat3))).toBe(Status.ok);
    expect(out.values()).toEqual([5, 0, 0, 2, 0, 0, 32, 0]);
  });
});
const flat3 = (operand: Operand): Operand => new Operand(operand.dtype, operand.data, 0, [0, 0, 0]);

it('means of integers are cut towards zero', () => {
  const from = contiguous('int64', [1, 4], [1, 2, -1, -2]);
  const out = contiguous('int64', [1, 2], [0, 0]);
  const w = [1, 1, 1, 0, 1, 1, 1, 1, 0, 1, 4, 2, 2, 0, 1, 1, 0];
  expect(run('avg_pool', [1, 1, 1, 2], [out, from].map(flat), w)).toBe(Status.ok);
  expect(out.values()).toEqual([1, -1]);
});
