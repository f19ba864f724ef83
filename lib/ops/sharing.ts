/** Tensors on the memory of others: the attribute `data`, and `set_`. */
import { argumentError, RuntimeError, showShape } from '../base/errors.js';
import { contiguousStrides, isContiguous, numel, type Shape } from '../base/shape.js';
import { counterpart, sizeOf } from '../engine/storage.js';
import { checkSizes } from '../op/factory.js';
import { isTransformed } from '../op/levels.js';
import { op } from '../op/op.js';
import { extent } from '../op/strided.js';
import { emptyTensor, Tensor } from '../tensor.js';

/** Which elements of a storage: all those of the source where nothing is given. */
interface Layout {
  storage_offset?: number | null;
  size?: Shape | null;
  stride?: Shape | null;
}

/** What a tensor has of others. */
export interface SharingMethods {
  /**
   * The same elements, cut off from the graph, with a version of their own: writes to them go unnoticed by formulas.
   * Assigning takes over the elements and shape of another tensor.
   */
  data: Tensor;
  /**
   * Takes over the elements of `source`, all or those of a layout; with nothing, becomes empty. Keeps the version, so
   * that formulas notice. Has no derivative.
   * @throws RuntimeError for another dtype, a layout beyond the source, or a leaf that requires grad.
   */
  set_(
    ...args:
      | [options?: Layout & { source?: Tensor | null }]
      | [source: Tensor | null, options?: Layout]
      | [source: Tensor | null, storage_offset: number | null, size?: Shape | null, stride?: Shape | null]
  ): Tensor;
}

/** @throws RuntimeError where the new elements could not have the tensor's gradient. */
function setData(self: Tensor, value: unknown): void {
  if (!(value instanceof Tensor)) throw argumentError('data', 'value', 'Tensor', value);
  if (self.dtype !== value.dtype) {
    throw new RuntimeError(
      `data: cannot be set to a tensor of ${value.dtype} where the tensor has ${self.dtype}; make a new tensor instead`,
    );
  }
  adopt(self, value);
}

/** Lays `self` out as `view`, in the same memory, under the version that it has. */
function adopt(self: Tensor, view: Tensor): void {
  if (view !== self) self.storage = counterpart(view.storage, self.storage.version);
  self.become(view);
}

Object.defineProperty(Tensor.prototype, 'data', {
  get(this: Tensor): Tensor {
    const data = this.detach();
    // What transformations keep of a tensor is found by its storage.
    if (!isTransformed()) data.storage = counterpart(this.storage, Math.min(this.storage.version, 0));
    return data;
  },
  set(this: Tensor, value: unknown) {
    setData(this, value);
  },
});

const underived = (): never => {
  throw new RuntimeError('derivative for set_ is not implemented');
};

/** The elements of `source` at a layout. @throws RuntimeError where it reaches beyond them. */
function viewOf(source: Tensor, offset: number, size: Shape, stride: Shape): Tensor {
  if (!source.is_contiguous()) throw new RuntimeError('passed in tensor to be used as storage must be contiguous');
  const start = source.offset + offset;
  const end = extent({ sizes: size, strides: stride, offset: start });
  const fits = size.length === stride.length && offset >= 0 && stride.every((step) => step >= 0);
  if (!fits || end * source.itemsize > sizeOf(source.storage)) {
    throw new RuntimeError(
      `set_: sizes ${showShape(size)}, strides ${showShape(stride)} and storage_offset ${offset} reach beyond the ` +
        `storage of source, which has ${sizeOf(source.storage)} bytes`,
    );
  }
  return new Tensor(source.storage, start, size, stride, source.dtype, isContiguous(size, stride), numel(size));
}

op('set_(Tensor self, Tensor? source=None, int? storage_offset=None, int[]? size=None, int[]? stride=None) -> Tensor', {
  forward: (self, source, storage_offset, size, stride) => {
    const from = source ?? emptyTensor([0], self.dtype);
    if (from.dtype !== self.dtype) {
      throw new RuntimeError(`set_: source has dtype ${from.dtype}, but self has ${self.dtype}`);
    }
    const whole = storage_offset === null && size === null && stride === null;
    const sizes = size === null ? from.sizes : checkSizes('set_', size);
    adopt(self, whole ? from : viewOf(from, storage_offset ?? 0, sizes, stride ?? contiguousStrides(sizes)));
    self.viewOf = null;
    return self;
  },
  backward: { self: underived, source: underived },
  writes: true,
  node: 'torch::autograd::NotImplemented',
});
