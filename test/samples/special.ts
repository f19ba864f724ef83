import { random, type Samples, sample } from './sample.js';
import { unarySamples } from './standard.js';

const tails = [sample(random([20], { low: -6, high: 6 }))];

export const special: Samples = {
  erf: [...unarySamples(), ...tails],
  erf_: [sample(random([3]))],
  erfc: [...unarySamples(), ...tails],
  erfc_: [sample(random([3]))],
};
