import { bool, dtypes, float64, int64, uint8 } from '../../lib/base/dtype.js';
import { failing, layouts, random, type Sample, type Samples, sample, values } from './sample.js';

const mask = values(
  [
    [true, false, true, true],
    [false, false, true, false],
    [true, true, true, false],
  ],
  { dtype: bool },
);

const inRowOrder = (samples: readonly Sample[]): Sample[] =>
  samples.map((each) => each.ignoring('strides', 'positions lie row by row, not column by column'));

export const masking: Samples = {
  nonzero: inRowOrder([
    ...layouts.map((layout) => sample(mask.with({ layout }))),
    ...dtypes.map((dtype) => sample(values([0, 1, 0, 2], { dtype }))),
    sample(values([Number.NaN, -0, 0])),
    sample(values(3)),
    sample(values(0)),
    sample(random([0, 3])),
    sample(mask, { as_tuple: true }),
  ]),
  argwhere: inRowOrder([sample(mask), sample(values(3))]),
  count_nonzero: [
    sample(mask),
    sample(mask, 0),
    sample(mask, { dim: -1 }),
    sample(random([2, 0]), 1),
    sample(values(2)),
    sample(mask, [0, 1]),
    sample(values([1.5, 0, Number.NaN])),
  ],
  masked_select: [
    ...dtypes.map((dtype) => sample(random([4], { dtype }), values([1, 0, 1, 0], { dtype: bool }))),
    sample(random([0]), random([0], { dtype: bool })),
    sample(random([3, 1]), values([false, false], { dtype: bool })),
    sample(random([3, 4]), mask.with({ dtype: uint8 })),
    ...layouts.map((layout) =>
      sample(random([3, 4], { layout }), mask).ignoring('gradients', 'PyTorch 1.13 fills in the order of memory'),
    ),
    sample(random([3, 4]), mask),
    sample(random([3, 4]), mask.with({ layout: 'transposed' })),
    sample(random([1, 4]), mask),
    sample(random([2, 3, 4]), mask),
    sample(random([]), values(true, { dtype: bool })),
    sample(random([4], { dtype: int64 }), values([true, false, false, true], { dtype: bool })),
    failing([random([3]), random([3])], 'expected BoolTensor'),
    failing([random([3]), mask], 'must match the size'),
  ],
  masked_scatter: [
    ...dtypes.map((dtype) =>
      sample(random([3], { dtype }), values([1, 0, 1], { dtype: bool }), random([2], { dtype, seed: 1 })),
    ),
    sample(random([2, 3, 4]), mask, random([20], { seed: 1 })),
    sample(random([3, 1]), mask, random([12], { seed: 1 })),
    sample(random([3, 4]), mask.with({ dtype: uint8 }), random([12], { seed: 1 })),
    sample(random([0]), random([0], { dtype: bool }), random([0])),
    failing(
      [random([3, 4]), random([3, 4]), random([12])],
      'masked_scatter: expected BoolTensor or ByteTensor for mask',
    ),
    sample(random([3, 4]), mask, random([8], { seed: 1 })),
    sample(random([3, 4], { layout: 'sliced' }), mask, random([3, 4], { seed: 1, layout: 'transposed' })),
    failing([random([3, 4]), mask, random([2])], 'masked_scatter'),
    failing([random([3, 4]), mask, random([12], { dtype: float64 })], 'dtype'),
  ],
};
