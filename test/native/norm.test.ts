import { describe, expect, it } from 'vitest';
import { Chance, contiguous, type DType, differences, floating, Operand, run, Status } from './instruction.js';

const epsilon = 0.01;
const total = (values: number[]): number => values.reduce((sum, value) => sum + value, 0);
const mean = (values: number[]): number => total(values) / values.length;

function tensor(chance: Chance, dtype: DType, sizes: number[]): Operand {
  const count = sizes.reduce((product, size) => product * size, 1);
  return contiguous(
    dtype,
    sizes,
    Array.from({ length: count }, () => chance.next() * 4 - 1),
  );
}

/** A vector along dimension 1 of `dims`; one that is not there is one element. */
function vector(chance: Chance, dtype: DType, n: number, dims: number, present: boolean, missing: number): Operand {
  const { data } = tensor(chance, dtype, [present ? n : 1]);
  if (!present) data[0] = missing;
  return new Operand(
    dtype,
    data,
    0,
    Array.from({ length: dims }, (_, i) => (i === 1 && present ? 1 : 0)),
  );
}

/** Sets of elements that are normalized together, with their places in dimension 1. */
interface Group {
  readonly positions: number[];
  readonly places: number[];
}

const rows = ([count, n]: number[]): Group[] =>
  Array.from({ length: count }, (_, row) => ({
    positions: Array.from({ length: n }, (_, i) => row * n + i),
    places: Array.from({ length: n }, (_, i) => i),
  }));

const channels = ([batch, count, inner]: number[]): Group[] =>
  Array.from({ length: count }, (_, channel) => {
    const positions = Array.from({ length: batch * inner }, (_, i) => {
      return (Math.floor(i / inner) * count + channel) * inner + (i % inner);
    });
    return { positions, places: positions.map(() => channel) };
  });

const at = (operand: Operand, place: number): number => Number(operand.data[place * operand.strides[1]]);

/** x̂ of a group, and what it was made with. */
function normal(x: Operand, { positions }: Group): { normal: number[]; rstd: number; middle: number } {
  const values = positions.map((position) => Number(x.data[position]));
  const middle = mean(values);
  const rstd = 1 / Math.sqrt(mean(values.map((value) => (value - middle) ** 2)) + epsilon);
  return { normal: values.map((value) => (value - middle) * rstd), rstd, middle };
}

function put(operand: Operand, position: number, value: number): void {
  (operand.data as Float64Array)[position] = value;
}

interface Norm {
  readonly name: 'layer_norm' | 'batch_norm';
  readonly groups: (sizes: number[]) => Group[];
  readonly statistics: (sizes: number[]) => number;
  readonly shapes: number[][];
}

const norms: Norm[] = [
  {
    name: 'layer_norm',
    groups: rows,
    statistics: ([count]) => count,
    shapes: [...Array.from({ length: 40 }, (_, n) => [3, n + 1]), [0, 3], [200, 130], [1, 5000], [70, 3]],
  },
  {
    name: 'batch_norm',
    groups: channels,
    statistics: ([, count]) => count,
    shapes: [
      ...Array.from({ length: 40 }, (_, i) => [3, 2, i + 1]),
      ...Array.from({ length: 20 }, (_, i) => [5, i + 1, 1]),
      [3, 130, 1],
      [200, 3, 1],
      [4, 64, 300],
    ],
  },
];

const tolerances = { float32: 3e-4, float64: 1e-11 };

describe.each(norms)('$name', ({ name, groups, statistics, shapes }) => {
  it.each(floating)('of %s agrees with a plain loop', (dtype) => {
    const chance = new Chance(1);
    for (const sizes of shapes) {
      for (const affine of [true, false]) {
        const x = tensor(chance, dtype, sizes);
        const weight = vector(chance, dtype, sizes[1], sizes.length, affine, 1);
        const bias = vector(chance, dtype, sizes[1], sizes.length, affine, 0);
        const [out, expected] = [tensor(chance, dtype, sizes), tensor(chance, dtype, sizes)];
        const [means, rstds] = [1, 2].map(() => tensor(chance, dtype, [statistics(sizes)]));
        const [expectedMeans, expectedRstds] = [means.copy(), rstds.copy()];
        groups(sizes).forEach((group, g) => {
          const { normal: values, rstd, middle } = normal(x, group);
          put(expectedMeans, g, middle);
          put(expectedRstds, g, rstd);
          group.positions.forEach((position, i) => {
            put(expected, position, values[i] * at(weight, group.places[i]) + at(bias, group.places[i]));
          });
        });
        const still = (operand: Operand) =>
          new Operand(
            dtype,
            operand.data,
            0,
            sizes.map(() => 0),
          );
        const operands =
          name === 'layer_norm'
            ? [out, still(means), still(rstds), x, weight, bias]
            : [out, still(means), still(rstds), still(means), still(rstds), x, weight, bias];
        const status = run(name, sizes, operands, name === 'layer_norm' ? [epsilon] : [1, 0, 0.1, epsilon]);
        const found = [
          ...differences(out, expected, tolerances[dtype as 'float32']),
          ...differences(means, expectedMeans, tolerances[dtype as 'float32']),
          ...differences(rstds, expectedRstds, tolerances[dtype as 'float32']),
        ];
        expect({ sizes, affine, status, found }).toEqual({ sizes, affine, status: Status.ok, found: [] });
      }
    }
  });

  it.each(floating)('has the slopes of a plain loop in %s', (dtype) => {
    const chance = new Chance(2);
    for (const sizes of shapes) {
      const [x, g] = [tensor(chance, dtype, sizes), tensor(chance, dtype, sizes)];
      const weight = vector(chance, dtype, sizes[1], sizes.length, true, 1);
      const [gradX, gradW, gradB] = [sizes, [sizes[1]], [sizes[1]]].map((shape) => tensor(chance, dtype, shape));
      const expected = [gradX.copy(), gradW.copy(), gradB.copy()];
      for (const each of expected.slice(1)) each.data.fill(0 as never);
      const [means, rstds] = [1, 2].map(() => tensor(chance, dtype, [statistics(sizes)]));
      groups(sizes).forEach((group, k) => {
        const { normal: values, rstd, middle } = normal(x, group);
        put(means, k, middle);
        put(rstds, k, rstd);
        const grads = group.positions.map((position) => Number(g.data[position]));
        const scaled = grads.map((grad, i) => grad * at(weight, group.places[i]));
        const [average, slope] = [mean(scaled), mean(scaled.map((grad, i) => grad * values[i]))];
        group.positions.forEach((position, i) => {
          put(expected[0], position, rstd * (scaled[i] - average - values[i] * slope));
          put(expected[1], group.places[i], Number(expected[1].data[group.places[i]]) + grads[i] * values[i]);
          put(expected[2], group.places[i], Number(expected[2].data[group.places[i]]) + grads[i]);
        });
      });
      const still = (operand: Operand) =>
        new Operand(
          dtype,
          operand.data,
          0,
          sizes.map(() => 0),
        );
      const operands = [gradX, still(gradW), still(gradB), g, x, still(means), still(rstds), weight];
      const status = run(`${name}_backward`, sizes, operands, name === 'layer_norm' ? [1, 1, 1] : [1, 1, 1, 1]);
      const scale = Math.max(1, sizes[0] / 10);
      const found = [gradX, gradW, gradB].flatMap((grad, i) =>
        differences(grad, expected[i], tolerances[dtype as 'float32'] * scale),
      );
      expect({ sizes, status, found }).toEqual({ sizes, status: Status.ok, found: [] });
    }
  });
});

it('batch_norm moves the running statistics by its momentum, and uses them without training', () => {
  const x = contiguous('float64', [2, 1, 2], [1, 2, 3, 6]);
  const [out, mean, invstd] = [x.copy(), contiguous('float64', [1, 1, 1], [9]), contiguous('float64', [1, 1, 1], [9])];
  const [average, variance] = [contiguous('float64', [1, 1, 1], [1]), contiguous('float64', [1, 1, 1], [2])];
  const [one, zero] = [1, 0].map((value) => new Operand('float64', new Float64Array([value]), 0, [0, 0, 0]));
  const operands = [out, mean, invstd, average, variance, x, one, zero];
  expect(run('batch_norm', [2, 1, 2], operands, [1, 1, 0.5, 0])).toBe(Status.ok);
  expect(average.data[0]).toBeCloseTo(2, 12);
  expect(variance.data[0]).toBeCloseTo(0.5 * 2 + 0.5 * (14 / 3), 12);
  expect(run('batch_norm', [2, 1, 2], operands, [0, 1, 0.5, 0])).toBe(Status.ok);
  expect(Number(out.data[0])).toBeCloseTo((1 - 2) / Math.sqrt(10 / 3), 12);
  expect(average.data[0]).toBeCloseTo(2, 12);
});
