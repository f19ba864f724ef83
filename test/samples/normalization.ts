import { float64, int64 } from '../../lib/base/dtype.js';
import { failing, layouts, random, type Sample, type Samples, sample, values } from './sample.js';

const order = 'the terms are combined in another order';
const near = (samples: readonly Sample[]): Sample[] => samples.map((each) => each.within(64, order));

const vector = (n: number, seed = 1) => random([n], { seed });
const positive = (n: number, seed = 2) => random([n], { low: 0.5, high: 2, seed });
const still = { requires_grad: false };
const average = (n: number) => random([n], { ...still, seed: 3 });
const variance = (n: number) => random([n], { ...still, low: 0.5, seed: 4 });
const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

const layerNorm = (): Sample[] =>
  near([
    ...layouts.map((layout) => sample(random([3, 4], { layout }), [4], vector(4), vector(4, 2))),
    ...[1, 2, 7, 8, 9, 31, 64, 100].map((n) => sample(random([3, n]), [n], vector(n), vector(n, 2))),
    sample(random([3, 4]), [4]),
    sample(random([3, 4]), [4], vector(4)),
    sample(random([3, 4]), [4], null, vector(4)),
    sample(random([2, 3, 4]), [3, 4], random([3, 4], { seed: 1 }), random([3, 4], { seed: 2 })),
    sample(random([2, 3, 4]), [2, 3, 4]),
    sample(random([5]), [5], vector(5), vector(5, 2), 0.5),
    sample(random([3, 4], { dtype: float64 }), { normalized_shape: [4], eps: 0.1 }),
    sample(random([3, 4]), [4], random([4], { seed: 1, layout: 'sliced' }), random([4], { seed: 2, layout: 'sliced' })),
    sample(random([3, 4], still), [4], vector(4), vector(4, 2)),
    sample(random([3, 4]), [4], random([4], still), random([4], still)),
    sample(random([0, 4]), [4], vector(4), vector(4, 2)),
    sample(random([3, 5], { low: 1e4, high: 1e4 + 1 }), [5]).rough('large numbers'),
    sample(
      values([
        [1, nan, 3],
        [1, infinity, 2],
        [2, 2, 2],
      ]),
      [3],
    ).rough('infinite'),
    failing(
      [random([3, 4]), [3]],
      'Given normalized_shape=[3], expected input with shape [*, 3], but got input of size[3, 4]',
    ),
    failing([random([4]), [3, 4]], 'expected input with shape [*, 3, 4]'),
    failing([random([3, 4]), []], 'Expected normalized_shape to be at least 1-dimensional'),
    failing([random([3, 4]), [4], vector(3)], 'Expected weight to be of same shape as normalized_shape'),
    failing([random([3, 4]), [4], null, vector(3)], 'Expected bias to be of same shape as normalized_shape'),
    failing([random([3, 4]), [4], random([4], { dtype: float64 })], 'expected scalar type Float but found Double'),
    failing([random([3, 4], { dtype: int64 }), [4]], '"LayerNormKernelImpl" not implemented for \'Long\''),
  ]);

const shapes = [
  [5, 3],
  [4, 3, 2],
  [2, 3, 4, 5],
  [2, 3, 1, 2, 2],
  [70, 3],
  [3, 70],
  [2, 2, 20],
];

const batchNorm = (): Sample[] =>
  near([
    ...shapes.map((shape) => {
      const c = shape[1];
      return sample(random(shape), null, null, vector(c), vector(c, 2), true);
    }),
    ...shapes.map((shape) => {
      const c = shape[1];
      return sample(random(shape), average(c), variance(c), vector(c), vector(c, 2));
    }),
    ...layouts.map((layout) => sample(random([4, 3, 2], { layout }), average(3), variance(3), null, null, true)),
    sample(random([5, 3]), average(3), variance(3), { training: true, momentum: 0.5, eps: 0.1 }),
    sample(random([5, 3], { dtype: float64 }), null, null, { training: true, weight: random([3], { dtype: float64 }) }),
    sample(random([5, 3], still), null, null, positive(3), vector(3), true),
    sample(random([5, 3]), average(3), variance(3), null, vector(3)),
    sample(random([0, 3]), average(3), variance(3)).ignoring('grad_fn', 'PyTorch copies what is empty'),
    failing([random([3, 4]), average(3), average(4)], 'running_mean should contain 4 elements not 3'),
    failing([random([3, 4]), average(4), average(4), vector(3)], 'weight should contain 4 elements not 3'),
    failing([random([3, 4]), null, null], 'running_mean must be defined in evaluation mode'),
    failing([random([1, 4]), null, null, null, null, true], 'Expected more than 1 value per channel when training'),
    failing([random([3, 4], { dtype: int64 }), average(4), average(4)], '"batch_norm" not implemented for \'Long\''),
    failing([random([3, 4]), random([4]), average(4), null, null, true], "'running_mean'"),
  ]);

export const normalization: Samples = {
  layer_norm: layerNorm(),
  'nn.functional.layer_norm': layerNorm().slice(0, 2),
  'nn.functional.batch_norm': batchNorm(),
  batch_norm: near([
    sample(random([4, 3, 2]), vector(3), vector(3, 2), average(3), variance(3), true, 0.1, 1e-5, false),
    sample(random([4, 3, 2]), vector(3), vector(3, 2), average(3), variance(3), false, 0.1, 1e-5, true),
  ]),
  'nn.functional.group_norm': near([
    sample(random([2, 4]), 2),
    sample(random([2, 4, 3]), 2, vector(4), vector(4, 2)),
    sample(random([2, 4, 3]), 4, vector(4)),
    sample(random([2, 4, 3, 2], { layout: 'transposed' }), 1, vector(4), vector(4, 2), 0.1),
    failing([random([3, 4]), 3], 'Expected number of channels in input to be divisible by num_groups'),
    failing([random([3, 4]), 2, vector(3)], 'weight', 'RuntimeError'),
  ]).map((each) => each.ignoring('grad_fn', 'it is composed of others')),
  group_norm: near([sample(random([2, 4, 3]), 2, vector(4), vector(4, 2))]).map((each) =>
    each.ignoring('grad_fn', 'it is composed of others'),
  ),
  'nn.functional.instance_norm': near([
    sample(random([2, 3, 4])),
    sample(random([2, 3, 4, 2]), null, null, vector(3), vector(3, 2)),
    sample(random([2, 3, 4]), average(3), variance(3), vector(3), vector(3, 2), { momentum: 0.5 }),
    sample(random([2, 3, 4]), average(3), variance(3), { use_input_stats: false }),
    failing(
      [random([2, 3, 1])],
      'Expected more than 1 spatial element when training, got input size torch.Size([2, 3, 1])',
    ),
    failing([random([2, 3, 4]), { use_input_stats: false }], 'must be defined in evaluation mode'),
  ]),
};
