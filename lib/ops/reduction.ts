/** Reductions over one, several or all dimensions. */
import { type DType, int64 } from '../base/dtype.js';
import { RuntimeError, showShape } from '../base/errors.js';
import { method, op, overloaded } from '../op/op.js';
import { converted } from '../op/pointwise.js';
import { type ReductionRule, reduction, restoreDims } from '../op/reduction.js';
import type { Dims, DTypeOption, Sizes } from '../op/signatures.js';
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
    | [options?: { dim?: Dims; keepdim?: boolean } & DTypeOption]
    | [dim: Dims, options?: { keepdim?: boolean } & DTypeOption]
    | [dim: Dims, keepdim: boolean, options?: DTypeOption]
) => Tensor;

const asDType = (self: Tensor, dtype: DType | null): Tensor => (dtype === null ? self : converted(self, dtype));

const sumKernel = reduction('sum', summed);

/** The sum of the elements; of none 0. */
export const sum: Sum = overloaded(
  'sum',
  op('sum(Tensor self, *, ScalarType? dtype=None) -> Tensor', {
    forward: (self, dtype) => sumKernel(asDType(self, dtype), null, false),
    backward: { self: (grad, { self }) => grad.expand(self.shape) },
  }),
  op('sum.dim_IntList(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor', {
    forward: (self, dim, keepdim, dtype) => sumKernel(asDType(self, dtype), dim, keepdim),
    backward: {
      self: (grad, { self, dim, keepdim }) => restoreDims(grad, dim, keepdim, self.ndim).expand(self.shape),
    },
    node: 'SumBackward1',
  }),
);

/** Sums out what broadcasting repeated, down to `size`. @throws RuntimeError when `size` does not broadcast to the shape. */
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
