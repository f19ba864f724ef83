/** Tensors inside of `vmap`: one example of a batch, as far as the function can see. */
import { argumentError, RuntimeError } from '../base/errors.js';
import { isContiguous, numel, type Shape } from '../base/shape.js';
import { Tensor } from '../tensor.js';
import type { BatchLevel } from './level.js';

/**
 * One example of `value`, whose dimension 0 is the batch; or, where `batched` is false, `value` itself, which is the
 * same for all examples. Sizes, strides and offset are those of the first example.
 */
export class BatchedTensor extends Tensor {
  constructor(
    readonly level: BatchLevel,
    public value: Tensor,
    public batched: boolean,
  ) {
    const sizes = batched ? value.sizes.slice(1) : value.sizes;
    const strides = batched ? value.strides.slice(1) : value.strides;
    super(value.storage, value.offset, sizes, strides, value.dtype, isContiguous(sizes, strides), numel(sizes));
  }

  override alias(sizes: Shape, strides: Shape, offset: number): Tensor {
    const { level, value, batched } = this;
    if (!batched) return new BatchedTensor(level, value.alias(sizes, strides, offset), false);
    const whole = value.alias([value.sizes[0], ...sizes], [value.strides[0], ...strides], offset);
    return new BatchedTensor(level, whole, true);
  }

  /** Becomes an example of another batch, in place. */
  rebind(next: BatchedTensor): void {
    this.value = next.value;
    this.batched = next.batched;
    this.become(next);
  }

  override item(): never {
    throw unreadable('item');
  }

  override toTypedArray(): never {
    throw unreadable('toTypedArray');
  }

  override tolist(): never {
    throw unreadable('tolist');
  }

  override toJSON(): never {
    throw unreadable('toJSON');
  }

  override data_ptr(): never {
    throw unreadable('data_ptr');
  }

  override read(): never {
    throw unreadable('print');
  }
}

// Operators that got hold of an example after its vmap would compute with the first one alone. On the prototype, as
// properties that are defined one by one make every access slow.
Object.defineProperty(BatchedTensor.prototype, 'storage', {
  get(this: BatchedTensor) {
    if (this.level.active) return this.value.storage;
    throw new RuntimeError('vmap: a tensor was used after the vmap in which it was made had ended');
  },
  set() {},
});

const unreadable = (name: string): RuntimeError =>
  new RuntimeError(
    `vmap: It looks like you're calling .${name}() on a Tensor. We don't support vmap over calling .${name}() on a ` +
      "Tensor, please try to rewrite what you're doing with other operations.",
  );

/** What `vmap` does with random operators: refuses them, gives each example its own numbers, or all the same. */
export type Randomness = 'error' | 'different' | 'same';

/** @throws TypeError for any other word. */
export function checkRandomness(value: unknown): asserts value is Randomness {
  if (value === 'error' || value === 'different' || value === 'same') return;
  throw argumentError('vmap', 'randomness', "'error', 'different' or 'same'", value);
}
