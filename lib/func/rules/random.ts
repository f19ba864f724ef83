/** Random operators: numbers for each example, or the same for all. */
import { RuntimeError } from '../../base/errors.js';
import type { Operator, Results } from '../../op/dispatch.js';
import { stack } from '../../ops/index.js';
import { Tensor } from '../../tensor.js';
import type { Randomness } from '../batched.js';
import type { BatchCall } from '../call.js';

const isRandomName =
  /^(rand(n|int|perm)?(_like)?|bernoulli_?|multinomial|normal|_standard_normal_like|random_|\w*(uniform|normal|exponential|cauchy|geometric)_)$/;

const randomNames = new Map<string, boolean>();

/** Whether an operator draws numbers. */
export function isRandom({ schema: { name } }: Operator): boolean {
  const known = randomNames.get(name) ?? isRandomName.test(name);
  randomNames.set(name, known);
  return known;
}

/** One example of a batch. */
const example = (call: BatchCall, value: unknown): unknown =>
  value instanceof Tensor && call.isBatch(value) ? value.select(0, 0) : value;

/** The results, with a batch before them where examples differ or an argument is a batch. */
export function randomRule(call: BatchCall, randomness: Exclude<Randomness, 'error'>): Results {
  return call.operator.schema.parameters[0].name === 'self' ? ofTensor(call, randomness) : factory(call, randomness);
}

function ofTensor(call: BatchCall, randomness: Randomness): Results {
  const { operator, values } = call;
  const [self, ...rest] = values as [Tensor, ...unknown[]];
  if (operator.writes) return write(call, randomness);
  if (randomness === 'different') {
    const batch = rest.some((value) => value instanceof Tensor) ? call.each(self) : call.each(self).contiguous();
    return call.run(batch, ...rest);
  }
  if (!call.anyBatched) return call.run(...values);
  // Of self there is but the form: a probability for all is a number.
  if (/_like$/.test(operator.schema.name) || operator.schema.text.startsWith('bernoulli.p(')) {
    const drawn = call.run(example(call, self), ...rest) as Tensor;
    return drawn.unsqueeze(0).repeat([call.size, ...drawn.sizes.map(() => 1)]);
  }
  throw new RuntimeError(
    `vmap: ${operator.schema.name} of a batch in randomness 'same' would draw by different probabilities; use 'different'`,
  );
}

function write(call: BatchCall, randomness: Randomness): Results {
  const { values } = call;
  const self = values[0] as Tensor;
  if (randomness === 'different' && !call.isBatch(self)) {
    throw new RuntimeError(
      'vmap: Cannot ask for different inplace randomness on an unbatched tensor. This will appear like same ' +
        'randomness. If this is necessary for your usage, please file an issue with functorch.',
    );
  }
  if (randomness === 'different' || !call.isBatch(self)) return call.run(...values);
  const [first, ...rest] = values.map((value) => example(call, value));
  const drawn = call.run((first as Tensor).clone(), ...rest) as Tensor;
  return self.copy_(drawn);
}

/** Sizes are what a factory is given; `randperm` has one permutation for each example. */
function factory(call: BatchCall, randomness: Randomness): Results {
  const { operator, values } = call;
  if (randomness === 'same') return call.run(...values);
  const at = operator.schema.parameters.findIndex(({ name }) => name === 'size');
  if (at >= 0) return call.run(...values.with(at, [call.size, ...(values[at] as readonly number[])]));
  if (call.size === 0) return call.runEmpty();
  return stack(Array.from({ length: call.size }, () => call.run(...values) as Tensor));
}
