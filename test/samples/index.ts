/** All samples, by the family of lib/ops/ they belong to. */
import { activation } from './activation.js';
import { adaptive } from './adaptive.js';
import { arithmetic } from './arithmetic.js';
import { attention } from './attention.js';
import { bitwise } from './bitwise.js';
import { broadcasting } from './broadcasting.js';
import { clamping } from './clamping.js';
import { classification } from './classification.js';
import { comparison } from './comparison.js';
import { convolution } from './convolution.js';
import { copying } from './copying.js';
import { creation } from './creation.js';
import { cumulative } from './cumulative.js';
import { diagonals } from './diagonals.js';
import { division } from './division.js';
import { dropout } from './dropout.js';
import { embedding } from './embedding.js';
import { exponential } from './exponential.js';
import { extremes } from './extremes.js';
import { filling } from './filling.js';
import { gathering } from './gathering.js';
import { indexing } from './indexing.js';
import { joining } from './joining.js';
import { losses } from './losses.js';
import { masking } from './masking.js';
import { multinomial } from './multinomial.js';
import { nonlinearities } from './nonlinearities.js';
import { normalization } from './normalization.js';
import { partitioning } from './partitioning.js';
import { permuting } from './permuting.js';
import { pooling } from './pooling.js';
import { power } from './power.js';
import { products } from './products.js';
import { random } from './random.js';
import { ranges } from './ranges.js';
import { ranking } from './ranking.js';
import { rearranging } from './rearranging.js';
import { reduction } from './reduction.js';
import { reshaping } from './reshaping.js';
import { rounding } from './rounding.js';
import type { Samples } from './sample.js';
import { selection } from './selection.js';
import { softmax } from './softmax.js';
import { sorting } from './sorting.js';
import { special } from './special.js';
import { statistics } from './statistics.js';
import { trigonometry } from './trigonometry.js';
import { views } from './views.js';

export const families: Readonly<Record<string, Samples>> = {
  activation,
  adaptive,
  arithmetic,
  attention,
  bitwise,
  broadcasting,
  clamping,
  classification,
  comparison,
  convolution,
  copying,
  creation,
  cumulative,
  diagonals,
  division,
  dropout,
  embedding,
  exponential,
  extremes,
  filling,
  gathering,
  indexing,
  joining,
  losses,
  masking,
  multinomial,
  nonlinearities,
  normalization,
  partitioning,
  permuting,
  pooling,
  power,
  products,
  random,
  ranges,
  ranking,
  rearranging,
  reduction,
  reshaping,
  rounding,
  selection,
  softmax,
  sorting,
  special,
  statistics,
  trigonometry,
  views,
};
