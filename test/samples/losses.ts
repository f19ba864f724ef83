import { float64, int64 } from '../../lib/base/dtype.js';
import { type Argument, failing, layouts, random, type Sample, type Samples, sample, values } from './sample.js';

const order = 'the terms are combined in another order';
const near = (samples: readonly Sample[]): Sample[] => samples.map((each) => each.within(32, order));

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
const other = (shape: readonly number[], traits = {}) => random(shape, { seed: 1, ...traits });

/** Of any two tensors. */
function distances(...options: readonly Argument[]): Sample[] {
  return near([
    ...['none', 'mean', 'sum'].map((reduction) => sample(random([3, 4]), other([3, 4]), { reduction })),
    ...options.map((option) => sample(random([40]), other([40]), option)),
    ...layouts.map((layout) => sample(random([3, 4], { layout }), other([3, 4]))),
    sample(random([3, 4], { dtype: float64 }), other([3, 4], { dtype: float64 })),
    sample(random([]), other([])),
    sample(random([0]), other([0]), { reduction: 'sum' }),
    sample(random([3, 4]), other([3, 4], { requires_grad: false })),
    sample(values([nan, infinity, 0, 1]), values([1, 1, 0, infinity]), { reduction: 'none' }),
    failing([random([2]), other([2]), { reduction: 'most' }], 'most is not a valid value for reduction'),
    failing([random([2]), other([3])], 'must match the size of tensor b (3)'),
  ]);
}
/** Those that stand before `reduction` by position. */
const older = (): Sample[] =>
  near([
    sample(random([3]), other([3]), true, true),
    sample(random([3]), other([3]), false),
    sample(random([3]), other([3]), null, false),
    sample(random([3]), other([3]), null, null, 'sum'),
  ]);

const probability = { low: 0.05, high: 0.95 };
const targets = { low: 0.1, high: 0.9, seed: 1 };
const still = { requires_grad: false };

export const losses: Samples = {
  'nn.functional.mse_loss': [
    ...distances(),
    ...older(),
    failing([random([2], { dtype: int64 }), random([2], { dtype: int64 })], "not implemented for 'Long'"),
  ],
  'nn.functional.l1_loss': [...distances(), ...older()],
  'nn.functional.smooth_l1_loss': [
    ...distances({ beta: 0.5 }, { beta: 2, reduction: 'sum' }),
    ...older(),
    failing([random([2]), other([2]), { beta: -1 }], 'smooth_l1_loss does not support negative values for beta.'),
  ],
  'nn.functional.huber_loss': [
    ...distances({ delta: 0.5 }, { delta: 2, reduction: 'sum' }),
    failing([random([2]), other([2]), { delta: 0 }], 'huber_loss does not support non-positive values for delta.'),
  ],
  'nn.functional.binary_cross_entropy': near([
    ...['none', 'mean', 'sum'].map((reduction) =>
      sample(random([3, 4], probability), random([3, 4], targets), { reduction }),
    ),
    sample(random([3, 4], probability), random([3, 4], targets), random([4], { ...still, low: 0 })),
    sample(random([9], { ...probability, dtype: float64 }), random([9], { ...targets, dtype: float64 })),
    sample(random([3, 4], { ...probability, layout: 'transposed' }), random([3, 4], { ...targets, ...still })),
    sample(values([0, 1, 0, 1]), values([0, 1, 1, 0], still), { reduction: 'none' }),
    failing([random([3], probability), random([2], targets)], 'Using a target size (torch.Size([2]))'),
    failing([values([0.5, 1.5]), values([0, 1], still)], 'all elements of input should be between 0 and 1'),
    failing([values([0.5, nan]), values([0, 1], still)], 'all elements of input should be between 0 and 1'),
    failing([random([3], probability), random([3], targets), random([3])], 'not differentiable with respect to'),
  ]),
  'nn.functional.binary_cross_entropy_with_logits': near([
    ...['none', 'mean', 'sum'].map((reduction) => sample(random([3, 4]), random([3, 4], targets), { reduction })),
    sample(random([3, 4]), random([3, 4], targets), random([4], { ...still, low: 0 })),
    sample(random([3, 4]), random([3, 4], targets), { pos_weight: random([4], { ...still, low: 0.5 }) }),
    sample(random([9], { dtype: float64 }), random([9], { ...targets, dtype: float64 })),
    sample(random([3, 4], { layout: 'transposed' }), random([3, 4], { ...targets, ...still })),
    sample(values([-200, -80, 0, 80, 200, infinity, nan]), values([0, 1, 0.5, 0, 1, 1, 0], still), {
      reduction: 'none',
    }).ignoring('gradients', 'of an infinite logit'),
    failing([random([3, 4]), random([3], targets)], 'Target size (torch.Size([3])) must be the same as input size'),
  ]),
  'nn.functional.kl_div': near([
    ...['none', 'batchmean', 'mean', 'sum'].flatMap((reduction) => [
      sample(random([3, 4]), random([3, 4], targets), { reduction }),
      sample(random([3, 4]), random([3, 4], targets), { reduction, log_target: true }),
    ]),
    sample(values([-1, -2]), values([0, 1], still), { reduction: 'none' }),
  ]),
};
