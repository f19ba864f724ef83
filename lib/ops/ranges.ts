/** New tensors of numbers in a row, and of their positions. */
import { type DType, get_default_dtype, int64, Kind } from '../base/dtype.js';
import { RuntimeError, unsupportedError } from '../base/errors.js';
import { opcode } from '../engine/native.js';
import { begin, operand, run, scalar } from '../engine/program.js';
import type { Scalar } from '../op/context.js';
import { checkDevice, checkSizes, filled, finish, type TensorOptions, tensorKeywords } from '../op/factory.js';
import { op, overloaded } from '../op/op.js';
import { copyInto } from '../op/pointwise.js';
import { emptyTensor, type Tensor } from '../tensor.js';

const codes = { ramp: opcode('ramp'), linspace: opcode('linspace'), logspace: opcode('logspace') };

/** Numbers made by a kernel from scalars; those of integers are whole first. */
function sequence(kernel: keyof typeof codes, count: number, dtype: DType, ...scalars: readonly number[]): Tensor {
  const out = emptyTensor(checkSizes(kernel, [count]), dtype);
  if (count === 0) return out;
  begin(codes[kernel], out.sizes, 1);
  operand(out, out.strides);
  for (const value of scalars) scalar(value);
  run(kernel, dtype);
  return out;
}

/** A number as an element of this dtype. */
const asElement = (value: Scalar, dtype: DType): number =>
  dtype.is_floating_point ? Number(value) : Math.trunc(Number(value));

const isWhole = (value: Scalar): boolean => typeof value !== 'number' || Number.isInteger(value);

function range(start: Scalar, end: Scalar, step: Scalar, dtype: DType): Tensor {
  if (dtype.kind === Kind.Bool) throw unsupportedError('arange_cpu', dtype);
  const [first, by] = [asElement(start, dtype), asElement(step, dtype)];
  if (!(by > 0 || by < 0)) throw new RuntimeError('step must be nonzero');
  if (!Number.isFinite(Number(start)) || !Number.isFinite(Number(end))) {
    throw new RuntimeError(`unsupported range: ${start} -> ${end}`);
  }
  if (by > 0 ? Number(end) < Number(start) : Number(end) > Number(start)) {
    throw new RuntimeError('upper bound and larger bound inconsistent with step sign');
  }
  const count =
    dtype === int64
      ? Math.ceil((asElement(end, dtype) - first) / by)
      : Math.ceil((Number(end) - Number(start)) / Number(step));
  if (count > Number.MAX_SAFE_INTEGER) throw new RuntimeError('invalid size, possible overflow?');
  return sequence('ramp', count, dtype, first, by);
}

type Arange = {
  (end: Scalar, options?: TensorOptions): Tensor;
  (start: Scalar, end: Scalar, options?: TensorOptions): Tensor;
  (start: Scalar, end: Scalar, step: Scalar, options?: TensorOptions): Tensor;
};

/** The numbers from `start` (0) up to, without, `end`: int64 when all arguments are whole, else the default dtype. */
export const arange: Arange = overloaded(
  'arange',
  op(`arange(Scalar end, ${tensorKeywords}) -> Tensor`, {
    forward: (end, dtype, requires_grad, device) => {
      checkDevice('arange', device);
      return finish(range(0, end, 1, dtype ?? (isWhole(end) ? int64 : get_default_dtype())), requires_grad);
    },
  }),
  op(`arange.start_step(Scalar start, Scalar end, Scalar step=1, ${tensorKeywords}) -> Tensor`, {
    forward: (start, end, step, dtype, requires_grad, device) => {
      checkDevice('arange', device);
      const whole = isWhole(start) && isWhole(end) && isWhole(step);
      return finish(range(start, end, step, dtype ?? (whole ? int64 : get_default_dtype())), requires_grad);
    },
  }),
);

function checkSteps(name: string, steps: number, dtype: DType): void {
  if (steps < 0) throw new RuntimeError('number of steps must be non-negative');
  if (dtype.kind === Kind.Bool) throw unsupportedError(`${name}_cpu`, dtype);
}

/** `steps` numbers from `start` to `end`, both included, at equal distances. */
export const linspace: (start: Scalar, end: Scalar, steps: number, options?: TensorOptions) => Tensor = op(
  `linspace(Scalar start, Scalar end, int steps, ${tensorKeywords}) -> Tensor`,
  {
    forward: (start, end, steps, dtype, requires_grad, device) => {
      checkDevice('linspace', device);
      const made = dtype ?? get_default_dtype();
      checkSteps('linspace', steps, made);
      const numbers = sequence('linspace', steps, made, asElement(start, made), asElement(end, made), steps);
      return finish(numbers, requires_grad);
    },
  },
);

/** A number of steps, or keywords in place of what is left out. */
type Logspace = (
  start: Scalar,
  end: Scalar,
  steps: number,
  ...rest: [base: number, options?: TensorOptions] | [options?: TensorOptions & { base?: number }]
) => Tensor;

/** `steps` numbers from base ^ `start` to base ^ `end`, both included, whose logarithms are at equal distances. */
export const logspace: Logspace = op(
  `logspace(Scalar start, Scalar end, int steps, float base=10, ${tensorKeywords}) -> Tensor`,
  {
    forward: (start, end, steps, base, dtype, requires_grad, device) => {
      checkDevice('logspace', device);
      const made = dtype ?? get_default_dtype();
      checkSteps('logspace', steps, made);
      const exponents = [asElement(start, made), asElement(end, made)];
      return finish(sequence('logspace', steps, made, ...exponents, steps, Number(base)), requires_grad);
    },
  },
);

/** Ones where row and column are equal, zeros elsewhere; square when `m` is left out. */
export const eye: (n: number, m?: number | TensorOptions | null, options?: TensorOptions) => Tensor = op(
  `eye(int n, int? m=None, ${tensorKeywords}) -> Tensor`,
  {
    forward: (n, m, dtype, requires_grad, device) => {
      checkDevice('eye', device);
      const columns = m ?? n;
      if (n < 0) throw new RuntimeError(`n must be greater or equal to 0, got ${n}`);
      if (columns < 0) throw new RuntimeError(`m must be greater or equal to 0, got ${columns}`);
      const result = filled('eye', [n, columns], 0, dtype ?? get_default_dtype());
      copyInto(result.alias([Math.min(n, columns)], [columns + 1], 0), 1);
      return finish(result, requires_grad);
    },
  },
);
