/** Copies with the elements repeated or in another order. */
import { int32, int64 } from '../base/dtype.js';
import { argumentError, RuntimeError, unsupportedError } from '../base/errors.js';
import {
  contiguousStrides,
  maxDims,
  numel,
  repeated,
  type Shape,
  wrapDim,
  wrapDims,
  wrapOwnDim,
} from '../base/shape.js';
import { opcode } from '../engine/native.js';
import { arrayOperand, begin, operand, run } from '../engine/program.js';
import type { Scalar } from '../op/context.js';
import { checkSizes } from '../op/factory.js';
import { method, op } from '../op/op.js';
import { copyInto, emptyLike } from '../op/pointwise.js';
import type { Sizes, Unary } from '../op/signatures.js';
import { viewAt } from '../op/strided.js';
import { emptyTensor, Tensor } from '../tensor.js';

const copy = opcode('copy');

/** With leading dimensions of size 1 up to this rank. */
const padded = (sizes: Shape, rank: number): number[] => [...repeated(1, rank - sizes.length), ...sizes];

/** Each dimension as a pair: how often it is repeated, and its size. */
const pairs = (repeats: Shape, sizes: Shape): number[] =>
  padded(sizes, repeats.length).flatMap((size, dim) => [repeats[dim], size]);

function checkRepeats(self: Tensor, repeats: Shape): void {
  if (repeats.length < self.ndim) {
    throw new RuntimeError(
      'Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor',
    );
  }
  if (2 * repeats.length > maxDims) {
    throw new RuntimeError(`repeat: at most ${maxDims / 2} dimensions, got ${repeats.length}`);
  }
}

/** The tensor beside itself so many times along each dimension; missing dimensions are added in front. */
export const repeat: (self: Tensor, ...repeats: Sizes) => Tensor = op('repeat(Tensor self, int[] repeats) -> Tensor', {
  forward: (self, repeats) => {
    checkRepeats(self, repeats);
    const sizes = padded(self.sizes, repeats.length).map((size, dim) => size * repeats[dim]);
    const result = emptyTensor(checkSizes('repeat', sizes), self.dtype);
    if (result.count === 0) return result;
    const own = padded(self.sizes, repeats.length);
    const blocks = result.strides.flatMap((stride, dim) => [stride * own[dim], stride]);
    const lead = repeats.length - self.ndim;
    const source = repeats.flatMap((_, dim) => [0, dim < lead ? 0 : self.strides[dim - lead]]);
    const space = pairs(repeats, self.sizes);
    copyInto(result.alias(space, blocks, 0), self.alias(space, source, self.offset));
    return result;
  },
  backward: {
    self: (grad, { self, repeats }) => {
      if (repeats.length === 0) return grad;
      return grad.reshape(pairs(repeats, self.sizes)).sum(repeats.map((_, dim) => 2 * dim));
    },
  },
});

/** The tensor beside itself so many times along the last dimensions. */
export const tile: (self: Tensor, ...dims: Sizes) => Tensor = method(
  'tile(Tensor self, int[] dims) -> Tensor',
  (self: Tensor, dims: Shape) => self.repeat(padded(dims, Math.max(dims.length, self.ndim))),
);

/** A copy in which some dimensions run backwards: read from the last element on, with negative strides. */
function flipped(self: Tensor, dims: readonly number[]): Tensor {
  const result = emptyLike(self, self.dtype);
  if (self.count === 0) return result;
  const corner = dims.reduce((shift, dim) => shift + (self.sizes[dim] - 1) * self.strides[dim], 0);
  begin(copy, self.sizes, 2);
  operand(result, result.strides);
  operand(
    self,
    self.strides.map((stride, dim) => (dims.includes(dim) ? -stride : stride)),
    corner,
  );
  run('flip', self.dtype);
  return result;
}

/** In the reverse order along some dimensions. */
export const flip: (self: Tensor, ...dims: Sizes) => Tensor = op('flip(Tensor self, int[] dims) -> Tensor', {
  tangents: 'linear',
  forward: (self, dims) => flipped(self, dims.length === 0 ? [] : wrapDims('flip', dims, self.ndim)),
  backward: { self: (grad, { dims }) => grad.flip(dims) },
});

/** With its columns in the reverse order. */
export const fliplr: Unary = method('fliplr(Tensor self) -> Tensor', (self: Tensor) => {
  if (self.ndim < 2) throw new RuntimeError('Input must be >= 2-d.');
  return self.flip(1);
});

/** With its rows in the reverse order. */
export const flipud: Unary = method('flipud(Tensor self) -> Tensor', (self: Tensor) => {
  if (self.ndim < 1) throw new RuntimeError('Input must be >= 1-d.');
  return self.flip(0);
});

/** A copy moved along one dimension; what leaves at its end comes back at its start. */
function rolled(self: Tensor, shift: number, dimension: number): Tensor {
  const dim = wrapOwnDim(dimension, self.ndim);
  const result = emptyTensor(self.sizes, self.dtype);
  if (self.count === 0) return result;
  const size = self.sizes[dim];
  const split = ((shift % size) + size) % size;
  const part = (tensor: Tensor, start: number, count: number): Tensor => {
    const sizes = tensor.sizes.map((each, i) => (i === dim ? count : each));
    return viewAt(tensor, { sizes, strides: tensor.strides, offset: tensor.offset + start * tensor.strides[dim] });
  };
  copyInto(part(result, split, size - split), part(self, 0, size - split));
  if (split > 0) copyInto(part(result, 0, split), part(self, size - split, split));
  return result;
}

function rollAll(self: Tensor, shifts: Shape, dims: Shape): Tensor {
  if (shifts.length === 0) throw new RuntimeError('`shifts` required');
  if (dims.length === 0 && shifts.length === 1) {
    const rows = emptyTensor(self.sizes, self.dtype);
    copyInto(rows, self);
    return viewAt(rolled(rows.alias([self.count], [1], 0), shifts[0], 0), rows);
  }
  if (shifts.length !== dims.length) {
    throw new RuntimeError(`shifts and dimensions must align. shifts: ${shifts.length}, dims:${dims.length}`);
  }
  return dims.reduce((tensor, dim, i) => rolled(tensor, shifts[i], dim), self);
}

type Roll = (self: Tensor, shifts: number | Shape, dims?: number | Shape) => Tensor;

/** Moved along dimensions, or in row-major order when none is given; what leaves at the end comes back at the start. */
export const roll: Roll = op('roll(Tensor self, int[1] shifts, int[1] dims=[]) -> Tensor', {
  forward: rollAll,
  backward: {
    self: (grad, { shifts, dims }) =>
      grad.roll(
        shifts.map((shift) => -shift),
        dims,
      ),
  },
});

/** @throws RuntimeError unless `dims` are two different dimensions. */
function planeOf(self: Tensor, dims: Shape): [number, number] {
  if (dims.length !== 2) {
    throw new RuntimeError(`expected total rotation dims == 2, but got dims = ${dims.length}`);
  }
  if (self.ndim < 2) throw new RuntimeError(`expected total dims >= 2, but got total dims = ${self.ndim}`);
  const [from, to] = dims;
  if (from === to || Math.abs(from - to) === self.ndim) {
    throw new RuntimeError(`expected rotation dims to be different, but got dim0 = ${from} and dim1 = ${to}`);
  }
  dims.forEach((dim, i) => {
    if (dim >= self.ndim || dim < -self.ndim) {
      throw new RuntimeError(`Rotation dim${i} out of range, dim${i} = ${dim}`);
    }
  });
  return [wrapDim(from, self.ndim), wrapDim(to, self.ndim)];
}

/** A view with two dimensions exchanged. */
function exchanged(self: Tensor, a: number, b: number): Tensor {
  const swap = (list: Shape): number[] => list.map((value, i) => (i === a ? list[b] : i === b ? list[a] : value));
  return viewAt(self, { sizes: swap(self.sizes), strides: swap(self.strides), offset: self.offset });
}

/** Turned by `k` right angles in the plane of two dimensions, from the first towards the second. */
export const rot90: (self: Tensor, k?: number, dims?: Shape) => Tensor = op(
  'rot90(Tensor self, int k=1, int[1] dims=[0,1]) -> Tensor',
  {
    forward: (self, k, dims) => {
      const [from, to] = planeOf(self, dims);
      const turns = ((k % 4) + 4) % 4;
      if (turns === 1) return exchanged(flipped(self, [to]), from, to);
      if (turns === 3) return exchanged(flipped(self, [from]), from, to);
      if (turns === 2) return flipped(self, [from, to]);
      const result = emptyTensor(self.sizes, self.dtype);
      copyInto(result, self);
      return result;
    },
    backward: { self: (grad, { k, dims }) => grad.rot90(-k, dims) },
  },
);

/** A new row of positions, filled from an array that is read with these sizes and strides. */
function positionsFrom(sizes: Shape, strides: Shape, array: () => BigInt64Array): Tensor {
  // Memory for the result is asked for first: the array, which is no longer, then has its length.
  const result = emptyTensor(checkSizes('repeat_interleave', [numel(sizes)]), int64);
  if (result.count === 0) return result;
  begin(copy, sizes, 2);
  operand(result, contiguousStrides(sizes));
  arrayOperand(array(), int64, strides);
  run('repeat_interleave', int64);
  return result;
}

/** Every position of a dimension as often as `repeats` says: one number for all, or one for each. */
function interleaved(size: number, repeats: number | readonly number[]): Tensor {
  const counts = typeof repeats === 'number' ? [repeats] : repeats;
  if (counts.some((count) => count < 0)) throw new RuntimeError('repeats can not be negative');
  if (typeof repeats === 'number') {
    return positionsFrom([size, repeats], [1, 0], () => BigInt64Array.from({ length: size }, (_, i) => BigInt(i)));
  }
  const total = repeats.reduce((sum, count) => sum + count, 0);
  return positionsFrom([total], [1], () => {
    const positions = new BigInt64Array(total);
    let at = 0;
    repeats.forEach((count, position) => {
      positions.fill(BigInt(position), at, at + count);
      at += count;
    });
    return positions;
  });
}

/**
 * How often `size` positions are repeated.
 * @throws RuntimeError unless `repeats` has one element, for all, or `size`.
 */
function repeatsOf(repeats: Tensor, size: number): number | number[] {
  if (repeats.ndim > 1) throw new RuntimeError('repeats must be 0-dim or 1-dim tensor');
  if (repeats.dtype !== int64 && repeats.dtype !== int32)
    throw unsupportedError('repeat_interleave_cpu', repeats.dtype);
  const counts = Array.from(repeats.toTypedArray(), Number);
  if (counts.length === 1) return counts[0];
  if (counts.length !== size) throw new RuntimeError('repeats must have the same size as input along dim');
  return counts;
}

type RepeatInterleave = (
  self: Tensor,
  repeats: number | Tensor,
  ...rest:
    | [dim?: number | null, options?: { output_size?: number | null }]
    | [options: { dim?: number | null; output_size?: number | null }]
) => Tensor;

/** Each element of a dimension so many times in a row; of all elements in one dimension when `dim` is left out. */
export const repeat_interleave: RepeatInterleave = method(
  'repeat_interleave(Tensor self, Operand repeats, int? dim=None, *, int? output_size=None) -> Tensor',
  (self: Tensor, repeats: Tensor | Scalar, dim: number | null, output_size: number | null): Tensor => {
    const input = dim === null ? self.flatten() : self;
    const along = wrapDim(dim ?? 0, input.ndim);
    const size = input.sizes[along] ?? 1;
    const counts = repeats instanceof Tensor ? repeatsOf(repeats, size) : whole(repeats);
    const positions = interleaved(size, counts);
    if (output_size !== null && output_size !== positions.count) {
      throw new RuntimeError('allocated size does not match required size');
    }
    return input.index_select(along, positions);
  },
);

function whole(repeats: Scalar): number {
  if (Number.isSafeInteger(repeats)) return repeats as number;
  throw argumentError('repeat_interleave', 'repeats', 'int or Tensor', repeats);
}
