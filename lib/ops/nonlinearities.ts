/** Activations that torch.nn.functional alone has. */
import { RuntimeError } from '../base/errors.js';
import type { Scalar } from '../op/context.js';
import { method, op } from '../op/op.js';
import { binary, floatingOnly, unary } from '../op/pointwise.js';
import type { InPlace, TensorBinary, Unary } from '../op/signatures.js';
import { checked, type Switch, switched } from '../op/switched.js';
import type { Tensor } from '../tensor.js';

const geluKernels = { none: unary('gelu', floatingOnly), tanh: unary('gelu_tanh', floatingOnly) };
const geluSlopes = { none: binary('gelu_backward', floatingOnly), tanh: binary('gelu_tanh_backward', floatingOnly) };

/** Which of the two. @throws RuntimeError for another. */
function variant(approximate: string): 'none' | 'tanh' {
  if (approximate === 'none' || approximate === 'tanh') return approximate;
  throw new RuntimeError(`approximate argument must be either none or tanh. Got: ${approximate}`);
}

/** The second derivative of gelu: φ(x) (2 - x²), where φ is the normal density. */
const geluCurve = (x: Tensor): Tensor => {
  const square = x.square();
  return square
    .div(-2)
    .exp()
    .mul(square.neg().add(2))
    .mul(1 / Math.sqrt(2 * Math.PI));
};

/** The same of x/2 (1 + tanh u), u = s (x + c x³): u' (1 - t²) + x/2 (1 - t²) (u'' - 2 t u'²), where t = tanh u. */
function geluTanhCurve(x: Tensor): Tensor {
  const [scale, cubic] = [Math.sqrt(2 / Math.PI), 0.044715];
  const square = x.square();
  const tanh = square.mul(cubic).add(1).mul(x).mul(scale).tanh();
  const first = square
    .mul(3 * cubic)
    .add(1)
    .mul(scale);
  const second = x.mul(6 * cubic * scale);
  const rest = tanh.square().neg().add(1);
  return rest.mul(first.add(x.div(2).mul(second.sub(tanh.mul(2).mul(first.square())))));
}

type Gelu = (input: Tensor, options?: { approximate?: string }) => Tensor;

const geluBackward: (grad_output: Tensor, input: Tensor, options: { approximate: string }) => Tensor = op(
  "gelu_backward(Tensor grad_output, Tensor input, *, str approximate='none') -> Tensor",
  {
    forward: (grad_output, input, approximate) => geluSlopes[variant(approximate)](grad_output, input),
    backward: {
      grad_output: (grad, { input, approximate }) => geluBackward(grad, input, { approximate }),
      input: (grad, { grad_output, input, approximate }) =>
        grad.mul(grad_output).mul(approximate === 'tanh' ? geluTanhCurve(input) : geluCurve(input)),
    },
    saves: { grad_output: ['input'], input: ['grad_output', 'input'] },
  },
);

/**
 * x Φ(x), where Φ is the normal distribution; with `approximate` 'tanh' Φ is x/2 (1 + tanh √(2/π) (x + 0.044715 x³))
 * / x.
 */
export const gelu: Gelu = op("gelu(Tensor input, *, str approximate='none') -> Tensor", {
  forward: (input, approximate) => geluKernels[variant(approximate)](input),
  backward: { input: (grad, { input, approximate }) => geluBackward(grad, input, { approximate }) },
  saves: ['input'],
});

const siluBackward: TensorBinary = op('silu_backward(Tensor grad_output, Tensor input) -> Tensor', {
  forward: binary('silu_backward', floatingOnly),
  backward: {
    grad_output: (grad, { input }) => siluBackward(grad, input),
    input: (grad, { grad_output, input }) => {
      // With s = sigmoid(x), the second derivative is s (1 - s) (2 + x (1 - 2 s)).
      const share = input.sigmoid();
      const slope = share.mul(share.neg().add(1));
      return grad.mul(grad_output).mul(slope).mul(share.mul(-2).add(1).mul(input).add(2));
    },
  },
  saves: { grad_output: ['input'], input: ['grad_output', 'input'] },
});

const siluOf: InPlace<Unary> = op('silu(Tensor input) -> Tensor', {
  forward: unary('silu', floatingOnly),
  backward: { input: (grad, { input }) => siluBackward(grad, input) },
  saves: ['input'],
  inplace: true,
  only: 'function',
});

/** x · sigmoid(x). */
export const silu: Switch = switched('silu', siluOf);

/** max(x, 0). */
export const functionalRelu: Switch = method('relu(Tensor input, bool inplace=False) -> Tensor', (input, inplace) =>
  inplace ? input.relu_() : input.relu(),
);

/** log(1 + exp(x)), where that does not overflow. */
const log1pExp = (x: Tensor): Tensor => x.clamp_min(0).add(x.abs().neg().exp().log1p());

const mishOf: InPlace<Unary> = op('mish(Tensor input) -> Tensor', {
  forward: (input) => {
    const x = checked('mish', input);
    return x.mul(log1pExp(x).tanh());
  },
  backward: {
    input: (grad, { input }) => {
      const tanh = log1pExp(input).tanh();
      return grad.mul(tanh.square().neg().add(1).mul(input.sigmoid()).mul(input).add(tanh));
    },
  },
  saves: ['input'],
  inplace: true,
  only: 'function',
});
/** x · tanh(softplus(x)). */
export const mish: Switch = switched('mish', mishOf);

/** log(1 + exp(beta x)) / beta, and x itself where beta x is above `threshold`. */
export const softplus: (
  input: Tensor,
  ...args: [options?: { beta?: Scalar; threshold?: Scalar }] | [beta: Scalar, threshold?: Scalar]
) => Tensor = op('softplus(Tensor input, Scalar beta=1, Scalar threshold=20) -> Tensor', {
  forward: (input, beta, threshold) => {
    const x = checked('softplus', input);
    const scaled = x.mul(beta);
    return x.where(scaled.gt(threshold), scaled.exp().log1p().div(beta));
  },
  backward: {
    input: (grad, { input, beta, threshold }) => {
      const scaled = input.mul(beta);
      return grad.where(scaled.gt(threshold), grad.mul(scaled.sigmoid()));
    },
  },
  saves: ['input'],
});

/** log(sigmoid(x)). */
export const logsigmoid: Unary = op('log_sigmoid(Tensor input) -> Tensor', {
  forward: (input) => log1pExp(checked('log_sigmoid', input).contiguous().neg()).neg(),
  backward: { input: (grad, { input }) => grad.mul(input.neg().sigmoid()) },
  saves: ['input'],
});

type Leaky = InPlace<(input: Tensor, negative_slope: Scalar) => Tensor>;
const leakyRelu: Leaky = op('leaky_relu(Tensor input, Scalar negative_slope) -> Tensor', {
  forward: (input, slope) => {
    const x = checked('leaky_relu', input);
    return x.where(x.gt(0), x.mul(slope));
  },
  backward: { input: (grad, { input, negative_slope }) => grad.where(input.gt(0), grad.mul(negative_slope)) },
  saves: ['input'],
  inplace: 'LeakyReluBackward1',
  only: 'function',
});
/** x where it is positive, else x times `negative_slope`. */
export const leaky_relu: (
  input: Tensor,
  ...args:
    | [options?: { negative_slope?: number; inplace?: boolean }]
    | [negative_slope: number, inplace?: boolean | { inplace?: boolean }]
) => Tensor = method(
  'leaky_relu(Tensor input, float negative_slope=0.01, bool inplace=False) -> Tensor',
  (input, slope, inplace) => (inplace ? leakyRelu.in_place(input, slope) : leakyRelu(input, slope)),
);

/** scale · x where x is positive, else scale · alpha · (exp(input_scale · x) - 1). */
type Elu = InPlace<(input: Tensor, alpha: Scalar, scale: Scalar, input_scale: Scalar) => Tensor>;

const eluNamed = (name: 'elu' | 'celu', node: string): Elu =>
  op(`${name}(Tensor input, Scalar alpha, Scalar scale, Scalar input_scale) -> Tensor` as EluSchema, {
    forward: (input, alpha, scale, input_scale) => {
      const x = checked('elu', input);
      const negative = x
        .mul(input_scale)
        .expm1()
        .mul(Number(alpha) * Number(scale));
      return negative.where(x.le(0), x.mul(scale));
    },
    backward: {
      input: (grad, { input, alpha, scale, input_scale }) => {
        const steepness = Number(alpha) * Number(scale) * Number(input_scale);
        // Of what is positive the exponential might overflow, and its gradient be NaN.
        const negative = input.mul(input_scale).clamp_max(0).exp().mul(grad).mul(steepness);
        return negative.where(input.le(0), grad.mul(scale));
      },
    },
    saves: ['input'],
    inplace: node,
    only: 'function',
  });
type EluSchema = 'elu(Tensor input, Scalar alpha, Scalar scale, Scalar input_scale) -> Tensor';
const eluOf = eluNamed('elu', 'EluBackward1');
const celuOf = eluNamed('celu', 'CeluBackward1');

type WithAlpha = (
  input: Tensor,
  ...args:
    | [options?: { alpha?: number; inplace?: boolean }]
    | [alpha: number, inplace?: boolean | { inplace?: boolean }]
) => Tensor;

/** x where it is positive, else alpha · (exp(x) - 1). */
export const elu: WithAlpha = method(
  'elu(Tensor input, float alpha=1.0, bool inplace=False) -> Tensor',
  (input, alpha, inplace) => (inplace ? eluOf.in_place : eluOf)(input, alpha, 1, 1),
);
/** x where it is positive, else alpha · (exp(x / alpha) - 1). @throws RuntimeError when `alpha` is 0. */
export const celu: WithAlpha = method(
  'celu(Tensor input, float alpha=1.0, bool inplace=False) -> Tensor',
  (input, alpha, inplace) => {
    if (alpha === 0) throw new RuntimeError('ZeroDivisionError: alpha cannot be 0 for CELU');
    return (inplace ? celuOf.in_place : celuOf)(input, alpha, 1, 1 / alpha);
  },
);
/** elu with the two numbers that keep mean 0 and variance 1 from layer to layer. */
export const selu: Switch = method('selu(Tensor input, bool inplace=False) -> Tensor', (input, inplace) =>
  (inplace ? eluOf.in_place : eluOf)(input, 1.6732632423543774, 1.0507009873554805, 1),
);

/** relu in place. */
export const relu_: (input: Tensor) => Tensor = method('relu_(Tensor input) -> Tensor', (input) => input.relu_());
/** leaky_relu in place. */
export const leaky_relu_: (input: Tensor, negative_slope?: number | { negative_slope?: number }) => Tensor = method(
  'leaky_relu_(Tensor input, float negative_slope=0.01) -> Tensor',
  (input, slope) => leakyRelu.in_place(input, slope),
);
/** elu in place. */
export const elu_: (input: Tensor, alpha?: number | { alpha?: number }) => Tensor = method(
  'elu_(Tensor input, float alpha=1.0) -> Tensor',
  (input, alpha) => elu(input, alpha, true),
);
/** celu in place. */
export const celu_: (input: Tensor, alpha?: number | { alpha?: number }) => Tensor = method(
  'celu_(Tensor input, float alpha=1.0) -> Tensor',
  (input, alpha) => celu(input, alpha, true),
);
/** selu in place. */
export const selu_: (input: Tensor) => Tensor = method('selu_(Tensor input) -> Tensor', (input) => selu(input, true));
