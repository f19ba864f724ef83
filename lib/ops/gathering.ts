/** Reading and writing along one dimension by a tensor of positions. */
import { int32, int64 } from '../base/dtype.js';
import { argumentError, IndexError, RuntimeError, showShape } from '../base/errors.js';
import { wrapDim } from '../base/shape.js';
import type { Scalar } from '../op/context.js';
import { filled } from '../op/factory.js';
import {
  type Combine,
  combine,
  gatherAlong,
  intoZeros,
  type Positions,
  readAt,
  scatterAlong,
  writeAt,
  written,
} from '../op/indexing.js';
import { method, op } from '../op/op.js';
import type { InPlace } from '../op/signatures.js';
import { Tensor } from '../tensor.js';

/**
 * result[i] = self[index[i]] along `dim`, the other coordinates equal.
 * @throws IndexError for a position out of range.
 */
export const gather: (self: Tensor, dim: number, index: Tensor) => Tensor = op(
  'gather(Tensor self, int dim, Tensor index, *, bool sparse_grad=False) -> Tensor',
  {
    forward: (self, dim, index) => gatherAlong('gather', self, dim, index),
    backward: { self: (grad, { self, dim, index }) => intoZeros('scatter_add', grad, self.shape, dim, index) },
    saves: ['index'],
  },
);

function checkTaken(self: Tensor, indices: Tensor, dim: number | null): void {
  if (dim !== null && self.ndim !== indices.ndim) {
    throw new RuntimeError(
      'torch.take_along_dim(): input and indices should have the same number of dimensions, ' +
        `but got ${self.ndim} dimensions for input, and ${indices.ndim} dimensions for indices`,
    );
  }
  if (indices.dtype !== int64) {
    throw new RuntimeError(
      `torch.take_along_dim(): dtype of indices should be Long but got ${indices.dtype.scalarName}`,
    );
  }
}

/** `gather` with `indices` broadcast against the tensor; in the flattened tensor when `dim` is left out. */
export const take_along_dim: (self: Tensor, indices: Tensor, dim?: number | null) => Tensor = method(
  'take_along_dim(Tensor self, Tensor indices, int? dim=None) -> Tensor',
  (self, indices, dim) => {
    checkTaken(self, indices, dim);
    if (dim === null) return self.reshape(-1).gather(0, indices.reshape(-1));
    const at = wrapDim(dim, self.ndim);
    const joint = (a: Tensor, b: Tensor): number[] =>
      a.sizes.map((size, i) => (i === at ? size : Math.max(size, b.sizes[i])));
    return self.expand(joint(self, indices)).gather(at, indices.expand(joint(indices, self)));
  },
);

/** The source of a scatter: a tensor, or one number for all positions. */
const sourceOf = (self: Tensor, index: Tensor, src: unknown): Tensor =>
  src instanceof Tensor ? src : filled('scatter', index.sizes, src as Scalar, self.dtype);

/** Writes along `dim` into a copy, or in place. */
function scattering(name: string, how: Combine) {
  return (self: Tensor, dim: number, index: Tensor, src: unknown, into?: Tensor): Tensor => {
    const write = (target: Tensor): void => scatterAlong(name, target, dim, index, sourceOf(self, index, src), how);
    if (into === undefined) return written(self, write);
    write(into);
    return into;
  };
}

type Scatter = (self: Tensor, dim: number, index: Tensor, src: Tensor | Scalar) => Tensor;

const assign: InPlace<Scatter> = op('_scatter(Tensor self, int dim, Tensor index, Operand src) -> Tensor', {
  forward: scattering('scatter', combine.assign),
  backward: {
    self: (grad, { dim, index }) => grad.scatter(dim, index, 0),
    src: (grad, { dim, index }) => grad.gather(dim, index),
  },
  saves: ['index'],
  node: 'ScatterBackward0',
  inplace: true,
  only: 'function',
});

/** Adds src[i] to self[index[i]] along `dim`; equal positions add up. */
export const scatter_add: InPlace<(self: Tensor, dim: number, index: Tensor, src: Tensor) => Tensor> = op(
  'scatter_add(Tensor self, int dim, Tensor index, Tensor src) -> Tensor',
  {
    forward: scattering('scatter_add', combine.add),
    backward: {
      self: (grad) => grad,
      src: (grad, { dim, index }) => grad.gather(dim, index),
    },
    saves: ['index'],
    inplace: true,
  },
);

const multiply: InPlace<Scatter> = op('_scatter_multiply(Tensor self, int dim, Tensor index, Operand src) -> Tensor', {
  forward: scattering('scatter', combine.multiply),
  inplace: true,
  only: 'function',
});

interface Reduce {
  reduce?: 'add' | 'multiply' | null;
}
type ScatterReduce = (
  self: Tensor,
  dim: number,
  index: Tensor,
  src: Tensor | Scalar | ({ value: Scalar } & Reduce),
  options?: Reduce,
) => Tensor;

const scatterSchema =
  '(Tensor self, int dim, Tensor index, Operand? src=None, *, Scalar? value=None, str? reduce=None)';

/** The operator that `reduce` names. */
function scatterBy(inPlace: boolean, reduce: string | null): Scatter {
  const pick = (operator: InPlace<Scatter>): Scatter => (inPlace ? operator.in_place : operator);
  if (reduce === null) return pick(assign);
  if (reduce === 'add') return pick(scatter_add as unknown as InPlace<Scatter>);
  if (reduce === 'multiply') return pick(multiply);
  throw new RuntimeError(`scatter(): reduce argument must be either add or multiply, got '${reduce}'`);
}

function scatterCall(inPlace: boolean) {
  return (
    self: Tensor,
    dim: number,
    index: Tensor,
    src: Tensor | Scalar | null,
    value: Scalar | null,
    reduce: string | null,
  ): Tensor => {
    const source = src ?? value;
    if (source === null) throw argumentError('scatter', 'src', 'Tensor or Number', source);
    return scatterBy(inPlace, reduce)(self, dim, index, reduce === 'add' ? sourceOf(self, index, source) : source);
  };
}

/** self[index[i]] = src[i] along `dim`, in a copy; with `reduce` the old element is added or multiplied. */
export const scatter: ScatterReduce = method(`scatter${scatterSchema} -> Tensor`, scatterCall(false));
/** `scatter` in place. */
export const scatter_: ScatterReduce = method(`scatter_${scatterSchema} -> Tensor`, scatterCall(true));

/** One position for each dimension before `dim`: none. */
function positionsAlong(dim: number, index: Tensor): Positions {
  return [...new Array<null>(dim).fill(null), index];
}

function checkVector(op: string, index: Tensor): Tensor {
  if (index.ndim > 1) throw new IndexError(`${op}(): Index is supposed to be a vector, got ${showShape(index.sizes)}`);
  if (index.dtype !== int32 && index.dtype !== int64) {
    throw new RuntimeError(`${op}(): Expected dtype int32 or int64 for index, got ${index.dtype}`);
  }
  return index.to(int64).reshape(-1);
}

/** The slices of `self` at `index` along `dim`. */
export const index_select: (self: Tensor, dim: number, index: Tensor) => Tensor = op(
  'index_select(Tensor self, int dim, Tensor index) -> Tensor',
  {
    forward: (self, dim, index) => {
      const at = wrapDim(dim, self.ndim);
      const vector = checkVector('index_select', index);
      if (self.ndim === 0) return readAt('index_select', self.reshape(1), [vector], false).reshape([]);
      return readAt('index_select', self, positionsAlong(at, vector), false);
    },
    backward: { self: (grad, { self, dim, index }) => intoZeros('index_add', grad, self.shape, dim, index) },
    saves: ['index'],
  },
);

/** Writes slices along `dim` into a copy, or in place. */
function slicewise(name: string, how: Combine, LengthError: typeof RuntimeError | typeof IndexError) {
  return (self: Tensor, dim: number, index: Tensor, source: Tensor, into: Tensor | undefined): Tensor => {
    const at = wrapDim(dim, self.ndim);
    const vector = checkVector(name, index);
    if (source.ndim > 0 && source.sizes[at] !== vector.count) {
      throw new LengthError(
        `${name}(): Number of indices (${vector.count}) should be equal to source.size(dim): (${source.sizes[at]})`,
      );
    }
    if (source.dtype !== self.dtype) {
      throw new RuntimeError(
        `${name}(): self and source expected to have the same dtype, but got (self) ${self.dtype.scalarName} and ` +
          `(source) ${source.dtype.scalarName}`,
      );
    }
    const write = (target: Tensor): void => {
      const whole = target.ndim === 0 ? target.view(1) : target;
      writeAt(name, whole, positionsAlong(at, vector), source, how, false);
    };
    if (into === undefined) return written(self, write);
    write(into);
    return into;
  };
}

const addSlices = slicewise('index_add', combine.add, RuntimeError);
const assignSlices = slicewise('index_copy', combine.assign, IndexError);

/** Adds alpha · source's slices to those of `self` at `index` along `dim`. */
export const index_add: InPlace<
  (self: Tensor, dim: number, index: Tensor, source: Tensor, options?: { alpha?: Scalar }) => Tensor
> = op('index_add(Tensor self, int dim, Tensor index, Tensor source, *, Scalar alpha=1) -> Tensor', {
  forward: (self, dim, index, source, alpha, into?: Tensor) =>
    addSlices(self, dim, index, alpha === 1 ? source : source.mul(alpha), into),
  backward: {
    self: (grad) => grad,
    source: (grad, { dim, index, alpha, source }) =>
      grad.index_select(dim, index).mul(alpha).expand_as(grad.new_zeros(source.shape)),
  },
  saves: ['index'],
  inplace: true,
});

/** Replaces the slices of `self` at `index` along `dim` by those of `source`. */
export const index_copy: InPlace<(self: Tensor, dim: number, index: Tensor, source: Tensor) => Tensor> = op(
  'index_copy(Tensor self, int dim, Tensor index, Tensor source) -> Tensor',
  {
    forward: (self, dim, index, source, into?: Tensor) => {
      if (index.dtype !== int64) {
        throw new RuntimeError(`index_copy_(): Expected a long tensor for index, but got ${index.dtype.scalarName}`);
      }
      return assignSlices(self, dim, index, source, into);
    },
    backward: {
      self: (grad, { dim, index }) => grad.index_fill(dim, index, 0),
      source: (grad, { dim, index }) => grad.index_select(dim, index),
    },
    saves: ['index'],
    inplace: true,
  },
);

/** Sets the slices of `self` at `index` along `dim` to one value. */
export const index_fill: InPlace<(self: Tensor, dim: number, index: Tensor, value: Tensor | Scalar) => Tensor> = op(
  'index_fill(Tensor self, int dim, Tensor index, Operand value) -> Tensor',
  {
    forward: (self, dim, index, value, into?: Tensor) => {
      if (index.dtype !== int64) throw new IndexError('index_fill_(): Expected dtype int64 for index.');
      const vector = checkVector('index_fill', index);
      const source = value instanceof Tensor ? value.to(self.dtype) : filled('index_fill', [], value, self.dtype);
      if (source.ndim > 0) {
        throw new RuntimeError(
          `index_fill_ only supports a 0-dimensional value tensor, but got tensor with ${source.ndim} dimension(s).`,
        );
      }
      const write = (target: Tensor): void => {
        const whole = target.ndim === 0 ? target.view(1) : target;
        writeAt('index_fill', whole, positionsAlong(wrapDim(dim, self.ndim), vector), source, combine.assign);
      };
      const target = into ?? self.clone();
      write(target);
      return target;
    },
    backward: {
      self: (grad, { dim, index }) => grad.index_fill(dim, index, 0),
      value: (grad, { dim, index }) => grad.index_select(dim, index).sum(),
    },
    saves: ['index'],
    inplace: true,
  },
);

/** The elements at positions of the flattened tensor, in the shape of `index`. */
export const take: (self: Tensor, index: Tensor) => Tensor = op('take(Tensor self, Tensor index) -> Tensor', {
  forward: (self, index) => {
    if (index.dtype !== int64) {
      throw new RuntimeError(`take(): Expected a long tensor for index, but got ${index.dtype.scalarName}`);
    }
    if (self.count === 0 && index.count > 0) throw new IndexError('take(): tried to take from an empty tensor');
    return readAt('take', self.reshape(-1), [index]);
  },
  backward: {
    self: (grad, { self, index }) =>
      grad
        .new_zeros([self.shape.reduce((a, b) => a * b, 1)])
        .index_put([index], grad, true)
        .reshape(self.shape),
  },
  saves: ['index'],
});
