/** Draws of categories. */
import { int64 } from '../base/dtype.js';
import { RuntimeError } from '../base/errors.js';
import { opcode } from '../engine/native.js';
import { begin, operand, run, scalar } from '../engine/program.js';
import { default_generator, emitState, type Generator } from '../op/generator.js';
import { op } from '../op/op.js';
import { emptyTensor, type Tensor } from '../tensor.js';

const code = opcode('random_multinomial');

function checkWeights(weights: Tensor, count: number, replacement: boolean): void {
  if (weights.ndim < 1 || weights.ndim > 2) throw new RuntimeError('prob_dist must be 1 or 2 dim');
  if (!weights.dtype.is_floating_point) {
    throw new RuntimeError(
      `multinomial only supports floating-point dtypes for input, got: ${weights.dtype.scalarName}`,
    );
  }
  if (count <= 0) throw new RuntimeError('cannot sample n_sample <= 0 samples');
  if (!replacement && count > weights.size(-1)) {
    throw new RuntimeError('cannot sample n_sample > prob_dist.size(-1) samples without replacement');
  }
  if (!weights.ge(0).logical_and(weights.lt(Number.POSITIVE_INFINITY)).all().item()) {
    throw new RuntimeError('probability tensor contains either `inf`, `nan` or element < 0');
  }
  if (weights.sum(-1).eq(0).any().item()) {
    throw new RuntimeError('invalid multinomial distribution (sum of probabilities <= 0)');
  }
}

function withReplacement(weights: Tensor, count: number, generator: Generator): Tensor {
  const out = emptyTensor([weights.sizes[0], count], int64);
  if (out.count === 0) return out;
  begin(code, out.sizes, 3);
  operand(out, out.strides);
  emitState(generator, 2);
  operand(weights, [weights.strides[0], 0]);
  scalar(weights.sizes[1]);
  scalar(weights.strides[1]);
  run('multinomial', weights.dtype);
  return out;
}

/**
 * The largest of weights over exponential numbers are fair draws, in order; the clone lies in memory as the weights do.
 */
function withoutReplacement(weights: Tensor, count: number, generator: Generator): Tensor {
  const race = weights.div(weights.clone().exponential_(1, { generator }));
  const out = emptyTensor([weights.sizes[0], count], int64);
  for (let place = 0; place < count; place++) {
    const winners = race.argmax(1, true);
    out.narrow(1, place, 1).copy_(winners);
    race.scatter_(1, winners, -1);
  }
  return out;
}

/** Positions drawn with probabilities in proportion to the weights, for each row. */
export const multinomial: (
  self: Tensor,
  num_samples: number,
  ...args:
    | [options?: { replacement?: boolean; generator?: Generator | null }]
    | [replacement: boolean, options?: { generator?: Generator | null }]
) => Tensor = op(
  'multinomial(Tensor self, int num_samples, bool replacement=False, *, Generator? generator=None) -> Tensor',
  {
    forward: (self, count, replacement, generator) => {
      checkWeights(self, count, replacement);
      const rows = self.detach().reshape(-1, self.size(-1));
      const drawn = (replacement ? withReplacement : withoutReplacement)(rows, count, generator ?? default_generator);
      return self.ndim === 1 ? drawn.select(0, 0) : drawn;
    },
  },
);
