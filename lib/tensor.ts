/** The Tensor: a view of a storage, and the fields by which the graph finds it. Arithmetic is installed by op/. */
import type { AutogradMethods } from './autograd/backward.js';
import { type DType, dtypes, float64, int64, itemSizes, Kind, type TypedArray } from './base/dtype.js';
import { argumentError, DisposedError, RuntimeError, showShape } from './base/errors.js';
import {
  contiguousStrides,
  isContiguous,
  listLength,
  maxDims,
  numel,
  type Shape,
  tooLargeError,
  wrapDim,
} from './base/shape.js';
import { opcode } from './engine/native.js';
import { arrayOperand, begin, operand, readElement, run } from './engine/program.js';
import { addressOf, allocate, type Storage } from './engine/storage.js';
import type { GraphAccessors } from './graph/accessors.js';
import type { Edge, GraphNode } from './graph/node.js';
import type { ViewHistory } from './graph/views.js';
import type { Methods } from './ops/index.js';

/** Nested arrays of a tensor's elements. */
export type NestedArray = number | bigint | boolean | NestedArray[];

const copy = opcode('copy');

const mostElements = Number.MAX_SAFE_INTEGER;
/** Without elements, sizes have no bound, but strides are their products. */
const isTooLong = (strides: Shape): boolean => !strides.every(Number.isSafeInteger);

/** The methods that operators and the graph install on the prototype. */
export interface Tensor extends Methods, GraphAccessors, AutogradMethods {}

/** An n-dimensional array of elements of one dtype. */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the interface above is the prototype's
export class Tensor {
  /** What `grad` shows. @internal */
  gradient: Tensor | null = null;
  /** Set on leaves only; results of operations carry a `node`. @internal */
  leafRequiresGrad = false;
  /**
   * The operation that made this tensor. Views of a base that was written to are brought up to date by `grad_fn`.
   * @internal
   */
  node: GraphNode | null = null;
  /** Which of the node's outputs this is. */
  output_nr = 0;
  /** The node that accumulates into `grad`, made when first needed. @internal */
  accumulator: GraphNode | null = null;
  /** How this tensor views another that autograd knows. @internal */
  viewOf: ViewHistory | null = null;
  /** Where the gradient that `retain_grad` keeps passes by. @internal */
  retention: Edge | null = null;

  /** @internal */
  constructor(
    /** @internal */ public storage: Storage,
    /** Of the first element in the storage, in elements. @internal */ public offset: number,
    /** @internal */ public sizes: Shape,
    /** @internal */ public strides: Shape,
    readonly dtype: DType,
    /** Whether the elements are in row-major order without gaps. @internal */ public contiguousFlag: boolean,
    /** The number of elements. @internal */ public count: number,
  ) {
    if (sizes.length > maxDims || !(count <= mostElements) || (count === 0 && isTooLong(strides))) {
      throw tooLargeError(sizes);
    }
  }

  /** Sizes of the dimensions, in a list of the caller's own. (Of a frozen one, V8 takes 300 ns for a slice.) */
  get shape(): Shape {
    return [...this.sizes];
  }

  get ndim(): number {
    return this.sizes.length;
  }

  get device(): 'cpu' {
    return 'cpu';
  }

  get itemsize(): number {
    return this.dtype.itemsize;
  }

  /** The number of in-place writes to the storage, counted to detect stale saved tensors. */
  get _version(): number {
    if (this.storage.version < 0) throw new RuntimeError('Inference tensors do not track version counter.');
    return this.storage.version;
  }

  dim(): number {
    return this.sizes.length;
  }

  numel(): number {
    return this.count;
  }

  nelement(): number {
    return this.count;
  }

  element_size(): number {
    return this.dtype.itemsize;
  }

  /** All sizes, or that of one dimension. @throws IndexError when `dim` is out of range. */
  size(): Shape;
  size(dim: number): number;
  size(dim?: number): Shape | number {
    return dim === undefined ? this.shape : this.sizes[checkedDim('size', dim, this.ndim)];
  }

  /** All strides in elements, or that of one dimension. @throws IndexError when `dim` is out of range. */
  stride(): Shape;
  stride(dim: number): number;
  stride(dim?: number): Shape | number {
    return dim === undefined ? [...this.strides] : this.strides[checkedDim('stride', dim, this.ndim)];
  }

  storage_offset(): number {
    return this.offset;
  }

  is_contiguous(): boolean {
    return this.contiguousFlag;
  }

  is_floating_point(): boolean {
    return this.dtype.is_floating_point;
  }

  /** The address of the first element. @throws RuntimeError when the tensor was disposed. */
  data_ptr(): number {
    this.assertAlive('data_ptr');
    return addressOf(this.storage) + this.offset * this.dtype.itemsize;
  }

  /**
   * The one element as a number, boolean, or a bigint when int64 holds more than a number can.
   * @throws RuntimeError unless there is exactly one element.
   */
  item(): number | bigint | boolean {
    if (this.count !== 1) {
      throw new RuntimeError(
        this.count === 0
          ? `a Tensor with 0 elements cannot be converted to Scalar (shape ${showShape(this.sizes)})`
          : `a Tensor with ${this.count} elements cannot be converted to Scalar (shape ${showShape(this.sizes)})`,
      );
    }
    this.assertAlive('item');
    return toScalar(readElement(copy, this, widest(this.dtype)), this.dtype);
  }

  /** The elements in row-major order, whatever the strides, as a new array of the dtype's own kind. */
  toTypedArray(): TypedArray {
    this.assertAlive('toTypedArray');
    const array = new dtypes[this.dtype.code].Array(numel(this.sizes));
    if (array.length === 0) return array;
    begin(copy, this.sizes, 2);
    arrayOperand(array, this.dtype, contiguousStrides(this.sizes));
    operand(this, this.strides);
    run('toTypedArray', this.dtype);
    return array;
  }

  /** The elements as nested arrays; a plain number, bigint or boolean for a 0-dim tensor. */
  tolist(): NestedArray {
    const elements = this.toTypedArray();
    // Without elements there may still be any number of empty arrays.
    if (this.count === 0) listLength('tolist', numel(this.sizes.slice(0, this.sizes.indexOf(0))));
    let at = 0;
    const build = (dim: number): NestedArray => {
      if (dim === this.ndim) return toScalar(elements[at++], this.dtype);
      // A loop, since `Array.from` with a function takes ten times as long.
      const items: NestedArray[] = [];
      for (let i = 0; i < this.sizes[dim]; i++) items.push(build(dim + 1));
      return items;
    };
    return build(0);
  }

  /** As `tolist`, with bigints as strings, which JSON lacks. */
  toJSON(): unknown {
    const plain = (value: NestedArray): unknown =>
      Array.isArray(value) ? value.map(plain) : typeof value === 'bigint' ? value.toString() : value;
    return plain(this.tolist());
  }

  /** Elements at row-major positions, for printing. @internal */
  read(positions: ArrayLike<number>): (number | bigint | boolean)[] {
    return Array.from(positions, (position) => {
      const element = new Tensor(this.storage, this.offset + this.offsetOf(position), [], [], this.dtype, true, 1);
      return element.item();
    });
  }

  private offsetOf(position: number): number {
    let offset = 0;
    for (let i = this.ndim - 1; i >= 0; i--) {
      offset += (position % this.sizes[i]) * this.strides[i];
      position = Math.floor(position / this.sizes[i]);
    }
    return offset;
  }

  /** The slices along dimension 0. @throws TypeError for a 0-dim tensor. */
  [Symbol.iterator](): IterableIterator<Tensor> {
    if (this.storage === undefined) throw new TypeError('iteration over an object that no constructor of Tensor made');
    if (this.ndim === 0) throw new TypeError('iteration over a 0-d tensor');
    return this.unbind(0)[Symbol.iterator]();
  }

  /** Gives the memory back at once, without waiting for the collector. Every view of it is unusable afterwards. */
  dispose(): void {
    this.storage.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** @internal */
  assertAlive(op: string): void {
    if (addressOf(this.storage) === 0) throw new DisposedError().in(op);
  }

  /** A view of the same storage, unknown to autograd. @internal */
  alias(sizes: Shape, strides: Shape, offset: number): Tensor {
    return new Tensor(this.storage, offset, sizes, strides, this.dtype, isContiguous(sizes, strides), numel(sizes));
  }

  /** Takes the form of a view of the same storage and dtype. @internal */
  become(view: Tensor): void {
    this.sizes = view.sizes;
    this.strides = view.strides;
    this.offset = view.offset;
    this.contiguousFlag = view.contiguousFlag;
    this.count = view.count;
  }
}

/** Whether `value` is a Tensor. */
export const is_tensor = (value: unknown): value is Tensor => value instanceof Tensor;

/** A new tensor of uninitialised memory in row-major order. */
export function emptyTensor(sizes: Shape, dtype: DType): Tensor {
  const count = numel(sizes);
  const storage = allocate(count * itemSizes[dtype.code]);
  return new Tensor(storage, 0, sizes, contiguousStrides(sizes), dtype, true, count);
}

/** The same in the form of `like`, which is in row-major order. */
export function emptyBeside(like: Tensor, dtype: DType): Tensor {
  const { sizes, strides, count } = like;
  return new Tensor(allocate(count * itemSizes[dtype.code]), 0, sizes, strides, dtype, true, count);
}

/** A new tensor of uninitialised memory with these strides, which must be dense. */
export function emptyStrided(sizes: Shape, strides: Shape, dtype: DType): Tensor {
  const count = numel(sizes);
  const storage = allocate(count * dtype.itemsize);
  return new Tensor(storage, 0, sizes, strides, dtype, isContiguous(sizes, strides), count);
}

function checkedDim(op: string, dim: number, dims: number): number {
  if (!Number.isSafeInteger(dim)) throw argumentError(op, 'dim', 'int', dim);
  return wrapDim(dim, dims);
}

const widest = (dtype: DType): DType => (dtype.kind === Kind.Floating ? float64 : int64);

function toScalar(value: number | bigint, dtype: DType): number | bigint | boolean {
  if (dtype.kind === Kind.Bool) return Number(value) !== 0;
  if (typeof value === 'number') return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
