import { float64 } from '../../lib/base/dtype.js';
import { failing, layouts, random, type Sample, type Samples, sample } from './sample.js';

const seeded = (samples: readonly Sample[]): Sample[] =>
  samples.map((each, i) => each.seeded(i).rough('numbers are drawn at every call'));

const range = 'dropout probability has to be between 0 and 1, but got 1.5';

export const dropout: Samples = {
  'nn.functional.dropout': [
    ...seeded([
      ...layouts.slice(0, 3).map((layout) => sample(random([5, 7], { layout }))),
      sample(random([40]), 0.2),
      sample(random([40], { dtype: float64 }), { p: 0.9 }),
      sample(random([9]), 1),
      sample(random([0])),
      sample(random([]), 0.5),
    ]),
    sample(random([9]), 0),
    sample(random([9]), 0.5, false),
    failing([random([9]), 1.5], range),
  ],
  dropout: [...seeded([sample(random([40]), 0.3, true)]), sample(random([9]), 0.3, false)],
  'nn.functional.dropout1d': [
    ...seeded([sample(random([3, 4, 2])), sample(random([5, 4]), 0.3)]),
    failing([random([3])], 'dropout1d: Expected 2D or 3D input, but received a 1D input.'),
  ],
  'nn.functional.dropout2d': [...seeded([sample(random([3, 4, 2, 2])), sample(random([3, 4, 2, 1]), 0.2)])],
  'nn.functional.dropout3d': [...seeded([sample(random([3, 4, 1, 2, 2]))]), failing([random([9]), 1.5], range)],
};
