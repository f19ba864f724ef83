/** Several tensors brought to one shape or rank. */
import { argumentError, RuntimeError, showShape } from '../base/errors.js';
import { broadcastShapes, type Shape, sameShape } from '../base/shape.js';
import { copied, isKeywords, isTensor } from '../op/bind.js';
import { method } from '../op/op.js';
import { atLeast1d, atLeast2d, atLeast3d } from '../op/rank.js';
import type { Tensor } from '../tensor.js';

/** Takes the tensors one by one or as a list. */
type Several = (...tensors: Tensor[] | [readonly Tensor[]]) => Tensor[];

/** Lets a function of a list take the tensors one by one as well, before its keywords. */
function spread<F>(call: (...args: never[]) => unknown): F {
  const spreading = (...args: unknown[]): unknown => {
    const tensors = args.filter((arg) => !isKeywords(arg));
    const isList = tensors.length === 1 && Array.isArray(tensors[0]);
    return (call as (...args: unknown[]) => unknown)(
      ...(isList ? [] : [tensors]),
      ...args.slice(isList ? 0 : tensors.length),
    );
  };
  return Object.defineProperty(spreading, 'name', { value: call.name }) as F;
}

/** The shape of all tensors broadcast together. */
const commonShape = (tensors: readonly Tensor[]): Shape =>
  tensors.reduce<Shape>((shape, { sizes }) => broadcastShapes('broadcast_tensors', shape, sizes), []);

/** The tensors expanded to the shape that they broadcast to. */
export const broadcast_tensors: Several = spread(
  method('broadcast_tensors(Tensor[] tensors) -> Tensor[]', (tensors: Tensor[]): Tensor[] => {
    const shape = commonShape(tensors);
    return tensors.map((tensor) => (sameShape(tensor.sizes, shape) ? tensor : tensor.expand(shape)));
  }),
);

/** The shape that shapes broadcast to. @throws RuntimeError when they do not. */
export function broadcast_shapes(...shapes: (number | Shape)[]): Shape {
  const lists = shapes.map((shape) => (Array.isArray(shape) ? copied(shape) : [shape]) as number[]);
  const isShape = (shape: Shape): boolean => shape.every((size) => Number.isSafeInteger(size) && size >= 0);
  const odd = lists.find((shape) => !isShape(shape));
  if (odd !== undefined) throw argumentError('broadcast_shapes', 'shapes', 'lists of sizes', odd);
  return lists.reduce<Shape>((a, b) => broadcastShapes('broadcast_shapes', a, b), []);
}

/** 'ij': the i-th dimension belongs to the i-th tensor; 'xy': the first two are exchanged, as plots want it. */
type Meshgrid = (
  ...tensors:
    | [...Tensor[]]
    | [...Tensor[], { indexing?: 'ij' | 'xy' | null }]
    | [readonly Tensor[], { indexing?: 'ij' | 'xy' | null }?]
) => Tensor[];

function grid(tensors: readonly Tensor[]): Tensor[] {
  if (tensors.length === 0) throw new RuntimeError('meshgrid expects a non-empty TensorList');
  const odd = tensors.find((tensor) => tensor.ndim > 1);
  if (odd)
    throw new RuntimeError(
      `torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: ${showShape(odd.sizes)}`,
    );
  if (tensors.some((tensor) => tensor.dtype !== tensors[0].dtype)) {
    throw new RuntimeError('meshgrid expects all tensors to have the same dtype');
  }
  const shape = tensors.map((tensor) => tensor.numel());
  return tensors.map((tensor, dim) => tensor.view(shape.map((size, i) => (i === dim ? size : 1))).expand(shape));
}

/** The coordinates of all points of a grid, from those along each of its axes. */
export const meshgrid: Meshgrid = spread(
  method(
    'meshgrid(Tensor[] tensors, *, str? indexing=None) -> Tensor[]',
    (tensors: Tensor[], indexing: string | null) => {
      if (indexing !== null && indexing !== 'ij' && indexing !== 'xy') {
        throw new RuntimeError(`torch.meshgrid: indexing must be one of "xy" or "ij", but received: ${indexing}`);
      }
      if (indexing !== 'xy' || tensors.length < 2) return grid(tensors);
      const [x, y, ...rest] = tensors;
      const [gridY, gridX, ...others] = grid([y, x, ...rest]);
      return [gridX, gridY, ...others];
    },
  ),
);

/** A function of one tensor, which maps over several. */
type AtLeast = {
  (tensor: Tensor): Tensor;
  (...tensors: Tensor[] | [readonly Tensor[]]): Tensor[];
};

function mapping(name: string, rank: (tensor: Tensor) => Tensor): AtLeast {
  const map: Several = spread(
    method(`${name}(Tensor[] tensors) -> Tensor[]`, (tensors: Tensor[]) => tensors.map(rank)),
  );
  const call = (...tensors: [Tensor] | [readonly Tensor[]]): Tensor | Tensor[] =>
    tensors.length === 1 && isTensor(tensors[0]) ? rank(tensors[0]) : map(...tensors);
  return call as AtLeast;
}

/** The tensor, or each of several, as a vector if it has no dimension. */
export const atleast_1d: AtLeast = mapping('atleast_1d', atLeast1d);

/** The tensor, or each of several, with at least two dimensions; a vector becomes a row. */
export const atleast_2d: AtLeast = mapping('atleast_2d', atLeast2d);

/** The tensor, or each of several, with at least three dimensions, added in front and behind. */
export const atleast_3d: AtLeast = mapping('atleast_3d', atLeast3d);
