/** All samples, by the family of lib/ops/ they belong to. */
import { activation } from './activation.js';
import { arithmetic } from './arithmetic.js';
import { bitwise } from './bitwise.js';
import { comparison } from './comparison.js';
import { copying } from './copying.js';
import { creation } from './creation.js';
import { division } from './division.js';
import { exponential } from './exponential.js';
import { extremes } from './extremes.js';
import { power } from './power.js';
import { reduction } from './reduction.js';
import { rounding } from './rounding.js';
import type { Samples } from './sample.js';
import { selection } from './selection.js';
import { special } from './special.js';
import { trigonometry } from './trigonometry.js';
import { views } from './views.js';

export const families: Readonly<Record<string, Samples>> = {
  activation,
  arithmetic,
  bitwise,
  comparison,
  copying,
  creation,
  division,
  exponential,
  extremes,
  power,
  reduction,
  rounding,
  selection,
  special,
  trigonometry,
  views,
};
