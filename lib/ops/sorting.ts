/** Elements in order: sorting, the largest or smallest few, medians, the most frequent. */
import { bool, type DType, int64 } from '../base/dtype.js';
import { IndexError, RuntimeError, unsupportedError } from '../base/errors.js';
import { wrapDim } from '../base/shape.js';
import { opcode } from '../engine/native.js';
import { begin, operand, run, scalar } from '../engine/program.js';
import { filled } from '../op/factory.js';
import { intoZeros } from '../op/indexing.js';
import { method, op, overloaded } from '../op/op.js';
import { emptyLike } from '../op/pointwise.js';
import { restoreDims } from '../op/reduction.js';
import { dividedGradient } from '../op/shared.js';
import type { KeepOption, ValuesIndices } from '../op/signatures.js';
import { emptyTensor, type Tensor } from '../tensor.js';

/** Elements and where they were. */
type Pair = readonly [values: Tensor, indices: Tensor];

const codes = { sort: opcode('sort'), topk: opcode('topk'), kthvalue: opcode('kthvalue'), mode: opcode('mode') };

/** Fills `values` and `indices`, which are as large as `self` but along `dim`; `k` as native/kernels/sort.cc has it. */
function order(name: keyof typeof codes, self: Tensor, dim: number, k: number, descending: boolean, into: Pair): void {
  if (self.count === 0) return;
  const along = (tensor: Tensor): readonly number[] => (self.ndim === 0 ? [1] : tensor.strides);
  begin(codes[name], self.ndim === 0 ? [1] : self.sizes, 3);
  for (const tensor of [...into, self]) operand(tensor, along(tensor));
  scalar(dim);
  scalar(k);
  scalar(descending ? 1 : 0);
  run(name, self.dtype);
}

/** New tensors of the shape of `self`, with `size` elements along `dim`. */
function pairAlong(self: Tensor, dim: number, size: number): Pair {
  const sizes = self.sizes.map((old, i) => (i === dim ? size : old));
  return [emptyTensor(sizes, self.dtype), emptyTensor(sizes, int64)];
}

/** The gradient of elements that were picked along `dim`. */
function scattered(
  grad: Tensor,
  self: { shape: readonly number[]; ndim: number },
  dim: number,
  indices: Tensor,
): Tensor {
  return self.ndim === 0 ? grad : intoZeros('scatter', grad, self.shape, dim, indices);
}

interface SortOptions {
  dim?: number;
  descending?: boolean;
  stable?: boolean;
}
type Arranged<Result> = (
  self: Tensor,
  ...args:
    | [options?: SortOptions]
    | [dim: number, options?: SortOptions]
    | [dim: number, descending: boolean, options?: SortOptions]
) => Result;

/** The elements along `dim` in ascending order, NaN last, and where they were. Equal elements keep their order. */
export const sort: Arranged<ValuesIndices> = op(
  'sort(Tensor self, int dim=-1, bool descending=False, *, bool? stable=None) -> (Tensor values, Tensor indices)',
  {
    forward: (self, dim, descending) => {
      const at = wrapDim(dim, self.ndim);
      const pair = [emptyLike(self, self.dtype), emptyLike(self, int64)] as const;
      order('sort', self, at, 0, descending, pair);
      return pair;
    },
    backward: { self: (grad, { self, results, dim }) => scattered(grad, self, dim, results[1]) },
    saves: ['result'],
    node: (_self, _dim, _descending, stable) => (stable === null ? 'SortBackward0' : 'SortBackward1'),
  },
);

/** Where the elements along `dim` are found in ascending order. */
export const argsort: Arranged<Tensor> = method(
  'argsort(Tensor self, int dim=-1, bool descending=False, *, bool stable=False) -> Tensor',
  (self, dim, descending) => self.detach().sort(dim, descending)[1],
);

/** The elements along the first dimension in ascending order. */
export const msort: (self: Tensor) => Tensor = method('msort(Tensor self) -> Tensor', (self) => self.sort(0)[0]);

interface TopOptions {
  dim?: number;
  largest?: boolean;
  sorted?: boolean;
}

/**
 * The k largest (or smallest) elements along `dim`, in order, and where they were.
 * @throws RuntimeError for too large a k.
 */
export const topk: (
  self: Tensor,
  k: number,
  ...args:
    | [options?: TopOptions]
    | [dim: number, options?: TopOptions]
    | [dim: number, largest: boolean, options?: TopOptions]
    | [dim: number, largest: boolean, sorted: boolean]
) => ValuesIndices = op(
  'topk(Tensor self, int k, int dim=-1, bool largest=True, bool sorted=True) -> (Tensor values, Tensor indices)',
  {
    forward: (self, k, dim, largest) => {
      const at = wrapDim(dim, self.ndim);
      if (k < 0 || k > (self.sizes[at] ?? 1)) throw new RuntimeError('selected index k out of range');
      if (self.dtype === bool) throw unsupportedError('topk_cpu', bool);
      const pair = pairAlong(self, at, k);
      if (pair[0].count > 0) order('topk', self, at, self.ndim === 0 ? 1 : k, largest, pair);
      return pair;
    },
    backward: { self: (grad, { self, results, dim }) => scattered(grad, self, dim, results[1]) },
    saves: ['result'],
  },
);

/** One element along `dim`; `k` as native code counts. */
function picked(name: string, code: 'kthvalue' | 'mode', self: Tensor, dim: number, k: number, keepdim: boolean): Pair {
  const at = wrapDim(dim, self.ndim);
  if (self.ndim > 0 && self.sizes[at] === 0) {
    throw new IndexError(`${name}(): Expected reduction dim ${at} to have non-zero size.`);
  }
  const pair = pairAlong(self, at, 1);
  order(code, self, at, k, false, pair);
  return keepdim || self.ndim === 0 ? pair : [withoutDim(pair[0], at), withoutDim(pair[1], at)];
}

const without = (list: readonly number[], at: number): number[] => list.filter((_, i) => i !== at);
const withoutDim = (tensor: Tensor, at: number): Tensor =>
  tensor.alias(without(tensor.sizes, at), without(tensor.strides, at), tensor.offset);

type AlongDim =
  | [options?: { dim?: number } & KeepOption]
  | [dim: number, options?: KeepOption]
  | [dim: number, keepdim: boolean];

/** The gradient of one element along `dim`. */
function scatteredBack(
  grad: Tensor,
  self: { shape: readonly number[]; ndim: number },
  dim: number,
  keepdim: boolean,
  indices: Tensor,
): Tensor {
  const [values, at] = [grad, indices].map((part) => restoreDims(part, [dim], keepdim, self.ndim));
  return scattered(values, self, dim, at);
}

/** The k-th smallest element along `dim`, counted from 1, and where it was; the first of equals. */
export const kthvalue: (self: Tensor, k: number, ...args: AlongDim) => ValuesIndices = op(
  'kthvalue(Tensor self, int k, int dim=-1, bool keepdim=False) -> (Tensor values, Tensor indices)',
  {
    forward: (self, k, dim, keepdim) => {
      const at = wrapDim(dim, self.ndim);
      const size = self.sizes[at] ?? 1;
      if (size > 0 && (k < 1 || k > size)) {
        throw new RuntimeError(`kthvalue(): selected number k out of range for dimension ${at}`);
      }
      return picked('kthvalue', 'kthvalue', orderable('kthvalue_cpu', self), dim, k - 1, keepdim);
    },
    backward: {
      self: (grad, { self, results, dim, keepdim }) => scatteredBack(grad, self, dim, keepdim, results[1]),
    },
    saves: ['result'],
  },
);

/** @throws RuntimeError for bool, which these operators do not take. */
function orderable(name: string, self: Tensor): Tensor {
  if (self.dtype === bool) throw unsupportedError(name, bool);
  return self;
}

/** The most frequent element along `dim`, the smallest of several, and where it was last. */
export const mode: (self: Tensor, ...args: AlongDim) => ValuesIndices = op(
  'mode(Tensor self, int dim=-1, bool keepdim=False) -> (Tensor values, Tensor indices)',
  {
    forward: (self, dim, keepdim) => picked('mode', 'mode', self, dim, 0, keepdim),
    backward: {
      self: (grad, { self, results, dim, keepdim }) => scatteredBack(grad, self, dim, keepdim, results[1]),
    },
    saves: ['result'],
  },
);

/** Of all elements, or along a dimension. */
interface Median {
  (self: Tensor): Tensor;
  (
    self: Tensor,
    ...args:
      | [options: { dim: number } & KeepOption]
      | [dim: number, options?: KeepOption]
      | [dim: number, keepdim: boolean]
  ): ValuesIndices;
}

/** What the median of nothing is: NaN, which an integer cannot hold. */
const nothing = (dtype: DType): number | bigint => (dtype === int64 ? -(2n ** 63n) : Number.NaN);

function medianOf(name: 'median' | 'nanmedian', k: number): Median {
  const node = name === 'median' ? 'MedianBackward' : 'NanmedianBackward';
  return overloaded(
    name,
    op(`${name}(Tensor self) -> Tensor`, {
      forward: (self: Tensor) => {
        if (self.count === 0) return filled(name, [], nothing(self.dtype), self.dtype);
        return picked(name, 'kthvalue', orderable('median_cpu', self).reshape(-1), 0, k, false)[0];
      },
      backward: { self: (grad, { self, result }) => dividedGradient(grad, self, result) },
      saves: ['self', 'result'],
      node: `${node}0`,
    }),
    op(`${name}.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)`, {
      forward: (self: Tensor, dim: number, keepdim: boolean) =>
        picked(name, 'kthvalue', orderable('median_out', self), dim, k, keepdim),
      backward: {
        self: (grad, { self, results, dim, keepdim }) =>
          scatteredBack(grad, self, dim as number, keepdim as boolean, results[1]),
      },
      saves: ['result'],
      node: `${node}1`,
    }),
  );
}

/** The middle element, of an even number the lower one; NaN if any element is. */
export const median: Median = medianOf('median', -1);
/** The middle one of the elements that are not NaN. */
export const nanmedian: Median = medianOf('nanmedian', -2);
