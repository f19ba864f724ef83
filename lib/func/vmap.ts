/** torch.func.vmap: a function of examples as one of batches. */
import { argumentError, RuntimeError, show, showShape, ValueError } from '../base/errors.js';
import { listLength } from '../base/shape.js';
import { sharingGradients } from '../graph/sharing.js';
import { currentInterpreter } from '../op/dispatch.js';
import { through } from '../op/levels.js';
import { cat } from '../ops/index.js';
import type { Tensor } from '../tensor.js';
import { BatchedTensor, checkRandomness, type Randomness } from './batched.js';
import { BatchLevel } from './level.js';
import { alongPrefix, leaves, mapTree, unflatten } from './pytree.js';

/** Which dimension is the batch: one for all, or a structure like the arguments'; null where there is none. */
export type Dims = number | null | readonly Dims[] | { readonly [key: string]: Dims };

/** Keywords of `vmap`. */
export interface VmapOptions {
  /** Of the arguments; 0 when left out. */
  in_dims?: Dims;
  /** Of the results; 0 when left out. */
  out_dims?: Dims;
  /** What random operators do: refuse ('error', the default), or draw for each example, or the same for all. */
  randomness?: Randomness;
  /** How many examples are computed at once; all when left out. */
  chunk_size?: number | null;
}

interface Settings {
  readonly in_dims: Dims;
  readonly out_dims: Dims;
  readonly randomness: Randomness;
  readonly chunk_size: number | null;
}

/**
 * `func`, written for one example, as a function of batches: operators work on whole batches by rules of their own.
 * @throws Error where the sizes of batches differ, or an operator has no rule.
 * @example torch.func.vmap((x, y) => x.dot(y))(torch.ones(8, 3), torch.ones(8, 3))   // a tensor of 8 products
 */
export function vmap<A extends unknown[], R>(
  func: (...args: A) => R,
  options: VmapOptions | null = null,
): (...args: A) => R {
  if (typeof func !== 'function') throw argumentError('vmap', 'func', 'a function', func);
  const { in_dims = 0, out_dims = 0, randomness = 'error', chunk_size = null } = options ?? {};
  checkRandomness(randomness);
  if (chunk_size !== null && !(Number.isSafeInteger(chunk_size) && chunk_size > 0)) {
    throw new ValueError(`vmap: chunk_size should be null or greater than 0. (got ${show(chunk_size)})`);
  }
  const settings = { in_dims, out_dims, randomness, chunk_size };
  return (...args) => run(func as (...args: unknown[]) => unknown, args, settings) as R;
}

/** What errors call the trees. */
const given = 'vmap: an argument or its in_dims';
const returned = 'vmap: what func returned, or its out_dims';

/** One tensor argument with its batch dimension, or null. */
interface Operand {
  readonly tensor: Tensor;
  readonly dim: number | null;
}

function run(func: (...args: unknown[]) => unknown, args: readonly unknown[], settings: Settings): unknown {
  const operands = operandsOf(args, settings.in_dims);
  const size = batchSize(operands);
  const { chunk_size } = settings;
  if (chunk_size === null || chunk_size >= size) return runBatch(func, args, operands, size, settings);
  listLength('vmap', Math.ceil(size / chunk_size));
  const chunks: unknown[] = [];
  for (let start = 0; start < size; start += chunk_size) {
    const length = Math.min(chunk_size, size - start);
    const part = operands.map(({ tensor, dim }) => ({
      tensor: dim === null ? tensor : tensor.narrow(dim, start, length),
      dim,
    }));
    chunks.push(runBatch(func, args, part, length, settings));
  }
  const outDims = outDimsOf(chunks[0], settings.out_dims);
  const parts = chunks.map((chunk) => leaves(returned, chunk));
  return unflatten(
    returned,
    chunks[0],
    outDims.map((dim, i) =>
      dim === null
        ? parts[0][i]
        : cat(
            parts.map((part) => part[i]),
            dim,
          ),
    ),
  );
}

function operandsOf(args: readonly unknown[], in_dims: Dims): Operand[] {
  const refuse = (): Error =>
    new ValueError(
      `vmap: in_dims is not compatible with the structure of inputs. in_dims is ${show(in_dims)}, and there ` +
        `are ${args.length} inputs`,
    );
  const dims = alongPrefix(given, args, in_dims, refuse);
  return leaves(given, args).map((tensor, i) => ({ tensor, dim: checkedDim(tensor, dims[i]) }));
}

function checkedDim({ ndim }: Tensor, dim: unknown): number | null {
  if (dim === null) return null;
  if (!Number.isSafeInteger(dim)) throw argumentError('vmap', 'in_dims', 'ints or null', dim);
  const at = dim as number;
  if (at >= -ndim && at < ndim) return at < 0 ? at + ndim : at;
  throw new ValueError(
    `vmap: Got in_dim=${at} for some input, but that input is a Tensor of dimensionality ${ndim} so expected in_dim to ` +
      `satisfy -${ndim} <= in_dim < ${ndim}.`,
  );
}

function batchSize(operands: readonly Operand[]): number {
  const sizes = operands.flatMap(({ tensor, dim }) => (dim === null ? [] : [tensor.sizes[dim]]));
  if (sizes.length === 0) throw new ValueError('vmap: at least one input must be a Tensor with a batch dimension');
  if (sizes.every((size) => size === sizes[0])) return sizes[0];
  throw new ValueError(
    `vmap: Expected all tensors to have the same size in the mapped dimension, got sizes ${showShape(sizes)} for the ` +
      'mapped dimension',
  );
}

function runBatch(
  func: (...args: unknown[]) => unknown,
  args: readonly unknown[],
  operands: readonly Operand[],
  size: number,
  { out_dims, randomness }: Settings,
): unknown {
  const level = new BatchLevel(currentInterpreter(), size, randomness);
  const examples = operands.map(({ tensor, dim }) => {
    if (dim === null) return tensor;
    return level.wrap(dim === 0 ? tensor.view(tensor.sizes) : tensor.movedim(dim, 0), true);
  });
  try {
    const results = through(level, () =>
      sharingGradients(() => func(...(unflatten(given, args, examples) as unknown[]))),
    );
    if (results instanceof Promise) throw new RuntimeError('vmap: the function must not return a promise');
    const outDims = outDimsOf(results, out_dims);
    let at = 0;
    return mapTree(returned, results, (leaf) => batchOf(leaf, level, outDims[at++]));
  } finally {
    level.active = false;
  }
}

function outDimsOf(results: unknown, out_dims: Dims): (number | null)[] {
  if (leaves(returned, results).length === 0) {
    throw new ValueError(
      `vmap: function must only return Tensors, got ${show(results)}. Did you mean to return a Tensor?`,
    );
  }
  const refuse = (): Error =>
    new ValueError(`vmap: out_dims is not compatible with the structure of outputs. out_dims is ${show(out_dims)}`);
  return alongPrefix(returned, results, out_dims, refuse) as (number | null)[];
}

/** The batch behind an example that the function returned, with the batch where it is wanted. */
function batchOf(leaf: Tensor, level: BatchLevel, dim: number | null): Tensor {
  const example = leaf instanceof BatchedTensor && leaf.level === level ? leaf : null;
  const value = example?.value ?? leaf;
  if (dim === null) {
    if (example?.batched !== true) return value;
    throw new ValueError('vmap: `vmap` can not return a BatchedTensor when out_dim is None');
  }
  if (!Number.isSafeInteger(dim)) throw argumentError('vmap', 'out_dims', 'ints or null', dim);
  const rank = leaf.ndim + 1;
  if (dim < -rank || dim >= rank) {
    throw new ValueError(`vmap: out_dim=${dim} is out of range for a result of ${leaf.ndim} dimensions`);
  }
  const batch = example?.batched ? value : value.unsqueeze(0).expand([level.size, ...value.sizes]);
  return dim === 0 ? batch : batch.movedim(0, dim);
}
