/** Copies, conversions and fills. */
import { bool as boolean, DType, dtypes, float32, float64, int8, int16, int32, int64, uint8 } from '../base/dtype.js';
import { RuntimeError, show, showShape, ValueError } from '../base/errors.js';
import { broadcastShapes, sameShape } from '../base/shape.js';
import type { Scalar } from '../op/context.js';
import { checkDevice, zerosOf } from '../op/factory.js';
import { method, op, overloaded } from '../op/op.js';
import { checkOverlap, copyInto, emptyLike } from '../op/pointwise.js';
import type { Unary } from '../op/signatures.js';
import { emptyTensor, type Tensor } from '../tensor.js';

/** A copy in memory of its own, with the same strides where they are dense. */
export const clone: Unary = op('clone(Tensor self) -> Tensor', {
  forward: (self) => {
    const result = emptyLike(self, self.dtype);
    copyInto(result, self);
    return result;
  },
  backward: { self: (grad) => grad },
});

/** The elements in row-major order: the tensor itself if they are, else a copy. */
export const contiguous: Unary = method('contiguous(Tensor self) -> Tensor', (self) =>
  self.contiguousFlag ? self : rowMajor(self),
);

const rowMajor: Unary = op('clone.contiguous(Tensor self) -> Tensor', {
  forward: (self) => {
    const result = emptyTensor(self.sizes, self.dtype);
    copyInto(result, self);
    return result;
  },
  backward: { self: (grad) => grad },
});

/** A copy in another dtype, or in the same. */
const toCopy: (self: Tensor, dtype: DType) => Tensor = op('_to_copy(Tensor self, ScalarType dtype) -> Tensor', {
  forward: (self, dtype) => {
    const result = emptyLike(self, dtype);
    copyInto(result, self);
    return result;
  },
  backward: { self: (grad) => grad },
  node: 'ToCopyBackward0',
  only: 'function',
});

const toDType = (self: Tensor, dtype: DType, copy: boolean): Tensor =>
  self.dtype === dtype && !copy ? self : toCopy(self, dtype);

/** Keywords of `to`. `non_blocking` changes nothing: there is one device. */
interface ToOptions {
  dtype?: DType | null;
  device?: 'cpu' | null;
  non_blocking?: boolean;
  /** Makes a copy even where nothing has to change. */
  copy?: boolean;
}

/** Takes a dtype, a tensor whose dtype is meant, or the device 'cpu'. */
type To = {
  (self: Tensor, target: DType | Tensor, options?: ToOptions): Tensor;
  (self: Tensor, device?: 'cpu' | ToOptions | null, dtype?: DType | ToOptions | null, options?: ToOptions): Tensor;
};

/** The elements in another dtype; the tensor itself if it has it. */
export const to: To = overloaded(
  'to',
  method(
    'to(Tensor self, ScalarType dtype, bool non_blocking=False, bool copy=False) -> Tensor',
    (self: Tensor, dtype: DType, _: boolean, copy: boolean) => toDType(self, dtype, copy),
  ),
  method(
    'to(Tensor self, Tensor other, bool non_blocking=False, bool copy=False) -> Tensor',
    (self: Tensor, other: Tensor, _: boolean, copy: boolean) => toDType(self, other.dtype, copy),
  ),
  method(
    'to(Tensor self, str? device=None, ScalarType? dtype=None, bool non_blocking=False, bool copy=False) -> Tensor',
    (self: Tensor, device: string | null, dtype: DType | null, _: boolean, copy: boolean) => {
      checkDevice('to', device);
      return toDType(self, dtype ?? self.dtype, copy);
    },
  ),
);

/** In the dtype of `other`. */
export const type_as: (self: Tensor, other: Tensor) => Tensor = method(
  'type_as(Tensor self, Tensor other) -> Tensor',
  (self: Tensor, other: Tensor) => self.to(other.dtype),
);

const typeName = (dtype: DType): string => `torch.${dtype.scalarName}Tensor`;

/** The dtype that a name such as 'torch.FloatTensor' stands for. */
function namedDType(name: unknown): DType {
  if (name instanceof DType) return name;
  const found = dtypes.find((dtype) => typeName(dtype) === name || dtype.toString() === name);
  if (found === undefined) throw new ValueError(`invalid type: ${typeof name === 'string' ? `'${name}'` : show(name)}`);
  return found;
}

type Type = { (self: Tensor): string; (self: Tensor, dtype: DType | string): Tensor };

/** The name of the tensor's type, 'torch.FloatTensor'; or its elements in another dtype, given by such a name too. */
export const type: Type = method('type(Tensor self, Any dtype=None) -> Tensor', (self: Tensor, dtype: unknown) =>
  dtype === null ? typeName(self.dtype) : self.to(namedDType(dtype)),
);

/** A method that converts to one dtype. */
const conversion = (name: string, dtype: DType): Unary =>
  method(`${name}(Tensor self) -> Tensor`, (self) => self.to(dtype));

/** In float32. */
export const float: Unary = conversion('float', float32);
/** In float64. */
export const double: Unary = conversion('double', float64);
/** In int64. */
export const long: Unary = conversion('long', int64);
/** In int32. */
export const int: Unary = conversion('int', int32);
/** In int16. */
export const short: Unary = conversion('short', int16);
/** In int8. */
export const char: Unary = conversion('char', int8);
/** In uint8. */
export const byte: Unary = conversion('byte', uint8);
/** True where an element is not 0. */
export const bool: Unary = conversion('bool', boolean);

/** The tensor itself: there is no other device. */
export const cpu: Unary = method('cpu(Tensor self) -> Tensor', (self: Tensor) => self);

/** @throws RuntimeError unless `src` broadcasts to the shape of `self`. */
function checkFits(self: Tensor, src: Tensor): void {
  const shape = broadcastShapes('copy_', self.sizes, src.sizes);
  if (!sameShape(shape, self.sizes)) {
    throw new RuntimeError(
      `output with shape ${showShape(self.sizes)} doesn't match the broadcast shape ${showShape(shape)}`,
    );
  }
}

/** Writes `src`, broadcast and converted, over all elements. */
export const copy_: (self: Tensor, src: Tensor) => Tensor = op('copy_(Tensor self, Tensor src) -> Tensor', {
  forward: (self, src) => {
    checkFits(self, src);
    checkOverlap('copy_', self, [src]);
    copyInto(self, src);
    return self;
  },
  backward: { self: zerosOf, src: (grad) => grad },
  writes: true,
  node: 'torch::autograd::CopyBackwards',
});

/** Sets every element to `value`, a number or a tensor without dimensions. */
export const fill_: (self: Tensor, value: Tensor | Scalar) => Tensor = overloaded(
  'fill_',
  op('fill_.Scalar(Tensor self, Scalar value) -> Tensor', {
    forward: (self, value) => {
      copyInto(self, value);
      return self;
    },
    backward: { self: zerosOf },
    writes: true,
    node: 'FillBackward2',
  }),
  op('fill_.Tensor(Tensor self, Tensor value) -> Tensor', {
    forward: (self, value) => {
      if (value.ndim > 0) {
        throw new RuntimeError(
          `fill_ only supports 0-dimension value tensor but got tensor with ${value.ndim} dimensions.`,
        );
      }
      copyInto(self, value);
      return self;
    },
    backward: { self: zerosOf, value: (grad) => grad.sum() },
    writes: true,
    node: 'FillBackward3',
  }),
);

/** Sets every element to 0. */
export const zero_: Unary = op('zero_(Tensor self) -> Tensor', {
  forward: (self) => {
    copyInto(self, 0);
    return self;
  },
  backward: { self: zerosOf },
  writes: true,
});

/** The same elements, cut off from the graph. */
export const detach: Unary = op('detach(Tensor self) -> Tensor', {
  forward: (self) => self.alias(self.sizes, self.strides, self.offset),
});
