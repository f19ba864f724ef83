/** Activations of straight pieces that torch.nn.functional alone has. */
import { RuntimeError } from '../base/errors.js';
import type { Scalar } from '../op/context.js';
import { method, op } from '../op/op.js';
import type { InPlace, Unary } from '../op/signatures.js';
import { floatingOr } from '../op/slices.js';
import { checked, type Switch, switched } from '../op/switched.js';
import type { Tensor } from '../tensor.js';

/** The gradient, but 0 where `x` was clamped. */
const unclamped = (grad: Tensor, x: Tensor, low: Scalar, high: Scalar): Tensor =>
  grad.masked_fill(x.le(low).logical_or(x.ge(high)), 0);

const hardtanhOf: InPlace<(input: Tensor, min_val: Scalar, max_val: Scalar) => Tensor> = op(
  'hardtanh(Tensor input, Scalar min_val, Scalar max_val) -> Tensor',
  {
    forward: (input, min_val, max_val) => input.detach().clamp(min_val, max_val),
    backward: { input: (grad, { input, min_val, max_val }) => unclamped(grad, input, min_val, max_val) },
    saves: ['input'],
    inplace: true,
    only: 'function',
  },
);

/**
 * x, no lower than `min_val` and no higher than `max_val`.
 * @throws RuntimeError when the two are the wrong way round.
 */
export const hardtanh: (
  input: Tensor,
  ...args:
    | [options?: { min_val?: number; max_val?: number; inplace?: boolean }]
    | [min_val: number, max_val?: number | { max_val?: number; inplace?: boolean }, inplace?: boolean]
) => Tensor = method(
  'hardtanh(Tensor input, float min_val=-1.0, float max_val=1.0, bool inplace=False) -> Tensor',
  (input, min_val, max_val, inplace) => (inplace ? hardtanhOf.in_place : hardtanhOf)(input, min_val, max_val),
);

/** x, no lower than 0 and no higher than 6. */
export const relu6: Switch = method('relu6(Tensor input, bool inplace=False) -> Tensor', (input, inplace) =>
  (inplace ? hardtanhOf.in_place : hardtanhOf)(input, 0, 6),
);

const hardsigmoidOf: InPlace<Unary> = op('hardsigmoid(Tensor input) -> Tensor', {
  forward: (input) => checked('hardsigmoid', input).add(3).clamp(0, 6).div(6),
  backward: {
    input: (grad, { input }) => grad.div(6).masked_fill(input.gt(-3).logical_and(input.lt(3)).logical_not(), 0),
  },
  saves: ['input'],
  inplace: true,
  only: 'function',
});
/** x/6 + 1/2, no lower than 0 and no higher than 1. */
export const hardsigmoid: Switch = switched('hardsigmoid', hardsigmoidOf);

const hardswishOf: InPlace<Unary> = op('hardswish(Tensor input) -> Tensor', {
  forward: (input) => {
    const x = checked('hardswish', input);
    return x.mul(x.add(3).clamp(0, 6)).div(6);
  },
  backward: {
    input: (grad, { input }) => {
      const inside = grad.mul(input.div(3).add(0.5));
      return inside.where(input.le(3), grad).masked_fill(input.lt(-3), 0);
    },
  },
  saves: ['input'],
  inplace: true,
  only: 'function',
});
/** x · hardsigmoid(x). */
export const hardswish: Switch = switched('hardswish', hardswishOf);

const thresholdOf: InPlace<(input: Tensor, threshold: Scalar, value: Scalar) => Tensor> = op(
  'threshold(Tensor input, Scalar threshold, Scalar value) -> Tensor',
  {
    forward: (input, threshold, value) => {
      const x = input.detach();
      return x.where(x.le(threshold).logical_not(), value);
    },
    backward: { input: (grad, { input, threshold }) => grad.masked_fill(input.le(threshold), 0) },
    saves: ['input'],
    inplace: 'ThresholdBackward1',
    only: 'function',
  },
);
/** x where it is above `threshold`, else `value`. */
export const threshold: (
  input: Tensor,
  threshold: Scalar,
  value: Scalar,
  inplace?: boolean | { inplace?: boolean },
) => Tensor = method(
  'threshold(Tensor input, Scalar threshold, Scalar value, bool inplace=False) -> Tensor',
  (input, limit, value, inplace) => (inplace ? thresholdOf.in_place : thresholdOf)(input, limit, value),
);

type Shrink = (input: Tensor, lambd?: Scalar | { lambd?: Scalar }) => Tensor;

/** x where |x| is above `lambd`, else 0. */
export const hardshrink: Shrink = op('hardshrink(Tensor self, Scalar lambd=0.5) -> Tensor', {
  forward: (self, lambd) => {
    const x = checked('hardshrink', self);
    return x.where(x.abs().le(lambd).logical_not(), 0);
  },
  backward: { self: (grad, { self, lambd }) => grad.masked_fill(self.abs().le(lambd), 0) },
  saves: ['self'],
});

/** x moved by `lambd` towards 0, and 0 where |x| is not above it. @throws RuntimeError when `lambd` is negative. */
export const softshrink: Shrink = op('softshrink(Tensor input, Scalar lambd=0.5) -> Tensor', {
  forward: (input, lambd) => {
    if (Number(lambd) < 0) {
      throw new RuntimeError(`lambda must be greater or equal to 0, but found to be ${lambd}.`);
    }
    const x = checked('softshrink', input);
    return x.sub(x.sign().mul(lambd)).where(x.abs().gt(lambd), 0);
  },
  backward: { input: (grad, { input, lambd }) => grad.masked_fill(input.abs().le(lambd), 0) },
  saves: ['input'],
});

/** x / (1 + |x|). */
export const softsign: Unary = method('softsign(Tensor input) -> Tensor', (input) => input.div(input.abs().add(1)));

/** x - tanh(x). */
export const tanhshrink: Unary = method('tanhshrink(Tensor input) -> Tensor', (input) => input.sub(input.tanh()));

/** The first half along `dim` times the sigmoid of the second. @throws RuntimeError when there are no halves. */
export const glu: (input: Tensor, dim?: number | { dim?: number }) => Tensor = method(
  'glu(Tensor input, int dim=-1) -> Tensor',
  (input, dim) => {
    if (input.ndim === 0) throw new RuntimeError('glu does not support 0-dimensional tensors');
    floatingOr('glu_cpu', input.dtype);
    const size = input.size(dim);
    if (size % 2 !== 0) {
      throw new RuntimeError(`Halving dimension must be even, but dimension ${dim} is size ${size}`);
    }
    return input.narrow(dim, 0, size / 2).mul(input.narrow(dim, size / 2, size / 2).sigmoid());
  },
);

/** x where it is positive, else x times a weight: one for all, or one for each channel (dimension 1). */
export const prelu: (self: Tensor, weight: Tensor) => Tensor = method(
  'prelu(Tensor self, Tensor weight) -> Tensor',
  (self, weight) => {
    const channels = self.ndim < 2 ? 1 : self.sizes[1];
    if (weight.count !== 1 && weight.count !== channels) {
      throw new RuntimeError(
        `Mismatch of parameter numbers and input channel size. Found parameter numbers = ${weight.count} and channel ` +
          `size = ${channels}.`,
      );
    }
    const shape = self.shape.map((_, i) => (i === 1 && weight.count > 1 ? channels : 1));
    return self.where(self.gt(0), self.mul(weight.reshape(shape)));
  },
);

/** hardtanh in place. */
export const hardtanh_: (
  input: Tensor,
  ...args:
    | [options?: { min_val?: number; max_val?: number }]
    | [min_val: number, max_val?: number | { max_val?: number }]
) => Tensor = method(
  'hardtanh_(Tensor input, float min_val=-1.0, float max_val=1.0) -> Tensor',
  (input, min_val, max_val) => hardtanhOf.in_place(input, min_val, max_val),
);
/** threshold in place. */
export const threshold_: (input: Tensor, threshold: Scalar, value: Scalar) => Tensor = method(
  'threshold_(Tensor input, Scalar threshold, Scalar value) -> Tensor',
  (input, limit, value) => thresholdOf.in_place(input, limit, value),
);
