/** Products of matrices and vectors. All come down to one kernel, which takes any strides. */
import { Kind } from '../base/dtype.js';
import { RuntimeError, showShape, unsupportedError } from '../base/errors.js';
import { broadcastShapes, broadcastsTo, expandStrides, numel, type Shape } from '../base/shape.js';
import { opcode } from '../engine/native.js';
import { begin, operand, run, scalar } from '../engine/program.js';
import type { Scalar } from '../op/context.js';
import { method, op } from '../op/op.js';
import { unsafeView } from '../op/strided.js';
import { emptyTensor, type Tensor } from '../tensor.js';

const code = opcode('matmul');

function checkDTypes(a: Tensor, b: Tensor): void {
  if (a.dtype !== b.dtype) {
    throw new RuntimeError(`expected scalar type ${a.dtype.scalarName} but found ${b.dtype.scalarName}`);
  }
  if (a.dtype.kind === Kind.Bool) throw unsupportedError('addmm_impl_cpu_', a.dtype);
}

/** What a product is added to, and the scales of both. */
interface Addend {
  readonly tensor: Tensor;
  readonly alpha: Scalar;
  readonly beta: Scalar;
}

/** For the dimensions of the batch, the first `lead`, what `list` has, and then for rows, columns and what is between. */
const loops = (list: Shape, lead: number, row: number, column: number, between: number): Shape =>
  lead === 0 ? [row, column, between] : [...list.slice(0, lead), row, column, between];

/** The strides by which a tensor is repeated over `shape`. @throws RuntimeError, in the words of `expand`. */
const stridesOver = (shape: Shape, tensor: Tensor): Shape =>
  broadcastsTo(tensor.sizes, shape)
    ? expandStrides(tensor.sizes, tensor.strides, shape)
    : tensor.expand(shape as number[]).strides;

/** alpha · a·b + beta · addend over […batch, m, k], […batch, k, n] and the addend broadcast, by its strides alone. */
function multiply(a: Tensor, b: Tensor, addend: Addend | null = null): Tensor {
  const lead = a.ndim - 2;
  const [m, k, n] = [a.sizes[lead], a.sizes[lead + 1], b.sizes[lead + 1]];
  const shape = lead === 0 ? [m, n] : [...a.sizes.slice(0, lead), m, n];
  const added = addend && stridesOver(shape, addend.tensor);
  const out = emptyTensor(shape, a.dtype);
  begin(code, loops(shape, lead, m, n, k), added ? 4 : 3);
  operand(out, loops(out.strides, lead, out.strides[lead], out.strides[lead + 1], 0));
  operand(a, loops(a.strides, lead, a.strides[lead], 0, a.strides[lead + 1]));
  operand(b, loops(b.strides, lead, 0, b.strides[lead + 1], b.strides[lead]));
  if (added) operand(addend.tensor, loops(added, lead, added[lead], added[lead + 1], 0));
  scalar(addend ? Number(addend.alpha) : 1);
  scalar(addend ? Number(addend.beta) : 0);
  run('matmul', a.dtype);
  return out;
}

const matrixText = (tensor: Tensor): string => tensor.sizes.join('x');

function checkMatrices(a: Tensor, b: Tensor): void {
  if (a.ndim !== 2) throw new RuntimeError(`mat1 must be a matrix, got ${showShape(a.sizes)}`);
  if (b.ndim !== 2) throw new RuntimeError(`mat2 must be a matrix, got ${showShape(b.sizes)}`);
  if (a.sizes[1] !== b.sizes[0]) {
    throw new RuntimeError(`mat1 and mat2 shapes cannot be multiplied (${matrixText(a)} and ${matrixText(b)})`);
  }
  checkDTypes(a, b);
}

type Product = (self: Tensor, other: Tensor) => Tensor;

const scaled = (tensor: Tensor, scale: Scalar): Tensor => (scale === 1 ? tensor : tensor.mul(scale));

/**
 * The gradients of alpha · mat1·mat2. That of a factor which lies in memory column by column, as a weight does that is
 * passed as its transpose, lies so too: the weight's own is contiguous.
 */
function leftGradient(grad: Tensor, mat1: Layout, mat2: Tensor, alpha: Scalar): Tensor {
  return scaled(liesTurned(mat1) ? mat2.mm(grad.t()).t() : grad.mm(mat2.t()), alpha);
}
function rightGradient(grad: Tensor, mat1: Tensor, mat2: Layout, alpha: Scalar): Tensor {
  return scaled(liesTurned(mat2) ? grad.t().mm(mat1).t() : mat1.t().mm(grad), alpha);
}

type Layout = Pick<Tensor, 'sizes' | 'strides'>;
const liesTurned = ({ sizes, strides }: Layout): boolean => strides[0] === 1 && strides[1] === sizes[0];

/** The product of two matrices: [n, m] · [m, p] to [n, p]. @throws RuntimeError unless sizes and dtypes fit. */
export const mm: (self: Tensor, mat2: Tensor) => Tensor = op('mm(Tensor self, Tensor mat2) -> Tensor', {
  tangents: 'linear',
  forward: (self, mat2) => {
    checkMatrices(self, mat2);
    return multiply(self, mat2);
  },
  backward: {
    self: (grad, { self, mat2 }) => leftGradient(grad, self, mat2, 1),
    mat2: (grad, { self, mat2 }) => rightGradient(grad, self, mat2, 1),
  },
  saves: { self: ['mat2'], mat2: ['self'] },
});

function checkBatches(a: Tensor, b: Tensor): void {
  if (a.ndim !== 3) throw new RuntimeError(`batch1 must be a 3D tensor, got ${showShape(a.sizes)}`);
  if (b.ndim !== 3) throw new RuntimeError(`batch2 must be a 3D tensor, got ${showShape(b.sizes)}`);
  if (a.sizes[0] !== b.sizes[0] || a.sizes[2] !== b.sizes[1]) {
    throw new RuntimeError(
      `Expected size for first two dimensions of batch2 tensor to be: [${a.sizes[0]}, ${a.sizes[2]}] but got: ` +
        `[${b.sizes[0]}, ${b.sizes[1]}].`,
    );
  }
  checkDTypes(a, b);
}

/** The products of matrices at the same position in two batches: [b, n, m] · [b, m, p] to [b, n, p]. */
export const bmm: (self: Tensor, mat2: Tensor) => Tensor = op('bmm(Tensor self, Tensor mat2) -> Tensor', {
  tangents: 'linear',
  forward: (self, mat2) => {
    checkBatches(self, mat2);
    return multiply(self, mat2);
  },
  backward: {
    self: (grad, { mat2 }) => grad.bmm(mat2.transpose(1, 2)),
    mat2: (grad, { self }) => self.transpose(1, 2).bmm(grad),
  },
  saves: { self: ['mat2'], mat2: ['self'] },
});

/** The product of a matrix and a vector: [n, m] · [m] to [n]. */
export const mv: (self: Tensor, vec: Tensor) => Tensor = op('mv(Tensor self, Tensor vec) -> Tensor', {
  tangents: 'linear',
  forward: (self, vec) => {
    if (self.ndim !== 2 || vec.ndim !== 1) {
      throw new RuntimeError(`vector + matrix @ vector expected, got 1, ${self.ndim}, ${vec.ndim}`);
    }
    if (self.sizes[1] !== vec.sizes[0]) {
      throw new RuntimeError(`size mismatch, got ${self.sizes[0]}, ${matrixText(self)},${vec.sizes[0]}`);
    }
    checkDTypes(self, vec);
    const column = vec.alias([vec.count, 1], [vec.strides[0], 1], vec.offset);
    const product = multiply(self, column);
    return product.alias([product.count], [1], 0);
  },
  backward: {
    self: (grad, { vec }) => grad.outer(vec),
    vec: (grad, { self }) => self.t().mv(grad),
  },
  saves: { self: ['vec'], vec: ['self'] },
});

/** The sum of the products of two vectors' elements: [n] · [n] to []. */
export const dot: (self: Tensor, tensor: Tensor) => Tensor = op('dot(Tensor self, Tensor tensor) -> Tensor', {
  tangents: 'linear',
  forward: (self, tensor) => {
    if (self.ndim !== 1 || tensor.ndim !== 1) {
      throw new RuntimeError(`1D tensors expected, but got ${self.ndim}D and ${tensor.ndim}D tensors`);
    }
    if (self.dtype !== tensor.dtype) {
      throw new RuntimeError(
        'dot : expected both vectors to have same dtype, but found ' +
          `${self.dtype.scalarName} and ${tensor.dtype.scalarName}`,
      );
    }
    if (self.count !== tensor.count) {
      throw new RuntimeError(
        `inconsistent tensor size, expected tensor [${self.count}] and src [${tensor.count}] to have the same number ` +
          `of elements, but got ${self.count} and ${tensor.count} elements respectively`,
      );
    }
    checkDTypes(self, tensor);
    const row = self.alias([1, self.count], [1, self.strides[0]], self.offset);
    const column = tensor.alias([tensor.count, 1], [tensor.strides[0], 1], tensor.offset);
    return multiply(row, column).alias([], [], 0);
  },
  backward: {
    self: (grad, { tensor }) => grad.mul(tensor),
    tensor: (grad, { self }) => grad.mul(self),
  },
  saves: { self: ['tensor'], tensor: ['self'] },
});

/** All products of an element of one vector with one of another: [n] and [m] to [n, m]. */
export const outer: (self: Tensor, vec2: Tensor) => Tensor = method(
  'outer(Tensor self, Tensor vec2) -> Tensor',
  (self: Tensor, vec2: Tensor): Tensor => {
    if (self.ndim !== 1) throw new RuntimeError(`outer: Expected 1-D argument self, but got ${self.ndim}-D`);
    if (vec2.ndim !== 1) throw new RuntimeError(`outer: Expected 1-D argument vec2, but got ${vec2.ndim}-D`);
    return self.reshape(-1, 1).mul(vec2);
  },
);

interface Scales {
  beta?: Scalar;
  alpha?: Scalar;
}

function checkAddend(self: Tensor, mat2: Tensor): void {
  if (self.dtype !== mat2.dtype) throw new RuntimeError('self and mat2 must have the same dtype');
}

/** beta · self + alpha · mat1·mat2, of [n, m] · [m, p], to which `self` is broadcast. */
export const addmm: (self: Tensor, mat1: Tensor, mat2: Tensor, options?: Scales) => Tensor = op(
  'addmm(Tensor self, Tensor mat1, Tensor mat2, *, Scalar beta=1, Scalar alpha=1) -> Tensor',
  {
    forward: (self, mat1, mat2, beta, alpha) => {
      checkMatrices(mat1, mat2);
      checkAddend(self, mat2);
      return multiply(mat1, mat2, { tensor: self, alpha, beta });
    },
    backward: {
      self: (grad, { beta }) => scaled(grad, beta),
      mat1: (grad, { mat1, mat2, alpha }) => leftGradient(grad, mat1, mat2, alpha),
      mat2: (grad, { mat1, mat2, alpha }) => rightGradient(grad, mat1, mat2, alpha),
    },
    saves: { mat1: ['mat2'], mat2: ['mat1'] },
  },
);

/** beta · self + alpha · batch1·batch2, of [b, n, m] · [b, m, p], to which `self` is broadcast. */
export const baddbmm: (self: Tensor, batch1: Tensor, batch2: Tensor, options?: Scales) => Tensor = op(
  'baddbmm(Tensor self, Tensor batch1, Tensor batch2, *, Scalar beta=1, Scalar alpha=1) -> Tensor',
  {
    forward: (self, batch1, batch2, beta, alpha) => {
      checkBatches(batch1, batch2);
      checkAddend(self, batch2);
      return multiply(batch1, batch2, { tensor: self, alpha, beta });
    },
    backward: {
      self: (grad, { beta }) => scaled(grad, beta),
      batch1: (grad, { batch2, alpha }) => scaled(grad.bmm(batch2.transpose(1, 2)), alpha),
      batch2: (grad, { batch1, alpha }) => scaled(batch1.transpose(1, 2).bmm(grad), alpha),
    },
    saves: { batch1: ['batch2'], batch2: ['batch1'] },
  },
);

/** Many matrices times one matrix or vector: one product of a taller matrix. */
function folded(a: Tensor, b: Tensor): Tensor {
  const lead = a.shape.slice(0, -1);
  const rows = a.reshape(numel(lead), a.size(-1));
  if (b.ndim === 1) return unsafeView(rows.mv(b), lead);
  return unsafeView(rows.mm(b), [...lead, b.size(-1)]);
}

/** One matrix or vector times many matrices: the transposed product, transposed. */
function foldedRight(a: Tensor, b: Tensor): Tensor {
  const turned = b.transpose(-1, -2);
  return a.ndim === 1 ? folded(turned, a) : folded(turned, a.t()).transpose(-1, -2).contiguous();
}

/** Two batches of matrices, broadcast. */
function batched(a: Tensor, b: Tensor): Tensor {
  const batch = broadcastShapes('matmul', a.sizes.slice(0, -2), b.sizes.slice(0, -2));
  const flatten = (tensor: Tensor): Tensor => {
    const matrix = tensor.shape.slice(-2);
    return tensor.expand([...batch, ...matrix]).reshape([numel(batch), ...matrix]);
  };
  const product = flatten(a).bmm(flatten(b));
  return unsafeView(product, [...batch, a.size(-2), b.size(-1)]);
}

/**
 * The matrix product, by PyTorch's rules: a vector is a row on the left and a column on the right, leading dimensions
 * are batches and broadcast.
 * @throws RuntimeError for a tensor without dimensions, and unless sizes and dtypes fit.
 * @example torch.ones(2, 1, 3, 4).matmul(torch.ones(5, 4, 6)).shape   // [2, 5, 3, 6]
 */
export const matmul: Product = method('matmul(Tensor self, Tensor other) -> Tensor', (self, other): Tensor => {
  const [a, b] = [self.ndim, other.ndim];
  if (a === 0 || b === 0) {
    throw new RuntimeError(`both arguments to matmul need to be at least 1D, but they are ${a}D and ${b}D`);
  }
  if (a === 1 && b === 1) return self.dot(other);
  if (a === 2 && b === 1) return self.mv(other);
  if (a === 1 && b === 2) return self.unsqueeze(0).mm(other).squeeze_(0);
  if (a === 2 && b === 2) return self.mm(other);
  if (b <= 2) return folded(self, other);
  if (a <= 2) return foldedRight(self, other);
  return batched(self, other);
});
