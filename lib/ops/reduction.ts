/** Sums, means and truth over one, several or all dimensions. */
import { bool, type DType, int64, uint8 } from '../base/dtype.js';
import { RuntimeError, showShape } from '../base/errors.js';
import { method, op, overloaded } from '../op/op.js';
import { converted } from '../op/pointwise.js';
import { countOf, type ReducedDims, type ReductionRule, reduction, restoreDims } from '../op/reduction.js';
import type { Dims, DTypeOption, KeepOption, Sizes } from '../op/signatures.js';
import type { Tensor } from '../tensor.js';

/** Integers and bool add up in int64. */
const summed: ReductionRule = {
  compute: (dtype) => (dtype.is_floating_point ? dtype : int64),
  result: (dtype) => dtype,
  identity: true,
};

/** A reduction over `dim` (all dimensions when left out or null). */
type Sum = (
  self: Tensor,
  ...args:
    | [options?: { dim?: Dims } & KeepOption & DTypeOption]
    | [dim: Dims, options?: KeepOption & DTypeOption]
    | [dim: Dims, keepdim: boolean, options?: DTypeOption]
) => Tensor;

const asDType = (self: Tensor, dtype: DType | null): Tensor => (dtype === null ? self : converted(self, dtype));

const sumKernel = reduction('sum', summed);

/** The sum of the elements; of none 0. */
export const sum: Sum = overloaded(
  'sum',
  op('sum(Tensor self, *, ScalarType? dtype=None) -> Tensor', {
    tangents: 'linear',
    forward: (self, dtype) => sumKernel(asDType(self, dtype), null, false),
    backward: { self: (grad, { self }) => grad.expand(self.shape) },
  }),
  op('sum.dim_IntList(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor', {
    tangents: 'linear',
    forward: (self, dim, keepdim, dtype) => sumKernel(asDType(self, dtype), dim, keepdim),
    backward: {
      self: (grad, { self, dim, keepdim }) => restoreDims(grad, dim, keepdim, self.ndim).expand(self.shape),
    },
    node: 'SumBackward1',
  }),
);

function meanOf(self: Tensor, dim: ReducedDims, keepdim: boolean, dtype: DType | null): Tensor {
  const input = asDType(self, dtype);
  if (!input.dtype.is_floating_point) {
    throw new RuntimeError(
      'mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. ' +
        `Got: ${self.dtype.scalarName}`,
    );
  }
  return sumKernel(input, dim, keepdim).div_(countOf('mean', self.sizes, dim));
}

/** The mean of the elements; of none NaN. @throws RuntimeError for integers, unless `dtype` is a floating one. */
export const mean: Sum = overloaded(
  'mean',
  op('mean(Tensor self, *, ScalarType? dtype=None) -> Tensor', {
    tangents: 'linear',
    forward: (self, dtype) => meanOf(self, null, false, dtype),
    backward: { self: (grad, { self }) => grad.expand(self.shape).div(countOf('mean', self.shape, null)) },
  }),
  op('mean.dim(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor', {
    tangents: 'linear',
    forward: (self, dim, keepdim, dtype) => meanOf(self, dim, keepdim, dtype),
    backward: {
      self: (grad, { self, dim, keepdim }) =>
        restoreDims(grad, dim, keepdim, self.ndim)
          .expand(self.shape)
          .div(countOf('mean', self.shape, dim)),
    },
    node: 'MeanBackward1',
  }),
);

/** Truth is bool, but of uint8 it stays uint8. */
function truth(name: string): (self: Tensor, dims: ReducedDims, keepdim: boolean) => Tensor {
  const kernel = reduction(name, { compute: (dtype) => dtype, result: () => bool, identity: true });
  return (self, dims, keepdim) => converted(kernel(self, dims, keepdim), self.dtype === uint8 ? uint8 : bool);
}

type Truth = (
  self: Tensor,
  ...args:
    | [options?: { dim?: number } & KeepOption]
    | [dim: number, options?: KeepOption]
    | [dim: number, keepdim: boolean]
) => Tensor;

const anyKernel = truth('any');
/** Whether any element is not zero. */
export const any: Truth = overloaded(
  'any',
  op('any(Tensor self) -> Tensor', { forward: (self) => anyKernel(self, null, false) }),
  op('any.dim(Tensor self, int dim, bool keepdim=False) -> Tensor', {
    forward: (self, dim, keepdim) => anyKernel(self, [dim], keepdim),
  }),
);

const allKernel = truth('all');
/** Whether no element is zero. */
export const all: Truth = overloaded(
  'all',
  op('all(Tensor self) -> Tensor', { forward: (self) => allKernel(self, null, false) }),
  op('all.dim(Tensor self, int dim, bool keepdim=False) -> Tensor', {
    forward: (self, dim, keepdim) => allKernel(self, [dim], keepdim),
  }),
);

/** log Σ exp(x) over `dim`, without overflow. */
export const logsumexp: (
  self: Tensor,
  dim: number | readonly number[],
  ...keep: [options?: KeepOption] | [keepdim: boolean]
) => Tensor = op('logsumexp(Tensor self, int[1] dim, bool keepdim=False) -> Tensor', {
  forward: (self, dim, keepdim) => {
    if (self.count === 0) return self.exp().sum(dim, keepdim).log();
    const largest = self.amax(dim, true);
    // Where the maximum is infinite, subtracting it would give NaN.
    const shift = largest.masked_fill(largest.abs().eq(Number.POSITIVE_INFINITY), 0);
    const logarithm = self.sub(shift).exp().sum(dim, true).log().add(shift);
    return keepdim ? logarithm : logarithm.reshape(self.sum(dim).shape);
  },
  backward: {
    self: (grad, { self, dim, keepdim, result }) => {
      const restored = restoreDims(grad, dim, keepdim, self.ndim);
      return restored.mul(self.sub(restoreDims(result, dim, keepdim, self.ndim)).exp());
    },
  },
  saves: ['self', 'result'],
});

/**
 * Sums out what broadcasting repeated, down to `size`.
 * @throws RuntimeError when `size` does not broadcast to the shape.
 */
export const sum_to_size: (self: Tensor, ...size: Sizes) => Tensor = method(
  'sum_to_size(Tensor self, int[] size) -> Tensor',
  (self: Tensor, size: readonly number[]): Tensor => {
    const lead = self.ndim - size.length;
    const fits = lead >= 0 && size.every((n, i) => n === self.sizes[lead + i] || n === 1);
    if (!fits) {
      throw new RuntimeError(`size {${showShape(size)}} is not expandable to size {${showShape(self.sizes)}}.`);
    }
    const repeated = self.sizes.map((_, i) => i).filter((i) => i < lead || size[i - lead] !== self.sizes[i]);
    if (size.length === 0) return self.sum();
    const summed = repeated.length === 0 ? self : self.sum(repeated, true);
    return lead === 0 ? summed : summed.view(size);
  },
);
