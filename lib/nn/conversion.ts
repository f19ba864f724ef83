/** Parameters in another dtype. */
import { type DType, isDType } from '../base/dtype.js';
import { argumentError, RuntimeError } from '../base/errors.js';
import { isKeywords } from '../op/bind.js';
import { checkDevice } from '../op/factory.js';
import type { Tensor } from '../tensor.js';

/** What `Module.to` takes: a dtype, a device, or both. */
export type Target = [dtype: DType] | [device: 'cpu', dtype?: DType] | [options: { dtype?: DType; device?: 'cpu' }];

/**
 * The dtype of a target, or null where it names none.
 * @throws TypeError for a dtype that is not of floating point, RuntimeError for another device than the CPU.
 */
export function dtypeOf([first, second]: Target): DType | null {
  const { dtype, device } = isKeywords(first)
    ? first
    : isDType(first)
      ? { dtype: first }
      : { device: first, dtype: second };
  checkDevice('Module.to', device ?? null);
  if (dtype === undefined || dtype === null) return null;
  if (!isDType(dtype)) throw argumentError('to', 'dtype', 'torch.dtype', dtype);
  if (dtype.is_floating_point) return dtype;
  throw new TypeError(
    `nn.Module.to only accepts floating point or complex dtypes, but got desired dtype=${String(dtype)}`,
  );
}

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
