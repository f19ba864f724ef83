/** Parameters in another dtype. */
import type { DType } from '../base/dtype.js';
import { RuntimeError } from '../base/errors.js';
import type { Tensor } from '../tensor.js';

/**
 * Has a parameter of floating point hold its elements in another dtype, and its gradient too. It stays the object that
 * modules and optimizers know, but graphs that were recorded before can bring it no gradient any more.
 */
export function convert(parameter: Tensor, dtype: DType): void {
  if (parameter.dtype === dtype || !parameter.dtype.is_floating_point) return;
  parameter.accumulator?.register_prehook(() => {
    throw new RuntimeError(`a parameter was converted to ${String(dtype)} after the graph to it was recorded`);
  });
  const { storage, offset, sizes, strides, contiguousFlag } = parameter.detach().to(dtype);
  const { grad } = parameter;
  parameter.grad = null;
  // Formulas that saved the parameter itself find that it was written to.
  storage.version = parameter.storage.version + 1;
  Object.assign(parameter, { storage, offset, sizes, strides, dtype, contiguousFlag, accumulator: null });
  parameter.grad = grad?.detach().to(dtype) ?? null;
}
