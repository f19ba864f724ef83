/** Adaptive pooling: as many windows as the output is to have elements, spread evenly over the input. */
import { RuntimeError, showShape } from '../base/errors.js';
import type { Shape } from '../base/shape.js';
import { opcode } from '../engine/native.js';
import { method, op } from '../op/op.js';
import { copyInto } from '../op/pointwise.js';
import { rowMajor } from '../op/slices.js';
import {
  checkFloating,
  checkRows,
  largest,
  only,
  type PooledDims,
  positionsBackward,
  runWindows,
} from '../op/windows.js';
import { emptyTensor, type Tensor } from '../tensor.js';

const avgPool = opcode('avg_pool');
const avgPoolBackward = opcode('avg_pool_backward');

/** A mean's divisor is the size of its window. */
const windowSize = [1, 0];

type Sizes = number | readonly (number | null)[];

/** @throws RuntimeError unless there are planes with elements, perhaps in a batch. */
function checkPlanes(name: string, self: Tensor, dims: PooledDims, colon: string): void {
  const { sizes, ndim } = self;
  if (ndim !== dims + 1 && ndim !== dims + 2) {
    throw new RuntimeError(
      `${name}(): Expected ${dims + 1}D or ${dims + 2}D tensor, but got${colon} ${showShape(sizes)}`,
    );
  }
  const empty = sizes.indexOf(0, ndim - dims);
  if (empty < 0) return;
  throw new RuntimeError(
    `${name}(): Expected input to have non-zero size for non-batch dimensions, but input has sizes ` +
      `${showShape(sizes)} with dimension ${empty} being empty`,
  );
}

const meanKernels = { 2: 'adaptive_avg_pool2d', 3: 'adaptive_avg_pool3d_cpu' };

const meanBackward = (dims: PooledDims): ((grad_output: Tensor, size: Shape) => Tensor) =>
  op(`_adaptive_avg_pool${dims}d_backward(Tensor grad_output, int[] size) -> Tensor`, {
    forward: (grad_output, size) => {
      const out = emptyTensor(size, grad_output.dtype);
      if (grad_output.count === 0) {
        copyInto(out, 0);
        return out;
      }
      const operands = [out, rowMajor(grad_output)];
      const [input, output] = [out, grad_output].map((tensor) => tensor.sizes.slice(-dims));
      runWindows('adaptive_avg_pool', avgPoolBackward, operands, input, output, null, windowSize);
      return out;
    },
    backward: {
      grad_output: (grad, { grad_output }) => meansOf(dims)(grad, grad_output.sizes.slice(-dims)),
    },
    only: 'function',
  });

const adaptiveMean = (dims: PooledDims): ((self: Tensor, output_size: Shape) => Tensor) => {
  const backward = meanBackward(dims);
  return op(`_adaptive_avg_pool${dims}d(Tensor self, int[] output_size) -> Tensor`, {
    forward: (self, output_size) => {
      checkPlanes(`adaptive_avg_pool${dims}d`, self, dims, '');
      checkFloating(meanKernels[dims], self);
      const out = emptyTensor([...self.sizes.slice(0, -dims), ...output_size], self.dtype);
      if (out.count === 0) return out;
      const operands = [out, rowMajor(self)];
      runWindows('adaptive_avg_pool', avgPool, operands, self.sizes.slice(-dims), output_size, null, windowSize);
      return out;
    },
    backward: { self: (grad, { self }) => backward(grad, self.sizes) },
    node: `AdaptiveAvgPool${dims}DBackward0`,
    only: 'function',
  });
};
const adaptiveMean2 = adaptiveMean(2);
const adaptiveMean3 = adaptiveMean(3);
const meansOf = (dims: PooledDims): typeof adaptiveMean2 => (dims === 2 ? adaptiveMean2 : adaptiveMean3);

/** The sizes of the output: one for all dimensions or one for each, of which a null stands for the input's. */
function outputSizes(self: Tensor, dims: PooledDims, given: readonly (number | null)[], complaint: string): number[] {
  const sizes = given.length === 1 ? new Array<number | null>(dims).fill(given[0]) : given;
  if (sizes.length !== dims) throw new RuntimeError(complaint);
  return sizes.map((size, i) => size ?? self.sizes[self.ndim - dims + i] ?? 0);
}

type AdaptiveMean = (input: Tensor, output_size: Sizes) => Tensor;

const meanOver = (dims: PooledDims): AdaptiveMean =>
  method(`adaptive_avg_pool${dims}d(Tensor input, int?[1] output_size) -> Tensor`, (input, output_size) => {
    const name = `adaptive_avg_pool${dims}d`;
    const sizes = outputSizes(input, dims, output_size, `${name}: output_size must be ${dims}`);
    if (sizes.some((size) => size < 0)) {
      throw new RuntimeError(
        `${name}: elements of output_size must be greater than or equal to 0 but received {${sizes.join(', ')}}`,
      );
    }
    const all = sizes.map((_, i) => i - dims);
    if (sizes.every((size) => size === 1) && input.ndim >= dims) return input.mean(all.reverse(), true);
    return meansOf(dims)(input, sizes);
  });

/** Means of windows spread over the last two dimensions; 1 for all is their mean. */
export const adaptive_avg_pool2d: AdaptiveMean = meanOver(2);
/** Means of windows spread over the last three dimensions; 1 for all is their mean. */
export const adaptive_avg_pool3d: AdaptiveMean = meanOver(3);

/** Means of windows spread over the last dimension. */
export const adaptive_avg_pool1d: (input: Tensor, output_size: number | readonly number[]) => Tensor = method(
  'adaptive_avg_pool1d(Tensor input, int[1] output_size) -> Tensor',
  (input, output_size) => {
    checkRows('adaptive_avg_pool1d', input);
    const size = only('adaptive_avg_pool1d', 'output_size', output_size);
    return adaptive_avg_pool2d(input.unsqueeze(-2), [1, size]).squeeze(-2);
  },
);

type AdaptiveMaxWithIndices = (input: Tensor, output_size: Sizes) => [Tensor, Tensor];
type AdaptiveMax = {
  (input: Tensor, output_size: Sizes, return_indices?: false): Tensor;
  (input: Tensor, output_size: Sizes, return_indices: true): [Tensor, Tensor];
  (input: Tensor, output_size: Sizes, options: { return_indices: boolean }): Tensor | [Tensor, Tensor];
};

const maxKernels = { 2: 'adaptive_max_pool2d', 3: 'adaptive_max_pool3d_cpu' };

function maxWithIndices(dims: PooledDims): AdaptiveMaxWithIndices {
  const name = `adaptive_max_pool${dims}d` as const;
  const backward = positionsBackward(name, dims);
  const largestOf: (self: Tensor, output_size: Shape) => [Tensor, Tensor] = op(
    `${name}(Tensor self, int[] output_size) -> (Tensor, Tensor)`,
    {
      forward: (self, output_size) => {
        checkPlanes(name, self, dims, ':');
        if (output_size.some((size) => size < 0)) {
          throw new RuntimeError(
            `Trying to create tensor with negative dimension ${Math.min(...output_size)}: ` +
              showShape([...self.sizes.slice(0, -dims), ...output_size]),
          );
        }
        checkFloating(maxKernels[dims], self);
        return largest(self, [...self.sizes.slice(0, -dims), ...output_size], dims, null, true);
      },
      backward: { self: (grad, { self, results }) => backward(grad, results[1], self.sizes) },
      saves: ['self', 'result'],
      only: 'function',
    },
  );
  return method(`${name}_with_indices(Tensor input, int?[1] output_size) -> (Tensor, Tensor)`, (input, output_size) => {
    const complaint = `${name}(): internal error: output_size.size() must be ${dims}`;
    return largestOf(input, outputSizes(input, dims, output_size, complaint));
  });
}

const maxOver = (dims: 1 | PooledDims, withIndices: AdaptiveMaxWithIndices): AdaptiveMax =>
  method(
    `adaptive_max_pool${dims}d(Tensor input, int?[1] output_size, bool return_indices=False) -> Tensor`,
    (input, output_size, return_indices) => {
      const results = withIndices(input, output_size);
      return return_indices ? results : results[0];
    },
  );

/** The largest elements of windows spread over the last two dimensions, and their positions in the plane. */
export const adaptive_max_pool2d_with_indices: AdaptiveMaxWithIndices = maxWithIndices(2);
/** The largest elements of windows spread over the last three dimensions, and their positions in the volume. */
export const adaptive_max_pool3d_with_indices: AdaptiveMaxWithIndices = maxWithIndices(3);
/** The largest elements of windows spread over the last two dimensions. */
export const adaptive_max_pool2d: AdaptiveMax = maxOver(2, adaptive_max_pool2d_with_indices);
/** The largest elements of windows spread over the last three dimensions. */
export const adaptive_max_pool3d: AdaptiveMax = maxOver(3, adaptive_max_pool3d_with_indices);

/** The largest elements of windows spread over the last dimension, and their positions; `torch.adaptive_max_pool1d`. */
export const adaptive_max_pool1d_with_indices: (
  input: Tensor,
  output_size: number | readonly number[],
) => [Tensor, Tensor] = method(
  'adaptive_max_pool1d(Tensor input, int[1] output_size) -> (Tensor, Tensor)',
  (input, output_size) => {
    checkRows('adaptive_max_pool1d', input);
    const size = only('adaptive_max_pool1d', 'output_size', output_size);
    return adaptive_max_pool2d_with_indices(input.unsqueeze(-2), [1, size]).map((each) => each.squeeze(-2));
  },
);
/** The largest elements of windows spread over the last dimension; `torch.nn.functional.adaptive_max_pool1d`. */
export const adaptive_max_pool1d: AdaptiveMax = maxOver(
  1,
  adaptive_max_pool1d_with_indices as unknown as AdaptiveMaxWithIndices,
);
