/** Running sums and products along a dimension; and the product, whose gradient at zeros is made of running ones. */
import { type DType, int64 } from '../base/dtype.js';
import { wrapDim } from '../base/shape.js';
import { opcode } from '../engine/native.js';
import { begin, operand, run, scalar } from '../engine/program.js';
import { isTransformed } from '../op/levels.js';
import { op, overloaded } from '../op/op.js';
import { converted } from '../op/pointwise.js';
import { reduction, restoreDims } from '../op/reduction.js';
import type { DTypeOption, KeepOption } from '../op/signatures.js';
import { emptyTensor, type Tensor } from '../tensor.js';

/** Integers and bool run in int64. */
const scanned = (self: Tensor, dtype: DType | null): Tensor =>
  converted(self, dtype ?? (self.dtype.is_floating_point ? self.dtype : int64));

/** From the first element on, or backwards from the last. */
function scan(name: string, backwards = false): (self: Tensor, dim: number, dtype: DType | null) => Tensor {
  const code = opcode(name);
  return (self, dim, dtype) => {
    const at = wrapDim(dim, self.ndim);
    const input = scanned(self, dtype);
    const out = emptyTensor(input.sizes, input.dtype);
    const sizes = input.ndim === 0 ? [1] : input.sizes;
    begin(code, sizes, 2);
    for (const tensor of [out, input]) {
      const strides = input.ndim === 0 ? [1] : [...tensor.strides];
      const shift = backwards && input.count > 0 ? (sizes[at] - 1) * strides[at] : 0;
      if (backwards) strides[at] = -strides[at];
      operand(tensor, strides, shift);
    }
    scalar(at);
    run(name, input.dtype);
    return out;
  };
}

type Scan = (self: Tensor, dim: number, options?: DTypeOption) => Tensor;

const scanBackwards = scan('cumsum', true);

/** The sum of what lies behind each element along `dim`, itself included. */
const sumFromEnd: (self: Tensor, dim: number) => Tensor = op('_sum_from_end(Tensor self, int dim) -> Tensor', {
  tangents: 'linear',
  forward: (self, dim) => scanBackwards(self, dim, null),
  backward: { self: (grad, { dim }) => grad.cumsum(dim) },
  only: 'function',
});

/** Running sum along `dim`. */
export const cumsum: Scan = op('cumsum(Tensor self, int dim, *, ScalarType? dtype=None) -> Tensor', {
  tangents: 'linear',
  forward: scan('cumsum'),
  backward: { self: (grad, { dim, self }) => (self.ndim === 0 ? grad : sumFromEnd(grad, dim)) },
});

/** The product of all elements before each along `dim`. */
function productBefore(self: Tensor, dim: number): Tensor {
  const size = self.size(dim);
  const shifted = self.new_ones(self.shape);
  shifted.narrow(dim, 1, size - 1).copy_(self.narrow(dim, 0, size - 1));
  return shifted.cumprod(dim);
}

/** The product of all other elements along `dim`, of each element: right where elements are zero. */
function productOfOthers(self: Tensor, dim: number): Tensor {
  if (self.numel() === 0) return self;
  return productBefore(self, dim).mul(productBefore(self.flip([dim]), dim).flip([dim]));
}

/**
 * The gradient where some element is zero: that of element k is Σ_{i≥k} grad_i · Π_{j≤i, j≠k} self_j, one k at a time.
 */
function cumprodGradientWithZeros(grad: Tensor, self: Tensor, dim: number): Tensor {
  const size = self.size(dim);
  const before = productBefore(self, dim);
  const result = self.new_zeros(self.shape).add(grad.new_zeros(grad.shape));
  for (let k = 0; k < size; k++) {
    // Without element k itself, so that a zero there does no harm.
    const rest = self.narrow(dim, k, size - k).clone();
    rest.narrow(dim, 0, 1).fill_(1);
    const after = rest.cumprod(dim);
    result.narrow(dim, k, 1).copy_(
      grad
        .narrow(dim, k, size - k)
        .mul(after)
        .sum(dim, true)
        .mul(before.narrow(dim, k, 1)),
    );
  }
  return result;
}

/** Which formula is right: where an element is 0, one that divides by none. Levels cannot tell, and so compute both. */
function byZeros(self: Tensor, withZeros: () => Tensor, quotient: () => Tensor): Tensor {
  const zero = self.eq(0).any();
  if (isTransformed()) return withZeros().where(zero, quotient());
  return zero.item() ? withZeros() : quotient();
}

/** Running product along `dim`. */
export const cumprod: Scan = op('cumprod(Tensor self, int dim, *, ScalarType? dtype=None) -> Tensor', {
  forward: scan('cumprod'),
  backward: {
    self: (grad, { self, result, dim }) => {
      if (self.ndim === 0 || self.numel() === 0) return grad;
      return byZeros(
        self,
        () => cumprodGradientWithZeros(grad, self, dim),
        () => sumFromEnd(grad.mul(result), dim).div(self),
      );
    },
  },
  saves: ['self', 'result'],
});

const reduceProduct = reduction('prod', {
  compute: (dtype) => (dtype.is_floating_point ? dtype : int64),
  result: (dtype) => dtype,
  identity: true,
});

type Prod = (
  self: Tensor,
  ...args:
    | [options?: { dim?: number } & KeepOption & DTypeOption]
    | [dim: number, options?: KeepOption & DTypeOption]
    | [dim: number, keepdim: boolean, options?: DTypeOption]
) => Tensor;

/** The product of the elements; of none 1. */
export const prod: Prod = overloaded(
  'prod',
  op('prod(Tensor self, *, ScalarType? dtype=None) -> Tensor', {
    forward: (self, dtype) => reduceProduct(scanned(self, dtype), null, false),
    backward: {
      self: (grad, { self, result }) =>
        byZeros(
          self,
          () => grad.mul(productOfOthers(self.reshape(-1), 0)).reshape(self.shape),
          () => grad.mul(result).div(self),
        ),
    },
    saves: ['self', 'result'],
  }),
  op('prod.dim(Tensor self, int dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor', {
    forward: (self, dim, keepdim, dtype) => reduceProduct(scanned(self, dtype), [dim], keepdim),
    backward: {
      self: (grad, { self, result, dim, keepdim }) => {
        const restored = restoreDims(grad, [dim], keepdim, self.ndim);
        if (self.ndim === 0) return restored;
        return byZeros(
          self,
          () => restored.mul(productOfOthers(self, dim)),
          () => restored.mul(restoreDims(result, [dim], keepdim, self.ndim)).div(self),
        );
      },
    },
    saves: ['self', 'result'],
    node: 'ProdBackward1',
  }),
);
