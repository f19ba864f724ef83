import { describe, expect, it } from 'vitest';
import { Chance, contiguous, type DType, differences, floating, Operand, run, Status } from './instruction.js';

interface Case {
  readonly batch: number;
  readonly queries: number;
  readonly keys: number;
  readonly depth: number;
  readonly width: number;
  readonly causal?: boolean;
  readonly mask?: 'bool' | 'added';
}

const scale = 0.7;
const total = (list: number[]): number => list.reduce((sum, value) => sum + value, 0);
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** A matrix for each head; its strides stand at dimensions `row` and `column` of batch, queries, keys, depth, width. */
class Heads {
  readonly operand: Operand;
  constructor(
    dtype: DType,
    batch: number,
    rows: number,
    columns: number,
    row: number,
    column: number,
    fill: () => number,
  ) {
    // Heads lie side by side in a row, as where they were split off a wider matrix.
    const data = contiguous(dtype, [rows * batch * columns], range(rows * batch * columns).map(fill)).data;
    const strides = [columns, 0, 0, 0, 0];
    strides[row] = batch * columns;
    strides[column] = 1;
    this.operand = new Operand(dtype, data, 0, strides);
    this.at = (head, i, j) => head * columns + i * batch * columns + j;
  }
  readonly at: (head: number, i: number, j: number) => number;
  get(head: number, i: number, j: number): number {
    return Number(this.operand.data[this.at(head, i, j)]);
  }
  put(head: number, i: number, j: number, value: number): void {
    (this.operand.data as Float64Array)[this.at(head, i, j)] = value;
  }
}

function check(dtype: DType, each: Case, chance: Chance): void {
  const { batch, queries, keys, depth, width, causal = false, mask } = each;
  const next = (): number => chance.next() * 2 - 1;
  const q = new Heads(dtype, batch, queries, depth, 1, 3, next);
  const k = new Heads(dtype, batch, keys, depth, 2, 3, next);
  const v = new Heads(dtype, batch, keys, width, 2, 4, next);
  const make = (rows: number, columns: number, row: number, column: number): Heads =>
    new Heads(dtype, batch, rows, columns, row, column, () => 9);
  const seen = new Heads(mask === 'bool' ? 'bool' : dtype, batch, queries, keys, 1, 2, () => {
    return mask === 'bool' ? Number(chance.next() < 0.8) : next();
  });
  for (const head of range(batch)) for (const i of range(queries)) seen.put(head, i, 0, 1);
  const weightsOf = (head: number, i: number): number[] => {
    const scores = range(keys).map((j) => {
      const score = scale * total(range(depth).map((e) => q.get(head, i, e) * k.get(head, j, e)));
      if (causal && j > i) return Number.NEGATIVE_INFINITY;
      if (mask === 'bool') return seen.get(head, i, j) ? score : Number.NEGATIVE_INFINITY;
      return mask === 'added' ? score + seen.get(head, i, j) : score;
    });
    const powers = scores.map(Math.exp);
    return powers.map((power) => power / total(powers));
  };
  const sizes = [batch, queries, keys, depth, width];
  const [out, sums] = [make(queries, width, 1, 4), make(queries, 1, 1, 4)];
  sums.operand.strides[4] = 0;
  const scalars = [scale, Number(causal), mask === undefined ? 0 : mask === 'bool' ? 1 : 2];
  const inputs = [q, k, v, seen].map(({ operand }) => operand);
  const status = run('attention', sizes, [out.operand, sums.operand, ...inputs], scalars);

  const expected = make(queries, width, 1, 4);
  const grad = new Heads(dtype, batch, queries, width, 1, 4, next);
  const found = [make(queries, depth, 1, 3), make(keys, depth, 2, 3), make(keys, width, 2, 4)];
  const slopes = [make(queries, depth, 1, 3), make(keys, depth, 2, 3), make(keys, width, 2, 4)];
  for (const { operand } of slopes) operand.data.fill(0 as never);
  const add = (to: Heads, head: number, i: number, j: number, value: number): void =>
    to.put(head, i, j, to.get(head, i, j) + value);
  for (const head of range(batch)) {
    for (const i of range(queries)) {
      const weights = weightsOf(head, i);
      const changes = range(keys).map((j) => total(range(width).map((c) => grad.get(head, i, c) * v.get(head, j, c))));
      const mean = total(changes.map((change, j) => change * weights[j]));
      for (const c of range(width)) {
        expected.put(head, i, c, total(weights.map((weight, j) => weight * v.get(head, j, c))));
        weights.forEach((weight, j) => void add(slopes[2], head, j, c, weight * grad.get(head, i, c)));
      }
      for (const e of range(depth)) {
        weights.forEach((weight, j) => {
          const slope = scale * weight * (changes[j] - mean);
          add(slopes[0], head, i, e, slope * k.get(head, j, e));
          add(slopes[1], head, j, e, slope * q.get(head, i, e));
        });
      }
    }
  }
  const outputs = [...found.map(({ operand }) => operand), grad.operand, sums.operand];
  const backward = run('attention_backward', sizes, [...outputs, ...inputs], scalars);
  const tolerance = dtype === 'float32' ? 5e-5 : 1e-12;
  const wrong = [
    ...differences(out.operand, expected.operand, tolerance),
    ...found.flatMap(({ operand }, i) => differences(operand, slopes[i].operand, tolerance)),
  ];
  expect({ each, status, backward, wrong }).toEqual({ each, status: Status.ok, backward: Status.ok, wrong: [] });
}

describe.each(floating)('attention of %s', (dtype) => {
  it('agrees with plain loops, and so do its slopes', () => {
    const chance = new Chance(1);
    for (let i = 0; i < 60; i++) {
      const size = (most: number): number => chance.between(1, most);
      const sizes = { batch: size(3), queries: size(20), keys: size(20), depth: size(20), width: size(20) };
      check(dtype, { ...sizes, causal: chance.next() < 0.3, mask: chance.pick([undefined, 'bool', 'added']) }, chance);
    }
  });

  it('agrees with plain loops over several blocks of queries', () => {
    const chance = new Chance(2);
    const large = { batch: 2, queries: 150, keys: 140, depth: 16, width: 24 };
    for (const causal of [false, true]) {
      for (const mask of [undefined, 'bool', 'added'] as const) check(dtype, { ...large, causal, mask }, chance);
    }
    check(dtype, { batch: 1, queries: 20, keys: 9000, depth: 3, width: 2 }, chance);
    check(dtype, { batch: 1, queries: 70, keys: 30, depth: 1, width: 1, causal: true }, chance);
  });
});
