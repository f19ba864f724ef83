/** Softmax along a dimension, and its logarithm. */
import type { DType } from '../base/dtype.js';
import { wrapDim } from '../base/shape.js';
import { method, op } from '../op/op.js';
import type { DTypeOption } from '../op/signatures.js';
import { alongDimension, floatingOr, rowMajor } from '../op/slices.js';
import { emptyTensor, type Tensor } from '../tensor.js';

/** `softmax` and `log_softmax` as operators: converted to `dtype` first, if that is given. */
type AlongDim = (self: Tensor, dim: number, ...dtype: [options?: DTypeOption] | [dtype: DType | null]) => Tensor;

/** The gradient of the input from that of the result, and the result. */
type Slope = (grad_output: Tensor, output: Tensor, dim: number) => Tensor;

function forwardOf(name: string): (self: Tensor, dim: number, dtype: DType | null) => Tensor {
  const emit = alongDimension(name);
  return (self, dim, dtype) => {
    const at = wrapDim(dim, self.ndim);
    const compute = floatingOr(`${name}_lastdim_kernel_impl`, dtype ?? self.dtype);
    return emit(self.sizes, at, emptyTensor(self.sizes, compute), rowMajor(self, compute));
  };
}

function slopeOf(name: string): (grad: Tensor, output: Tensor, dim: number) => Tensor {
  const emit = alongDimension(name);
  return (grad, output, dim) => {
    const out = emptyTensor(output.sizes, output.dtype);
    return emit(output.sizes, wrapDim(dim, output.ndim), out, rowMajor(grad, output.dtype), rowMajor(output));
  };
}

const softmaxBackward: Slope = op('_softmax_backward_data(Tensor grad_output, Tensor output, int dim) -> Tensor', {
  forward: slopeOf('softmax_backward'),
  backward: {
    grad_output: (grad, { output, dim }) => softmaxBackward(grad, output, dim),
    output: (grad, { grad_output, output, dim }) => {
      const apart = grad_output.sub(grad_output.mul(output).sum(dim, true));
      return grad.mul(apart).sub(grad_output.mul(grad.mul(output).sum(dim, true)));
    },
  },
  saves: { grad_output: ['output'], output: ['grad_output', 'output'] },
  node: 'SoftmaxBackwardDataBackward0',
});

const logSoftmaxBackward: Slope = op(
  '_log_softmax_backward_data(Tensor grad_output, Tensor output, int dim) -> Tensor',
  {
    forward: slopeOf('log_softmax_backward'),
    backward: {
      grad_output: (grad, { output, dim }) => grad.sub(grad.mul(output.exp()).sum(dim, true)),
      output: (grad, { grad_output, output, dim }) => grad.mul(output.exp()).mul(grad_output.sum(dim, true)).neg(),
    },
    saves: { grad_output: ['output'], output: ['grad_output', 'output'] },
    node: 'LogSoftmaxBackwardDataBackward0',
  },
);

/** exp(x) / Σ exp(x) along `dim`. @throws RuntimeError for integers, unless `dtype` is a floating one. */
export const softmax: AlongDim = op('softmax(Tensor self, int dim, ScalarType? dtype=None) -> Tensor', {
  forward: forwardOf('softmax'),
  backward: { self: (grad, { result, dim }) => softmaxBackward(grad, result, dim) },
  saves: ['result'],
});

/** The logarithm of the softmax along `dim`, computed without its rounding. */
export const log_softmax: AlongDim = op('log_softmax(Tensor self, int dim, ScalarType? dtype=None) -> Tensor', {
  forward: forwardOf('log_softmax'),
  backward: { self: (grad, { result, dim }) => logSoftmaxBackward(grad, result, dim) },
  saves: ['result'],
});

/** Those of torch.nn.functional. `_stacklevel` belongs to a warning that is not given here. */
type Functional = (
  input: Tensor,
  ...args:
    | [options?: { dim?: number | null; _stacklevel?: number } & DTypeOption]
    | [dim: number | null, options?: { _stacklevel?: number } & DTypeOption]
    | [dim: number | null, _stacklevel: number, options?: DTypeOption]
    | [dim: number | null, _stacklevel: number, dtype: DType | null]
) => Tensor;

/** The dimension that PyTorch takes when none is given: the classes of one item, or of a batch. */
function implicitDim(input: Tensor, dim: number | null): number {
  if (dim !== null) return dim;
  return input.ndim === 0 || input.ndim === 1 || input.ndim === 3 ? 0 : 1;
}

/**
 * Softmax as torch.nn.functional has it: without `dim` along dimension 1, or 0 of tensors with 0, 1 or 3 dimensions.
 */
export const functionalSoftmax: Functional = method(
  'softmax(Tensor input, int? dim=None, int _stacklevel=3, ScalarType? dtype=None) -> Tensor',
  (input, dim, _stacklevel, dtype) => softmax(input, implicitDim(input, dim), dtype),
);

/** Logarithm of the softmax as torch.nn.functional has it; see its softmax. */
export const functionalLogSoftmax: Functional = method(
  'log_softmax(Tensor input, int? dim=None, int _stacklevel=3, ScalarType? dtype=None) -> Tensor',
  (input, dim, _stacklevel, dtype) => log_softmax(input, implicitDim(input, dim), dtype),
);

/** The softmax of -x; see torch.nn.functional's softmax. */
export const softmin: Functional = method(
  'softmin(Tensor input, int? dim=None, int _stacklevel=3, ScalarType? dtype=None) -> Tensor',
  (input, dim, _stacklevel, dtype) => softmax(input.neg(), implicitDim(input, dim), dtype),
);

interface Gumbel {
  tau?: number;
  hard?: boolean;
  eps?: number;
  dim?: number;
}

/**
 * A sample of the Gumbel-softmax distribution along `dim`: soft by default; a `hard` one is one-hot, with the gradient
 * of the soft one.
 */
export const gumbel_softmax: (logits: Tensor, ...args: [options?: Gumbel] | [tau: number, options?: Gumbel]) => Tensor =
  method(
    'gumbel_softmax(Tensor logits, float tau=1, bool hard=False, float eps=1e-10, int dim=-1) -> Tensor',
    (logits, tau, hard, _eps, dim) => {
      const noise = logits.detach().clone().contiguous().exponential_().log().neg();
      const soft = softmax(logits.add(noise).div(tau), dim);
      if (!hard) return soft;
      const index = soft.detach().argmax(dim, true);
      return logits.new_zeros(logits.shape).scatter(dim, index, 1).sub(soft.detach()).add(soft);
    },
  );
