/** Elements chosen by truth. */
import { bool, int64, uint8 } from '../base/dtype.js';
import { RuntimeError, showShape } from '../base/errors.js';
import { broadcastShapes, expandStrides, numel, type Shape, sameShape } from '../base/shape.js';
import { opcode } from '../engine/native.js';
import { begin, operand, run, scalar } from '../engine/program.js';
import { written } from '../op/indexing.js';
import { method, op } from '../op/op.js';
import { checkOverlap, converted } from '../op/pointwise.js';
import type { InPlace } from '../op/signatures.js';
import { emptyTensor, type Tensor } from '../tensor.js';

const codes = {
  count: opcode('count_nonzero'),
  nonzero: opcode('nonzero'),
  select: opcode('masked_select'),
  scatter: opcode('masked_scatter'),
};

const still = (shape: Shape): number[] => shape.map(() => 0);

/** How many elements are not zero, once `tensor` is repeated over `shape`. */
function countTrue(tensor: Tensor, shape: Shape): number {
  const count = emptyTensor([], int64);
  begin(codes.count, shape, 2);
  operand(count, still(shape));
  operand(tensor, expandStrides(tensor.sizes, tensor.strides, shape));
  run('count_nonzero', tensor.dtype);
  return Number(count.item());
}

const positionsOf: (self: Tensor) => Tensor = op('_nonzero(Tensor self) -> Tensor', {
  forward: (self) => {
    const count = countTrue(self, self.sizes);
    const out = emptyTensor([count, self.ndim], int64);
    if (out.count === 0) return out;
    begin(codes.nonzero, self.sizes, 2);
    operand(out, still(self.sizes));
    operand(self, self.strides);
    scalar(out.strides[0]);
    scalar(out.strides[1]);
    scalar(count);
    run('nonzero', self.dtype);
    return out;
  },
  only: 'function',
});

/** Positions of the elements that are not zero. */
interface Nonzero {
  (self: Tensor, options?: { as_tuple?: false }): Tensor;
  (self: Tensor, options: { as_tuple: true }): Tensor[];
}

/** Positions of the elements that are not zero, a row each; with `as_tuple` a vector for each dimension. */
export const nonzero: Nonzero = method('nonzero(Tensor self, *, bool as_tuple=False) -> Tensor', (self, as_tuple) => {
  if (!as_tuple) return positionsOf(self);
  return positionsOf(self.ndim === 0 ? self.unsqueeze(0) : self).unbind(1);
});

/** Positions of the elements that are not zero, a row each. */
export const argwhere: (self: Tensor) => Tensor = method('argwhere(Tensor self) -> Tensor', (self) =>
  positionsOf(self),
);

/** How many elements are not zero, over `dim` (all dimensions when left out). */
export const count_nonzero: (self: Tensor, dim?: number | readonly number[] | null) => Tensor = method(
  'count_nonzero(Tensor self, int[1]? dim=None) -> Tensor',
  (self, dim) => self.ne(0).sum(dim),
);

function maskOf(name: string, mask: Tensor): Tensor {
  if (mask.dtype !== bool && mask.dtype !== uint8) {
    throw new RuntimeError(`${name}: expected BoolTensor or ByteTensor for mask, got ${mask.dtype}`);
  }
  return converted(mask, bool);
}

/** The elements where `mask` is true, in row-major order; both are broadcast. */
export const masked_select: (self: Tensor, mask: Tensor) => Tensor = op(
  'masked_select(Tensor self, Tensor mask) -> Tensor',
  {
    forward: (self, mask) => {
      const truth = maskOf('masked_select', mask);
      const shape = broadcastShapes('masked_select', self.sizes, truth.sizes);
      const count = countTrue(truth, shape);
      const out = emptyTensor([count], self.dtype);
      if (count === 0) return out;
      begin(codes.select, shape, 3);
      operand(out, still(shape));
      operand(self, expandStrides(self.sizes, self.strides, shape));
      operand(truth, expandStrides(truth.sizes, truth.strides, shape));
      scalar(1);
      scalar(count);
      run('masked_select', self.dtype);
      return out;
    },
    backward: {
      self: (grad, { self, mask }) =>
        grad.new_zeros(broadcastShapes('masked_select', self.shape, mask.shape)).masked_scatter(mask, grad),
    },
    saves: ['mask'],
  },
);

/**
 * Writes the elements of `source` in their order to where `mask` is true.
 * @throws RuntimeError when they are too few.
 */
export const masked_scatter: InPlace<(self: Tensor, mask: Tensor, source: Tensor) => Tensor> = op(
  'masked_scatter(Tensor self, Tensor mask, Tensor source) -> Tensor',
  {
    forward: (self, mask, source, into?: Tensor) => {
      const truth = maskOf('masked_scatter', mask);
      if (source.dtype !== self.dtype) {
        throw new RuntimeError(
          'masked_scatter: expected self and source to have same dtypes but got ' +
            `${self.dtype.scalarName} and ${source.dtype.scalarName}`,
        );
      }
      const shape = broadcastShapes('masked_scatter', self.sizes, truth.sizes);
      if (into !== undefined && !sameShape(shape, into.sizes)) {
        throw new RuntimeError(
          `masked_scatter_: output with shape ${showShape(into.sizes)} doesn't match the broadcast shape ` +
            showShape(shape),
        );
      }
      const values = source.contiguous();
      if (countTrue(truth, shape) > values.count) {
        throw new RuntimeError(
          'masked_scatter: expected number of elements in source to be at least the count of mask',
        );
      }
      const write = (target: Tensor): void => {
        checkOverlap('masked_scatter_', target, [values, truth]);
        begin(codes.scatter, shape, 3);
        operand(target, target.strides);
        operand(values, still(shape));
        operand(truth, expandStrides(truth.sizes, truth.strides, shape));
        scalar(1);
        scalar(values.count);
        run('masked_scatter', self.dtype);
      };
      if (into === undefined) return written(self.expand(shape), write);
      write(into);
      return into;
    },
    backward: {
      self: (grad, { mask }) => grad.masked_fill(mask, 0),
      source: (grad, { mask, source }) => {
        // Numbers each element that was written from 1; all others go to element 0, which is dropped.
        const marks = mask.to(bool).expand(grad.shape).flatten();
        const row = grad.new_zeros([numel(source.shape) + 1]);
        return row
          .scatter_add(0, marks.cumsum(0).mul(marks), grad.flatten())
          .narrow(0, 1, numel(source.shape))
          .reshape(source.shape);
      },
    },
    saves: ['mask'],
    inplace: true,
  },
);
