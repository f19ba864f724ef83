/** Views of consecutive parts that need not be of one size: each is a slice of its own. */
import { int64 } from '../base/dtype.js';
import { RuntimeError } from '../base/errors.js';
import { listLength, type Shape, wrapDim } from '../base/shape.js';
import { method, overloaded } from '../op/op.js';
import type { Tensor } from '../tensor.js';

/** How many parts, or where each but the first begins; also as an int64 tensor. */
type Sections = number | Shape | Tensor;

function checkDims(self: Tensor): void {
  if (self.ndim > 0) return;
  throw new RuntimeError('tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims');
}

function bySections(self: Tensor, sections: number, dim: number): Tensor[] {
  checkDims(self);
  if (sections <= 0) throw new RuntimeError(`number of sections must be larger than 0, got ${sections}`);
  const size = self.sizes[wrapDim(dim, self.ndim)];
  const larger = size % sections;
  const starts = Array.from(
    { length: listLength('tensor_split', sections) },
    (_, i) => Math.floor(size / sections) * i + Math.min(i, larger),
  );
  return starts.map((start, i) => self.slice(dim, start, starts[i + 1] ?? size));
}

function byIndices(self: Tensor, indices: Shape, dim: number): Tensor[] {
  checkDims(self);
  const size = self.sizes[wrapDim(dim, self.ndim)];
  return [...indices, size].map((end, i) => self.slice(dim, i === 0 ? 0 : indices[i - 1], end));
}

function byTensor(self: Tensor, sections: Tensor, dim: number): Tensor[] {
  if (sections.dtype !== int64) {
    throw new RuntimeError(
      `tensor_split expected tensor_indices_or_sections to have dtype of long, but got ${sections.dtype.scalarName}`,
    );
  }
  if (sections.ndim > 1) {
    throw new RuntimeError(
      'tensor_split expected tensor_indices_or_sections to be a zero-dimensional or one-dimensional tensor, but got a ' +
        `tensor with ${sections.ndim} dims`,
    );
  }
  const values = Array.from(sections.toTypedArray(), Number);
  return sections.ndim === 0 ? bySections(self, values[0], dim) : byIndices(self, values, dim);
}

/** Parts of nearly one size, as many as asked for, or cut at given positions. */
export const tensor_split: (self: Tensor, indices_or_sections: Sections, dim?: number) => Tensor[] = overloaded(
  'tensor_split',
  method('tensor_split(Tensor self, int sections, int dim=0) -> Tensor[]', bySections),
  method('tensor_split(Tensor self, int[1] indices, int dim=0) -> Tensor[]', byIndices),
  method('tensor_split(Tensor self, Tensor tensor_indices_or_sections, int dim=0) -> Tensor[]', byTensor),
);

type Split = (self: Tensor, sections: number | Shape) => Tensor[];

/** `tensor_split` along one dimension, into parts of exactly one size or cut at given positions. */
function splitAlong(name: string, rank: number, dimOf: (self: Tensor) => number): Split {
  const check = (self: Tensor): void => {
    if (self.ndim >= rank) return;
    throw new RuntimeError(
      `torch.${name} requires a tensor with at least ${rank} dimension, but got a tensor with ${self.ndim} dimensions!`,
    );
  };
  const evenly = (self: Tensor, sections: number): Tensor[] => {
    check(self);
    const dim = dimOf(self);
    if (sections !== 0 && self.sizes[dim] % sections === 0) return bySections(self, sections, dim);
    throw new RuntimeError(
      `torch.${name} attempted to split along dimension ${dim}, but the size of the dimension ${self.sizes[dim]} is ` +
        `not divisible by the split_size ${sections}!`,
    );
  };
  const atIndices = (self: Tensor, indices: Shape): Tensor[] => {
    check(self);
    return byIndices(self, indices, dimOf(self));
  };
  return overloaded(
    name,
    method(`${name}(Tensor self, int sections) -> Tensor[]`, evenly),
    method(`${name}(Tensor self, int[1] indices) -> Tensor[]`, atIndices),
  );
}

/** Parts side by side: along dimension 1, of a vector along its only one. */
export const hsplit: Split = splitAlong('hsplit', 1, (self) => (self.ndim === 1 ? 0 : 1));

/** Parts on top of each other: along dimension 0. */
export const vsplit: Split = splitAlong('vsplit', 2, () => 0);

/** Parts behind each other: along dimension 2. */
export const dsplit: Split = splitAlong('dsplit', 3, () => 2);
