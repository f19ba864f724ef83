import { describe, expect, it } from 'vitest';
import {
  all,
  Chance,
  contiguous,
  type DType,
  differences,
  failure,
  indices,
  Operand,
  run,
  Status,
} from './instruction.js';

/** A tensor, the dims of it that index tensors select from, and those tensors, broadcast over the selection's shape. */
class Selection {
  readonly sizes: number[];
  readonly indexed: number[];
  readonly kept: number[];
  readonly shape: number[];
  readonly space: number[];
  readonly index: Operand[];

  constructor(chance: Chance) {
    this.sizes = [1, 2, 3].slice(0, chance.between(1, 3)).map(() => chance.between(1, 5));
    this.indexed = chance.shuffle([...this.sizes.keys()]).slice(0, chance.between(1, this.sizes.length));
    this.kept = [...this.sizes.keys()].filter((dim) => !this.indexed.includes(dim));
    this.shape = [1, 2].slice(0, chance.between(0, 2)).map(() => chance.between(0, 6));
    this.space = [...this.shape, ...this.kept.map((dim) => this.sizes[dim])];
    this.index = this.indexed.map((dim) => {
      const size = this.sizes[dim];
      return chance.operand('int64', this.shape, { value: () => chance.between(-size, size - 1) });
    });
  }

  /** The tensor as an operand of the iteration space. */
  restrided(self: Operand): Operand {
    const strides = [...this.shape.map(() => 0), ...this.kept.map((dim) => self.strides[dim])];
    return new Operand(self.dtype, self.data, self.offset, strides);
  }
  indexOperands(): Operand[] {
    return this.index.map((operand) => operand.repeated(this.shape.length, this.kept.length));
  }
  scalars(self: Operand): number[] {
    return this.indexed.flatMap((dim) => [this.sizes[dim], self.strides[dim]]);
  }
  /** The place in the tensor that a place in the iteration space stands for. */
  place(at: number[]): number[] {
    const place = this.sizes.map(() => 0);
    this.kept.forEach((dim, i) => {
      place[dim] = at[this.shape.length + i];
    });
    this.indexed.forEach((dim, i) => {
      const chosen = this.index[i].get(at.slice(0, this.shape.length));
      place[dim] = chosen < 0 ? chosen + this.sizes[dim] : chosen;
    });
    return place;
  }
}

const joins: ((old: number, value: number) => number)[] = [
  (_, value) => value,
  (old, value) => old + value,
  (old, value) => old * value,
  Math.max,
  Math.min,
];
const truth = (dtype: DType, value: number) => (dtype === 'bool' ? Number(value !== 0) : value);
const rounds = 60;

describe('index', () => {
  it.each(all)('reads %s like a loop', (dtype) => {
    const chance = new Chance(1);
    for (let round = 0; round < rounds; round++) {
      const selection = new Selection(chance);
      const self = chance.operand(dtype, selection.sizes);
      const out = chance.operand(dtype, selection.space, { expand: false });
      const expected = out.copy();
      for (const at of indices(selection.space)) expected.set(at, self.get(selection.place(at)));
      const operands = [out, selection.restrided(self), ...selection.indexOperands()];
      expect(run('index', selection.space, operands, selection.scalars(self))).toBe(Status.ok);
      expect(differences(out, expected)).toEqual([]);
    }
  });

  it('reads a large selection on several threads', () => {
    const [rows, columns] = [3, 50_000];
    const self = contiguous(
      'int32',
      [columns],
      Array.from({ length: columns }, (_, i) => i * 3),
    );
    const index = contiguous(
      'int64',
      [rows, columns],
      Array.from({ length: rows * columns }, (_, i) => (i * 7) % columns),
    );
    const out = contiguous('int32', [rows, columns], new Float64Array(rows * columns));
    const restrided = new Operand('int32', self.data, 0, [0, 0]);
    expect(run('index', [rows, columns], [out, restrided, index], [columns, 1])).toBe(Status.ok);
    expect(out.values()).toEqual(index.values().map((i) => i * 3));
  });

  it('names an index out of range and writes nothing', () => {
    const self = contiguous('float32', [4], [1, 2, 3, 4]);
    for (const [values, bad] of [
      [[0, 4], 4],
      [[-5, 1], -5],
    ] as const) {
      const index = contiguous('int64', [2], values);
      const out = contiguous('float32', [2], [7, 7]);
      const operands = [out, new Operand('float32', self.data, 0, [0]), index];
      expect(run('index', [2], operands, [4, 1])).toBe(Status.indexOutOfRange);
      expect(failure()).toEqual({ operand: 2, dim: 0, value: bad, limit: 4 });
      expect(out.values()).toEqual([7, 7]);
    }
  });

  it('refuses indices of another dtype and missing scalars', () => {
    const [out, self] = [contiguous('float32', [1], [0]), contiguous('float32', [1], [1])];
    expect(run('index', [1], [out, self, contiguous('int32', [1], [0])], [1, 1])).toBe(Status.badInstruction);
    expect(run('index', [1], [out, self, contiguous('int64', [1], [0])], [1])).toBe(Status.badInstruction);
  });
});

describe('index_put', () => {
  it.each(all)('writes %s like a loop, in row-major order', (dtype) => {
    const chance = new Chance(2);
    for (let round = 0; round < rounds; round++) {
      const selection = new Selection(chance);
      const self = chance.operand(dtype, selection.sizes, { expand: false });
      const values = chance.operand(dtype, selection.space);
      const join = chance.between(0, joins.length - 1);
      const expected = self.copy();
      for (const at of indices(selection.space)) {
        const place = selection.place(at);
        expected.set(place, truth(dtype, joins[join](expected.get(place), values.get(at))));
      }
      const operands = [selection.restrided(self), values, ...selection.indexOperands()];
      expect(run('index_put', selection.space, operands, [...selection.scalars(self), join])).toBe(Status.ok);
      expect(differences(self, expected, dtype === 'float32' ? 1e-5 : 0)).toEqual([]);
    }
  });

  it('lets NaN win maximum and minimum', () => {
    for (const join of [3, 4]) {
      const self = contiguous('float32', [2], [Number.NaN, 1]);
      const values = contiguous('float32', [2], [2, Number.NaN]);
      const operands = [new Operand('float32', self.data, 0, [0]), values, contiguous('int64', [2], [0, 1])];
      expect(run('index_put', [2], operands, [2, 1, join])).toBe(Status.ok);
      expect(self.values()).toEqual([Number.NaN, Number.NaN]);
    }
  });

  it('checks every index before the first write', () => {
    const self = contiguous('int64', [3], [1, 2, 3]);
    const operands = [new Operand('int64', self.data, 0, [0]), contiguous('int64', [2], [9, 9])];
    expect(run('index_put', [2], [...operands, contiguous('int64', [2], [0, 3])], [3, 1, 0])).toBe(
      Status.indexOutOfRange,
    );
    expect(self.values()).toEqual([1, 2, 3]);
  });
});

describe('selection by truth', () => {
  const places = (sizes: number[]) => Array.from(indices(sizes), (at) => [...at]);

  it.each(all)('finds the nonzero elements of %s', (dtype) => {
    const chance = new Chance(3);
    for (let round = 0; round < rounds; round++) {
      const sizes = [1, 2, 3].slice(0, chance.between(0, 3)).map(() => chance.between(0, 4));
      const input = chance.operand(dtype, sizes, { value: () => chance.between(0, 1) });
      const expected: number[] = [];
      let count = 0;
      for (const at of indices(sizes)) {
        if (input.get(at) === 0) continue;
        expected.push(...at);
        count++;
      }
      const counted = new Operand(
        'int64',
        new BigInt64Array(1),
        0,
        sizes.map(() => 0),
      );
      expect(run('count_nonzero', sizes, [counted, input])).toBe(Status.ok);
      expect(counted.values()).toEqual([count]);
      const out = new Operand(
        'int64',
        new BigInt64Array(count * sizes.length),
        0,
        sizes.map(() => 0),
      );
      expect(run('nonzero', sizes, [out, input], [sizes.length, 1, count])).toBe(Status.ok);
      expect(out.values()).toEqual(expected);
    }
  });

  it('counts NaN but not −0', () => {
    const out = new Operand('int64', new BigInt64Array(1), 0, [0]);
    expect(run('count_nonzero', [3], [out, contiguous('float64', [3], [Number.NaN, -0, 0])])).toBe(Status.ok);
    expect(out.values()).toEqual([1]);
  });

  it.each(all)('compacts and spreads %s under a mask', (dtype) => {
    const chance = new Chance(4);
    for (let round = 0; round < rounds; round++) {
      const sizes = [1, 2, 3].slice(0, chance.between(1, 3)).map(() => chance.between(0, 4));
      const mask = chance.operand('bool', sizes);
      const self = chance.operand(dtype, sizes, { expand: false });
      const chosen = places(sizes).filter((at) => mask.get(at) !== 0);

      const out = contiguous(dtype, [chosen.length], new Float64Array(chosen.length));
      const flat = new Operand(
        dtype,
        out.data,
        0,
        sizes.map(() => 0),
      );
      expect(run('masked_select', sizes, [flat, self, mask], [1, chosen.length])).toBe(Status.ok);
      expect(out.values()).toEqual(chosen.map((at) => self.get(at)));

      const expected = self.copy();
      const source = chance.operand(dtype, [chosen.length + 1], { expand: false });
      for (const [i, at] of chosen.entries()) expected.set(at, source.get([i]));
      const repeated = new Operand(
        dtype,
        source.data,
        source.offset,
        sizes.map(() => 0),
      );
      const layout = [source.strides[0], chosen.length];
      expect(run('masked_scatter', sizes, [self, repeated, mask], layout)).toBe(Status.ok);
      expect(differences(self, expected)).toEqual([]);
    }
  });

  it('refuses a source that is too short and writes nothing', () => {
    const self = contiguous('float32', [3], [1, 2, 3]);
    const source = new Operand('float32', new Float32Array([9, 9]), 0, [0]);
    expect(run('masked_scatter', [3], [self, source, contiguous('bool', [3], [1, 1, 1])], [1, 2])).toBe(
      Status.invalidValue,
    );
    expect(failure()).toMatchObject({ operand: 1, value: 3, limit: 2 });
    expect(self.values()).toEqual([1, 2, 3]);
  });
});
