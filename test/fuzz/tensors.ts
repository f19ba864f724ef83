/** Random tensors: every dtype, shape and layout, graph or none, alive or disposed. */
import { bool, type DType, dtypes } from '../../lib/base/dtype.js';
import * as torch from '../../lib/index.js';
import type { Random } from './random.js';

export type Shape = readonly number[];

const specialNumbers = [
  0,
  -0,
  1,
  -1,
  0.5,
  -2.5,
  3,
  100,
  Number.NaN,
  Infinity,
  -Infinity,
  1e-300,
  1e300,
  2 ** 31,
  2 ** 53,
];

/** Sizes of few elements; now and then enough for vectors, threads and blocks of their own. */
export function shape(random: Random): number[] {
  if (random.chance(0.03))
    return random.pick([[1100], [70, 33], [3, 40_000], new Array<number>(random.int(60, 64)).fill(1)]);
  return random.list(random.int(0, 4), () => random.pick([0, 1, 1, 2, 2, 3, 4, 5]));
}

/** A shape that may broadcast with `base`. */
export function related(random: Random, base: Shape): number[] {
  if (random.chance(0.6)) return [...base];
  return base.slice(random.int(0, base.length)).map((size) => (random.chance(0.3) ? 1 : size));
}

function element(random: Random, dtype: DType): number {
  if (dtype === bool) return random.int(0, 1);
  // Small whole numbers make indices that are often in range.
  if (random.chance(0.7)) return random.int(dtype.is_signed ? -3 : 0, 4);
  return random.chance(0.5) ? random.pick(specialNumbers) : (random.next() - 0.5) * 10;
}

function contiguous(random: Random, sizes: Shape, dtype: DType): torch.Tensor {
  const numbers = random.list(
    sizes.reduce((product, size) => product * size, 1),
    () => element(random, dtype),
  );
  return torch
    .tensor(Float64Array.from(numbers))
    .to(dtype)
    .reshape([...sizes]);
}

/** A tensor of `sizes` that lies in memory in one of the ways a tensor may. */
function laidOut(random: Random, sizes: Shape, dtype: DType): torch.Tensor {
  const dense = (shape: Shape): torch.Tensor => contiguous(random, shape, dtype);
  const last = sizes.length - 1;
  if (last < 0 || random.chance(0.5)) return dense(sizes);
  switch (random.int(0, 3)) {
    case 0:
      return dense([...sizes].reverse()).permute(sizes.map((_, dim) => last - dim));
    case 1:
      return dense([...sizes.slice(0, last), sizes[last] * 2 + 1]).slice(last, 1, null, 2);
    case 2:
      return dense([1, ...sizes.slice(1)]).expand(...sizes);
    default:
      return dense([sizes[0] + 2, ...sizes.slice(1)]).narrow(0, 2, sizes[0]);
  }
}

/** With a history: a leaf that requires grad, a result, or a view of one. */
function recorded(random: Random, made: torch.Tensor): torch.Tensor {
  const leaf = made.detach().requires_grad_();
  return random.pick([() => leaf, () => leaf.mul(2), () => leaf.mul(2).view_as(leaf), () => leaf.view_as(leaf)])();
}

/** A random tensor, of these sizes and this dtype if given; sometimes one that was made before, or a view of it. */
export function tensor(random: Random, sizes: Shape = shape(random), dtype?: DType): torch.Tensor {
  const { tensors } = random;
  if (tensors.length > 0 && random.chance(0.1)) return random.pick(tensors);
  const made = laidOut(random, sizes, dtype ?? random.pick(dtypes));
  const result = made.is_floating_point() && random.chance(0.4) ? recorded(random, made) : made;
  tensors.push(result);
  if (tensors.length === 1 && random.chance(0.1)) tensors.push(result.detach());
  if (random.chance(0.03)) result.dispose();
  return result;
}
