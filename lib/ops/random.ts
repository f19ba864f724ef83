/** Random tensors: the numbers PyTorch's CPU gives for the same seed. */
import { bool, type DType, get_default_dtype, int64 } from '../base/dtype.js';
import { RuntimeError, unsupportedError } from '../base/errors.js';
import { opcode } from '../engine/native.js';
import { begin, operand, run, scalar } from '../engine/program.js';
import type { Scalar } from '../op/context.js';
import { checkDevice, checkSizes, finish, type TensorOptions } from '../op/factory.js';
import { default_generator, emitState, type Generator } from '../op/generator.js';
import { method, op, overloaded } from '../op/op.js';
import { converted } from '../op/pointwise.js';
import { emptyTensor, Tensor } from '../tensor.js';

interface Drawn {
  generator?: Generator | null;
}
type RandomOptions = TensorOptions & Drawn;

/** Fills `out` with draws of an opcode. */
function draw(name: string, out: Tensor, generator: Generator | null, scalars: readonly number[], p?: Tensor): Tensor {
  if (out.count === 0) return out;
  begin(opcode(name), out.sizes, p === undefined ? 2 : 3);
  operand(out, out.strides);
  emitState(generator ?? default_generator, out.ndim);
  if (p !== undefined) operand(p, p.strides);
  for (const value of scalars) scalar(value);
  run(name, out.dtype);
  return out;
}

/** `name(size, *, generator, dtype, …)`: a new tensor of draws. */
type Factory = (...size: [...number[]] | [...number[], RandomOptions] | [readonly number[], RandomOptions?]) => Tensor;

const options = 'Generator? generator=None, ScalarType? dtype=None, bool requires_grad=False, Any device=None';

function checkFloating(name: string, dtype: DType): DType {
  if (dtype.is_floating_point) return dtype;
  throw unsupportedError(name, dtype);
}

function factory(name: 'rand' | 'randn', opcodeName: string): Factory {
  return op(`${name}(int[] size, *, ${options}) -> Tensor`, {
    forward: (
      size: number[],
      generator: Generator | null,
      dtype: DType | null,
      requires_grad: boolean,
      device: unknown,
    ) => {
      checkDevice(name, device);
      const out = emptyTensor(checkSizes(name, size), checkFloating(name, dtype ?? get_default_dtype()));
      return finish(draw(opcodeName, out, generator, [0, 1]), requires_grad);
    },
  });
}

/** Uniform in [0, 1). */
export const rand: Factory = factory('rand', 'random_uniform');
/** Normal, of mean 0 and variance 1. */
export const randn: Factory = factory('randn', 'random_normal');

type Like = (self: Tensor, options?: Omit<RandomOptions, 'generator'>) => Tensor;

function like(name: 'rand_like' | 'randn_like', opcodeName: string): Like {
  return op(`${name}(Tensor self, *, ScalarType? dtype=None, bool requires_grad=False, Any device=None) -> Tensor`, {
    forward: (self: Tensor, dtype: DType | null, requires_grad: boolean, device: unknown) => {
      checkDevice(name, device);
      const out = emptyTensor(self.sizes, checkFloating(name, dtype ?? self.dtype));
      return finish(draw(opcodeName, out, null, [0, 1]), requires_grad);
    },
    only: 'function',
  });
}

/** Uniform in [0, 1), in the shape and dtype of a tensor. */
export const rand_like: Like = like('rand_like', 'random_uniform');
/** Normal, of mean 0 and variance 1, in the shape and dtype of a tensor. */
export const randn_like: Like = like('randn_like', 'random_normal');

/** Whole numbers in [low, high). */
function integers(out: Tensor, low: number, high: number, generator: Generator | null): Tensor {
  if (low >= high) {
    throw new RuntimeError(`random_ expects 'from' to be less than 'to', but got from=${low} >= to=${high}`);
  }
  checkRange(out.dtype, low, high - 1);
  const range = BigInt(high) - BigInt(low);
  return draw('random_integers', out, generator, [low, Number(range & 0xffffffffn), Number(range >> 32n)]);
}

/** @throws RuntimeError when the dtype cannot hold the ends exactly. */
function checkRange(dtype: DType, low: number, high: number): void {
  const largest = dtype.is_floating_point
    ? 2 ** (dtype.itemsize === 4 ? 24 : 53)
    : dtype === bool
      ? 1
      : 2 ** (dtype.itemsize * 8 - Number(dtype.is_signed)) - 1;
  const smallest = dtype.is_floating_point ? -largest : dtype.is_signed ? -largest - 1 : 0;
  for (const [name, value] of [['from', low] as const, ['to - 1', high] as const]) {
    if (value < smallest || value > largest) {
      throw new RuntimeError(`random_: ${name} = ${value} is out of bounds for ${dtype.scalarName}`);
    }
  }
}

type Randint = (
  ...args:
    | [high: number, size: readonly number[], options?: RandomOptions]
    | [low: number, high: number, size: readonly number[], options?: RandomOptions]
) => Tensor;

function randintOf(
  low: number,
  high: number,
  size: number[],
  generator: Generator | null,
  dtype: DType | null,
  requires_grad: boolean,
  device: unknown,
): Tensor {
  checkDevice('randint', device);
  return finish(
    integers(emptyTensor(checkSizes('randint', size), dtype ?? int64), low, high, generator),
    requires_grad,
  );
}

/** Whole numbers, each equally likely, in [low, high); int64 unless `dtype` says otherwise. */
export const randint: Randint = overloaded(
  'randint',
  op(`randint(int high, int[1] size, *, ${options}) -> Tensor`, {
    forward: (high, size, ...rest) => randintOf(0, high, size, ...(rest as [null, null, boolean, unknown])),
  }),
  op(`randint.low(int low, int high, int[1] size, *, ${options}) -> Tensor`, {
    forward: (low, high, size, ...rest) => randintOf(low, high, size, ...(rest as [null, null, boolean, unknown])),
  }),
);

/** Whole numbers in [low, high) in the shape and dtype of a tensor. */
export const randint_like: (
  self: Tensor,
  ...args: [high: number, options?: TensorOptions] | [low: number, high: number, options?: TensorOptions]
) => Tensor = overloaded(
  'randint_like',
  op('randint_like(Tensor self, int high, *, ScalarType? dtype=None) -> Tensor', {
    forward: (self, high, dtype) => integers(emptyTensor(self.sizes, dtype ?? self.dtype), 0, high, null),
    only: 'function',
  }),
  op('randint_like.low_dtype(Tensor self, int low, int high, *, ScalarType? dtype=None) -> Tensor', {
    forward: (self, low, high, dtype) => integers(emptyTensor(self.sizes, dtype ?? self.dtype), low, high, null),
    only: 'function',
  }),
);

/** The numbers 0 … n - 1 in a random order. */
export const randperm: (n: number, options?: RandomOptions) => Tensor = op(`randperm(int n, *, ${options}) -> Tensor`, {
  forward: (n, generator, dtype, requires_grad, device) => {
    checkDevice('randperm', device);
    if (n < 0) throw new RuntimeError(`n must be non-negative, got ${n}`);
    const order = draw('random_permutation', emptyTensor(checkSizes('randperm', [n]), int64), generator, []);
    return finish(converted(order, dtype ?? int64), requires_grad);
  },
});

/** Draws that overwrite a tensor; its old value gets the gradient 0. */
function filling(
  name: string,
  schema: string,
  fill: (self: Tensor, ...values: never[]) => Tensor,
  node?: string | ((...values: unknown[]) => string),
): unknown {
  return op(`${name}(Tensor self, ${schema}) -> Tensor`, {
    forward: fill as (...values: unknown[]) => Tensor,
    backward: { self: (grad) => grad.mul(0) },
    writes: true,
    node,
  });
}

type Fill<A extends unknown[], K> = (self: Tensor, ...args: Trailing<A, K & Drawn>) => Tensor;
type Trailing<A extends unknown[], K> = [...Partial<A>] | [...Partial<A>, K] | [K];

/** Overwrites with uniform numbers in [from, to). */
export const uniform_: Fill<[from: number, to: number], { from?: number; to?: number }> = filling(
  'uniform_',
  'float from=0, float to=1, *, Generator? generator=None',
  (self: Tensor, from: number, to: number, generator: Generator | null) => {
    if (!(from <= to)) {
      throw new RuntimeError(`uniform_ expects to return a [from, to) range, but found from=${from} > to=${to}`);
    }
    checkFloating('check_uniform_bounds', self.dtype);
    return draw('random_uniform', self, generator, [from, to]);
  },
) as never;

function checkDeviation(std: number): void {
  if (!(std >= 0)) throw new RuntimeError(`normal expects std >= 0.0, but found std ${std}`);
}

/** Overwrites with normal numbers. */
export const normal_: Fill<[mean: number, std: number], { mean?: number; std?: number }> = filling(
  'normal_',
  'float mean=0, float std=1, *, Generator? generator=None',
  (self: Tensor, mean: number, std: number, generator: Generator | null) => {
    checkDeviation(std);
    checkFloating('normal_kernel_cpu', self.dtype);
    return draw('random_normal', self, generator, [mean, std]);
  },
) as never;

/** Overwrites with numbers of density λ·exp(-λx). */
export const exponential_: Fill<[lambd: number], { lambd?: number }> = filling(
  'exponential_',
  'float lambd=1, *, Generator? generator=None',
  (self: Tensor, lambd: number, generator: Generator | null) => {
    if (!(lambd >= 0)) throw new RuntimeError(`exponential_ expects lambda >= 0.0, but found lambda=${lambd}`);
    checkFloating('exponential_cpu', self.dtype);
    return draw('random_exponential', self, generator, [lambd]);
  },
) as never;

/** Overwrites with exp of normal numbers. */
export const log_normal_: Fill<[mean: number, std: number], { mean?: number; std?: number }> = filling(
  'log_normal_',
  'float mean=1, float std=2, *, Generator? generator=None',
  (self: Tensor, mean: number, std: number, generator: Generator | null) => {
    if (!(std > 0)) throw new RuntimeError(`log_normal_ expects std > 0.0, but found std=${std}`);
    checkFloating('log_normal_cpu', self.dtype);
    return draw('random_log_normal', self, generator, [mean, std]);
  },
) as never;

/** Overwrites with numbers of the Cauchy distribution. */
export const cauchy_: Fill<[median: number, sigma: number], { median?: number; sigma?: number }> = filling(
  'cauchy_',
  'float median=0, float sigma=1, *, Generator? generator=None',
  (self: Tensor, median: number, sigma: number, generator: Generator | null) => {
    checkFloating('cauchy_cpu', self.dtype);
    return draw('random_cauchy', self, generator, [median, sigma]);
  },
) as never;

/** Overwrites with the number of tries up to the first success, each of probability `p`. */
export const geometric_: (self: Tensor, p: number, options?: Drawn) => Tensor = filling(
  'geometric_',
  'float p, *, Generator? generator=None',
  (self: Tensor, p: number, generator: Generator | null) => {
    if (!(p > 0 && p < 1)) throw new RuntimeError(`geometric_ expects p to be in (0, 1), but got p=${p}`);
    return draw('random_geometric', self, generator, [p]);
  },
) as never;

/** Overwrites with 1 at probability `p` (a number, or a tensor that broadcasts), else 0. */
export const bernoulli_: Fill<[p: number | Tensor], { p?: number | Tensor }> = filling(
  'bernoulli_',
  'Operand p=0.5, *, Generator? generator=None',
  (self: Tensor, p: number | Tensor, generator: Generator | null) => bernoulliInto(self, p, generator),
  (_self, p) => (p instanceof Tensor ? 'BernoulliBackward1' : 'BernoulliBackward2'),
) as never;

function bernoulliInto(out: Tensor, p: Scalar | Tensor, generator: Generator | null): Tensor {
  if (p instanceof Tensor) {
    checkFloating('bernoulli', p.dtype);
    if (p.count > 0 && !(p.ge(0).all().item() && p.le(1).all().item())) {
      throw new RuntimeError('Expected p_in >= 0 && p_in <= 1 to be true, but got a probability outside.');
    }
    return draw('random_bernoulli', out, generator, [], p.detach().expand(out.sizes));
  }
  const probability = Number(p);
  if (!(probability >= 0 && probability <= 1)) {
    throw new RuntimeError(`bernoulli_ expects p to be in [0, 1], but got p=${probability}`);
  }
  return draw('random_bernoulli', out, generator, [probability]);
}

function drawTruth(self: Tensor, p: number | Tensor, generator: Generator | null): Tensor {
  checkFloating('bernoulli_tensor_cpu_self_', self.dtype);
  return bernoulliInto(emptyTensor(self.sizes, self.dtype), p, generator);
}

/** 1 with the probability that each element tells (or with `p`), else 0. */
export const bernoulli: (self: Tensor, ...args: [options?: Drawn] | [p: number, options?: Drawn]) => Tensor =
  overloaded(
    'bernoulli',
    op('bernoulli(Tensor self, *, Generator? generator=None) -> Tensor', {
      forward: (self, generator) => drawTruth(self, self, generator),
      backward: { self: (grad) => grad.mul(0) },
    }),
    op('bernoulli.p(Tensor self, float p, *, Generator? generator=None) -> Tensor', {
      forward: (self, p, generator) => drawTruth(self, p, generator),
    }),
  );

/** Overwrites with whole numbers: in [from, to), in [0, to), or in the dtype's whole range. */
export const random_: (
  self: Tensor,
  ...args: [options?: Drawn] | [to: number, options?: Drawn] | [from: number, to: number | null, options?: Drawn]
) => Tensor = overloaded(
  'random_',
  op('random_(Tensor self, *, Generator? generator=None) -> Tensor', {
    forward: (self, generator) => draw('random_full', self, generator, []),
    backward: { self: (grad) => grad.mul(0) },
    writes: true,
    node: 'RandomBackward2',
  }),
  op('random_.to(Tensor self, int to, *, Generator? generator=None) -> Tensor', {
    forward: (self, to, generator) => integers(self, 0, to, generator),
    backward: { self: (grad) => grad.mul(0) },
    writes: true,
    node: 'RandomBackward1',
  }),
  op('random_.from(Tensor self, int from, int to, *, Generator? generator=None) -> Tensor', {
    forward: (self, from, to, generator) => integers(self, from, to, generator),
    backward: { self: (grad) => grad.mul(0) },
    writes: true,
    node: 'RandomBackward0',
  }),
);

const normalOf: (
  mean: number,
  std: number,
  size: number[],
  generator: Generator | null,
  dtype: DType | null,
) => Tensor = op('normal(float mean, float std, int[] size, Generator? generator, ScalarType? dtype) -> Tensor', {
  forward: (mean, std, size, generator, dtype) => {
    const out = emptyTensor(checkSizes('normal', size), checkFloating('normal', dtype ?? get_default_dtype()));
    return draw('random_normal', out, generator, [mean, std]);
  },
});
const standardLike: (self: Tensor, generator: Generator | null) => Tensor = op(
  '_standard_normal_like(Tensor self, Generator? generator) -> Tensor',
  {
    forward: (self, generator) => draw('random_normal', emptyTensor(self.sizes, self.dtype), generator, [0, 1]),
    only: 'function',
  },
);

/** Normal numbers whose mean and standard deviation are tensors or numbers; with two numbers, `size` is needed. */
export const normal: (
  mean: Tensor | number,
  std?: Tensor | number,
  ...size: [options?: RandomOptions] | [size: readonly number[], options?: RandomOptions]
) => Tensor = method(
  `normal(Operand mean, Operand std=1, int[1]? size=None, *, ${options}) -> Tensor`,
  (mean, std, size, generator, dtype, requires_grad): Tensor => {
    if (typeof std === 'number') checkDeviation(std);
    if (!(mean instanceof Tensor) && !(std instanceof Tensor)) {
      if (size === null) throw new TypeError('normal(): size is needed when mean and std are numbers');
      return finish(normalOf(Number(mean), Number(std), size, generator, dtype), requires_grad);
    }
    const shape = (mean instanceof Tensor ? mean.detach().mul(0) : (std as Tensor).detach().mul(0)).add(
      std instanceof Tensor ? std.detach().mul(0) : 0,
    );
    return standardLike(shape, generator).mul(std).add(mean).detach();
  },
);
