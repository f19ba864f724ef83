/** Parameters in another dtype. */
import type { DType } from '../base/dtype.js';
import type { Tensor } from '../tensor.js';

/**
 * Has a parameter of floating point hold its elements in another dtype, and its gradient too. It stays the object that
 * modules and optimizers know. Graphs that were recorded before refuse their backward pass, as after a write in place.
 */
export function convert(parameter: Tensor, dtype: DType): void {
  if (parameter.dtype === dtype || !parameter.dtype.is_floating_point) return;
  const { storage, offset, sizes, strides, contiguousFlag } = parameter.detach().to(dtype);
  const { grad } = parameter;
  parameter.grad = null;
  storage.version = parameter.storage.version + 1;
  Object.assign(parameter, { storage, offset, sizes, strides, dtype, contiguousFlag, accumulator: null });
  parameter.grad = grad?.detach().to(dtype) ?? null;
}
