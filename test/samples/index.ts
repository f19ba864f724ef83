/** All samples, by the family of lib/ops/ they belong to. */
import { arithmetic } from './arithmetic.js';
import { copying } from './copying.js';
import { creation } from './creation.js';
import { reduction } from './reduction.js';
import type { Samples } from './sample.js';
import { trigonometry } from './trigonometry.js';
import { views } from './views.js';

export const families: Readonly<Record<string, Samples>> = {
  arithmetic,
  copying,
  creation,
  reduction,
  trigonometry,
  views,
};
