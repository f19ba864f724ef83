import { describe, expect, it } from 'vitest';
import {
  binding,
  Chance,
  contiguous,
  type DType,
  differences,
  floating,
  indices,
  Operand,
  run,
  Status,
} from './instruction.js';

/** What a convolution relates, along three dimensions. */
interface Geometry {
  batch: number;
  groups: number;
  outs: number;
  ins: number;
  image: number[];
  kernel: number[];
  stride: number[];
  padding: number[];
  dilation: number[];
}

const responseOf = ({ image, kernel, stride, padding, dilation }: Geometry): number[] =>
  image.map((size, d) => Math.floor((size + 2 * padding[d] - dilation[d] * (kernel[d] - 1) - 1) / stride[d]) + 1);

const three = (make: (dim: number) => number): number[] => [0, 1, 2].map(make);

/** Of 1, 2 or 3 dimensions; those in front are of size 1. */
function randomGeometry(chance: Chance): Geometry {
  const first = chance.between(0, 2);
  const along = (low: number, high: number, fill = 1): number[] =>
    three((d) => (d < first ? fill : chance.between(low, high)));
  return {
    batch: chance.between(1, 3),
    groups: chance.pick([1, 1, 1, 2, 3]),
    outs: chance.between(1, 13),
    ins: chance.between(1, 5),
    image: along(1, [6, 12, 60][first]),
    kernel: along(1, 3),
    stride: along(1, 3),
    padding: along(0, 2, 0),
    dilation: along(1, 2),
  };
}

/** Every product of the three arrays' elements: their positions. */
function* products(g: Geometry): Generator<[image: number[], kernel: number[], response: number[]]> {
  const response = responseOf(g);
  for (const [n, group, m, c, ...rest] of indices([g.batch, g.groups, g.outs, g.ins, ...response, ...g.kernel])) {
    const [y, k] = [rest.slice(0, 3), rest.slice(3)];
    const x = y.map((at, d) => at * g.stride[d] - g.padding[d] + k[d] * g.dilation[d]);
    if (x.some((at, d) => at < 0 || at >= g.image[d])) continue;
    yield [
      [n, group * g.ins + c, ...x],
      [group * g.outs + m, c, ...k],
      [n, group * g.outs + m, ...y],
    ];
  }
}

function shapes(g: Geometry): number[][] {
  const response = responseOf(g);
  return [
    [g.batch, g.groups * g.ins, ...g.image],
    [g.groups * g.outs, g.ins, ...g.kernel],
    [g.batch, g.groups * g.outs, ...response],
  ];
}

const count = (shape: number[]): number => shape.reduce((product, size) => product * size, 1);

/** With room behind the elements, which must stay as it is. */
function filled(dtype: DType, shape: number[], value: () => number): Operand {
  const operand = contiguous(
    dtype,
    [count(shape) + 7],
    Array.from({ length: count(shape) + 7 }, (_, i) => (i < count(shape) ? value() : 99)),
  );
  const strides = shape.map((_, dim) => count(shape.slice(dim + 1)));
  return new Operand(dtype, operand.data, 0, strides);
}

/** Whether one of the three, computed from the others, agrees with a plain loop. */
function check(opcode: string, dtype: DType, g: Geometry, chance: Chance): void {
  const roles = shapes(g).map((shape) => filled(dtype, shape, () => chance.value(dtype)));
  const target = ['conv_image', 'conv_kernel', 'conv_response'].indexOf(opcode);
  const out = filled(dtype, shapes(g)[target], () => 77);
  const bias = target === 1 ? null : filled(dtype, [shapes(g)[target][1]], () => chance.value(dtype));
  const exact = new Operand('float64', Float64Array.from(out.data, Number), 0, out.strides);
  for (const index of indices(shapes(g)[target])) exact.set(index, bias ? bias.get([index[1]]) : 0);
  for (const at of products(g)) {
    const factors = [0, 1, 2].filter((role) => role !== target).map((role) => roles[role].get(at[role]));
    exact.set(at[target], exact.get(at[target]) + factors[0] * factors[1]);
  }
  const inputs = [roles[0], roles[2], roles[1]].filter((operand) => operand !== roles[target]);
  const operands = [out, ...inputs, ...(bias ? [bias] : [])];
  const none = new Array<number>(10).fill(0);
  const sizes = [g.batch, g.groups, g.outs, g.ins, ...responseOf(g), ...g.kernel];
  const scalars = three((d) => d).flatMap((d) => [g.image[d], g.stride[d], g.padding[d], g.dilation[d]]);
  const flat = operands.map(({ dtype: type, data }) => new Operand(type, data, 0, none));
  const status = run(opcode, sizes, flat, scalars);
  const tolerance = dtype === 'float32' ? 1e-4 : 1e-12;
  expect({ g, status, differences: differences(out, exact, tolerance).slice(0, 3) }).toEqual({
    g,
    status: Status.ok,
    differences: [],
  });
}

describe.each(['conv_response', 'conv_image', 'conv_kernel'])('%s', (opcode) => {
  it.each(floating)('of %s agrees with a plain loop whatever the geometry, on one thread and on two', (dtype) => {
    const chance = new Chance(3);
    const threads = binding.getThreads();
    for (let i = 0; i < 150; ) {
      const geometry = randomGeometry(chance);
      if (responseOf(geometry).some((size) => size < 1)) continue;
      binding.setThreads(1 + (i++ % 2));
      check(opcode, dtype, geometry, chance);
    }
    binding.setThreads(threads);
  });

  it('goes through several blocks, chunks of channels, and threads', () => {
    const flat = { batch: 1, groups: 1, stride: [1, 1, 1], dilation: [1, 1, 1] };
    const chance = new Chance(4);
    const threads = binding.getThreads();
    binding.setThreads(2);
    const wide = { ...flat, outs: 3, ins: 2, image: [1, 1, 5000], kernel: [1, 1, 3], padding: [0, 0, 1] };
    const deep = { ...flat, outs: 9, ins: 90, image: [1, 9, 9], kernel: [1, 3, 3], padding: [0, 1, 1] };
    const tall = { ...flat, outs: 5, ins: 20, image: [1, 60, 40], kernel: [1, 3, 2], padding: [0, 0, 0] };
    for (const geometry of [wide, deep, tall]) check(opcode, 'float32', geometry, chance);
    check(opcode, 'float32', { ...tall, stride: [1, 2, 3] }, chance);
    binding.setThreads(threads);
  });

  it('refuses words that are too few', () => {
    const operand = contiguous('float32', [1], [1]);
    expect(run(opcode, [1], [operand, operand, operand])).toBe(Status.badInstruction);
  });
});

it('answers that there is no memory for a copy beyond all bounds', () => {
  const none = new Array<number>(10).fill(0);
  const operand = new Operand('float32', new Float32Array(4), 0, none);
  const sizes = [1, 1, 1, 1, 1, 1, 1, 1, 1, 2];
  const scalars = [1, 1, 0, 1, 1, 1, 0, 1, 2, 1, 2 ** 50, 2 ** 50];
  expect(run('conv_response', sizes, [operand, operand, operand], scalars)).toBe(6);
});
