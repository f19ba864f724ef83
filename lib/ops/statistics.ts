/** Variance, standard deviation and norms. */
import type { DType } from '../base/dtype.js';
import { RuntimeError } from '../base/errors.js';
import type { Scalar } from '../op/context.js';
import { method, op, overloaded } from '../op/op.js';
import { converted } from '../op/pointwise.js';
import { countOf, type ReducedDims, reduction, restoreDims } from '../op/reduction.js';
import type { Dims, DTypeOption } from '../op/signatures.js';
import type { Tensor } from '../tensor.js';

const variance = reduction('var', { compute: (dtype) => dtype, result: (dtype) => dtype, identity: true });

function checkFloating(self: Tensor): Tensor {
  if (self.dtype.is_floating_point) return self;
  throw new RuntimeError('std and var only support floating point and complex dtypes');
}

/** d var / d self: twice the distance from the mean, over the degrees of freedom. */
function varianceGradient(grad: Tensor, self: Tensor, dims: ReducedDims, correction: number, keepdim: boolean): Tensor {
  const restored = restoreDims(grad, dims, keepdim, self.ndim);
  const scale = 2 / (countOf('var', self.shape, dims) - correction);
  return restored.mul(scale).mul(self.sub(self.mean(dims, true)));
}

/** d std / d self; a standard deviation of 0 has the gradient 0, as PyTorch chooses. */
function deviationGradient(
  grad: Tensor,
  self: Tensor,
  result: Tensor,
  dims: ReducedDims,
  correction: number,
  keepdim: boolean,
): Tensor {
  const half = grad.div(result.mul(2)).masked_fill(result.eq(0), 0);
  return varianceGradient(half, self, dims, correction, keepdim);
}

interface Spread {
  unbiased?: boolean;
  keepdim?: boolean;
}

/** `unbiased` divides by n - 1; `correction` says itself what is subtracted from n. */
type Variance = (
  self: Tensor,
  ...args:
    | [options?: { dim?: Dims } & Spread]
    | [options: { dim?: Dims; correction?: number | null; keepdim?: boolean }]
    | [unbiased: boolean]
    | [dim: Dims, options?: Spread | { correction?: number | null; keepdim?: boolean }]
    | [dim: Dims, unbiased: boolean, options?: { keepdim?: boolean }]
    | [dim: Dims, unbiased: boolean, keepdim: boolean]
) => Tensor;

const varianceOf = (self: Tensor, dims: ReducedDims, correction: number, keepdim: boolean): Tensor =>
  variance(checkFloating(self), dims, keepdim, [correction]);

/** The variance of the elements. @throws RuntimeError for integers. */
const variance_: Variance = overloaded(
  'var',
  op('var(Tensor self, bool unbiased=True) -> Tensor', {
    forward: (self, unbiased) => varianceOf(self, null, Number(unbiased), false),
    backward: { self: (grad, { self, unbiased }) => varianceGradient(grad, self, null, Number(unbiased), false) },
    saves: ['self'],
  }),
  op('var.dim(Tensor self, int[1]? dim, bool unbiased=True, bool keepdim=False) -> Tensor', {
    forward: (self, dim, unbiased, keepdim) => varianceOf(self, dim, Number(unbiased), keepdim),
    backward: {
      self: (grad, { self, dim, unbiased, keepdim }) => varianceGradient(grad, self, dim, Number(unbiased), keepdim),
    },
    saves: ['self'],
  }),
  op('var.correction(Tensor self, int[1]? dim=None, *, int? correction=1, bool keepdim=False) -> Tensor', {
    forward: (self, dim, correction, keepdim) => varianceOf(self, dim, correction ?? 1, keepdim),
    backward: {
      self: (grad, { self, dim, correction, keepdim }) => varianceGradient(grad, self, dim, correction ?? 1, keepdim),
    },
    saves: ['self'],
  }),
);

export { variance_ as var };

const deviationOf = (self: Tensor, dims: ReducedDims, correction: number, keepdim: boolean): Tensor =>
  varianceOf(self, dims, correction, keepdim).sqrt_();

/** The standard deviation of the elements. @throws RuntimeError for integers. */
export const std: Variance = overloaded(
  'std',
  op('std(Tensor self, bool unbiased=True) -> Tensor', {
    forward: (self, unbiased) => deviationOf(self, null, Number(unbiased), false),
    backward: {
      self: (grad, { self, unbiased, result }) => deviationGradient(grad, self, result, null, Number(unbiased), false),
    },
    saves: ['self', 'result'],
  }),
  op('std.dim(Tensor self, int[1]? dim, bool unbiased=True, bool keepdim=False) -> Tensor', {
    forward: (self, dim, unbiased, keepdim) => deviationOf(self, dim, Number(unbiased), keepdim),
    backward: {
      self: (grad, { self, dim, unbiased, keepdim, result }) =>
        deviationGradient(grad, self, result, dim, Number(unbiased), keepdim),
    },
    saves: ['self', 'result'],
  }),
  op('std.correction(Tensor self, int[1]? dim=None, *, int? correction=1, bool keepdim=False) -> Tensor', {
    forward: (self, dim, correction, keepdim) => deviationOf(self, dim, correction ?? 1, keepdim),
    backward: {
      self: (grad, { self, dim, correction, keepdim, result }) =>
        deviationGradient(grad, self, result, dim, correction ?? 1, keepdim),
    },
    saves: ['self', 'result'],
  }),
);

function pNorm(self: Tensor, p: number, dims: ReducedDims, keepdim: boolean): Tensor {
  const size = self.abs();
  if (p === Number.POSITIVE_INFINITY) return size.amax(dims ?? [], keepdim);
  if (p === Number.NEGATIVE_INFINITY) return size.amin(dims ?? [], keepdim);
  if (p === 0) return self.ne(0).to(self.dtype).sum(dims, keepdim);
  if (p === 1) return size.sum(dims, keepdim);
  if (p === 2) return self.square().sum(dims, keepdim).sqrt();
  return size
    .pow(p)
    .sum(dims, keepdim)
    .pow(1 / p);
}

/** d norm / d self, given norm and gradient with their dimensions restored; at a norm of 0 the gradient is 0. */
function normGradient(grad: Tensor, self: Tensor, norm: Tensor, p: number, dims: ReducedDims): Tensor | null {
  if (p === 0) return null;
  if (p === 1) return grad.mul(self.sign());
  if (Math.abs(p) === Number.POSITIVE_INFINITY) {
    const reached = self.abs().eq(norm);
    return self
      .sign()
      .mul(reached)
      .mul(grad.div(reached.sum(dims, true)));
  }
  if (p === 2) return grad.mul(self.div(norm).masked_fill(norm.eq(0), 0));
  const slope = self.sign().mul(self.abs().pow(p - 1));
  const scaled = slope.mul(grad.div(norm.pow(p - 1))).masked_fill(norm.eq(0), 0);
  return p < 2 ? scaled.masked_fill(self.eq(0), 0) : scaled;
}

type Norm = (
  self: Tensor,
  ...args:
    | [options?: { p?: Scalar | 'fro' | null; dim?: Dims; keepdim?: boolean } & DTypeOption]
    | [p: Scalar | 'fro' | null, options?: { dim?: Dims; keepdim?: boolean } & DTypeOption]
    | [p: Scalar | 'fro' | null, dim: Dims, options?: { keepdim?: boolean } & DTypeOption]
    | [p: Scalar | 'fro' | null, dim: Dims, keepdim: boolean, options?: DTypeOption]
) => Tensor;

const exponentOf = (p: Scalar | null): number => Number(p ?? 2);

function checkNorm(self: Tensor, dtype: DType | null): Tensor {
  const input = dtype === null ? self : converted(self, dtype);
  if (input.dtype.is_floating_point) return input;
  throw new RuntimeError(
    `norm(): input dtype should be either floating point or complex. Got ${input.dtype.scalarName} instead.`,
  );
}

const vectorNorm: Norm = op(
  'norm(Tensor self, Scalar? p=None, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor',
  {
    forward: (self, p, dim, keepdim, dtype) => pNorm(checkNorm(self, dtype), exponentOf(p), dim, keepdim),
    backward: {
      self: (grad, { self, p, dim, keepdim, result }) => {
        const [slope, size] = [grad, result].map((part) => restoreDims(part, dim, keepdim, self.ndim));
        return normGradient(slope, self, size, exponentOf(p), dim);
      },
    },
    saves: ['self', 'result'],
    node: (_self, _p, _dim, _keepdim, dtype) => (dtype === null ? 'NormBackward1' : 'NormBackward3'),
  },
);

/** The p-norm of the elements taken as a vector: (Σ|x|^p)^(1/p); 2 when left out or 'fro'. */
export const norm: Norm = overloaded(
  'norm',
  vectorNorm,
  method(
    'norm.str(Tensor self, str p, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor',
    (self, p, dim, keepdim, dtype) => {
      if (p !== 'fro') throw new RuntimeError(`norm(): p must be a number or 'fro', got '${p}'`);
      return vectorNorm(self, null, dim, keepdim, { dtype });
    },
  ),
);
