import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { contiguous, type DType, failure, Operand, run, Status } from './instruction.js';

interface Case {
  opcode: string;
  dtype: DType;
  seed: [number, number];
  scalars: number[];
  size: number;
  stride: number;
  probabilities?: { dtype: DType; values: number[] };
  values: number[];
}
interface Golden {
  cases: Case[];
  stream: number[][];
  state: string;
  weights: number[][];
  multinomial: Record<'float32' | 'float64', number[]>;
}
const golden: Golden = JSON.parse(readFileSync(new URL('../golden/random_numbers.json', import.meta.url), 'utf8'));

function seeded(low: number, high = 0): Operand {
  const state = new BigInt64Array(632);
  expect(run('seed', [], [new Operand('int64', state, 0, [])], [low, high])).toBe(Status.ok);
  return new Operand('int64', state, 0, [0]);
}

function draw(one: Case): number[] {
  const { opcode, dtype, size, stride, scalars, probabilities } = one;
  const memory = contiguous(dtype, [size, stride], new Float64Array(size * stride));
  const out = new Operand(dtype, memory.data, 0, [stride]);
  const operands = [out, seeded(...one.seed)];
  if (probabilities) operands.push(contiguous(probabilities.dtype, [size], probabilities.values));
  expect(run(opcode, [size], operands, scalars)).toBe(Status.ok);
  return memory.values().filter((_, i) => i % stride === 0);
}

describe("PyTorch's random numbers, to the last bit", () => {
  it.each([...new Set(golden.cases.map(({ opcode }) => opcode))])('%s', (opcode) => {
    for (const one of golden.cases.filter((other) => other.opcode === opcode)) {
      const { values, probabilities, ...given } = one;
      const drawn = draw(one);
      expect({ ...given, values: drawn.slice(-values.length || one.size) }).toEqual({ ...given, values });
    }
  });

  it('continue from draw to draw, up to the state itself', () => {
    const state = seeded(5);
    golden.stream.forEach((values, i) => {
      const out = contiguous('float32', [values.length], new Float64Array(values.length));
      const opcode = i === 1 || i === 4 ? 'random_uniform' : 'random_normal';
      expect(run(opcode, [values.length], [out, state], [0, 1])).toBe(Status.ok);
      expect(out.values()).toEqual(values);
    });
    expect(Buffer.from(state.data.buffer).toString('base64')).toBe(golden.state);
  });

  /** Draws from rows of weights that lie in memory transposed. */
  function multinomial(dtype: DType, weights: number[][], count: number): [number, Operand] {
    const [rows, categories] = [weights.length, weights[0].length];
    const transposed = weights[0].flatMap((_, j) => weights.map((row) => row[j]));
    const out = contiguous('int64', [rows, count], new Float64Array(rows * count));
    const state = new Operand('int64', seeded(5).data, 0, [0, 0]);
    const { data } = contiguous(dtype, [categories, rows], transposed);
    const operands = [out, state, new Operand(dtype, data, 0, [1, 0])];
    return [run('random_multinomial', [rows, count], operands, [categories, rows]), out];
  }

  it.each(['float32', 'float64'] as const)('random_multinomial of %s', (dtype) => {
    const [status, out] = multinomial(dtype, golden.weights, 30);
    expect(status).toBe(Status.ok);
    expect(out.values()).toEqual(golden.multinomial[dtype]);
  });

  it.each([[-1], [Number.NaN], [Number.POSITIVE_INFINITY], [0]])('refuse the weights %d and 0', (weight) => {
    const [status, out] = multinomial(
      'float64',
      [
        [1, 1],
        [weight, 0],
      ],
      1,
    );
    expect(status).toBe(Status.invalidValue);
    expect(failure()).toMatchObject({ operand: 2, value: weight });
    expect(out.values()).toEqual([0, 0]);
  });

  it('are drawn in the order of memory', () => {
    const [rows, columns] = [3, 4];
    const plain = contiguous('float64', [rows * columns], new Float64Array(rows * columns));
    run('random_uniform', [rows * columns], [plain, seeded(1)], [0, 1]);
    const transposed = new Operand('float64', new Float64Array(rows * columns), 0, [1, columns]);
    const state = new Operand('int64', seeded(1).data, 0, [0, 0]);
    expect(run('random_uniform', [columns, rows], [transposed, state], [0, 1])).toBe(Status.ok);
    expect(transposed.values()).toEqual(plain.values());
  });

  it('are refused from a state that no generator has', () => {
    const out = contiguous('float32', [1], [7]);
    for (const opcode of ['random_uniform', 'random_normal']) {
      const state = seeded(1);
      (state.data as BigInt64Array)[2] = 5000n;
      expect(run(opcode, [1], [out, state], [0, 1])).toBe(Status.invalidValue);
      expect(failure().operand).toBe(1);
    }
    expect(out.values()).toEqual([7]);
  });
});
