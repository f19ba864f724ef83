/** Reading and writing at positions. Where each example has positions of its own, the batch is one more of them. */
import { bool, int64 } from '../../base/dtype.js';
import { broadcastShapes, repeated } from '../../base/shape.js';
import type { Results } from '../../op/dispatch.js';
import { arange, cat } from '../../ops/index.js';
import { Tensor } from '../../tensor.js';
import { type BatchCall, behindBatch, type Rule } from '../call.js';
import { withDimension } from './reductions.js';

/**
 * All tensors as batches of examples with a dimension at least: `gather` and `scatter` take one position per element.
 */
const along: Rule = (call, self: Tensor, dim: number, ...rest: unknown[]): Results => {
  const { operator } = call;
  const rank = Math.max(1, call.rank(self));
  const lifted = (value: unknown): unknown => {
    if (!(value instanceof Tensor)) return value;
    const batch = call.each(value);
    return batch.ndim === 1 ? batch.unsqueeze(1) : batch;
  };
  const result = call.run(lifted(self), behindBatch(dim, rank), ...rest.map(lifted)) as Tensor;
  const shaped = operator.schema.name === 'gather' ? (rest[0] as Tensor) : self;
  const scalar = call.rank(shaped) === 0;
  return scalar ? result.squeeze(1) : result;
};

/** Positions of whole slices, as `gather` and `scatter` take them: the same for every element of a slice. */
function spread(call: BatchCall, index: Tensor, dim: number, sizes: readonly number[]): Tensor {
  const batch = call.each(index).to(int64);
  const flat = batch.ndim === 1 ? batch.unsqueeze(1) : batch;
  const shape = sizes.map((_, i) => (i === 0 ? call.size : i === dim ? flat.sizes[1] : 1));
  return flat.reshape(shape).expand(sizes.map((size, i) => (i === dim ? flat.sizes[1] : size)));
}

const indexSelect: Rule = (call, self: Tensor, dim: number, index: Tensor): Results => {
  const given = Math.max(1, call.rank(self));
  const scalar = call.rank(self) === 0;
  const at = behindBatch(dim, given);
  if (!call.isBatch(index)) {
    return withDimension(call, self, (batch) => call.run(batch, at, index));
  }
  const batch = scalar ? call.each(self).unsqueeze(1) : call.each(self);
  const result = batch.gather(at, spread(call, index, at, batch.sizes));
  return scalar ? result.squeeze(1) : result;
};

/** Slices of `source` at positions: as one scatter where positions differ, else the operator itself. */
const slices =
  (scatter: (self: Tensor, dim: number, index: Tensor, source: Tensor, alpha: number) => Tensor): Rule =>
  (call, self: Tensor, dim: number, index: Tensor, source: Tensor, alpha: number): Results => {
    const scalar = call.rank(self) === 0;
    const lifted = (tensor: Tensor): Tensor => {
      const batch = call.each(tensor);
      return batch.ndim === 1 ? batch.unsqueeze(1) : batch;
    };
    const [into, from] = [lifted(self), lifted(source)];
    const at = behindBatch(dim, Math.max(1, call.rank(self)));
    const result = call.isBatch(index)
      ? scatter(into, at, spread(call, index, at, from.sizes), from, alpha)
      : (call.run(into, at, index, from, ...(alpha === undefined ? [] : [alpha])) as Tensor);
    return scalar ? result.squeeze(1) : result;
  };

const indexFill: Rule = (call, self: Tensor, dim: number, index: Tensor, value: unknown): Results => {
  const scalar = call.rank(self) === 0;
  const into = scalar ? call.each(self).unsqueeze(1) : call.each(self);
  const at = behindBatch(dim, Math.max(1, call.rank(self)));
  const tensor = value instanceof Tensor ? value.to(self.dtype) : null;
  const marks = spread(call, index, at, into.sizes);
  const filling = tensor === null ? value : call.padded(tensor, into.ndim - 1).expand(marks.sizes);
  const result = into.scatter(at, marks, filling as Tensor);
  return scalar ? result.squeeze(1) : result;
};

const take: Rule = (call, self: Tensor, index: Tensor): Results => {
  if (!call.isBatch(self)) return call.run(self, index);
  const positions = call.each(index);
  const count = call.flat(self).sizes[1];
  const wrapped = positions.where(positions.ge(0), positions.add(count));
  return call.flat(self).gather(1, call.flat(wrapped)).reshape(positions.sizes);
};

/** Rows of the table of all examples' tables, one behind the other; what is no row of an example is none at all. */
function rowsOfAll(call: BatchCall, indices: Tensor, rows: number): Tensor {
  const given = call.each(indices).to(int64);
  const ones = repeated(1, given.ndim - 1);
  const start = arange(call.size, { dtype: int64 })
    .mul(rows)
    .view([call.size, ...ones]);
  return given.add(start).masked_fill(given.ge(0).logical_and(given.lt(rows)).logical_not(), -1);
}

/**
 * Of a table that all examples share, the rows of one batch more, unless gradients are divided by counts of examples.
 */
const embedding: Rule = (call, weight: Tensor, indices: Tensor, padding: number, scaled: boolean, sparse: boolean) => {
  if (!call.isBatch(weight) && !scaled) return call.run(weight, indices, padding, scaled, sparse);
  const rows = weight.sizes.at(-2) as number;
  const found = call.run(call.each(weight).flatten(0, 1), rowsOfAll(call, indices, rows), -1, scaled, sparse) as Tensor;
  if (padding < 0 || padding >= rows) return found;
  return found.where(call.each(indices).ne(padding).unsqueeze(-1), found.detach());
};

const embeddingBackward: Rule = (
  call,
  grad: Tensor,
  indices: Tensor,
  rows: number,
  padding: number,
  scaled: boolean,
): Results => {
  const added = call.each(grad).masked_fill(call.each(indices).eq(padding).unsqueeze(-1), 0);
  const found = call.run(added, rowsOfAll(call, indices, rows), call.size * rows, -1, scaled) as Tensor;
  return found.view([call.size, rows, found.sizes[1]]);
};

/** Where the mask is true the next element of `source`, before which there is one for where it is not. */
const maskedScatter: Rule = (call, self: Tensor, mask: Tensor, source: Tensor): Results => {
  const [a, b] = [self, mask].map((tensor) => (call.isBatch(tensor) ? tensor.sizes.slice(1) : tensor.sizes));
  const sizes = [call.size, ...broadcastShapes('masked_scatter', a, b)];
  const [into, truth] = [self, mask].map((tensor) => call.padded(tensor, sizes.length - 1).expand(sizes));
  const marks = call.flat(truth.to(bool));
  const elements = call.flat(call.each(source));
  const all = cat([elements.new_zeros([call.size, 1]), elements], 1);
  return all.gather(1, marks.cumsum(1).mul(marks)).view(sizes).where(truth.to(bool), into);
};

type Positions = readonly (Tensor | null)[];

/** Where the dimensions of positions are among those of what is read, and how many of them there are. */
interface Place {
  readonly before: number;
  readonly rank: number;
}

/** Of one example. Positions that lie apart put their dimensions first. */
function placeOf(call: BatchCall, positions: Positions): Place {
  const given = positions.flatMap((position, i) => (position === null ? [] : [i]));
  const rank = Math.max(...given.map((i) => call.rank(positions[i] as Tensor)));
  const adjacent = given.every((at, i) => at === given[0] + i);
  return { before: adjacent ? given[0] : 0, rank };
}

/** The positions of all examples: first that of the example itself. */
function withBatch(call: BatchCall, positions: Positions, { rank }: Place): (Tensor | null)[] {
  const own = arange(call.size, { dtype: int64 }).view([call.size, ...repeated(1, rank)]);
  return [own, ...positions.map((position) => position && call.padded(position, rank))];
}

/** Moves the dimensions of positions from behind the batch to where one example has them, or back. */
function moved(tensor: Tensor, { before, rank }: Place, back: boolean): Tensor {
  if (before === 0 || rank === 0) return tensor;
  const first = Array.from({ length: rank }, (_, i) => 1 + i);
  const place = first.map((dim) => dim + before);
  return back ? tensor.movedim(place, first) : tensor.movedim(first, place);
}

const indexRead: Rule = (call, self: Tensor, indices: Positions): Results => {
  const place = placeOf(call, indices);
  return moved(call.run(call.each(self), withBatch(call, indices, place)) as Tensor, place, false);
};

const indexWrite: Rule = (call, self: Tensor, indices: Positions, values: Tensor, accumulate: boolean): Results => {
  const place = placeOf(call, indices);
  const used = indices.filter((position) => position !== null).length;
  const rank = call.rank(self) - used + place.rank;
  const padded = call.padded(call.isBatch(values) ? values : call.each(values), rank);
  const source = padded.ndim === rank + 1 ? moved(padded, place, true) : fill(padded, rank, place);
  return call.run(call.each(self), withBatch(call, indices, place), source, accumulate);
};

/** Values that were no batch have one now, and need the dimensions that they would broadcast over. */
function fill(values: Tensor, rank: number, place: Place): Tensor {
  const ones = repeated(1, rank + 1 - values.ndim);
  return moved(values.reshape([values.sizes[0], ...ones, ...values.sizes.slice(1)]), place, true);
}

/** Rules by the operators' names. */
export const indexingRules: Readonly<Record<string, Rule>> = {
  gather: along,
  _scatter: along,
  scatter_add: along,
  _scatter_multiply: along,
  index_select: indexSelect,
  index_add: slices((self, dim, index, source, alpha) =>
    self.scatter_add(dim, index, alpha === 1 ? source : source.mul(alpha)),
  ),
  index_copy: slices((self, dim, index, source) => self.scatter(dim, index, source)),
  index_fill: indexFill,
  take,
  _index: indexRead,
  _index_put: indexWrite,
  masked_scatter: maskedScatter,
  embedding,
  embedding_dense_backward: embeddingBackward,
};
