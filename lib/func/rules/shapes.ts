/** Other forms of the same elements: dimensions count behind the batch, sizes have the batch before them. */
import { inferSize, type Shape, wrapDim } from '../../base/shape.js';
import type { Results } from '../../op/dispatch.js';
import type { Tensor } from '../../tensor.js';
import { type BatchCall, behindBatch, type Rule } from '../call.js';
import { withDimension } from './reductions.js';

/** The elements of one example of a batch. */
const count = ({ sizes }: Tensor): number => sizes.slice(1).reduce((product, size) => product * size, 1);

/** Names of parameters that count dimensions. */
const dimNames = new Set(['dim', 'dim0', 'dim1', 'dim2', 'dims', 'dimension']);

/** Every parameter that counts dimensions counts them behind the batch; `more`: of results with so many more. */
const shifted =
  (more = 0): Rule =>
  (call, self: Tensor, ...rest: unknown[]): Results => {
    const rank = call.rank(self) + more;
    const shift = (dim: number): number => behindBatch(dim, rank);
    const values = [self, ...rest].map((value, i) => {
      if (!dimNames.has(call.operator.schema.parameters[i].name)) return value;
      return typeof value === 'number' ? shift(value) : (value as readonly number[]).map(shift);
    });
    return call.run(...values);
  };

/** The same, where an example without dimensions counts as one of one dimension. */
const shiftedFromOne: Rule = (call, self: Tensor, ...rest: never[]): Results =>
  call.rank(self) === 0
    ? (withDimension(call, self, (batch) => batch.clone()) as Tensor)
    : shifted()(call, self as never, ...rest);

const permute: Rule = (call, self: Tensor, dims: readonly number[]): Results => {
  const rank = call.rank(self);
  return call.run(self, [0, ...dims.map((dim) => behindBatch(dim, rank))]);
};

const expand: Rule = (call, self: Tensor, size: Shape): Results =>
  call.run(call.padded(self, size.length), [call.size, ...size]);

const repeat: Rule = (call, self: Tensor, repeats: readonly number[]): Results =>
  call.run(call.padded(self, repeats.length), [1, ...repeats]);

/** Not the batch, even if it is of one example. */
function squeeze(_: BatchCall, self: Tensor): Tensor {
  const kept = self.sizes.flatMap((size, dim) => (dim === 0 || size !== 1 ? [dim] : []));
  const pick = (list: Shape): number[] => kept.map((dim) => list[dim]);
  return kept.length === self.ndim
    ? self.view(self.sizes)
    : self.as_strided(pick(self.sizes), pick(self.strides), null);
}

const squeezeDim: Rule = (call, self: Tensor, dim: number): Results => {
  const rank = call.rank(self);
  wrapDim(dim, rank);
  return rank === 0 ? self.view(self.sizes) : self.squeeze(behindBatch(dim, rank));
};

const roll: Rule = (call, self: Tensor, shifts: readonly number[], dims: readonly number[]): Results => {
  const rank = call.rank(self);
  if (dims.length > 0)
    return call.run(
      self,
      shifts,
      dims.map((dim) => behindBatch(dim, rank)),
    );
  return (call.run(call.flat(self), shifts, [1]) as Tensor).reshape(self.sizes);
};

const flip: Rule = (call, self: Tensor, dims: readonly number[]): Results =>
  withDimension(call, self, (batch, rank) =>
    call.run(
      batch,
      dims.map((dim) => behindBatch(dim, rank)),
    ),
  );

const diag: Rule = (call, self: Tensor, offset: number): Results =>
  call.rank(self) === 1 ? self.diag_embed(offset, -2, -1) : self.diagonal(offset, -2, -1).clone();

const asStrided: Rule = (call, self: Tensor, size: Shape, stride: Shape, offset: number | null): Results =>
  call.run(self, [call.size, ...size], [self.strides[0], ...stride], offset);

const scatterStrided: Rule = (call, self: Tensor, stride: Shape, offset: number, length: number): Results =>
  (call.run(self, [length, ...stride], offset, call.size * length) as Tensor).view([call.size, length]);

const withSizes: Rule = (call, self: Tensor, size: Shape, ...rest: unknown[]): Results =>
  call.run(self, [call.size, ...size], ...rest);

/** Rules by the operators' names. */
export const shapeRules: Readonly<Record<string, Rule>> = {
  view: (call, self: Tensor, size: Shape) => call.run(self, [call.size, ...inferSize(size, count(self))]),
  _unsafe_view: (call, self: Tensor, size: Shape) => self.reshape([call.size, ...size]),
  _reshape_alias: (call, self: Tensor, size: Shape, stride: Shape) =>
    call.run(self, [call.size, ...size], [self.strides[0], ...stride]),
  as_strided: asStrided,
  _scatter_strided: scatterStrided,
  expand,
  repeat,
  permute,
  roll,
  flip,
  rot90: (call, self: Tensor, k: number, dims: readonly number[]) =>
    call.run(
      self,
      k,
      dims.map((dim) => behindBatch(dim, call.rank(self))),
    ),
  t: (call, self: Tensor) => (call.rank(self) < 2 ? self.view(self.sizes) : self.transpose(1, 2)),
  transpose: shiftedFromOne,
  unsqueeze: shifted(1),
  squeeze,
  'squeeze.dim': squeezeDim,
  select: shifted(),
  slice: shifted(),
  unfold: (call, self: Tensor, dimension: number, size: number, step: number) => {
    const batch = call.rank(self) === 0 ? self.unsqueeze(1) : self;
    const result = call.run(batch, behindBatch(dimension, batch.ndim - 1), size, step) as Tensor;
    return batch === self ? result : result.squeeze(1);
  },
  unbind: shifted(),
  'split.Tensor': shifted(),
  split_with_sizes: shifted(),
  diagonal: shifted(),
  diag_embed: shifted(1),
  diag,
  tril: (call, self: Tensor, diagonal: number) => call.run(self, diagonal),
  triu: (call, self: Tensor, diagonal: number) => call.run(self, diagonal),
  new_empty: withSizes,
  new_zeros: withSizes,
  new_ones: withSizes,
  new_full: withSizes,
};
