import { describe, expect, it } from 'vitest';
import { Chance, contiguous, differences, failure, floating, Operand, run, Status } from './instruction.js';

const ignored = 1;

/** A case of [outer, n, inner] with targets, weights, and what a plain loop makes of it. */
function prepare(dtype: 'float32' | 'float64', sizes: number[], reduction: number, chance: Chance) {
  const [outer, n, inner] = sizes;
  const x = contiguous(
    dtype,
    sizes,
    Array.from({ length: outer * n * inner }, () => chance.next() * 6 - 3),
  );
  const targets = contiguous(
    'int64',
    [outer, inner],
    Array.from({ length: outer * inner }, () => chance.between(0, n - 1)),
  );
  const weights = Array.from({ length: n }, () => chance.next() + 0.5);
  const weight = new Operand(dtype, contiguous(dtype, [n], weights).data, 0, [0, 1, 0]);
  const logs = x.copy();
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const slice = Array.from({ length: n }, (_, k) => x.get([o, k, i]));
      const sum = Math.log(slice.reduce((total, value) => total + Math.exp(value), 0));
      slice.forEach((value, k) => void logs.set([o, k, i], value - sum));
    }
  }
  const places = Array.from({ length: outer * inner }, (_, place) => {
    const [o, i, target] = [Math.floor(place / inner), place % inner, Number(targets.data[place])];
    const factor = target === ignored ? 0 : weights[target];
    return { o, i, target, factor, loss: factor === 0 ? 0 : -factor * logs.get([o, target, i]) };
  });
  const total = places.reduce((sum, { factor }) => sum + factor, 0);
  const sum = places.reduce((all, { loss }) => all + loss, 0);
  const losses = reduction === 0 ? places.map(({ loss }) => loss) : [reduction === 1 ? sum / total : sum];
  return { x, targets, weight, logs, places, total, losses };
}

const still = (operand: Operand): Operand => new Operand(operand.dtype, operand.data, 0, [0, 0, 0]);

describe.each(floating)('losses of classes in %s', (type) => {
  const dtype = type as 'float32' | 'float64';
  const tolerance = dtype === 'float32' ? 1e-5 : 1e-12;
  it.each([0, 1, 2])('with reduction %d are those of a plain loop, and so are their slopes', (reduction) => {
    const chance = new Chance(reduction + 1);
    for (const sizes of [
      [1, 3, 1],
      [5, 4, 1],
      [64, 10, 1],
      [2, 3, 5],
      [3, 7, 70],
      [1, 40, 9],
      [0, 3, 1],
    ]) {
      const { x, targets, weight, logs, places, total, losses } = prepare(dtype, sizes, reduction, chance);
      const expected = contiguous(dtype, [losses.length], losses);
      const make = (): Operand =>
        contiguous(
          dtype,
          [losses.length],
          losses.map(() => 9),
        );
      const [loss, fused] = [make(), make()];
      const totals = contiguous(dtype, [1], [9]);
      const written = logs.copy();
      const scalars = [reduction, ignored];
      expect(run('nll_loss', sizes, [loss, totals, logs, targets, weight].map(stillBut(weight)), scalars)).toBe(
        Status.ok,
      );
      const whole = [fused, totals, written, x, targets, weight].map(stillBut(weight));
      expect(run('cross_entropy', sizes, whole, scalars)).toBe(Status.ok);
      if (sizes[0] === 0) continue;
      expect(differences(loss, expected, tolerance * 30)).toEqual([]);
      expect(differences(fused, expected, tolerance * 30)).toEqual([]);
      expect(differences(written, logs, tolerance)).toEqual([]);
      expect(Number(totals.data[0])).toBeCloseTo(total, 3);

      const grad = contiguous(
        dtype,
        [losses.length],
        losses.map(() => chance.next()),
      );
      const [picked, slope] = [x.copy(), x.copy()];
      const [expectedPicked, expectedSlope] = [x.copy(), x.copy()];
      expectedPicked.data.fill(0 as never);
      places.forEach(({ o, i, target, factor }, place) => {
        const scale =
          factor === 0 ? 0 : (factor * Number(grad.data[reduction === 0 ? place : 0])) / (reduction === 1 ? total : 1);
        if (factor !== 0) expectedPicked.set([o, target, i], -scale);
        for (let k = 0; k < sizes[1]; k++) {
          expectedSlope.set([o, k, i], scale * (Math.exp(logs.get([o, k, i])) - (k === target ? 1 : 0)));
        }
      });
      const operands = (out: Operand, more: Operand[]) =>
        [out, grad, ...more, targets, weight, totals].map(stillBut(weight));
      expect(run('nll_loss_backward', sizes, operands(picked, []), scalars)).toBe(Status.ok);
      expect(run('cross_entropy_backward', sizes, operands(slope, [logs]), scalars)).toBe(Status.ok);
      expect(differences(picked, expectedPicked, tolerance)).toEqual([]);
      expect(differences(slope, expectedSlope, tolerance)).toEqual([]);
    }
  });
});

const stillBut =
  (weight: Operand) =>
  (operand: Operand): Operand =>
    operand === weight ? operand : still(operand);

it('refuses a target that is no class, before anything is written', () => {
  const x = contiguous('float32', [2, 3, 1], [1, 2, 3, 4, 5, 6]);
  const one = new Operand('float32', new Float32Array([1]), 0, [0, 0, 0]);
  for (const wrong of [-1, 3]) {
    const [loss, total, logs] = [9, 9, 9].map((value) => contiguous('float32', [1, 1, 1], [value]));
    const targets = new Operand('int64', new BigInt64Array([0n, BigInt(wrong)]), 0, [0, 0, 0]);
    expect(run('nll_loss', [2, 3, 1], [loss, total, x, targets, one], [1, -100])).toBe(Status.indexOutOfRange);
    expect(failure()).toMatchObject({ dim: 1, value: wrong, limit: 3 });
    expect(run('cross_entropy', [2, 3, 1], [loss, total, logs, x, targets, one], [1, -100])).toBe(
      Status.indexOutOfRange,
    );
    expect([loss, total, logs].map(({ data }) => data[0])).toEqual([9, 9, 9]);
  }
});
