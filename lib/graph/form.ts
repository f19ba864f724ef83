/** The form of a tensor: all that formulas need to know of it when its elements are not kept. */
import type { DType } from '../base/dtype.js';
import type { Shape } from '../base/shape.js';
import type { Tensor } from '../tensor.js';

/** What remains of a tensor that no formula reads: its form. */
export class Form {
  readonly sizes: Shape;
  readonly strides: Shape;
  readonly offset: number;
  readonly dtype: DType;
  constructor(tensor: Tensor) {
    this.sizes = tensor.sizes;
    this.strides = tensor.strides;
    this.offset = tensor.offset;
    this.dtype = tensor.dtype;
  }
  get shape(): Shape {
    return this.sizes;
  }
  get ndim(): number {
    return this.sizes.length;
  }
}
