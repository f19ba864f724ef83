import { float32, float64, int64 } from '../../lib/base/dtype.js';
import { failing, random, type Samples, sample, values } from './sample.js';
import { binarySamples, unarySamples } from './standard.js';

/** The argument is reduced modulo π/2 in more steps for larger ones. */
const large = [
  sample(random([40], { low: -1e4, high: 1e4 })),
  sample(random([10], { low: -1e15, high: 1e15 })).rough('finite differences round to nothing'),
];

const unit = { low: -0.9, high: 0.9 };
const inverses = ['asin_', 'acos_', 'arcsin', 'arcsin_', 'arccos', 'arctan', 'arcsinh', 'arctanh'];
const refused = failing([random([3], { dtype: int64 })], "result type Float can't be cast to the desired output type");
const twins = ['sin_', 'cos_', 'tan_', 'atan_', 'sinh_', 'cosh_', 'tanh_', 'sinc_', 'deg2rad_', 'rad2deg_'];

export const trigonometry: Samples = {
  sin: [...unarySamples(), ...large],
  cos: [...unarySamples(), ...large],
  tan: [...unarySamples({ low: -1.5, high: 1.5 }), ...large],
  asin: unarySamples(unit),
  acos: unarySamples(unit),
  atan: unarySamples(),
  sinh: unarySamples({ specials: [89, -89] }),
  cosh: unarySamples({ specials: [89, -89] }),
  tanh: [...unarySamples({ specials: [10, -10] }), sample(random([9], { low: -1e-3, high: 1e-3 }))],
  asinh: unarySamples(),
  acosh: unarySamples({ low: 1.1, high: 4 }),
  atanh: unarySamples(unit),
  sinc: unarySamples(),
  atan2: [...binarySamples({ scalars: false }), failing([random([2]), 1], "argument 'other' must be Tensor")],
  hypot: [
    ...binarySamples({ scalars: false, dtypes: [float32, float64], specials: null }),
    sample(values([0, 3e38, 1, Number.POSITIVE_INFINITY]), values([0, 1e38, 0, Number.NaN])),
    failing([random([2], { dtype: int64 }), random([2], { dtype: int64 })], "not implemented for 'Long'"),
  ],
  deg2rad: unarySamples({ low: -180, high: 180 }),
  rad2deg: unarySamples(),
  ...Object.fromEntries(inverses.map((name) => [name, [sample(random([3], unit))]])),
  arccosh: [sample(random([3], { low: 1.1, high: 4 }))],
  arctan2: [sample(random([3]), random([3], { seed: 1 }))],
  ...Object.fromEntries(twins.map((name) => [name, [sample(random([3, 4])), refused]])),
};
