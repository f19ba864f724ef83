/** A call on whole batches, as batching rules see it. */
import { repeated, wrapDim } from '../base/shape.js';
import { dispatch, type Operator, type Results } from '../op/dispatch.js';
import { Tensor } from '../tensor.js';
import { BatchedTensor } from './batched.js';
import type { BatchLevel } from './level.js';

/**
 * Computes an operator on batches from its arguments, batches among them; every result has the batch in dimension 0.
 */
export type Rule = (call: BatchCall, ...values: never[]) => Results;

/** Calls a rule with the call's values, whose kinds the operator's schema has checked. */
export const applyRule = (rule: (call: BatchCall, ...values: never[]) => Results, call: BatchCall): Results =>
  rule(call, ...(call.values as never[]));

/** The arguments of one call: examples are replaced by their batches. */
export class BatchCall {
  readonly values: readonly unknown[];
  private readonly batches = new Set<Tensor>();

  constructor(
    readonly operator: Operator,
    args: readonly unknown[],
    private readonly level: BatchLevel,
  ) {
    this.values = args.map((value) => this.unwrap(value));
  }

  private unwrap(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.unwrap(item));
    if (!(value instanceof BatchedTensor) || value.level !== this.level) return value;
    if (!value.batched) return value.value;
    this.batches.add(value.value);
    return value.value;
  }

  /** The same arguments for another operator. */
  of(operator: Operator): BatchCall {
    return Object.assign(Object.create(BatchCall.prototype) as BatchCall, this, { operator });
  }

  /** The same with a copy of the first argument, a batch. */
  keepingSelf(): BatchCall {
    const copy = (this.values[0] as Tensor).clone();
    this.batches.add(copy);
    return Object.assign(this.of(this.operator), { values: this.values.with(0, copy) });
  }

  /** The number of examples. */
  get size(): number {
    return this.level.size;
  }

  get anyBatched(): boolean {
    return this.batches.size > 0;
  }

  isBatch(tensor: Tensor): boolean {
    return this.batches.has(tensor);
  }

  isBatched(position: number): boolean {
    return this.batches.has(this.values[position] as Tensor);
  }

  /** How many dimensions an example has. */
  rank(tensor: Tensor): number {
    return this.isBatch(tensor) ? tensor.ndim - 1 : tensor.ndim;
  }

  /** The operator itself, beneath. */
  run(...values: unknown[]): Results {
    return dispatch(this.operator, values);
  }

  /** The results for no examples, whose forms are those for an example of zeros. */
  runEmpty(): Results {
    const example = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(example);
      return value instanceof Tensor && this.isBatch(value) ? value.sum(0, { dtype: value.dtype }) : value;
    };
    return eachResult(this.run(...this.values.map(example)), (result) => result.unsqueeze(0).narrow(0, 0, 0));
  }

  /** A batch whose examples have this many dimensions; what is no batch broadcasts as it is. */
  padded(tensor: Tensor, rank: number): Tensor {
    if (!this.isBatch(tensor) || tensor.ndim > rank) return tensor;
    const ones = repeated(1, rank + 1 - tensor.ndim);
    return tensor.reshape([tensor.sizes[0], ...ones, ...tensor.sizes.slice(1)]);
  }

  /** A batch; what is none, repeated for each example. */
  each(tensor: Tensor): Tensor {
    return this.isBatch(tensor) ? tensor : tensor.unsqueeze(0).expand([this.size, ...tensor.sizes]);
  }

  /** Elements of an example in one dimension. */
  flat(tensor: Tensor): Tensor {
    if (tensor.ndim === 2) return tensor;
    return tensor.reshape([this.size, this.size === 0 ? 0 : tensor.numel() / this.size]);
  }
}

/** The same of every result. */
export const eachResult = (results: Results, change: (tensor: Tensor) => Tensor): Results =>
  results instanceof Tensor ? change(results) : results.map(change);

/** A dimension of an example of `rank` dimensions, in its batch. @throws IndexError when it is out of range. */
export const behindBatch = (dim: number, rank: number): number => wrapDim(dim, rank) + 1;
