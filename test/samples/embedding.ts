import { dtypes, int32, int64 } from '../../lib/base/dtype.js';
import { failing, indices, layouts, random, type Samples, sample, values } from './sample.js';

const table = random([5, 3]);
const rows = values(
  [
    [0, 4, 4],
    [1, 0, 4],
  ],
  { dtype: int64 },
);
const long = random([5, 3], { low: -5, high: 5 });

export const embedding: Samples = {
  embedding: [
    ...layouts.map((layout) => sample(random([5, 3], { layout }), rows)),
    ...dtypes.map((dtype) => sample(random([5, 3], { dtype }), rows)),
    sample(table, rows.with({ layout: 'transposed' })),
    sample(table, values([4, 1], { dtype: int32 })),
    sample(table, values(2, { dtype: int64 })),
    sample(table, indices([0, 2], 5)),
    sample(random([2, 0]), values([1], { dtype: int64 })),
    sample(table, rows, 4),
    sample(table, rows, { scale_grad_by_freq: true }).rough('gradients are divided by frequencies, on purpose'),
    sample(table, rows, 0, true),
    sample(random([40, 33]), indices([300], 40), 7, true).rough('gradients are divided by frequencies, on purpose'),
    failing([table, values([5], { dtype: int64 })], 'index 5 is out of bounds for dimension 0 with size 5'),
    failing([table, values([-1], { dtype: int64 })], 'index -1 is out of bounds for dimension 0 with size 5'),
    failing(
      [table, random([2])],
      "Expected tensor for argument #1 'indices' to have one of the following scalar types",
    ),
    failing([random([3]), rows], "'weight' must be 2-D"),
    failing([table, rows, { sparse: true }], 'sparse gradients are not supported', 'RuntimeError'),
  ],
  'nn.functional.embedding': [
    sample(rows, table),
    sample(rows, table, 4),
    sample(rows, table, { padding_idx: -5, scale_grad_by_freq: true }),
    sample(rows, table.with({ requires_grad: false }), { max_norm: 100 }),
    ...[1, 2, 3].map((norm_type) => sample(rows, long.with({ requires_grad: false }), null, 1.5, norm_type)),
    failing([rows, random([5])], "'weight' must be 2-D"),
  ],
  'nn.functional.one_hot': [
    sample(rows),
    sample(rows, 7),
    sample(values(2, { dtype: int64 }), { num_classes: 3 }),
    sample(indices([0, 2], 3), 2),
    failing([indices([0], 3)], 'Can not infer total number of classes from empty tensor.'),
    failing([values([-1], { dtype: int64 })], 'Class values must be non-negative.'),
    failing([rows, 4], 'Class values must be smaller than num_classes.'),
    failing([rows, 0], 'Class values must be smaller than num_classes.'),
    failing([values([1], { dtype: int32 })], 'one_hot is only applicable to index tensor.'),
  ],
};
