/** New tensors of given sizes, all of one value or uninitialised. */
import { type DType, get_default_dtype } from '../base/dtype.js';
import { RuntimeError, showShape } from '../base/errors.js';
import { isContiguous, numel, type Shape } from '../base/shape.js';
import { allocate } from '../engine/storage.js';
import type { Scalar } from '../op/context.js';
import {
  checkDevice,
  checkSizes,
  dtypeOfScalar,
  type Factory,
  filled,
  finish,
  type TensorOptions,
  tensorKeywords,
} from '../op/factory.js';
import { op } from '../op/op.js';
import { copyInto, emptyLike } from '../op/pointwise.js';
import { extent } from '../op/strided.js';
import { emptyTensor, Tensor } from '../tensor.js';

/** A tensor of uninitialised memory. */
export const empty: Factory = op(`empty(int[] size, ${tensorKeywords}) -> Tensor`, {
  forward: (size, dtype, requires_grad, device) => {
    checkDevice('empty', device);
    return finish(emptyTensor(checkSizes('empty', size), dtype ?? get_default_dtype()), requires_grad);
  },
});

/** A tensor of zeros. */
export const zeros: Factory = op(`zeros(int[] size, ${tensorKeywords}) -> Tensor`, {
  forward: (size, dtype, requires_grad, device) => {
    checkDevice('zeros', device);
    return finish(filled('zeros', size, 0, dtype ?? get_default_dtype()), requires_grad);
  },
});

/** A tensor of ones. */
export const ones: Factory = op(`ones(int[] size, ${tensorKeywords}) -> Tensor`, {
  forward: (size, dtype, requires_grad, device) => {
    checkDevice('ones', device);
    return finish(filled('ones', size, 1, dtype ?? get_default_dtype()), requires_grad);
  },
});

/** A tensor of one value: of the default dtype for numbers, whole or not; bool for booleans, int64 for bigints. */
export const full: (size: Shape, fill_value: Scalar, options?: TensorOptions) => Tensor = op(
  `full(int[] size, Scalar fill_value, ${tensorKeywords}) -> Tensor`,
  {
    forward: (size, fill_value, dtype, requires_grad, device) => {
      checkDevice('full', device);
      return finish(filled('full', size, fill_value, dtype ?? dtypeOfScalar(fill_value)), requires_grad);
    },
  },
);

/** A tensor of uninitialised memory with these strides. */
export const empty_strided: (size: Shape, stride: Shape, options?: TensorOptions) => Tensor = op(
  `empty_strided(int[1] size, int[1] stride, ${tensorKeywords}) -> Tensor`,
  {
    forward: (size, stride, dtype, requires_grad, device) => {
      checkDevice('empty_strided', device);
      if (size.length !== stride.length) {
        throw new RuntimeError(
          `dimensionality of sizes (${size.length}) must match dimensionality of strides (${stride.length})`,
        );
      }
      const count = extent({ sizes: checkSizes('empty_strided', size), strides: stride, offset: 0 });
      if (stride.some((step) => step < 0) || count > Number.MAX_SAFE_INTEGER / 8) {
        throw new RuntimeError(
          `Storage size calculation overflowed with sizes=${showShape(size)} and strides=${showShape(stride)}`,
        );
      }
      const made = dtype ?? get_default_dtype();
      const storage = allocate(count * made.itemsize);
      return finish(new Tensor(storage, 0, size, stride, made, isContiguous(size, stride), numel(size)), requires_grad);
    },
  },
);

/** Of the shape of a tensor, and of its strides where they are dense. */
type Like = (self: Tensor, options?: TensorOptions) => Tensor;

function filledLike(self: Tensor, value: Scalar | null, dtype: DType | null, requires_grad: boolean): Tensor {
  const result = emptyLike(self, dtype ?? self.dtype);
  if (value !== null) copyInto(result, value);
  return finish(result, requires_grad);
}

/** Uninitialised memory in the shape and dtype of `self`. */
export const empty_like: Like = op(`empty_like(Tensor self, ${tensorKeywords}) -> Tensor`, {
  forward: (self, dtype, requires_grad, device) => {
    checkDevice('empty_like', device);
    return filledLike(self, null, dtype, requires_grad);
  },
  only: 'function',
});

/** Zeros in the shape and dtype of `self`. */
export const zeros_like: Like = op(`zeros_like(Tensor self, ${tensorKeywords}) -> Tensor`, {
  forward: (self, dtype, requires_grad, device) => {
    checkDevice('zeros_like', device);
    return filledLike(self, 0, dtype, requires_grad);
  },
  only: 'function',
});

/** Ones in the shape and dtype of `self`. */
export const ones_like: Like = op(`ones_like(Tensor self, ${tensorKeywords}) -> Tensor`, {
  forward: (self, dtype, requires_grad, device) => {
    checkDevice('ones_like', device);
    return filledLike(self, 1, dtype, requires_grad);
  },
  only: 'function',
});

/** One value in the shape and dtype of `self`. */
export const full_like: (self: Tensor, fill_value: Scalar, options?: TensorOptions) => Tensor = op(
  `full_like(Tensor self, Scalar fill_value, ${tensorKeywords}) -> Tensor`,
  {
    forward: (self, fill_value, dtype, requires_grad, device) => {
      checkDevice('full_like', device);
      return filledLike(self, fill_value, dtype, requires_grad);
    },
    only: 'function',
  },
);

/** As a method: sizes, then keywords. The dtype is that of the tensor unless another is given. */
type NewFactory = (
  self: Tensor,
  ...sizes: [...number[]] | [...number[], TensorOptions] | [readonly number[], TensorOptions?]
) => Tensor;

/** Uninitialised memory in the dtype of `self`. */
export const new_empty: NewFactory = op(`new_empty(Tensor self, int[] size, ${tensorKeywords}) -> Tensor`, {
  forward: (self, size, dtype, requires_grad, device) => {
    checkDevice('new_empty', device);
    return finish(emptyTensor(checkSizes('new_empty', size), dtype ?? self.dtype), requires_grad);
  },
});

/** Zeros in the dtype of `self`. */
export const new_zeros: NewFactory = op(`new_zeros(Tensor self, int[] size, ${tensorKeywords}) -> Tensor`, {
  forward: (self, size, dtype, requires_grad, device) => {
    checkDevice('new_zeros', device);
    return finish(filled('new_zeros', size, 0, dtype ?? self.dtype), requires_grad);
  },
});

/** Ones in the dtype of `self`. */
export const new_ones: NewFactory = op(`new_ones(Tensor self, int[] size, ${tensorKeywords}) -> Tensor`, {
  forward: (self, size, dtype, requires_grad, device) => {
    checkDevice('new_ones', device);
    return finish(filled('new_ones', size, 1, dtype ?? self.dtype), requires_grad);
  },
});

/** One value in the dtype of `self`. */
export const new_full: (self: Tensor, size: Shape, fill_value: Scalar, options?: TensorOptions) => Tensor = op(
  `new_full(Tensor self, int[1] size, Scalar fill_value, ${tensorKeywords}) -> Tensor`,
  {
    forward: (self, size, fill_value, dtype, requires_grad, device) => {
      checkDevice('new_full', device);
      return finish(filled('new_full', size, fill_value, dtype ?? self.dtype), requires_grad);
    },
  },
);
