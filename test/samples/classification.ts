import { float64, int32, int64, uint8 } from '../../lib/base/dtype.js';
import { failing, indices, layouts, random, type Sample, type Samples, sample, values } from './sample.js';

const order = 'the terms are combined in another order, and exponentials are rounded otherwise';
const near = (samples: readonly Sample[]): Sample[] => samples.map((each) => each.within(32, order));

const classes = (elements: number[], dtype = int64) => values(elements, { dtype });
const weight = (n: number) => random([n], { low: 0.2, seed: 2, requires_grad: false });
const reductions = ['none', 'mean', 'sum'];

/** What nll_loss and cross_entropy share. */
function ofTargets(): Sample[] {
  return near([
    ...reductions.flatMap((reduction) => [
      sample(random([3, 4]), classes([1, 0, 3]), { reduction }),
      sample(random([3, 4]), classes([1, 0, 3]), weight(4), { reduction }),
      sample(random([3, 4]), classes([1, -100, 3]), { reduction }),
      sample(random([4, 4]), classes([1, 2, 3, 2]), weight(4), { reduction, ignore_index: 2 }),
      sample(random([2, 3, 2, 4]), indices([2, 2, 4], 3), { reduction }),
      sample(random([2, 3, 2, 4]), indices([2, 2, 4], 3), weight(3), { reduction, ignore_index: 1 }),
      sample(random([4]), values(2, { dtype: int64 }), { reduction }),
    ]),
    ...layouts.map((layout) => sample(random([3, 4], { layout }), classes([1, 0, 3]))),
    ...layouts.map((layout) =>
      // PyTorch's own gradient of a transposed input fails.
      sample(
        random([2, 3, 2, 2], { layout, requires_grad: layout !== 'transposed' }),
        indices([2, 2, 2], 3, { layout }),
      ),
    ),
    sample(random([3, 4], { dtype: float64 }), classes([1, 0, 3])),
    sample(random([3, 40]), classes([1, 39, 3])),
    sample(random([2, 3, 70, 1]), indices([2, 70, 1], 3)),
    sample(random([3, 4]), classes([1, 0, 3], uint8)),
    sample(random([3, 4]), classes([-100, -100, -100]), { reduction: 'sum' }),
    sample(random([2, 3, 4]), indices([2, 4], 3)),
    sample(random([3, 4]), classes([1, 0, 3]), null, false),
    failing([random([3, 4]), classes([1, 2, 4])], 'Target 4 is out of bounds.'),
    failing([random([3, 4]), classes([1, 2, -1])], 'Target -1 is out of bounds.'),
    failing([random([2, 3, 4, 5]), indices([2, 4, 5], 3, { low: 5, high: 6 })], 'Target 5 is out of bounds.'),
    failing([random([3, 4]), classes([1, 2])], 'Expected input batch_size (3) to match target batch_size (2).'),
    failing(
      [random([2, 3, 4, 5]), indices([2, 1, 5], 3)],
      'size mismatch (got input: [2, 3, 4, 5] , target: [2, 1, 5]',
    ),
    failing(
      [random([3, 4]), classes([1, 0, 3]), weight(3)],
      'weight tensor should be defined either for all 4 classes',
    ),
    failing([random([3, 4]), classes([1, 0, 3], int32)], 'expected scalar type Long but found Int'),
    failing([random([3, 4]), classes([1, 0, 3]), { reduction: 'most' }], 'most is not a valid value for reduction'),
  ]);
}

/** PyTorch's node of a division by a number has another number than that of one in Python. */
const divided = 'it is a division by a number';
const shares = (shape: readonly number[]) => random(shape, { low: 0.1, high: 0.9, seed: 4 });

export const classification: Samples = {
  'nn.functional.nll_loss': [
    ...ofTargets().map((each) =>
      each.recipes[0].shape.length === 3 ? each.ignoring('grad_fn', 'a view is taken of it') : each,
    ),
    failing([random([3, 4], { dtype: int64 }), classes([1, 0, 3])], "not implemented for 'Long'"),
  ],
  'nn.functional.cross_entropy': [
    ...ofTargets(),
    ...near([
      ...reductions.flatMap((reduction) => [
        sample(random([3, 4]), classes([1, 0, 3]), { reduction, label_smoothing: 0.2 }),
        sample(random([3, 4]), classes([1, -100, 3]), weight(4), { reduction, label_smoothing: 0.2 }),
        sample(random([2, 3, 4, 2]), indices([2, 4, 2], 3), weight(3), { reduction, label_smoothing: 0.1 }),
        sample(random([3, 4]), shares([3, 4]), { reduction }).ignoring('grad_fn', divided),
        sample(random([3, 4]), shares([3, 4]), weight(4), { reduction, label_smoothing: 0.3 }).ignoring(
          'grad_fn',
          divided,
        ),
        sample(random([2, 3, 4]), shares([2, 3, 4]), { reduction }).ignoring('grad_fn', divided),
        sample(random([4]), shares([4]), weight(4), { reduction }).ignoring('grad_fn', divided),
      ]),
      sample(
        values([
          [1000, 0],
          [0, -1000],
        ]),
        classes([0, 1]),
      ),
    ]),
    failing(
      [random([3, 4]), classes([1, 0, 3]), { label_smoothing: 1.5 }],
      'label_smoothing must be between 0.0 and 1.0',
    ),
    failing([random([2, 2]), indices([2, 2], 2)], 'Expected floating point type for target with class probabilities'),
    failing([random([3, 4]), shares([3, 4]), { ignore_index: 1 }], 'ignore_index is not supported for floating point'),
    failing([random([3, 4], { dtype: int64 }), classes([1, 0, 3])], "not implemented for 'Long'"),
  ],
};
