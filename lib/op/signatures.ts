/** Shapes of public functions. A function takes the tensor first; its method is the same without it. */
import type { DType } from '../base/dtype.js';
import type { Tensor } from '../tensor.js';
import type { Scalar } from './context.js';

/** A function of one tensor. */
export type Unary = (self: Tensor) => Tensor;
/** A function of a tensor and a tensor or number, broadcast together. */
export type Binary = (self: Tensor, other: Tensor | Scalar) => Tensor;
/** A function of two tensors, broadcast together. */
export type TensorBinary = (self: Tensor, other: Tensor) => Tensor;
/** A function of two operands, of which one at least is a tensor. */
export interface EitherTensor {
  (self: Scalar, other: Tensor): Tensor;
  (self: Tensor, other: Tensor | Scalar): Tensor;
}
/** Keyword arguments of those that choose a dtype. */
export interface DTypeOption {
  dtype?: DType | null;
}
/** Keyword argument of reductions: whether the reduced dimensions stay, with size 1. */
export interface KeepOption {
  keepdim?: boolean;
}
/** One dimension or several. */
export type Dims = number | readonly number[] | null;
/** Sizes as a list or spread. */
export type Sizes = number[] | [readonly number[]];

/** A function with an in-place twin: `x.sin_()` beside `x.sin()`. */
export type InPlace<F> = F & { readonly in_place: F };

/** Extreme or sorted elements with their positions, as an array and by name. */
export type ValuesIndices = [Tensor, Tensor] & { readonly values: Tensor; readonly indices: Tensor };

/** A method for a function: without its first argument. Two overloads are carried over. */
export type Method<F> = F extends {
  (self: Tensor, ...args: infer A): infer R;
  (self: Tensor, ...args: infer B): infer S;
}
  ? { (...args: A): R; (...args: B): S }
  : F extends (self: Tensor, ...args: infer A) => infer R
    ? (...args: A) => R
    : never;
