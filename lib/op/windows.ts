/** Windows that slide over the last dimensions of a tensor, as pooling has them. */
import { int64 } from '../base/dtype.js';
import { RuntimeError, unsupportedError } from '../base/errors.js';
import { numel, type Shape } from '../base/shape.js';
import { opcode } from '../engine/native.js';
import { begin, operand, run, scalar } from '../engine/program.js';
import { emptyTensor, type Tensor } from '../tensor.js';
import { op } from './op.js';
import { copyInto } from './pointwise.js';
import { rowMajor } from './slices.js';

const maxPool = opcode('max_pool');
const maxPoolBackward = opcode('max_pool_backward');

/** How many dimensions windows slide over; those over one are made of those over two. */
export type PooledDims = 2 | 3;

/** A number for each of the dimensions that windows slide over. */
export interface Windows {
  readonly kernel_size: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
}

const axisNames = (dims: number): string[] => (dims === 2 ? ['H', 'W'] : ['T', 'H', 'W']);

/** Every value under the name of its axis: 'kH: 2 kW: 3'. */
const labelled = (prefix: string, values: readonly number[]): string =>
  axisNames(values.length)
    .map((axis, i) => `${prefix}${axis}: ${values[i]}`)
    .join(' ');

/** How many windows fit along a dimension; with `ceil_mode` also one that begins inside and ends outside. */
function windowsAlong(size: number, windows: Windows, axis: number, ceil_mode: boolean): number {
  const [kernel, stride, padding, dilation] = [
    windows.kernel_size,
    windows.stride,
    windows.padding,
    windows.dilation,
  ].map((values) => values[axis]);
  if (stride === 0) throw new RuntimeError('stride should not be zero');
  if (padding < 0) throw new RuntimeError(`pad must be non-negative, but got pad: ${padding}`);
  if (padding > Math.trunc(kernel / 2)) {
    throw new RuntimeError(
      `pad should be at most half of kernel size, but got pad=${padding} and kernel_size=${kernel}`,
    );
  }
  const room = size + 2 * padding - dilation * (kernel - 1) - 1;
  const count = Math.floor((room + (ceil_mode ? stride - 1 : 0)) / stride) + 1;
  return ceil_mode && (count - 1) * stride >= size + padding ? count - 1 : count;
}

function checkPositive(windows: Windows): void {
  const positive = (what: string, prefix: string, values: readonly number[]): void => {
    if (values.some((value) => value <= 0)) {
      throw new RuntimeError(`${what} should be greater than zero, but got ${labelled(prefix, values)}`);
    }
  };
  positive('kernel size', 'k', windows.kernel_size);
  positive('stride', 'd', windows.stride);
  positive('dilation', 'dilation', windows.dilation);
}

/** The sizes of what windows over a tensor make. @throws Error where none fit, or the numbers make no sense. */
export function windowedSizes(sizes: Shape, windows: Windows, ceil_mode: boolean): number[] {
  const dims = windows.kernel_size.length;
  const lead = sizes.length - dims;
  const out = windows.kernel_size.map((_, axis) => windowsAlong(sizes[lead + axis], windows, axis, ceil_mode));
  checkPositive(windows);
  if (out.some((size) => size < 1)) {
    const text = (last: Shape): string => `(${[sizes[lead - 1], ...last].join('x')})`;
    throw new RuntimeError(
      `Given input size: ${text(sizes.slice(lead))}. Calculated output size: ${text(out)}. Output size is too small`,
    );
  }
  return [...sizes.slice(0, lead), ...out];
}

/** A number for each of three dimensions: `fill` in front of those of the last ones. */
export const lift = (values: readonly number[], fill: number): number[] => [fill, fill, ...values].slice(-3);

/**
 * Runs an instruction over windows. `input` and `output` are the sizes of the dimensions they slide over; null windows
 * are adaptive. All operands are row-major.
 */
export function runWindows(
  name: string,
  code: number,
  operands: readonly Tensor[],
  input: Shape,
  output: Shape,
  windows: Windows | null,
  scalars: readonly number[] = [],
): void {
  const key = operands[1];
  const planes = key.count / numel(key.sizes.slice(-input.length));
  begin(code, [planes, ...lift(output, 1)], operands.length);
  for (const each of operands) operand(each, [each.count / planes, 0, 0, 0]);
  const [size, kernel, stride, padding, dilation] = [
    lift(input, 1),
    lift(windows?.kernel_size ?? input.map(() => 0), 1),
    lift(windows?.stride ?? input.map(() => 1), 1),
    lift(windows?.padding ?? input.map(() => 0), 0),
    lift(windows?.dilation ?? input.map(() => 1), 1),
  ];
  for (let axis = 0; axis < 3; axis++) {
    for (const values of [size, kernel, stride, padding, dilation]) scalar(values[axis]);
  }
  for (const value of scalars) scalar(value);
  run(name, key.dtype);
}

/** @throws RuntimeError for integers, under the kernel's name in PyTorch. */
export function checkFloating(name: string, self: Tensor): void {
  if (!self.dtype.is_floating_point) throw unsupportedError(name, self.dtype);
}

/** The number that a list must hold. */
export function only(name: string, argument: string, values: readonly number[]): number {
  if (values.length === 1) return values[0];
  throw new RuntimeError(`${name}() argument '${argument}' should contain one int (got ${values.length})`);
}

/** @throws RuntimeError unless there is one dimension to pool over, and one or two before it. */
export function checkRows(name: string, input: Tensor): void {
  if (input.ndim === 2 || input.ndim === 3) return;
  throw new RuntimeError(
    `Expected 2 to 3 dimensions, but got ${input.ndim}-dimensional tensor for argument #1 'self' (while checking ` +
      `arguments for ${name})`,
  );
}

/** Runs an instruction of three sizes over row-major planes. */
function scatterPlanes(out: Tensor, grad: Tensor, indices: Tensor, dims: PooledDims): void {
  const plane = numel(out.sizes.slice(-dims));
  const count = numel(grad.sizes.slice(-dims));
  begin(maxPoolBackward, [grad.count / count, plane, count], 3);
  operand(out, [plane, 1, 0]);
  operand(grad, [count, 0, 1]);
  operand(indices, [count, 0, 1]);
  run('max_pool_backward', grad.dtype);
}

type PositionsBackward = (grad_output: Tensor, indices: Tensor, size: Shape) => Tensor;

/** The adjoint of taking the elements at positions: planes of zeros, to which they are added. */
export const positionsBackward = (name: string, dims: PooledDims): PositionsBackward =>
  op(`${name}_backward(Tensor grad_output, Tensor indices, int[] size) -> Tensor`, {
    forward: (grad_output: Tensor, indices: Tensor, size: number[]) => {
      const out = emptyTensor(size, grad_output.dtype);
      if (grad_output.count === 0) copyInto(out, 0);
      else scatterPlanes(out, rowMajor(grad_output), rowMajor(indices), dims);
      return out;
    },
    backward: {
      grad_output: (grad, { indices }) =>
        grad
          .flatten(-dims)
          .gather(-1, indices.flatten(-dims))
          .reshape(indices.sizes as number[]),
    },
    saves: ['indices'],
    only: 'function',
  });

/** The largest element of each window and, if wanted, its position in the plane; null windows are adaptive. */
export function largest(
  self: Tensor,
  shape: Shape,
  dims: PooledDims,
  windows: Windows | null,
  positions: boolean,
): Tensor[] {
  const results = [emptyTensor(shape, self.dtype), ...(positions ? [emptyTensor(shape, int64)] : [])];
  if (results[0].count === 0) return results;
  const [out, ...where] = results;
  const operands = [out, rowMajor(self), ...where];
  runWindows('max_pool', maxPool, operands, self.sizes.slice(-dims), shape.slice(-dims), windows);
  return results;
}
