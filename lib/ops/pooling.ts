/** Pooling: the largest element, or the mean, of windows that slide over the last dimensions. */
import { int64 } from '../base/dtype.js';
import { RuntimeError, showShape } from '../base/errors.js';
import { repeated, type Shape } from '../base/shape.js';
import { opcode } from '../engine/native.js';
import { is_grad_enabled } from '../graph/modes.js';
import { needsGradient } from '../graph/node.js';
import { isTransformed } from '../op/levels.js';
import { method, op } from '../op/op.js';
import { rowMajor } from '../op/slices.js';
import {
  checkFloating,
  checkRows,
  largest,
  only,
  type PooledDims,
  positionsBackward,
  runWindows,
  type Windows,
  windowedSizes,
} from '../op/windows.js';
import { emptyTensor, type Tensor } from '../tensor.js';

const avgPool = opcode('avg_pool');
const avgPoolBackward = opcode('avg_pool_backward');

const inWords = { 2: 'two', 3: 'three' };

/** What PyTorch says a list of numbers must be. */
const phrases = {
  max_pool2d: ['must either be', 'must either be omitted,', 'must be either be', 'must be either'],
  max_pool3d: ['must either be', 'must either be omitted,', 'must be either be', 'must be either'],
  avg_pool2d: ['must either be', 'must either be omitted,', 'must either be', ''],
  avg_pool3d: ['must be', 'must be omitted,', 'must be', ''],
};
type PoolName = keyof typeof phrases;

function windowsOf(
  name: PoolName,
  dims: PooledDims,
  kernel_size: readonly number[],
  stride: readonly number[] | null,
  padding: readonly number[],
  dilation: readonly number[],
): Windows {
  const all = (argument: string, phrase: number, values: readonly number[]): readonly number[] => {
    if (values.length === dims) return values;
    if (values.length === 1) return repeated(values[0], dims);
    throw new RuntimeError(
      `${name}: ${argument} ${phrases[name][phrase]} a single int, or a tuple of ${inWords[dims]} ints`,
    );
  };
  const kernel = all('kernel_size', 0, kernel_size);
  return {
    kernel_size: kernel,
    stride: stride === null || stride.length === 0 ? kernel : all('stride', 1, stride),
    padding: all('padding', 2, padding),
    dilation: all('dilation', 3, dilation),
  };
}

/** @throws RuntimeError unless there are planes, perhaps in a batch, which alone may be empty. */
function checkPlanes(name: PoolName, self: Tensor, dims: PooledDims): void {
  const { sizes, ndim } = self;
  const [unbatched, batched] = [dims + 1, dims + 2];
  if (ndim !== unbatched && ndim !== batched && name !== 'avg_pool2d') {
    throw new RuntimeError(`non-empty ${unbatched}D or ${batched}D (batch mode) tensor expected for input`);
  }
  const empty = sizes.slice(-unbatched).indexOf(0);
  if (ndim < unbatched || ndim > batched || (empty >= 0 && dims === 2)) {
    throw new RuntimeError(
      'Expected 3D or 4D (batch mode) tensor with optional 0 dim batch size for input, but ' +
        `got:${showShape(sizes)}`,
    );
  }
  if (empty < 0) return;
  throw new RuntimeError(
    `${name === 'max_pool3d' ? 'max_pool3d_with_indices_out_cpu_template' : name}(): Expected input's non-batch ` +
      `dimensions to have positive length, but input has a shape of ${showShape(sizes)} and non-batch dimension ` +
      `${empty} has length zero!`,
  );
}

type List = number | readonly number[];
interface MaxOptions {
  stride?: List | null;
  padding?: List;
  dilation?: List;
  ceil_mode?: boolean;
}
type MaxArguments = [
  kernel_size: number[],
  stride: number[] | null,
  padding: number[],
  dilation: number[],
  ceil_mode: boolean,
];
type MaxWithIndices = (
  input: Tensor,
  kernel_size: List,
  ...args:
    | [options?: MaxOptions]
    | [stride: List | null, options?: MaxOptions]
    | [stride: List | null, padding: List, options?: MaxOptions]
    | [stride: List | null, padding: List, dilation: List, options?: MaxOptions]
    | [stride: List | null, padding: List, dilation: List, ceil_mode: boolean]
) => [Tensor, Tensor];
type Max = {
  (input: Tensor, kernel_size: List, options: MaxOptions & { return_indices: true }): [Tensor, Tensor];
  (
    input: Tensor,
    kernel_size: List,
    stride: List | null,
    padding: List,
    dilation: List,
    ceil_mode: boolean,
    return_indices: true,
  ): [Tensor, Tensor];
  (
    input: Tensor,
    kernel_size: List,
    ...args:
      | [options?: MaxOptions & { return_indices?: false }]
      | [stride: List | null, options?: MaxOptions]
      | [stride: List | null, padding: List, options?: MaxOptions]
      | [stride: List | null, padding: List, dilation: List, options?: MaxOptions]
      | [stride: List | null, padding: List, dilation: List, ceil_mode: boolean]
  ): Tensor;
};

const maxParameters =
  'int[1] kernel_size, int[1]? stride=None, int[1] padding=[0], int[1] dilation=[1], bool ceil_mode=False';

/** Checks the arguments and pools. */
function pooledMax(dims: PooledDims, self: Tensor, positions: boolean, ...args: MaxArguments): Tensor[] {
  const name = `max_pool${dims}d` as const;
  const [kernel_size, stride, padding, dilation, ceil_mode] = args;
  const windows = windowsOf(name, dims, kernel_size, stride, padding, dilation);
  checkPlanes(name, self, dims);
  const shape = windowedSizes(self.sizes, windows, ceil_mode);
  checkFloating(dims === 2 ? name : 'max_pool3d_with_indices_cpu', self);
  return largest(self, shape, dims, windows, positions);
}

function maxWithIndices(dims: PooledDims): MaxWithIndices {
  const name = `max_pool${dims}d_with_indices`;
  const backward = positionsBackward(name, dims);
  return op(`${name}(Tensor self, ${maxParameters}) -> (Tensor, Tensor)`, {
    forward: (self: Tensor, ...args: unknown[]) => pooledMax(dims, self, true, ...(args as unknown as MaxArguments)),
    backward: { self: (grad, { self, results }) => backward(grad, results[1], (self as Tensor).sizes) },
    // PyTorch saves the input too, so that writing to it before the backward pass is an error.
    saves: ['self', 'result'],
    only: 'function',
  });
}

/** The largest elements of windows over two dimensions, and their positions in the plane. */
export const max_pool2d_with_indices: MaxWithIndices = maxWithIndices(2);
/** The largest elements of windows over three dimensions, and their positions in the volume. */
export const max_pool3d_with_indices: MaxWithIndices = maxWithIndices(3);

/** Positions are computed only where somebody needs them, or where a level is to see the operator. */
const recorded = (input: Tensor): boolean => isTransformed() || (is_grad_enabled() && needsGradient(input));

function maxOver(dims: PooledDims, withIndices: MaxWithIndices): Max {
  return method(
    `max_pool${dims}d(Tensor input, ${maxParameters}, bool return_indices=False) -> Tensor`,
    (input: Tensor, ...args: unknown[]) => {
      const [return_indices] = args.splice(-1);
      const values = args as unknown as MaxArguments;
      if (!return_indices && !recorded(input)) return pooledMax(dims, input, false, ...values)[0];
      const results = (withIndices as (input: Tensor, ...args: MaxArguments) => [Tensor, Tensor])(input, ...values);
      return return_indices ? results : results[0];
    },
  );
}

/**
 * The largest elements of windows over the last two dimensions of [N, C, H, W] or [C, H, W]; with `return_indices` also
 * their positions in the plane.
 * @throws RuntimeError where no window fits, or an argument makes no sense.
 * @example torch.max_pool2d(torch.rand(1, 3, 8, 8), 2).shape   // [1, 3, 4, 4]
 */
export const max_pool2d: Max = maxOver(2, max_pool2d_with_indices);
/** The largest elements of windows over the last three dimensions. */
export const max_pool3d: Max = maxOver(3, max_pool3d_with_indices);

function maxOver1(input: Tensor, args: MaxArguments, return_indices: boolean): Tensor | [Tensor, Tensor] {
  if (input.ndim !== 2 && input.ndim !== 3) {
    throw new RuntimeError(
      'max_pool1d: Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for input, but got:' +
        showShape(input.sizes),
    );
  }
  const [kernel_size, stride, padding, dilation, ceil_mode] = args;
  const one = (argument: string, values: readonly number[]): number => only('max_pool1d', argument, values);
  const kernel = one('kernel_size', kernel_size);
  const step = stride === null || stride.length === 0 ? kernel : one('stride', stride);
  const pad = one('padding', padding);
  const apart = one('dilation', dilation);
  const planes = input.unsqueeze(-2);
  const windows = [
    [1, kernel],
    [1, step],
    [0, pad],
    [1, apart],
  ] as const;
  if (!return_indices) return max_pool2d(planes, ...windows, ceil_mode).squeeze(-2);
  const [values, indices] = max_pool2d(planes, ...windows, ceil_mode, true);
  return [values.squeeze(-2), indices.squeeze(-2)];
}

/** The largest elements of windows over the last dimension. */
export const max_pool1d: Max = method(
  `max_pool1d(Tensor input, ${maxParameters}, bool return_indices=False) -> Tensor`,
  (input: Tensor, ...args: unknown[]) =>
    maxOver1(input, args.slice(0, -1) as unknown as MaxArguments, args[args.length - 1] as boolean),
);
/** The largest elements of windows over the last dimension, and their positions. */
export const max_pool1d_with_indices: MaxWithIndices = method(
  `max_pool1d_with_indices(Tensor input, ${maxParameters}) -> (Tensor, Tensor)`,
  (input: Tensor, ...args: unknown[]) => maxOver1(input, args as unknown as MaxArguments, true),
);

interface MeanOptions {
  stride?: List | null;
  padding?: List;
  ceil_mode?: boolean;
  count_include_pad?: boolean;
}
interface DivisorOption {
  divisor_override?: number | null;
}
type MeanArguments = [
  kernel_size: number[],
  stride: number[] | null,
  padding: number[],
  ceil_mode: boolean,
  count_include_pad: boolean,
  divisor_override: number | null,
];
type MeanOver<Options> = (
  input: Tensor,
  kernel_size: List,
  ...args:
    | [options?: Options]
    | [stride: List | null, options?: Options]
    | [stride: List | null, padding: List, options?: Options]
    | [stride: List | null, padding: List, ceil_mode: boolean, options?: Options]
    | [stride: List | null, padding: List, ceil_mode: boolean, count_include_pad: boolean, options?: Options]
) => Tensor;
type MeanWithDivisor = MeanOver<MeanOptions & DivisorOption>;

const meanParameters =
  'int[1] kernel_size, int[1]? stride=None, int[1] padding=[0], bool ceil_mode=False, bool count_include_pad=True';

const meanKernels = { 2: 'avg_pool2d', 3: 'avg_pool3d_out_frame' };

/** The windows, once all arguments are found to be right, and the sizes of what they make. */
function meanWindows(dims: PooledDims, self: Tensor, args: MeanArguments): [Windows, number[]] {
  const [kernel_size, stride, padding, ceil_mode, , divisor_override] = args;
  const name = `avg_pool${dims}d` as const;
  const windows = windowsOf(name, dims, kernel_size, stride, padding, [1]);
  if (divisor_override === 0) throw new RuntimeError('divisor must be not zero');
  checkPlanes(name, self, dims);
  const shape = windowedSizes(self.sizes, windows, ceil_mode);
  if (self.dtype !== int64) checkFloating(meanKernels[dims], self);
  return [windows, shape];
}

const meanScalars = ([, , , , count_include_pad, divisor_override]: MeanArguments): number[] => [
  Number(count_include_pad),
  divisor_override ?? 0,
];

/** What a formula sees of the arguments. */
interface MeanContext {
  readonly kernel_size: number[];
  readonly stride: number[] | null;
  readonly padding: number[];
  readonly ceil_mode: boolean;
  readonly count_include_pad: boolean;
  readonly divisor_override: number | null;
}
const argumentsOf = (context: MeanContext): MeanArguments => [
  context.kernel_size,
  context.stride,
  context.padding,
  context.ceil_mode,
  context.count_include_pad,
  context.divisor_override,
];

/** The adjoint of a mean over windows: every window's share, added to each of its elements. */
const meanBackward = (dims: PooledDims): ((grad_output: Tensor, size: Shape, ...args: MeanArguments) => Tensor) =>
  op(
    `avg_pool${dims}d_backward(Tensor grad_output, int[] size, ${meanParameters}, int? divisor_override=None) -> Tensor`,
    {
      forward: (grad_output, size, ...args) => {
        const values = args as MeanArguments;
        const out = emptyTensor(size, grad_output.dtype);
        if (out.count === 0) return out;
        const windows = windowsOf(`avg_pool${dims}d`, dims, values[0], values[1], values[2], [1]);
        const [input, output] = [out, grad_output].map((tensor) => tensor.sizes.slice(-dims));
        const operands = [out, rowMajor(grad_output)];
        runWindows('avg_pool_backward', avgPoolBackward, operands, input, output, windows, meanScalars(values));
        return out;
      },
      backward: { grad_output: (grad, context) => meansOf(dims)(grad, ...argumentsOf(context)) },
      only: 'function',
    },
  );

const meanOver = (dims: PooledDims): ((self: Tensor, ...args: MeanArguments) => Tensor) => {
  const backward = meanBackward(dims);
  return op(`avg_pool${dims}d(Tensor self, ${meanParameters}, int? divisor_override=None) -> Tensor`, {
    forward: (self, ...rest) => {
      const args = rest as MeanArguments;
      const [windows, shape] = meanWindows(dims, self, args);
      const out = emptyTensor(shape, self.dtype);
      if (out.count === 0) return out;
      const operands = [out, rowMajor(self)];
      const [input, output] = [self, out].map((tensor) => tensor.sizes.slice(-dims));
      runWindows('avg_pool', avgPool, operands, input, output, windows, meanScalars(args));
      return out;
    },
    backward: { self: (grad, context) => backward(grad, context.self.sizes, ...argumentsOf(context)) },
    only: 'function',
  });
};
const meanOver2 = meanOver(2);
const meanOver3 = meanOver(3);
const meansOf = (dims: PooledDims): typeof meanOver2 => (dims === 2 ? meanOver2 : meanOver3);

/**
 * Means of windows over the last two dimensions of [N, C, H, W] or [C, H, W].
 * @throws RuntimeError where no window fits.
 */
export const avg_pool2d = meanOver2 as unknown as MeanWithDivisor;
/** Means of windows over the last three dimensions. */
export const avg_pool3d = meanOver3 as unknown as MeanWithDivisor;

/** Means of windows over the last dimension. */
export const avg_pool1d: MeanOver<MeanOptions> = method(
  `avg_pool1d(Tensor input, ${meanParameters}) -> Tensor`,
  (input, kernel_size, stride, padding, ceil_mode, count_include_pad) => {
    checkRows('avg_pool1d', input);
    const one = (argument: string, values: readonly number[]): number => only('avg_pool1d', argument, values);
    const kernel = one('kernel_size', kernel_size);
    const step = stride === null || stride.length === 0 ? kernel : one('stride', stride);
    const windows = [
      [1, kernel],
      [1, step],
      [0, one('padding', padding)],
    ] as const;
    return avg_pool2d(input.unsqueeze(-2), ...windows, ceil_mode, count_include_pad).squeeze(-2);
  },
);
