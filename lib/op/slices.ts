/** Lowers operators whose kernels want row-major operands, seen from one dimension as [outer, n, inner]. */
import { type DType, Kind } from '../base/dtype.js';
import { unsupportedError } from '../base/errors.js';
import { numel, type Shape } from '../base/shape.js';
import { opcode } from '../engine/native.js';
import { begin, immediate, operand, run } from '../engine/program.js';
import { emptyTensor, type Tensor } from '../tensor.js';
import { copyInto } from './pointwise.js';

/** A shape as it is seen from dimension `dim`; of no dimensions there is one element. */
export function seenFrom(shape: Shape, dim: number): Shape {
  if (shape.length === 0) return [1, 1, 1];
  return [numel(shape.slice(0, dim)), shape[dim], numel(shape.slice(dim + 1))];
}

/** The elements in row-major order and in this dtype: the tensor itself where it has them so. */
export function rowMajor(tensor: Tensor, dtype: DType = tensor.dtype): Tensor {
  if (tensor.contiguousFlag && tensor.dtype === dtype) return tensor;
  const copy = emptyTensor(tensor.sizes, dtype);
  copyInto(copy, tensor);
  return copy;
}

/** The dtype, if it is a floating one. @throws RuntimeError in PyTorch's words, which name its kernel. */
export function floatingOr(kernel: string, dtype: DType): DType {
  if (dtype.kind === Kind.Floating) return dtype;
  throw unsupportedError(kernel, dtype);
}

const still: Shape = [0, 0, 0];

/** `alongDimension('softmax')(shape, dim, out, …inputs)`: the operands are row-major over `shape`. */
export function alongDimension(name: string): (shape: Shape, dim: number, ...operands: readonly Tensor[]) => Tensor {
  const code = opcode(name);
  return (shape, dim, ...operands) => {
    begin(code, seenFrom(shape, dim), operands.length);
    for (const each of operands) operand(each, still);
    run(name, operands[0].dtype);
    return operands[0];
  };
}

/** The next operand: a row-major vector along dimension 1 of `dims`, or `missing` in its place. */
export function vectorOperand(vector: Tensor | null, missing: number, dtype: DType, dims: number, slot: number): void {
  if (vector === null) immediate(missing, dtype, dims, slot);
  else operand(vector, dims === 2 ? [0, 1] : [0, 1, 0]);
}
