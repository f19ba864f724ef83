/** New tensors from data. */
import { bool, type DType, get_default_dtype, int64, Kind, type TypedArray, typedArrayDType } from '../base/dtype.js';
import { argumentError, show, ValueError } from '../base/errors.js';
import { contiguousStrides, maxDims, type Shape } from '../base/shape.js';
import { opcode } from '../engine/native.js';
import { arrayOperand, begin, operand, run } from '../engine/program.js';
import type { Scalar } from '../op/context.js';
import { checkDevice, filled, finish, type TensorOptions, tensorKeywords } from '../op/factory.js';
import { op } from '../op/op.js';
import { checkFits } from '../op/pointwise.js';
import { emptyTensor, type NestedArray, Tensor } from '../tensor.js';

const copy = opcode('copy');

/** What `torch.tensor` takes. */
export type TensorData = NestedArray | readonly NestedArrayLike[] | TypedArray | Tensor;
type NestedArrayLike = number | bigint | boolean | Tensor | readonly NestedArrayLike[];

/** A tensor with the elements of a TypedArray, copied. @throws TypeError when its buffer was detached. */
function fromTypedArray(view: ArrayBufferView & { readonly length: number }, dtype: DType | null): Tensor {
  const own = typedArrayDType(view);
  if (own === undefined) throw argumentError('tensor', 'data', 'an array of a dtype of torch', view);
  assertAttached(view);
  const result = emptyTensor([view.length], dtype ?? own);
  if (view.length === 0) return result;
  begin(copy, result.sizes, 2);
  operand(result, result.strides);
  arrayOperand(view, own, [1]);
  run('tensor', own);
  return result;
}

function assertAttached(view: ArrayBufferView): void {
  try {
    new Uint8Array(view.buffer);
  } catch {
    throw new TypeError("tensor(): argument 'data': the TypedArray's buffer was detached");
  }
}

/** Sizes of nested arrays. @throws ValueError where they are ragged. */
function nestedShape(data: unknown): number[] {
  const shape: number[] = [];
  for (let level = data; Array.isArray(level) || level instanceof Tensor; level = level[0]) {
    if (level instanceof Tensor) return [...shape, ...level.sizes];
    if (shape.length === maxDims) throw new ValueError(`tensor(): too many dimensions (more than ${maxDims})`);
    shape.push(level.length);
    if (level.length === 0) break;
  }
  return shape;
}

/** The flat elements of nested arrays, and the highest kind among them. */
class Flattened {
  readonly values: Scalar[] = [];
  kind: DType | null = null;

  constructor(private readonly shape: Shape) {}

  collect(data: unknown, depth: number): void {
    if (depth < this.shape.length) this.collectList(data, depth);
    else if (typeof data === 'number') this.add(data, get_default_dtype());
    else if (typeof data === 'boolean') this.add(data, bool);
    else if (typeof data === 'bigint') this.add(data, int64);
    else if (data instanceof Tensor && data.ndim === 0) this.add(data.item(), data.dtype);
    else if (Array.isArray(data)) throw raggedError(depth, 'a number', data);
    else throw argumentError('tensor', 'data', 'numbers, booleans, bigints, nested arrays or a TypedArray', data);
  }

  private collectList(data: unknown, depth: number): void {
    const list = data instanceof Tensor ? data.tolist() : data;
    if (!Array.isArray(list)) throw raggedError(depth, `a sequence of length ${this.shape[depth]}`, data);
    if (list.length !== this.shape[depth]) {
      throw new ValueError(
        `tensor(): expected sequence of length ${this.shape[depth]} at dim ${depth} (got ${list.length})`,
      );
    }
    for (let i = 0; i < list.length; i++) this.collect(list[i], depth + 1);
  }

  private add(value: Scalar, dtype: DType): void {
    this.values.push(value);
    if (this.kind === null || dtype.kind > this.kind.kind) this.kind = dtype;
  }
}

const raggedError = (depth: number, expected: string, got: unknown): ValueError =>
  new ValueError(`tensor(): expected ${expected} at dim ${depth}, got ${show(got)}`);

function fromNested(data: unknown, dtype: DType | null): Tensor {
  const shape = nestedShape(data);
  const flat = new Flattened(shape);
  flat.collect(data, 0);
  const target = dtype ?? flat.kind ?? get_default_dtype();
  if (target.kind === Kind.Integral) for (const value of flat.values) checkFits(value, target);
  const exact = flat.kind?.kind === Kind.Integral || target === int64;
  const elements = exact ? new BigInt64Array(flat.values.map(toInt64)) : new Float64Array(flat.values.map(Number));
  return fromTypedArray(elements, target).alias(shape, contiguousStrides(shape), 0);
}

/** Floats are converted towards zero. */
const toInt64 = (value: Scalar): bigint => (typeof value === 'bigint' ? value : BigInt(Math.trunc(Number(value))));

const tensorOf = (data: unknown, dtype: DType | null): Tensor => {
  if (data instanceof Tensor)
    return data
      .detach()
      .to(dtype ?? data.dtype)
      .clone();
  if (ArrayBuffer.isView(data)) return fromTypedArray(data as TypedArray, dtype);
  return fromNested(data, dtype);
};

/**
 * A leaf tensor with a copy of `data`: numbers give the default dtype, booleans bool, bigints int64, a TypedArray its
 * own.
 * @throws ValueError for ragged arrays, TypeError for anything that is no number.
 * @example torch.tensor([[1, 2], [3, 4]], { requires_grad: true })
 */
export const tensor: (data: TensorData, options?: TensorOptions) => Tensor = op(
  'tensor(Any data, *, ScalarType? dtype=None, bool requires_grad=False, Any device=None) -> Tensor',
  {
    backward: {},
    forward: (data, dtype, requires_grad, device) => {
      checkDevice('tensor', device);
      return finish(tensorOf(data, dtype), requires_grad);
    },
  },
);

/** `data` as a tensor: a tensor itself, in `dtype` if that is another; anything else is copied as by `tensor`. */
export const as_tensor: (data: TensorData, options?: Omit<TensorOptions, 'requires_grad'>) => Tensor = op(
  'as_tensor(Any data, *, ScalarType? dtype=None, Any device=None) -> Tensor',
  {
    backward: {},
    forward: (data, dtype, device) => {
      checkDevice('as_tensor', device);
      return data instanceof Tensor ? data.to(dtype ?? data.dtype) : tensorOf(data, dtype);
    },
  },
);

/** Keywords of `asarray`; `copy`: true always copies, false never (an Error where it must), null where it must. */
type ArrayOptions = TensorOptions & { copy?: boolean | null };

/** `obj` as a tensor apart from the graph: of a tensor a view, anything else is copied. */
export const asarray: (obj: TensorData, options?: ArrayOptions) => Tensor = op(
  'asarray(Any obj, *, ScalarType? dtype=None, Any device=None, bool? copy=None, bool requires_grad=False) -> Tensor',
  {
    backward: {},
    forward: (obj, dtype, device, copy, requires_grad) => {
      checkDevice('asarray', device);
      if (!(obj instanceof Tensor)) {
        if (copy === false) throw new ValueError("can't alias an arbitrary array into a tensor.");
        return finish(tensorOf(obj, dtype), requires_grad);
      }
      if (dtype !== null && dtype !== obj.dtype && copy === false) {
        throw new ValueError(
          `can't alias tensor with dtype '${obj.dtype.scalarName}' into dtype '${dtype.scalarName}'.`,
        );
      }
      return finish(obj.detach().to({ dtype, copy: copy === true }), requires_grad);
    },
  },
);

/** A tensor without dimensions, of the default dtype unless another is given. */
export const scalar_tensor: (s: Scalar, options?: TensorOptions) => Tensor = op(
  `scalar_tensor(Scalar s, ${tensorKeywords}) -> Tensor`,
  {
    forward: (s, dtype, requires_grad, device) => {
      checkDevice('scalar_tensor', device);
      return finish(filled('scalar_tensor', [], s, dtype ?? get_default_dtype()), requires_grad);
    },
  },
);

/** A leaf with a copy of `data` in the dtype of `self`, unless another is given. */
export const new_tensor: (self: Tensor, data: TensorData, options?: TensorOptions) => Tensor = op(
  `new_tensor(Tensor self, Any data, ${tensorKeywords}) -> Tensor`,
  {
    backward: {},
    forward: (self, data, dtype, requires_grad, device) => {
      checkDevice('new_tensor', device);
      return finish(tensorOf(data, dtype ?? self.dtype), requires_grad);
    },
  },
);
