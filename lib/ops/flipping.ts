/** Reversed order along dimensions. */
import { int64 } from '../base/dtype.js';
import { wrapDims } from '../base/shape.js';
import { opcode } from '../engine/native.js';
import { begin, operand, run, scalar } from '../engine/program.js';
import { type Positions, readAt } from '../op/indexing.js';
import { op } from '../op/op.js';
import type { Sizes } from '../op/signatures.js';
import { emptyTensor, type Tensor } from '../tensor.js';

/** size - 1, …, 1, 0. */
function descending(size: number): Tensor {
  const positions = emptyTensor([size], int64);
  begin(opcode('ramp'), [size], 1);
  operand(positions, [1]);
  scalar(size - 1);
  scalar(-1);
  run('flip', int64);
  return positions;
}

const along = (dim: number, index: Tensor): Positions => [...new Array<null>(dim).fill(null), index];

/** A copy whose elements run backwards along `dims`. */
export const flip: (self: Tensor, ...dims: Sizes) => Tensor = op('flip(Tensor self, int[] dims) -> Tensor', {
  forward: (self, dims) => {
    const wrapped = dims.length === 0 || self.ndim === 0 ? [] : wrapDims('flip', dims, self.ndim);
    const flipped = wrapped.reduce(
      (tensor, dim) => readAt('flip', tensor, along(dim, descending(self.sizes[dim]))),
      self,
    );
    return flipped === self ? self.clone() : flipped;
  },
  backward: { self: (grad, { dims }) => grad.flip(dims) },
});
