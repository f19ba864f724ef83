import { bool, dtypes, float32, float64, int32, int64, uint8 } from '../../lib/base/dtype.js';
import {
  type Argument,
  failing,
  layouts,
  type Recipe,
  type Sample,
  type Samples,
  sample,
  random as tensor,
  values,
} from './sample.js';

const floats = [float32, float64];
const rough = 'it does not depend on its argument';
const drawn = (seed: number, ...args: readonly Argument[]): Sample =>
  sample(...args)
    .seeded(seed)
    .rough(rough);

/** Of sizes on both sides of the 16 that PyTorch draws together. */
const factorySamples = (): Sample[] => [
  ...[[], [0], [1], [15], [16], [17], [5, 7], [2, 0]].map((size) => drawn(1, size)),
  ...floats.map((dtype) => drawn(-3, [6], { dtype })),
  drawn(2 ** 40 + 7, [3], { requires_grad: true }),
  failing([[3], { dtype: int64 }], "not implemented for 'Long'"),
  failing([[-1]], 'Trying to create tensor with negative dimension -1'),
];

const likeSamples = (): Sample[] => [
  drawn(4, tensor([3, 2])),
  drawn(4, tensor([3], { dtype: int64 }), { dtype: float64 }),
  failing([tensor([3], { dtype: int64 })], "not implemented for 'Long'"),
];

/** Writes over floats of every layout whose elements lie apart. */
const fillSamples = (...args: readonly Argument[]): Sample[] => [
  ...layouts.slice(0, 3).map((layout) => drawn(5, tensor([3, 7], { layout }), ...args)),
  ...floats.map((dtype) => drawn(6, tensor([20], { dtype }), ...args)),
  drawn(7, tensor([]), ...args),
  drawn(7, tensor([0]), ...args),
];

/** Parameters, to which no gradient flows. */
const fixed = (shape: readonly number[]): Recipe => tensor(shape, { low: 0.5, requires_grad: false });
const plain = tensor([3], { requires_grad: false });

export const random: Samples = {
  rand: factorySamples(),
  randn: factorySamples(),
  rand_like: likeSamples(),
  randn_like: likeSamples(),
  randint: [
    drawn(1, 10, [7]),
    drawn(2, -5, 5, [2, 3]),
    drawn(2, { low: 3, high: 9, size: [4] }),
    drawn(3, 2 ** 40, [5]),
    ...dtypes.map((dtype) => drawn(4, 0, 2, [5], { dtype })),
    drawn(5, 10, []),
    failing([5, 5, [2]], "random_ expects 'from' to be less than 'to', but got from=5 >= to=5"),
    failing([0, 300, [2], { dtype: uint8 }], 'to - 1 = 299 is out of bounds for'),
  ],
  randint_like: [drawn(1, tensor([4]), 10), drawn(1, tensor([4], { dtype: int32 }), -3, 3)],
  randperm: [
    ...[0, 1, 2, 10, 100].map((n) => drawn(1, n)),
    ...[int32, float64].map((dtype) => drawn(2, 6, { dtype })),
    failing([-1], 'n must be non-negative, got -1'),
  ],
  uniform_: [
    ...fillSamples(),
    ...fillSamples(-2, 3),
    drawn(8, plain, { to: 4 }),
    failing([plain, 2, 1], 'uniform_ expects to return a [from, to) range, but found from=2 > to=1'),
  ],
  normal_: [
    ...fillSamples(),
    ...fillSamples(-2, 3),
    drawn(8, plain, { std: 4 }),
    failing([plain, 0, -1], 'normal expects std >= 0.0, but found std -1'),
  ],
  exponential_: [
    ...fillSamples(),
    ...fillSamples(2.5),
    drawn(8, plain, 0),
    failing([plain, -1], 'but found lambda=-1'),
  ],
  log_normal_: [
    ...fillSamples(),
    ...fillSamples(0, 0.5),
    drawn(8, plain, 0, 1),
    failing([plain, 0, -1], 'log_normal_ expects std > 0.0, but found std=-1'),
  ],
  cauchy_: [...fillSamples(), ...fillSamples(1, 0.5), drawn(8, plain, 0, 1)],
  geometric_: [...fillSamples(0.25), failing([plain, 1.5], 'geometric_ expects p to be in (0, 1), but got p=1.5')],
  bernoulli_: [
    ...fillSamples(),
    ...fillSamples(0.25),
    drawn(8, plain, values([0, 0.5, 1], { requires_grad: false })),
    drawn(9, tensor([6], { dtype: bool }), 0.5),
    failing([plain, 1.5], 'bernoulli_ expects p to be in [0, 1], but got p=1.5'),
  ],
  bernoulli: [
    ...floats.map((dtype) => drawn(1, values([0, 0.25, 0.5, 0.75, 1, 0.5], { dtype }))),
    drawn(2, tensor([5, 5]), 0.3),
    failing([values([2])], 'Expected p_in >= 0 && p_in <= 1 to be true'),
    failing([tensor([2], { dtype: int64 })], "not implemented for 'Long'"),
  ],
  random_: [
    ...dtypes.map((dtype) => drawn(1, tensor([5], { dtype, requires_grad: false }))),
    drawn(2, tensor([5], { dtype: int64 }), 100),
    drawn(3, tensor([5]), -10, 10),
    failing([plain, 3, 3], "random_ expects 'from' to be less than 'to', but got from=3 >= to=3"),
  ],
  normal: [
    drawn(1, 2, 3, [17]),
    drawn(1, fixed([4]), 0.5),
    drawn(2, 1, fixed([20])),
    drawn(3, fixed([3, 1]), fixed([2])),
    failing([0, -1, [2]], 'normal expects std >= 0.0, but found std -1'),
  ],
};
