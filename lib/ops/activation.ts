/** Functions that neural networks bend their values with. */
import { Kind } from '../base/dtype.js';
import { RuntimeError } from '../base/errors.js';
import { op } from '../op/op.js';
import { any, binary, converted, floating, type Rule, unary } from '../op/pointwise.js';
import type { InPlace, TensorBinary, Unary } from '../op/signatures.js';
import type { Tensor } from '../tensor.js';

/** 1 / (1 + exp(-x)) of each element. */
export const sigmoid: InPlace<Unary> = op('sigmoid(Tensor self) -> Tensor', {
  forward: unary('sigmoid', floating),
  backward: { self: (grad, { result }) => sigmoidBackward(grad, result) },
  saves: ['result'],
  inplace: true,
});

/** grad * result * (1 - result). */
const sigmoidBackward: TensorBinary = op('sigmoid_backward(Tensor grad_output, Tensor output) -> Tensor', {
  forward: binary('sigmoid_backward', any),
  backward: {
    grad_output: (grad, { output }) => sigmoidBackward(grad, output),
    output: (grad, { grad_output, output }) => grad.mul(grad_output).mul(output.mul(-2).add(1)),
  },
  saves: { grad_output: ['output'], output: ['grad_output', 'output'] },
});

/** log(x / (1 - x)), the inverse of sigmoid; with `eps`, x is first clamped to [eps, 1 - eps]. */
export const logit: InPlace<(self: Tensor, eps?: number | null) => Tensor> = op(
  'logit(Tensor self, float? eps=None) -> Tensor',
  {
    forward: (self, eps) => {
      const x = converted(self.detach(), floating.compute(self.dtype, 'logit'));
      const inside = eps === null ? x : x.clamp(eps, 1 - eps);
      return inside.div(inside.neg().add(1)).log();
    },
    backward: {
      self: (grad, { self, eps }) => {
        const slope = grad.div(self.mul(self.neg().add(1)));
        const [low, high, outside] = eps === null ? [0, 1, Number.NaN] : [eps, 1 - eps, 0];
        return slope.masked_fill(self.ge(low).logical_and(self.le(high)).logical_not(), outside);
      },
    },
    saves: ['self'],
    inplace: true,
  },
);

/** Integers and floats; bool is refused in PyTorch's words. */
const rectifiable: Rule = {
  ...any,
  compute: (dtype) => {
    if (dtype.kind === Kind.Bool) throw new RuntimeError('Boolean inputs not supported for relu');
    return dtype;
  },
};

/** max(x, 0) of each element. */
export const relu: InPlace<Unary> = op('relu(Tensor self) -> Tensor', {
  forward: unary('relu', rectifiable),
  backward: { self: (grad, { result }) => reluBackward(grad, result) },
  saves: ['result'],
  inplace: true,
});

/** grad where the result is not 0. */
const reluBackward: TensorBinary = op('relu_backward(Tensor grad_output, Tensor output) -> Tensor', {
  forward: binary('relu_backward', any),
  backward: { grad_output: (grad, { output }) => reluBackward(grad, output) },
  saves: ['output'],
  node: 'ThresholdBackwardBackward0',
});
