import { bool, type DType, dtypes, float32, float64, int64, uint8 } from '../../lib/base/dtype.js';
import { failing, layouts, type Recipe, random, type Sample, type Samples, sample, values } from './sample.js';

const outOfRange = 'Dimension out of range (expected to be in range of [-2, 1], but got 2)';

const nan = Number.NaN;
const ties = values([
  [1, 3, 3],
  [1, 1, 1],
  [0, -0, 0],
]);
const missing = values([
  [1, nan, 3, 0],
  [nan, nan, 1, 2],
  [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1, -2],
  [nan, nan, nan, nan],
]);
const wide = values([2n ** 62n, -(2n ** 62n), 2n ** 62n + 1n, 0n, -1n], { dtype: int64 });

/** Five different elements of any dtype but bool. */
const distinct = (dtype: DType): Recipe => values([3, dtype === uint8 ? 250 : -4, 7, 0, 5], { dtype });
const ordered = dtypes.filter((dtype) => dtype !== bool);

const sortSamples = (): Sample[] => [
  ...layouts.flatMap((layout) => [0, 1, -1].map((dim) => sample(random([2, 3, 4], { layout }), dim))),
  ...dtypes.flatMap((dtype) => [sample(random([9], { dtype })), sample(random([3, 5], { dtype }), 0, true)]),
  // PyTorch keeps the order of equals in long rows only when asked to.
  ...[float32, float64].map((dtype) => sample(random([300], { dtype, seed: 1 }))),
  ...[ties, missing].flatMap((each) =>
    [false, true].flatMap((descending) => [0, 1].map((dim) => sample(each, dim, descending))),
  ),
  sample(missing.with({ dtype: float64 }), 1),
  sample(wide),
  sample(random([200, 2]), 0, true),
  sample(random([])),
  sample(random([]), 0),
  sample(random([2, 0])),
  sample(random([2, 0, 3]), 0),
  sample(random([2, 3]), { dim: 0, descending: true, stable: true }),
  failing([random([2, 3]), 2], outOfRange),
];

/** One element of each row along a dimension; `rest` follows the tensor. */
const along = (name: string, ...rest: readonly number[]): Sample[] => [
  ...layouts.flatMap((layout) => [1, -1].map((dim) => sample(random([2, 3, 4], { layout }), ...rest, dim))),
  sample(random([4, 3]), ...rest, 0),
  sample(random([4, 3]), ...rest, { dim: 0, keepdim: true }),
  sample(random([]), ...rest),
  sample(random([]), ...rest, -1, true),
  sample(random([0, 3]), ...rest, 1, true),
  sample(random([1500], { seed: 2 }), ...rest, 0),
  failing([random([2, 0]), ...rest, 1], `${name}(): Expected reduction dim 1 to have non-zero size.`),
  failing([random([2, 3]), ...rest, 2], outOfRange),
];

const medianSamples = (name: 'median' | 'nanmedian'): Sample[] => [
  ...layouts.map((layout) => sample(random([3, 5], { layout }))),
  ...ordered.flatMap((dtype) => [sample(distinct(dtype)), sample(distinct(dtype), 0)]),
  ...[random([1, 1]), random([4]), random([2001]), ties, missing].map((each) => sample(each)),
  sample(random([])),
  sample(random([0])).rough('there is none'),
  sample(values([], { dtype: int64 })),
  // Where a row is all NaN, nanmedian's position is any.
  ...(name === 'median' ? [sample(missing, 1)] : []),
  ...along(name).filter(({ args }) => args.length > 1),
  failing([random([3], { dtype: bool })], "not implemented for 'Bool'"),
  failing([random([3], { dtype: bool }), 0], "not implemented for 'Bool'"),
];

export const sorting: Samples = {
  sort: sortSamples(),
  argsort: sortSamples(),
  msort: [...[random([3, 4]), random([]), ties, random([0])].map((each) => sample(each))],
  topk: [
    ...layouts.flatMap((layout) => [1, -1].map((dim) => sample(random([2, 3, 4], { layout }), 2, dim))),
    ...ordered.flatMap((dtype) => [sample(distinct(dtype), 3), sample(distinct(dtype), 5, 0, false)]),
    ...[1, 5, 30, 300].map((k) => sample(random([1000], { seed: 1 }), k)),
    sample(random([1000], { dtype: float64 }), 7, { largest: false }),
    sample(random([5, 3]), 2, 0),
    sample(random([5, 3]), 0, 0),
    sample(random([5, 3]), { k: 1, dim: 0, largest: false, sorted: true }),
    sample(values([1, nan, 3, 0]), 2),
    sample(values([1, nan, 3, 0]), 4, 0, false),
    sample(random([]), 1),
    sample(random([]), 0),
    sample(random([2, 0]), 0),
    failing([random([3]), 4], 'selected index k out of range'),
    failing([random([3]), -1], 'selected index k out of range'),
    failing([random([3], { dtype: bool }), 1], "not implemented for 'Bool'"),
    failing([random([2, 3]), 1, 2], outOfRange),
  ],
  kthvalue: [
    ...along('kthvalue', 1),
    ...ordered.map((dtype) => sample(distinct(dtype), 2)),
    ...[1, 700, 1500].map((k) => sample(random([1500], { seed: 1 }), k)),
    sample(values([1, nan, 3, 0]), 4),
    sample(random([2, 3]), { k: 3, dim: -1 }),
    failing([random([3]), 0], 'kthvalue(): selected number k out of range for dimension 0'),
    failing([random([2, 3]), 3, 0], 'kthvalue(): selected number k out of range for dimension 0'),
    failing([random([3], { dtype: bool }), 1], "not implemented for 'Bool'"),
  ],
  median: medianSamples('median'),
  nanmedian: medianSamples('nanmedian'),
  mode: [
    ...along('mode').filter(({ args }) => args.length > 0),
    ...dtypes.map((dtype) => sample(random([9], { dtype }))),
    sample(ties),
    sample(ties, 0),
    sample(values([2, 3, 3, 2, 1], { dtype: int64 })),
  ],
};
