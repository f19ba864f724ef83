import { random, type Samples, sample } from './sample.js';
import { unarySamples } from './standard.js';

/** The argument is reduced modulo π/2 in more steps for larger ones. */
const large = [
  sample(random([40], { low: -1e4, high: 1e4 })),
  sample(random([10], { low: -1e15, high: 1e15 })).rough('finite differences round to nothing'),
];

export const trigonometry: Samples = {
  sin: [...unarySamples(), ...large],
  cos: [...unarySamples(), ...large],
};
