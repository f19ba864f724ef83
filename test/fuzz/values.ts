/** Random arguments: what a parameter asks for, and all else that JavaScript has. */
import { dtypes, float32, int64 } from '../../lib/base/dtype.js';
import type { ArgumentKind, Parameter } from '../../lib/base/schema.js';
import * as torch from '../../lib/index.js';
import type { Random } from './random.js';
import { related, type Shape, shape, tensor } from './tensors.js';

// Between the largest tensor that a test may make and the smallest that no machine has memory for, there is nothing.
const numbers = [0, -0, 1, -1, 2, -2, 3, 5, 64, -65, 1e12, -1e12, 2 ** 53 - 1, 2 ** 53, -(2 ** 53), 2 ** 63, 1e300];
const fractions = [0.5, -1.5, 1e-300, Number.NaN, Infinity, -Infinity];
const bigints = [0n, -1n, 2n, 2n ** 53n, 2n ** 63n, -(2n ** 63n), 2n ** 64n, 2n ** 2000n];
const strings = ['', 'mean', 'sum', 'floor', 'trunc', 'ij', 'amax', 'x', '__proto__', '\u0000', '💥'.repeat(40), 'cpu'];

const number = (random: Random): number => random.pick(random.chance(0.7) ? numbers : fractions);

function smallInt(random: Random): number {
  return random.chance(0.9) ? random.int(-3, 4) : random.pick(numbers);
}

const scalar = (random: Random): number | bigint | boolean =>
  random.pick<() => number | bigint | boolean>([
    () => random.int(-3, 3),
    () => number(random),
    () => random.pick(bigints),
    () => random.chance(0.5),
  ])();

function detached(): Float32Array {
  const array = new Float32Array(8);
  structuredClone(array.buffer, { transfer: [array.buffer] });
  return array;
}

function resizable(): Float32Array {
  const growing = ArrayBuffer as unknown as new (bytes: number, options: object) => ArrayBuffer;
  const buffer = new growing(16, { maxByteLength: 64 });
  const array = new Float32Array(buffer);
  (buffer as unknown as { resize(bytes: number): void }).resize(4);
  return array;
}

const binary = (random: Random): unknown =>
  random.pick<() => unknown>([
    () => Float32Array.of(1, Number.NaN, 3),
    () => Float64Array.of(-0, 2),
    () => BigInt64Array.of(-1n, 2n),
    () => new Uint8Array([0, 1, 255]).subarray(1),
    () => new Int16Array(0),
    () => new Uint16Array(3),
    () => new BigUint64Array(2),
    () => new Uint8ClampedArray(5),
    () => new DataView(new ArrayBuffer(8)),
    () => new ArrayBuffer(16),
    () => new SharedArrayBuffer(16),
    () => new Float32Array(new SharedArrayBuffer(16)),
    () => Buffer.from('sconce'),
    detached,
    resizable,
  ])();

function cyclic(): unknown[] {
  const list: unknown[] = [1];
  list.push(list);
  return list;
}

function array(random: Random): unknown {
  const make = (): unknown => (random.chance(0.8) ? smallInt(random) : anything(random, 1));
  return random.pick<() => unknown>([
    () => random.list(random.int(0, 4), make),
    () => [random.list(random.int(0, 3), make), random.list(random.int(0, 3), make)],
    () => random.list(2, () => tensor(random)),
    () => Object.assign([1, 2], { 3: 4 }),
    () => new Array(4_294_967_295),
    () => Object.assign([1, 2], { length: 2 ** 20 }),
    () => shifting([1, 2], random),
    cyclic,
  ])();
}

/** A list that reads otherwise each time. */
function shifting(list: number[], random: Random): unknown {
  return new Proxy(list, {
    get: (target, key) => (key === 'length' || random.chance(0.5) ? Reflect.get(target, key) : anything(random, 1)),
  });
}

export class Odd {
  size = 3;
}

/** An object that throws at whoever looks. */
const hostile = (): object =>
  new Proxy(
    {},
    {
      get: () => raise(),
      ownKeys: () => raise(),
      getPrototypeOf: () => raise(),
      getOwnPropertyDescriptor: () => raise(),
    },
  );

/** Thrown by what the caller passed: to be passed on as it is. */
export class Own extends Error {}

function raise(): never {
  throw new Own("the caller's own");
}

function object(random: Random, depth: number): unknown {
  return random.pick<() => unknown>([
    () => ({}),
    () => ({ dim: smallInt(random), keepdim: true }),
    () => ({ dtype: random.pick(dtypes), requires_grad: random.chance(0.5) }),
    () => ({ [random.pick(['x', 'self', 'input', 'constructor', 'toString', 'out'])]: anything(random, depth + 1) }),
    () => JSON.parse('{"__proto__": 1}'),
    () => Object.create(null),
    () => ({ length: 3, 0: 1 }),
    () => ({ valueOf: raise, toString: raise, [Symbol.toPrimitive]: raise }),
    () => ({
      get dim() {
        return raise();
      },
    }),
    () => new Odd(),
    () => new Map([[1, 2]]),
    () => new Date(Number.NaN),
    () => /x/u,
    hostile,
  ])();
}

export const callable = (random: Random): unknown =>
  random.pick<() => unknown>([
    () => (x: unknown) => x,
    () => (x: torch.Tensor) => x.sum(),
    () => (x: torch.Tensor, y: torch.Tensor) => [x.mul(2), y.mul(x)],
    () => (x: torch.Tensor) => x.detach(),
    () => () => raise,
    () => raise,
    () => () => null,
    () => Odd,
    () => torch.add,
  ])();

/** What the module itself is made of. */
const own = (random: Random): unknown =>
  random.pick<() => unknown>([
    () => torch,
    () => torch.autograd,
    () => torch.Tensor,
    () => torch.Tensor.prototype,
    () => Object.create(torch.Tensor.prototype),
    () => new Proxy(tensor(random), {}),
    () => new torch.Generator(),
    () => torch.Generator,
    () => Object.create(torch.Generator.prototype),
    () => random.pick(dtypes),
    () => torch.dtype,
    () => Reflect.construct(torch.dtype, ['float65', 7, 2, 'Odd', Uint8Array, true]),
    () => Object.create(torch.dtype.prototype),
    () => new torch.Slice(0, null, 2),
    () => Object.create(torch.Slice.prototype),
    () => Object.assign(Object.create(torch.Slice.prototype), { start: 0, stop: 1e9, step: 0 }),
    () => torch.ones(2, { requires_grad: true }).mul(2).grad_fn,
  ])();

/** Any value at all. */
export function anything(random: Random, depth = 0): unknown {
  if (depth > 2) return number(random);
  return random.pick<() => unknown>([
    () => undefined,
    () => null,
    () => random.chance(0.5),
    () => number(random),
    () => random.pick(bigints),
    () => random.pick(strings),
    () => random.pick([Symbol('s'), Symbol.iterator]),
    () => binary(random),
    () => array(random),
    () => object(random, depth),
    () => callable(random),
    () => own(random),
    () => tensor(random),
    () => tensor(random),
  ])();
}

const sizes = (random: Random, base: Shape): number[] =>
  random.chance(0.5) ? shape(random) : random.list(random.int(0, base.length), () => smallInt(random));

function index(random: Random, base: Shape): unknown {
  const part = (): number | null => (random.chance(0.4) ? null : random.int(-3, 4));
  return random.pick<() => unknown>([
    () => smallInt(random),
    () => null,
    () => '...',
    () => random.chance(0.5),
    () => new torch.Slice(part(), part(), random.pick([null, 1, 2])),
    () => random.list(random.int(0, 3), () => smallInt(random)),
    () => tensor(random, related(random, base), random.pick([int64, torch.bool, torch.uint8])),
  ])();
}

/** For a parameter whose kind the schema leaves to the operator. */
const untyped = (random: Random, base: Shape): unknown =>
  random.pick<() => unknown>([
    () => random.list(random.int(0, 3), () => index(random, base)),
    () => sizes(random, base),
    () => array(random),
    () => binary(random),
    () => callable(random),
    () => tensor(random, related(random, base)),
    () => 'cpu',
    () => null,
  ])();

/** A value of this kind, seldom one that makes sense beside the others. */
function fitting(kind: ArgumentKind, random: Random, base: Shape): unknown {
  const one = (): torch.Tensor =>
    tensor(random, related(random, base), random.pick([undefined, undefined, float32, int64]));
  const several = (): torch.Tensor[] => random.list(random.int(0, 3), one);
  switch (kind) {
    case 'Tensor':
      return one();
    case 'Scalar':
      return scalar(random);
    case 'Operand':
      return random.chance(0.7) ? one() : scalar(random);
    case 'int':
      return smallInt(random);
    case 'float':
      return random.chance(0.5) ? random.next() : number(random);
    case 'bool':
      return random.chance(0.5);
    case 'str':
      return random.pick(strings);
    case 'ScalarType':
      return random.pick(dtypes);
    case 'Generator':
      return new torch.Generator();
    case 'int[]':
      return sizes(random, base);
    case 'int[1]':
      return random.chance(0.5) ? smallInt(random) : sizes(random, base);
    case 'Tensor[]':
      return several();
    case 'Tensor[1]':
      return random.chance(0.3) ? one() : several();
    case 'Tensor?[1]':
      return random.chance(0.3) ? one() : [...several(), null];
    case 'Any':
      return untyped(random, base);
  }
}

/** Arguments for a function of these parameters; `base` is the shape that its tensors share, more or less. */
export function argumentsOf(parameters: readonly Parameter[], random: Random, base: Shape): unknown[] {
  const careless = random.chance(0.3);
  const value = ({ kind }: Parameter): unknown =>
    careless && random.chance(0.3) ? anything(random) : fitting(kind, random, base);
  const optional = parameters.findIndex(({ hasDefault, keywordOnly }) => hasDefault || keywordOnly);
  const first = optional < 0 ? parameters.length : optional;
  const positional = parameters.filter(({ keywordOnly }) => !keywordOnly).length;
  const given = random.int(first, Math.max(first, positional));
  const args: unknown[] = parameters.slice(0, given).map(value);
  const rest = parameters.slice(given).filter(({ hasDefault }) => !hasDefault || random.chance(0.3));
  if (rest.length > 0) args.push(Object.fromEntries(rest.map((parameter) => [parameter.name, value(parameter)])));
  if (random.chance(0.03)) args.push(anything(random));
  return args;
}

/** Arguments for a function of which nothing is known. */
export const anyArguments = (random: Random): unknown[] =>
  random.list(random.int(0, 4), () => (random.chance(0.4) ? callable(random) : anything(random)));
