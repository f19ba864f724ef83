/** Largest and smallest elements, and where they are. */
import { int64 } from '../base/dtype.js';
import { IndexError, RuntimeError } from '../base/errors.js';
import { wrapDim } from '../base/shape.js';
import { intoZeros } from '../op/indexing.js';
import { op, overloaded } from '../op/op.js';
import { type ReducedDims, reduction, restoreDims } from '../op/reduction.js';
import { dividedGradient } from '../op/shared.js';
import type { Dims, KeepOption, ValuesIndices } from '../op/signatures.js';
import type { Tensor } from '../tensor.js';

const same = { compute: (dtype: Tensor['dtype']) => dtype, result: (dtype: Tensor['dtype']) => dtype, identity: false };
const position = { ...same, result: () => int64 };

/** Extremes along several dimensions at once; equals share the gradient. */
type Extremes = (
  self: Tensor,
  ...args: [options?: { dim?: Dims } & KeepOption] | [dim: Dims, options?: KeepOption] | [dim: Dims, keepdim: boolean]
) => Tensor;

/** @throws Error when a dimension to be reduced has no elements. */
function checkNotEmpty(name: string, self: Tensor, dims: ReducedDims): void {
  for (const dim of dims ?? []) {
    const at = wrapDim(dim, self.ndim);
    if (self.ndim > 0 && self.sizes[at] === 0) {
      throw new IndexError(`${name}(): Expected reduction dim ${at} to have non-zero size.`);
    }
  }
  if (self.count === 0 && (dims === null || dims.length === 0)) {
    // Of positions, PyTorch makes this an IndexError.
    const ErrorClass = name.startsWith('arg') ? IndexError : RuntimeError;
    throw new ErrorClass(
      `${name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the ` +
        "'dim' argument.",
    );
  }
}

/** The gradient of an extreme, divided among its equals. */
const shared = (grad: Tensor, equal: Tensor, dims: ReducedDims): Tensor => equal.mul(grad).div(equal.sum(dims, true));

function extremes(name: 'amax' | 'amin'): Extremes {
  const kernel = reduction(name, same);
  return op(`${name}(Tensor self, int[1] dim=[], bool keepdim=False) -> Tensor`, {
    forward: (self: Tensor, dim: number[], keepdim: boolean) => {
      checkNotEmpty(name, self, dim);
      return kernel(self, dim, keepdim);
    },
    backward: {
      self: (grad, { self, dim, keepdim, result }) =>
        shared(restoreDims(grad, dim, keepdim, self.ndim), self.eq(restoreDims(result, dim, keepdim, self.ndim)), dim),
    },
    saves: ['self', 'result'],
  });
}

/** The largest element over `dim` (all dimensions when left out). */
export const amax: Extremes = extremes('amax');
/** The smallest element over `dim` (all dimensions when left out). */
export const amin: Extremes = extremes('amin');

/** The position of an extreme, over one dimension or in the flattened tensor. */
type Position = (
  self: Tensor,
  ...args:
    | [options?: { dim?: number | null } & KeepOption]
    | [dim: number | null, options?: KeepOption]
    | [dim: number | null, keepdim: boolean]
) => Tensor;

function positions(name: 'argmax' | 'argmin'): Position {
  const kernel = reduction(name, position);
  return op(`${name}(Tensor self, int? dim=None, bool keepdim=False) -> Tensor`, {
    forward: (self: Tensor, dim: number | null, keepdim: boolean) => {
      const dims = dim === null ? null : [dim];
      checkNotEmpty(name, self, dims);
      return kernel(self, dims, keepdim);
    },
  });
}

/** Where the largest element is; the first of equals. */
export const argmax: Position = positions('argmax');
/** Where the smallest element is; the first of equals. */
export const argmin: Position = positions('argmin');

/** All elements, one dimension, or two tensors element by element. */
interface Extreme {
  (self: Tensor): Tensor;
  (self: Tensor, other: Tensor): Tensor;
  (
    self: Tensor,
    ...args:
      | [options: { dim: number } & KeepOption]
      | [dim: number, options?: KeepOption]
      | [dim: number, keepdim: boolean]
  ): ValuesIndices;
}

function extreme(name: 'max' | 'min', elementwise: 'maximum' | 'minimum'): Extreme {
  const value = reduction(name === 'max' ? 'amax' : 'amin', same);
  const index = reduction(name === 'max' ? 'argmax' : 'argmin', position);
  const node = name === 'max' ? 'MaxBackward' : 'MinBackward';
  return overloaded(
    name,
    op(`${name}(Tensor self) -> Tensor`, {
      forward: (self: Tensor) => {
        checkNotEmpty(name, self, null);
        return value(self, null, false);
      },
      backward: { self: (grad, { self, result }) => dividedGradient(grad, self, result) },
      saves: ['self', 'result'],
      node: `${node}1`,
    }),
    op(`${name}.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)`, {
      forward: (self: Tensor, dim: number, keepdim: boolean) => {
        checkNotEmpty(name, self, [dim]);
        return [value(self, [dim], keepdim), index(self, [dim], keepdim)];
      },
      backward: {
        self: (grad, { self, results, dim, keepdim }) => {
          if (self.ndim === 0) return grad;
          const [values, indices] = [grad, results[1]].map((part) => restoreDims(part, [dim], keepdim, self.ndim));
          return intoZeros('scatter', values, self.shape, dim, indices);
        },
      },
      saves: ['result'],
      node: `${node}0`,
    }),
    op(`${name}.other(Tensor self, Tensor other) -> Tensor`, {
      forward: (self: Tensor, other: Tensor) => self[elementwise](other),
      backward: {},
    }),
  );
}

/** The largest element; with `dim` also where it is; with a tensor the larger of each two. */
export const max: Extreme = extreme('max', 'maximum');
/** The smallest element; with `dim` also where it is; with a tensor the smaller of each two. */
export const min: Extreme = extreme('min', 'minimum');
