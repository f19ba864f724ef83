/**
 * A vmap under way. An operator on examples is one on whole batches, by a rule of `rules/`. The graph of what the
 * function computes is recorded on the examples, by formulas that come by here too; that of whole batches, where
 * something outside is to be differentiated, beneath.
 */
import { can_cast } from '../base/dtype.js';
import { castError, RuntimeError, showShape } from '../base/errors.js';
import { sameShape } from '../base/shape.js';
import { is_grad_enabled, withGrad } from '../graph/modes.js';
import { needsGradient } from '../graph/node.js';
import {
  dispatch,
  type Interpreter,
  isComposite,
  type Operator,
  perform,
  type Results,
  setInterpreter,
} from '../op/dispatch.js';
import { type Level, recordedBeneath, through } from '../op/levels.js';
import { originalOf } from '../op/op.js';
import { Tensor } from '../tensor.js';
import { BatchedTensor, type Randomness } from './batched.js';
import { applyRule, BatchCall } from './call.js';
import { elementwise, writeElements } from './rules/elementwise.js';
import { ruleOf } from './rules/index.js';
import { isRandom, randomRule } from './rules/random.js';
import { writers } from './rules/writing.js';

/** One vmap under way. */
export class BatchLevel implements Level {
  /** Whether the function is running. */
  active = true;
  /** Operators whose forward is that of whole batches. */
  private readonly batching = new Map<Operator, Operator>();
  /** Whether the call at hand is made with recording on, which is off while its forward runs. */
  private records = false;

  constructor(
    readonly outer: Interpreter | null,
    /** The number of examples. */
    readonly size: number,
    readonly randomness: Randomness,
  ) {}

  inherit(): void {}

  own(tensor: Tensor): Tensor {
    const { value, batched } =
      tensor instanceof BatchedTensor && tensor.level === this ? tensor : { value: tensor, batched: false };
    return new BatchedTensor(this, value, batched);
  }

  beneath(tensor: Tensor): boolean {
    if (!(tensor instanceof BatchedTensor) || tensor.level !== this) return false;
    return needsGradient(tensor.value) || recordedBeneath(tensor.value);
  }

  wrap(value: Tensor, batched: boolean): BatchedTensor {
    return new BatchedTensor(this, value, batched);
  }

  /** Whether an argument is, or holds, an example of this vmap. */
  private holds(value: unknown): boolean {
    if (value instanceof BatchedTensor) return value.level === this;
    return Array.isArray(value) && value.some((item) => this.holds(item));
  }

  call(operator: Operator, values: unknown[]): Results {
    if (isComposite(operator)) return operator.forward(...values);
    if (!isRandom(operator) && !this.holds(values)) return through(this.outer, () => dispatch(operator, values));
    this.records = is_grad_enabled();
    let batching = this.batching.get(operator);
    if (batching === undefined) {
      batching = { ...operator, forward: (...args) => this.beneathOf(operator, args) };
      this.batching.set(operator, batching);
    }
    return perform(batching, values);
  }

  /** Recording as the caller does, whose own graph records the call on examples. */
  private beneathOf(operator: Operator, args: readonly unknown[]): Results {
    const before = withGrad(this.records);
    const interpreter = setInterpreter(this.outer);
    try {
      return this.batch(operator, args);
    } finally {
      setInterpreter(interpreter);
      withGrad(before);
    }
  }

  private batch(operator: Operator, args: readonly unknown[]): Results {
    const call = new BatchCall(operator, args, this);
    if (isRandom(operator)) return this.random(call, args[0]);
    if (!call.anyBatched) return this.unbatched(call, args[0]);
    if (operator.writes) return this.write(call, args[0] as BatchedTensor);
    const rule = ruleOf(operator);
    return this.wrapped(this.size === 0 ? call.runEmpty() : applyRule(rule, call), true);
  }

  private wrapped(results: Results, batched: boolean): Results {
    return results instanceof Tensor
      ? this.wrap(results, batched)
      : results.map((result) => this.wrap(result, batched));
  }

  /** The same for all examples. */
  private unbatched(call: BatchCall, self: unknown): Results {
    const results = call.run(...call.values);
    if (!call.operator.writes) return this.wrapped(results, false);
    if (self instanceof BatchedTensor) self.rebind(this.wrap(results as Tensor, false));
    return self as Tensor;
  }

  private random(call: BatchCall, self: unknown): Results {
    if (this.randomness === 'error') {
      throw new RuntimeError(
        'vmap: called random operation while in randomness error mode. Please either use the ' +
          "'same' or 'different' randomness flags on vmap or perform the randomness operation out of vmap",
      );
    }
    const results = randomRule(call, this.randomness);
    if (call.operator.writes) return self as Tensor;
    return this.wrapped(results, this.randomness === 'different' || call.anyBatched);
  }

  private write(call: BatchCall, self: BatchedTensor): Tensor {
    const { operator, values } = call;
    const name = operator.schema.name;
    if (!call.isBatched(0)) throw unbatchedSelf(name);
    const writer = writers[name];
    if (writer !== undefined) {
      writer(call, ...(values as never[]));
      return self;
    }
    const original = originalOf(operator);
    if (original === null) throw new RuntimeError(`vmap: there is no batching rule for ${name}`);
    const rule = ruleOf(original);
    if (operator.view) self.rebind(this.wrap(applyRule(rule, call.of(original)) as Tensor, true));
    else if (rule !== elementwise || !writeElements(call)) {
      // What is recorded beneath may need what is written over.
      const kept = is_grad_enabled() ? call.keepingSelf() : call;
      replace(name, values[0] as Tensor, applyRule(rule, kept.of(original)) as Tensor);
    }
    return self;
  }
}

function replace(name: string, self: Tensor, result: Tensor): void {
  if (!can_cast(result.dtype, self.dtype)) throw castError(name, result.dtype, self.dtype);
  if (!sameShape(self.sizes, result.sizes)) {
    throw new RuntimeError(
      `${name}: output with shape ${showShape(self.sizes.slice(1))} doesn't match the broadcast shape ` +
        showShape(result.sizes.slice(1)),
    );
  }
  self.copy_(result);
}

const unbatchedSelf = (name: string): RuntimeError =>
  new RuntimeError(
    `vmap: ${name}(self, *extra_args) is not possible because there exists a Tensor \`other\` in extra_args that has ` +
      'more elements than `self`. This happened due to `other` being vmapped over but `self` not being vmapped over ' +
      'in a vmap. Please try to use out-of-place operators instead of inplace ones.',
  );
