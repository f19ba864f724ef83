/** Tensors that modules train. */
import { argumentError } from '../base/errors.js';
import { isKeywords, isTensor } from '../op/bind.js';
import { empty } from '../ops/index.js';
import { Tensor } from '../tensor.js';

/** A leaf that a module counts among its parameters when it is one of its fields. It shares the elements of `data`. */
export class Parameter extends Tensor {
  constructor(data?: Tensor | null, requires_grad: boolean | { requires_grad?: boolean } = true) {
    const from = data ?? empty(0);
    if (!isTensor(from)) throw argumentError('Parameter', 'data', 'Tensor', data);
    super(from.storage, from.offset, from.sizes, from.strides, from.dtype, from.contiguousFlag, from.count);
    this.requires_grad_(isKeywords(requires_grad) ? (requires_grad.requires_grad ?? true) : requires_grad);
  }
}

/** Sets the gradient of a tensor to zero, apart from the graph, or to null. */
export function clearGradient(tensor: Tensor, toNone: boolean): void {
  const { grad } = tensor;
  if (grad === null) return;
  if (toNone) tensor.grad = null;
  else (grad.grad_fn === null ? grad.requires_grad_(false) : grad.detach_()).zero_();
}

/** As PyTorch prints them. */
function text(this: Parameter): string {
  return `Parameter containing:\n${Tensor.prototype.toString.call(this)}`;
}
const method = { value: text, writable: true, configurable: true };
Object.defineProperties(Parameter.prototype, {
  toString: method,
  [Symbol.for('nodejs.util.inspect.custom')]: method,
});
