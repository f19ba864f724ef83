/** Small matrices and vectors of plain numbers, by which derivatives are compared. */
import { tensor } from '../../ops/creation.js';

/** Numbers in row-major order. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float64Array;
}

export const matrix = (rows: number, columns: number): Matrix => ({
  rows,
  columns,
  values: new Float64Array(rows * columns),
});

export const showMatrix = ({ rows, columns, values }: Matrix): string => String(tensor(values).view(rows, columns));

/** As `torch.allclose`: NaN is close to nothing. */
export const isClose = (actual: Matrix, expected: Matrix, rtol: number, atol: number): boolean =>
  actual.values.every((value, i) => {
    const wanted = expected.values[i];
    return value === wanted || Math.abs(value - wanted) <= atol + rtol * Math.abs(wanted);
  });

/** The largest difference of two elements. */
export const distance = (a: Matrix, b: Matrix): number =>
  a.values.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b.values[i])), 0);

export const hasNaN = ({ values }: Matrix): boolean => values.some(Number.isNaN);

/**
 * Numbers in (0, 1) that are spread evenly and the same on every run, so that a check never fails by chance alone.
 * Another seed gives others.
 */
export const spread = (count: number, seed = 0): Float64Array =>
  Float64Array.from({ length: count }, (_, i) => ((i + 1) * 0.618034 + seed * 0.754878) % 1);

export function unitVector(count: number): Float64Array {
  const vector = spread(count);
  const norm = Math.sqrt(dot(vector, vector));
  return vector.map((value) => value / norm);
}

export const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, i) => sum + value * b[i], 0);
export const sum = (vector: Float64Array): number => vector.reduce((total, value) => total + value, 0);

/** One row of numbers. */
export const row = (values: ArrayLike<number>): Matrix => ({
  rows: 1,
  columns: values.length,
  values: Float64Array.from(values),
});
