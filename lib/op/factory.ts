/** What functions that make tensors share. */
import { bool, type DType, get_default_dtype, int64 } from '../base/dtype.js';
import { RuntimeError, show, showShape } from '../base/errors.js';
import { maxDims, numel, type Shape } from '../base/shape.js';
import { emptyTensor, type Tensor } from '../tensor.js';
import type { Scalar } from './context.js';
import { copyInto, emptyLike } from './pointwise.js';

/** Keywords of every function that makes a tensor. */
export interface TensorOptions {
  dtype?: DType | null;
  requires_grad?: boolean;
  device?: 'cpu' | null;
}

/** The same, in a schema. */
export const tensorKeywords = '*, ScalarType? dtype=None, bool requires_grad=False, Any device=None';

/** Sizes, given as a list or spread, then keywords. */
export type Factory = (
  ...sizes: [...number[]] | [...number[], TensorOptions] | [readonly number[], TensorOptions?]
) => Tensor;

/** The dtype that a number stands for where it is all there is: booleans bool, bigints int64, others the default. */
export function dtypeOfScalar(value: Scalar): DType {
  if (typeof value === 'boolean') return bool;
  return typeof value === 'bigint' ? int64 : get_default_dtype();
}

/** @throws RuntimeError unless the sizes are whole, not negative and small enough to be counted. */
export function checkSizes(name: string, sizes: Shape): Shape {
  for (const size of sizes) {
    if (size < 0) {
      throw new RuntimeError(`${name}: Trying to create tensor with negative dimension ${size}: ${showShape(sizes)}`);
    }
  }
  if (sizes.length > maxDims) throw new RuntimeError(`${name}: at most ${maxDims} dimensions, got ${sizes.length}`);
  if (sizes.every((size) => size > 0) && numel(sizes) > Number.MAX_SAFE_INTEGER / 8) {
    throw new RuntimeError(`${name}: Storage size calculation overflowed with sizes=${showShape(sizes)}`);
  }
  return sizes;
}

/** @throws RuntimeError for any device but the CPU. */
export function checkDevice(name: string, device: unknown): void {
  if (device === null || device === undefined || device === 'cpu') return;
  throw new RuntimeError(`${name}: device must be 'cpu', got ${show(device)}`);
}

/** Applies the keywords that every factory has. */
export function finish(tensor: Tensor, requires_grad: boolean): Tensor {
  if (requires_grad) tensor.requires_grad_(true);
  return tensor;
}

/** Every element `value`. */
export function filled(name: string, size: Shape, value: Scalar, dtype: DType): Tensor {
  const result = emptyTensor(checkSizes(name, size), dtype);
  copyInto(result, value);
  return result;
}

/** Row-major zeros of the sizes and dtype of a tensor or a form, unknown to the graph. */
export function zerosOf({ sizes, dtype }: { readonly sizes: Shape; readonly dtype: DType }): Tensor {
  const result = emptyTensor(sizes, dtype);
  copyInto(result, 0);
  return result;
}

/** Zeros of a tensor's form, unknown to the graph: the gradient of what is constant almost everywhere. */
export function zerosLike(tensor: Tensor): Tensor {
  const result = emptyLike(tensor, tensor.dtype);
  copyInto(result, 0);
  return result;
}
