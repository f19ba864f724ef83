import { bool, dtypes, int64 } from '../../lib/base/dtype.js';
import { failing, random, type Sample, type Samples, sample, values } from './sample.js';
import { reductionSamples } from './standard.js';

const nonEmpty = (samples: readonly Sample[]): Sample[] =>
  samples.filter(({ recipes: [{ shape }] }) => !shape.includes(0));
const oneDim = (samples: readonly Sample[]): Sample[] => samples.filter(({ args: [, dim] }) => !Array.isArray(dim));
const numeric = dtypes.filter((dtype) => dtype !== bool);
const all = (): Sample[] => nonEmpty(reductionSamples({ dtypes }));

const positions = oneDim(nonEmpty(reductionSamples({ dtypes: numeric })));

const ties = values([
  [3, 1, 3],
  [Number.NaN, 1, Number.NaN],
  [-0, 0, -0],
]);
const emptied = [sample(random([2, 0, 3]), 0), failing([random([2, 0, 3]), 1], 'Expected reduction dim')];

/** Where the extreme is NaN, PyTorch's gradient is NaN everywhere; ours goes to the NaNs. */
const extremes = [...all(), sample(ties), sample(ties, 1), sample(random([2, 0, 3]), 0)].map((each) =>
  each.recipes.some(({ elements }) => elements.some(Number.isNaN)) ? each.ignoring('gradients', 'of NaN') : each,
);

export const ranking: Samples = {
  amax: extremes,
  amin: extremes,
  argmax: [...positions, sample(ties), sample(ties, 1), sample(ties, { dim: 1, keepdim: true }), ...emptied],
  argmin: [...positions, sample(ties), sample(ties, 1), sample(ties, { dim: 1, keepdim: true }), ...emptied],
  max: [
    ...oneDim(all()),
    sample(ties),
    sample(ties, 1),
    sample(random([3, 4]), random([4], { seed: 1 })),
    sample(random([3], { dtype: int64 }), random([3], { seed: 1 })),
    failing([random([2]), 1], 'Dimension out of range'),
  ],
  min: [...oneDim(all()), sample(ties), sample(ties, 1), sample(random([3, 4]), random([4], { seed: 1 }))],
};
