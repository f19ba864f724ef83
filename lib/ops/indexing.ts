/** Indexing by numbers, slices, masks and tensors of positions. */
import { bool, int64, Kind, uint8 } from '../base/dtype.js';
import { argumentError, IndexError, RuntimeError, showShape } from '../base/errors.js';
import { copied } from '../op/bind.js';
import type { Scalar } from '../op/context.js';
import { filled } from '../op/factory.js';
import { combine, type Positions, readAt, writeAt, written } from '../op/indexing.js';
import { method, op } from '../op/op.js';
import { copyInto } from '../op/pointwise.js';
import type { InPlace } from '../op/signatures.js';
import { emptyTensor, Tensor } from '../tensor.js';

/** `start:stop:step`; null stands for what is left out. */
export class Slice {
  constructor(
    readonly start: number | null = null,
    readonly stop: number | null = null,
    readonly step: number | null = null,
  ) {
    for (const part of [start, stop, step]) {
      if (part !== null && !Number.isSafeInteger(part)) throw argumentError('Slice', 'start, stop, step', 'ints', part);
    }
    if (step !== null && step <= 0) throw new RangeError(`Slice: step must be greater than zero, got ${step}`);
  }
}

/** One entry of an index: a position, a range, all other dimensions, a new axis, positions or a mask. */
export type Index = number | Slice | '...' | null | boolean | Tensor | readonly IndexList[];
type IndexList = number | boolean | readonly IndexList[];

/** What basic indexing leaves: a view, and positions for its dimensions. */
interface Located {
  readonly view: Tensor;
  readonly positions: (Tensor | null)[];
}

const isMask = (tensor: Tensor): boolean => tensor.dtype === bool || tensor.dtype === uint8;

/** Positions from a plain array of whole numbers or booleans. */
function listTensor(list: readonly unknown[]): Tensor {
  const flat: number[] = [];
  let mask = false;
  const shapeOf = (value: unknown): number[] => (Array.isArray(value) ? [value.length, ...shapeOf(value[0])] : []);
  const shape = shapeOf(list);
  const collect = (value: unknown, depth: number): void => {
    if (Array.isArray(value) && depth < shape.length && value.length === shape[depth]) {
      for (let i = 0; i < value.length; i++) collect(value[i], depth + 1);
    } else if (depth === shape.length && (Number.isSafeInteger(value) || typeof value === 'boolean')) {
      mask ||= typeof value === 'boolean';
      flat.push(Number(value));
    } else throw argumentError('index', 'indices', 'ints, slices, null, "...", tensors or lists of ints', value);
  };
  collect(list, 0);
  const result = emptyTensor(shape, mask ? bool : int64);
  const row = result.view(-1);
  flat.forEach((value, i) => {
    copyInto(row.alias([], [], i), value);
  });
  return result;
}

/** How many dimensions of the tensor an entry uses up. */
function consumed(entry: Index): number {
  if (entry === null || entry === '...' || typeof entry === 'boolean') return 0;
  return entry instanceof Tensor && isMask(entry) ? entry.ndim : 1;
}

function entriesOf(op: string, indices: unknown): Index[] {
  const list: unknown[] = Array.isArray(indices) ? copied(indices) : [indices];
  return list.map((entry) => {
    if (Array.isArray(entry)) return listTensor(entry);
    if (entry === null || entry === '...' || typeof entry === 'boolean') return entry;
    if (entry instanceof Slice || Number.isSafeInteger(entry)) return entry as Index;
    if (entry instanceof Tensor && entry.dtype.kind !== Kind.Floating) return entry;
    if (entry instanceof Tensor) {
      throw new IndexError(`${op}: tensors used as indices must be long, byte or bool tensors, got ${entry.dtype}`);
    }
    throw argumentError(op, 'indices', 'ints, slices, null, "...", tensors or lists of ints', entry);
  });
}

/** Applies numbers, slices and new axes as views; leaves tensors to the caller. */
class Locator {
  private dim = 0;
  /** The dimension of the tensor itself, which `dim` of the view comes from. */
  private ownDim = 0;
  private readonly positions: (Tensor | null)[] = [];

  constructor(private view: Tensor) {}

  locate(op: string, entries: readonly Index[]): Located {
    const used = entries.reduce<number>((count, entry) => count + consumed(entry), 0);
    const rest = this.view.ndim - used;
    if (rest < 0) {
      throw new IndexError(`${op}: too many indices for tensor of dimension ${this.view.ndim} (got ${used})`);
    }
    if (entries.filter((entry) => entry === '...').length > 1) {
      throw new IndexError(`${op}: an index can only have a single ellipsis ('...')`);
    }
    for (const entry of entries) this.apply(op, entry, rest);
    return { view: this.view, positions: this.positions };
  }

  private apply(op: string, entry: Index, rest: number): void {
    if (entry === '...') this.skip(rest);
    else if (entry === null) this.newAxis();
    else if (typeof entry === 'number') this.select(op, entry);
    else if (entry instanceof Slice) this.slice(entry);
    else if (typeof entry === 'boolean') this.truth(entry);
    else this.tensor(op, entry as Tensor);
  }

  private skip(count: number): void {
    for (let i = 0; i < count; i++) this.positions[this.dim++] = null;
    this.ownDim += count;
  }

  private newAxis(): void {
    this.view = this.view.unsqueeze(this.dim);
    this.positions[this.dim++] = null;
  }

  private select(op: string, index: number): void {
    const size = this.view.sizes[this.dim];
    if (index < -size || index >= size) {
      throw new IndexError(`${op}: index ${index} is out of bounds for dimension ${this.ownDim} with size ${size}`);
    }
    this.view = this.view.select(this.dim, index);
    this.ownDim++;
  }

  private slice({ start, stop, step }: Slice): void {
    this.view = this.view.slice(this.dim, start, stop, step ?? 1);
    this.skip(1);
  }

  /** true selects a new axis of one, false of none. */
  private truth(value: boolean): void {
    this.view = this.view.unsqueeze(this.dim);
    this.positions[this.dim++] = filled('index', [Number(value)], 0, int64);
  }

  private tensor(op: string, entry: Tensor): void {
    if (isMask(entry)) this.mask(op, entry);
    else if (entry.ndim === 0) this.select(op, Number(entry.item()));
    else this.position(entry.to(int64));
  }

  private mask(op: string, entry: Tensor): void {
    entry.sizes.forEach((size, i) => {
      if (size === this.view.sizes[this.dim + i]) return;
      throw new IndexError(
        `${op}: The shape of the mask ${showShape(entry.sizes)} at index ${i} does not match the shape of the indexed ` +
          `tensor ${showShape(this.view.sizes)} at index ${this.dim + i}`,
      );
    });
    if (entry.ndim === 0) return this.truth(entry.item() as boolean);
    for (const column of entry.nonzero().unbind(1)) this.position(column);
  }

  private position(index: Tensor): void {
    this.positions[this.dim++] = index;
    this.ownDim++;
  }
}

/** Whether a view does not suffice. */
const hasPositions = (positions: Positions): boolean => positions.some((position) => position !== null);

const locate = (op: string, self: Tensor, indices: unknown): Located =>
  new Locator(self).locate(op, entriesOf(op, indices));

const readPositions: (self: Tensor, indices: Positions) => Tensor = op('_index(Tensor self, Any indices) -> Tensor', {
  forward: (self, indices) => readAt('index', self, indices as Positions),
  backward: {
    self: (grad, { self, indices }) => writePositions(grad.new_zeros(self.shape), indices as Positions, grad, true),
  },
  saves: ['indices'],
  node: 'IndexBackward0',
  only: 'function',
});

const aliasOf: (self: Tensor) => Tensor = op('_alias(Tensor self) -> Tensor', {
  forward: (self) => self.alias(self.sizes, self.strides, self.offset),
  backward: { self: (grad) => grad },
  node: 'AliasBackward0',
  view: 'one',
  only: 'function',
});

const writePositions: InPlace<(self: Tensor, indices: Positions, values: Tensor, accumulate: boolean) => Tensor> = op(
  '_index_put(Tensor self, Any indices, Tensor values, bool accumulate) -> Tensor',
  {
    forward: (self, indices, values, accumulate, into?: Tensor) => {
      const write = (target: Tensor): void =>
        writeAt('index_put_', target, indices as Positions, values, accumulate ? combine.add : combine.assign);
      if (into === undefined) return written(self, write);
      write(into);
      return into;
    },
    backward: {
      self: (grad, { indices, accumulate }) =>
        accumulate ? grad : writePositions(grad, indices as Positions, grad.new_zeros([]), false),
      values: (grad, { indices }) => readPositions(grad, indices as Positions),
    },
    saves: ['indices'],
    node: 'IndexPutBackward0',
    inplace: true,
    only: 'function',
  },
);

/**
 * The elements at an index, as `x[…]` in Python: a view for numbers, slices and new axes, a copy for tensors.
 * @throws IndexError when a position is out of range.
 * @example x.index([0, new torch.Slice(1, null), '...', [0, 2]])
 */
export const index: (self: Tensor, indices: Index | readonly Index[]) => Tensor = method(
  'index(Tensor self, Any indices) -> Tensor',
  (self, indices) => {
    const { view, positions } = locate('index', self, indices);
    if (hasPositions(positions)) return readPositions(view, positions);
    return view === self ? aliasOf(self) : view;
  },
);

/** Values may have leading dimensions of size 1 that the place they go to has not. */
function withoutExtraOnes(values: Tensor, rank: number): Tensor {
  let extra = 0;
  while (values.ndim - extra > rank && values.sizes[extra] === 1) extra++;
  return extra === 0 ? values : values.view(values.sizes.slice(extra));
}

/** What is written through positions: nothing is converted. */
function sourceOf(self: Tensor, values: Tensor | Scalar): Tensor {
  if (!(values instanceof Tensor)) return filled('index_put_', [], values, self.dtype);
  if (values.dtype === self.dtype) return values;
  throw new RuntimeError(
    `Index put requires the source and destination dtypes match, got ${self.dtype.scalarName} for the destination and ` +
      `${values.dtype.scalarName} for the source.`,
  );
}

/** Writes to the elements at an index, as `x[…] = values` in Python; `accumulate` adds instead. */
export const index_put_: (
  self: Tensor,
  indices: Index | readonly Index[],
  values: Tensor | Scalar,
  accumulate?: boolean | { accumulate?: boolean },
) => Tensor = method(
  'index_put_(Tensor self, Any indices, Operand values, bool accumulate=False) -> Tensor',
  (self, indices, values, accumulate) => {
    const { view, positions } = locate('index_put_', self, indices);
    if (hasPositions(positions)) writePositions.in_place(view, positions, sourceOf(self, values), accumulate);
    else if (accumulate) view.add_(values);
    else if (values instanceof Tensor) view.copy_(withoutExtraOnes(values, view.ndim));
    else view.fill_(values);
    return self;
  },
);

/** A copy in which the elements at an index are replaced, or added to with `accumulate`. */
export const index_put: (
  self: Tensor,
  indices: Index | readonly Index[],
  values: Tensor | Scalar,
  accumulate?: boolean | { accumulate?: boolean },
) => Tensor = method(
  'index_put(Tensor self, Any indices, Operand values, bool accumulate=False) -> Tensor',
  (self, indices, values, accumulate) => {
    const { view, positions } = locate('index_put', self, indices);
    if (view === self && hasPositions(positions)) {
      return writePositions(self, positions, sourceOf(self, values), accumulate);
    }
    return self.clone().index_put_(indices as Index, values, accumulate);
  },
);
