import { bool, dtypes, float64 } from '../../lib/base/dtype.js';
import { failing, layouts, type Recipe, random, type Sample, type Samples, sample, values } from './sample.js';
import { reductionSamples } from './standard.js';

const outOfRange = 'Dimension out of range (expected to be in range of [-2, 1], but got 2)';

const ties = values([
  [1, 3, 3],
  [1, 1, 1],
  [0, 0, 0],
]);
const missing = values([
  [1, Number.NaN, 3],
  [Number.NaN, Number.NaN, 1],
  [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1],
]);

/** Everything at once. */
const whole = (): Sample[] => [
  ...layouts.map((layout) => sample(random([2, 3, 4], { layout }))),
  ...dtypes.map((dtype) => sample(random([9], { dtype }))),
  ...[ties, missing, random([]), random([1, 1]), random([130])].map((each) => sample(each)),
  sample(values([Number.NaN, 1], { dtype: float64 })),
];

/** Along one dimension. */
const along = (): Sample[] => [
  ...layouts.flatMap((layout) => [0, 1, -1].map((dim) => sample(random([2, 3, 4], { layout }), dim))),
  ...dtypes.map((dtype) => sample(random([3, 5], { dtype }), 1, true)),
  ...[ties, missing].flatMap((each) => [sample(each, 0), sample(each, 1)]),
  sample(random([]), 0),
  sample(random([]), -1, true),
  sample(random([2, 0, 3]), 0),
  sample(random([2, 0, 3]), 2, true),
  sample(random([2, 3]), { dim: 1, keepdim: true }),
  failing([random([2, 3]), 2], outOfRange),
];

const extremeSamples = (name: 'max' | 'min'): Sample[] => [
  ...whole(),
  ...along(),
  sample(random([3, 1]), random([4], { seed: 1 })),
  sample(missing, ties),
  sample(random([3], { dtype: bool }), random([3])),
  failing([random([0])], `${name}(): Expected reduction dim to be specified for input.numel() == 0.`),
  failing([random([2, 0]), 1], `${name}(): Expected reduction dim 1 to have non-zero size.`),
  failing([random([2, 3]), [0]], 'received an invalid combination of arguments'),
];

const positionSamples = (name: 'argmax' | 'argmin'): Sample[] => {
  // PyTorch has no positions of bool.
  const known = (each: Sample): boolean => each.recipes.every(({ dtype }) => dtype !== bool);
  return [
    ...[...whole(), ...along()].filter(known),
    sample(random([2, 3]), null),
    sample(random([2, 3]), { dim: null }),
    failing([random([0])], `${name}(): Expected reduction dim to be specified for input.numel() == 0.`),
    failing([random([2, 0]), 1], `${name}(): Expected reduction dim 1 to have non-zero size.`),
  ];
};

const severalSamples = (name: 'amax' | 'amin'): Sample[] => {
  const nothing: Recipe = random([2, 0]);
  return [
    ...reductionSamples().filter(({ recipes: [{ shape }] }) => !shape.includes(0)),
    ...[ties, missing].flatMap((each) => [sample(each, 0), sample(each, 1), sample(each, [0, 1])]),
    sample(nothing, 0),
    sample(random([2, 3]), []),
    failing([nothing, 1], `${name}(): Expected reduction dim 1 to have non-zero size.`),
    failing([nothing], `${name}(): Expected reduction dim to be specified for input.numel() == 0.`),
    failing([random([2, 3]), 2], outOfRange),
    failing([random([2, 3]), [0, 0]], 'appears multiple times in the list of dims'),
  ];
};

export const ranking: Samples = {
  amax: severalSamples('amax'),
  amin: severalSamples('amin'),
  argmax: positionSamples('argmax'),
  argmin: positionSamples('argmin'),
  max: extremeSamples('max'),
  min: extremeSamples('min'),
};
