import { describe, expect, it } from 'vitest';
import {
  Chance,
  contiguous,
  type DType,
  differences,
  floating,
  indices,
  type Operand,
  run,
  Status,
} from './instruction.js';

/** A step of one element: [param, grad, …state] before, and after. */
type Formula = (x: number[], scalars: number[]) => number[];

const sgd: Formula = ([param, grad, buffer], [rate, momentum, dampening, decay, nesterov, maximize, first]) => {
  let slope = (maximize ? -grad : grad) + decay * param;
  if (buffer === undefined) return [param - rate * slope, grad];
  const next = first ? slope : momentum * buffer + (1 - dampening) * slope;
  slope = nesterov ? slope + momentum * next : next;
  return [param - rate * slope, grad, next];
};

const adam =
  (step: number): Formula =>
  ([param, grad, mean, square, largest], [rate, beta1, beta2, eps, decay, decoupled, maximize]) => {
    const slope = (maximize ? -grad : grad) + (decoupled ? 0 : decay * param);
    const start = decoupled ? param * (1 - rate * decay) : param;
    const nextMean = beta1 * mean + (1 - beta1) * slope;
    const nextSquare = beta2 * square + (1 - beta2) * slope * slope;
    const bound = largest === undefined ? nextSquare : Math.max(largest, nextSquare);
    const spread = Math.sqrt(bound) / Math.sqrt(1 - beta2 ** step) + eps;
    const after = start - ((rate / (1 - beta1 ** step)) * nextMean) / spread;
    return [after, grad, nextMean, nextSquare, ...(largest === undefined ? [] : [bound])];
  };

function check(
  name: string,
  dtype: DType,
  sizes: number[],
  tensors: number,
  scalars: number[],
  formula: Formula,
  chance: Chance,
  counter: Operand[] = [],
): void {
  const operands = Array.from({ length: tensors }, (_, k) =>
    // Second moments are positive.
    chance.operand(dtype, sizes, { expand: k === 1, value: k < 3 ? undefined : () => chance.next() }),
  );
  const expected = operands.map((operand) => operand.copy());
  for (const index of indices(sizes)) {
    const after = formula(
      operands.map((operand) => operand.get(index)),
      scalars,
    );
    after.forEach((value, k) => {
      if (k !== 1) expected[k].set(index, value);
    });
  }
  const call = `${name} ${dtype} [${sizes}] ${tensors} tensors, ${scalars}`;
  const status = run(name, sizes, [...operands, ...counter], scalars);
  const tolerance = dtype === 'float32' ? 2e-6 : 1e-14;
  const found = operands.flatMap((operand, k) => differences(operand, expected[k], tolerance));
  expect({ call, status, found }).toEqual({ call, status: Status.ok, found: [] });
}

/** Every count up to twice the widest vector, some layouts, and enough for several threads. */
function shapes(chance: Chance): number[][] {
  const counts = Array.from({ length: 34 }, (_, n) => [n]);
  const layouts = Array.from({ length: 40 }, () =>
    Array.from({ length: chance.between(0, 3) }, () => chance.between(0, 7)),
  );
  return [...counts, ...layouts, [3, 700], [200_000]];
}

const flags = (chance: Chance, count: number): number[] => Array.from({ length: count }, () => chance.between(0, 1));

describe.each(floating)('of %s', (dtype) => {
  it('sgd_step agrees with a plain loop', () => {
    const chance = new Chance(1);
    for (const sizes of shapes(chance)) {
      for (const tensors of [2, 3]) {
        const scalars = [0.25, 0.875, chance.pick([0, 0.25]), chance.pick([0, 0.125]), ...flags(chance, 3)];
        check('sgd_step', dtype, sizes, tensors, scalars, sgd, chance);
      }
    }
  });

  it('adam_step agrees with a plain loop, and counts', () => {
    const chance = new Chance(2);
    for (const sizes of shapes(chance)) {
      for (const tensors of [4, 5]) {
        const before = chance.between(0, 9);
        const counter = contiguous('float32', [], [before]).repeated(0, sizes.length);
        const scalars = [0.25, 0.875, 0.75, 0.125, chance.pick([0, 0.125]), ...flags(chance, 2)];
        check('adam_step', dtype, sizes, tensors, scalars, adam(before + 1), chance, [counter]);
        expect(counter.values()).toEqual([before + 1]);
      }
    }
  });
});

it('adam_step keeps a NaN in the largest square', () => {
  const tensor = (value: number) => contiguous('float32', [9], new Float32Array(9).fill(value));
  const [param, grad, mean, square, largest] = [1, Number.NaN, 0, 0, 1].map(tensor);
  const counter = contiguous('float32', [], [0]).repeated(0, 1);
  const scalars = [0.25, 0.875, 0.75, 0.125, 0, 0, 0];
  expect(run('adam_step', [9], [param, grad, mean, square, largest, counter], scalars)).toBe(Status.ok);
  expect(largest.values()).toEqual(new Array(9).fill(Number.NaN));
});

it('refuses other numbers of operands and scalars, and other dtypes', () => {
  const param = contiguous('float32', [2], [1, 2]);
  const double = contiguous('float64', [2], [1, 2]);
  const counter = contiguous('float32', [], [0]).repeated(0, 1);
  const sgdScalars = [1, 0, 0, 0, 0, 0, 0];
  const adamScalars = [1, 0.5, 0.5, 0, 0, 0, 0];
  expect(run('sgd_step', [2], [param, param], [1, 0])).toBe(Status.badInstruction);
  expect(run('sgd_step', [2], [param, double], sgdScalars)).toBe(Status.badInstruction);
  expect(run('sgd_step', [2], [param, param, param, param], sgdScalars)).toBe(Status.badInstruction);
  expect(run('sgd_step', [2], [param], sgdScalars)).toBe(Status.badInstruction);
  expect(run('adam_step', [2], [param, param, param, param, double], adamScalars)).toBe(Status.badInstruction);
  expect(run('adam_step', [2], [param, param, double, param, counter], adamScalars)).toBe(Status.badInstruction);
  const whole = contiguous('int32', [2], [1, 2]);
  expect(run('sgd_step', [2], [whole, whole], sgdScalars)).toBe(Status.unsupported);
  expect(param.values()).toEqual([1, 2]);
});
