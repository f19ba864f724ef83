/** What lies beyond the edges of an input where it is not zeros. */
import { int64 } from '../base/dtype.js';
import { RuntimeError, showShape } from '../base/errors.js';
import { arange } from '../ops/index.js';
import type { Tensor } from '../tensor.js';

export type PaddingMode = 'zeros' | 'reflect' | 'replicate' | 'circular';

/** The places in a row of `size` elements from which places beyond its edges take their elements. */
const sources: Readonly<Record<string, (at: Tensor, size: number) => Tensor>> = {
  // Folded at the first element, then at the last.
  reflect: (at, size) =>
    at
      .abs()
      .sub(size - 1)
      .abs()
      .neg()
      .add(size - 1),
  replicate: (at, size) => at.clamp(0, size - 1),
  circular: (at, size) => at.remainder(size),
};

function checkPads(mode: string, input: Tensor, dim: number, before: number, after: number): void {
  const size = input.size(dim);
  const longest = { reflect: size - 1, circular: size }[mode] ?? Number.POSITIVE_INFINITY;
  if (before <= longest && after <= longest && size > 0) return;
  throw new RuntimeError(
    mode === 'circular'
      ? 'Padding value causes wrapping around more than once.'
      : `Padding size should be less than the corresponding input dimension, but got: padding (${before}, ${after}) at ` +
          `dimension ${dim} of input ${showShape(input.sizes)}`,
  );
}

/** The input with elements before and after it along its last dimensions, `pads` of them, taken from within. */
export function padded(input: Tensor, pads: readonly (readonly [number, number])[], mode: PaddingMode): Tensor {
  return pads.reduce((rows, [before, after], i) => {
    if (before === 0 && after === 0) return rows;
    const dim = input.ndim - pads.length + i;
    checkPads(mode, input, dim, before, after);
    const size = input.size(dim);
    const places = sources[mode](arange(-before, size + after, { dtype: int64 }), size);
    return rows.index_select(dim, places);
  }, input);
}
