/** The edge cases that every operator of a kind must get right. */
import { bool, type DType, dtypes, float32, float64, int64, uint8 } from '../../lib/base/dtype.js';
import { layouts, type RandomTraits, type Recipe, random, values } from './recipe.js';
import { type Argument, type Sample, sample } from './sample.js';

const floats = [float32, float64];

/** Zeros of both signs, infinities, NaN, the smallest and largest numbers of float32. */
const specials = [
  0,
  -0,
  1,
  -1,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  Number.NaN,
  2 ** -149,
  -(2 ** -126),
  3.4028234663852886e38,
];

export interface StandardTraits extends Pick<RandomTraits, 'low' | 'high'> {
  /** Dtypes that the operator takes; all when left out. */
  readonly dtypes?: readonly DType[];
  /** Floats to try besides zeros, infinities, NaN and the smallest and largest; null: none at all. */
  readonly specials?: readonly number[] | null;
}

function tensors({ low, high, dtypes: taken = dtypes, specials: more = [] }: StandardTraits): Recipe[] {
  const range = { low, high };
  const float = taken.includes(float32) ? float32 : taken[0];
  const shapes = [[3, 4], [], [0], [2, 0, 3], [1, 1], [67]];
  const edges = more === null ? [] : [...specials, ...more];
  return [
    ...shapes.map((shape) => random(shape, { ...range, dtype: float })),
    ...layouts.map((layout) => random([2, 3, 4], { ...range, dtype: float, layout })),
    ...taken.map((dtype) => random([9], { ...(dtype.is_floating_point ? range : {}), dtype, seed: 1 })),
    ...(edges.length === 0
      ? []
      : floats.filter((dtype) => taken.includes(dtype)).map((dtype) => values(edges, { dtype }))),
  ];
}

/**
 * For a function of one tensor: shapes, layouts, dtypes, special values. Further arguments follow the tensor.
 * @example clamp: [...unarySamples({ dtypes: floats }, 0, 1)]
 */
export function unarySamples(traits: StandardTraits = {}, ...rest: readonly Argument[]): Sample[] {
  return tensors(traits).map((tensor) => sample(tensor, ...rest));
}

/** For statistics, which have no finite value of no elements. */
export const roughOfNothing = (each: Sample): Sample =>
  each.recipes.some(({ shape }) => shape.includes(0)) ? each.rough('it is not finite') : each;

/** For a reduction `f(self, dim, keepdim)`: one, several and all dimensions, of every layout, and what is empty. */
export function reductionSamples(traits: StandardTraits = {}): Sample[] {
  const { low, high } = traits;
  const tensor = (shape: readonly number[], more: RandomTraits = {}): Recipe => random(shape, { low, high, ...more });
  return [
    ...tensors(traits).map((each) => sample(each)),
    ...layouts.flatMap((layout) => [0, 1, -1, [0, 2], [1, 2]].map((dim) => sample(tensor([2, 3, 4], { layout }), dim))),
    sample(tensor([2, 3, 4]), [2, 0], true),
    sample(tensor([2, 3]), { dim: 1, keepdim: true }),
    sample(tensor([]), 0),
    sample(tensor([]), -1, true),
    sample(tensor([2, 0, 3]), 0),
    sample(tensor([1, 130]), 1),
    sample(tensor([130, 2]), 0),
  ];
}

export interface BinaryTraits extends StandardTraits {
  /** The range of the second operand, where it is another. */
  readonly other?: Pick<RandomTraits, 'low' | 'high'>;
  /** Whether the second operand may be a number. */
  readonly scalars?: boolean;
}

const broadcasts = [
  [
    [3, 4],
    [3, 4],
  ],
  [
    [3, 1],
    [1, 4],
  ],
  [[4], [3, 4]],
  [
    [2, 3, 4],
    [3, 1],
  ],
  [[3], []],
  [[], [3]],
  [[], []],
  [[0], [1]],
  [
    [2, 0],
    [2, 1],
  ],
  [[67], [67]],
  [[5, 1], [1]],
];

const mixedLayouts = [
  ['transposed', 'transposed'],
  ['transposed', 'contiguous'],
  ['contiguous', 'transposed'],
  ['sliced', 'expanded'],
  ['expanded', 'sliced'],
  ['expanded', 'expanded'],
] as const;

/** For a function of two tensors that broadcast: shapes, layouts, numbers, dtypes, every pair of special values. */
export function binarySamples(traits: BinaryTraits = {}): Sample[] {
  const { low, high, other = { low, high }, dtypes: taken = dtypes, specials: more = [], scalars = true } = traits;
  const dtype = taken.includes(float32) ? float32 : taken[0];
  const left = (shape: readonly number[], given: RandomTraits = {}): Recipe =>
    random(shape, { low, high, dtype, ...given });
  const right = (shape: readonly number[], given: RandomTraits = {}): Recipe =>
    random(shape, { ...other, dtype, seed: 1, ...given });
  const edges = more === null || !dtype.is_floating_point ? [] : [...specials, ...more];
  return [
    ...broadcasts.map(([a, b]) => sample(left(a), right(b))),
    ...mixedLayouts.map(([a, b]) => sample(left([3, 4], { layout: a }), right([3, 4], { layout: b }))),
    ...(scalars ? scalarSamples(traits) : []),
    ...taken.map((each) =>
      sample(left([9], { ...whole(each), dtype: each }), right([9], { ...whole(each), dtype: each })),
    ),
    ...(edges.length === 0 ? [] : [pairs(edges)]),
  ];
}

/** The range of integers is not that of floats. */
const whole = (dtype: DType): RandomTraits =>
  dtype.is_floating_point ? {} : { low: dtype === uint8 ? 1 : -7, high: 9 };

function pairs(edges: readonly number[]): Sample {
  return sample(values(edges.flatMap((a) => edges.map(() => a))), values(edges.flatMap(() => edges)));
}

function scalarSamples({ low, high, other = {}, dtypes: taken = dtypes }: BinaryTraits): Sample[] {
  const numbers = [3, 1.5, true].filter((number) => Number(number) < (other.high ?? high ?? 4));
  const tried = [float32, float64, int64, uint8, bool].filter((dtype) => taken.includes(dtype));
  const tensor = (dtype: DType): Recipe => random([4], { ...(dtype.is_floating_point ? { low, high } : {}), dtype });
  return tried.flatMap((dtype) => numbers.map((number) => sample(tensor(dtype), number)));
}

/** Every pair of dtypes, once with dimensions on both sides and once with a 0-dim tensor on either. */
export function promotionSamples(taken: readonly DType[] = dtypes): Sample[] {
  const ones = (shape: readonly number[], dtype: DType): Recipe => random(shape, { dtype, low: 1, high: 4 });
  const shapes = [
    [[2], [2]],
    [[], [2]],
    [[2], []],
  ];
  return shapes.flatMap(([a, b]) =>
    taken.flatMap((left) => taken.map((right) => sample(ones(a, left), ones(b, right)))),
  );
}
