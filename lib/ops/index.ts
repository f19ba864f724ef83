/** Every operator, by name. */
import type { InPlace, Method } from '../op/signatures.js';
import type * as activation from './activation.js';
import type * as arithmetic from './arithmetic.js';
import type * as bitwise from './bitwise.js';
import type * as clamping from './clamping.js';
import type * as comparison from './comparison.js';
import type * as copying from './copying.js';
import type * as creation from './creation.js';
import type * as cumulative from './cumulative.js';
import type * as diagonals from './diagonals.js';
import type * as division from './division.js';
import type * as exponential from './exponential.js';
import type * as extremes from './extremes.js';
import type * as filling from './filling.js';
import type * as gathering from './gathering.js';
import type * as indexing from './indexing.js';
import type * as joining from './joining.js';
import type * as masking from './masking.js';
import type * as multinomial from './multinomial.js';
import type * as partitioning from './partitioning.js';
import type * as permuting from './permuting.js';
import type { Transposes } from './permuting.js';
import type * as power from './power.js';
import type * as products from './products.js';
import type * as random from './random.js';
import type * as ranking from './ranking.js';
import type * as rearranging from './rearranging.js';
import type * as reduction from './reduction.js';
import type * as reshaping from './reshaping.js';
import type * as rounding from './rounding.js';
import type * as selection from './selection.js';
import type { SharingMethods } from './sharing.js';
import type * as softmax from './softmax.js';
import type * as sorting from './sorting.js';
import type * as special from './special.js';
import type * as statistics from './statistics.js';
import type * as trigonometry from './trigonometry.js';
import type * as views from './views.js';

export * from './activation.js';
export { adaptive_avg_pool1d, adaptive_max_pool1d_with_indices as adaptive_max_pool1d } from './adaptive.js';
export * from './arithmetic.js';
export { batch_norm } from './batch_normalization.js';
export * from './bitwise.js';
export * from './broadcasting.js';
export { hardshrink, prelu, threshold, threshold_ } from './clamping.js';
export * from './comparison.js';
export * from './convolution.js';
export * from './copying.js';
export * from './creation.js';
export * from './cumulative.js';
export * from './diagonals.js';
export * from './division.js';
export { dropout } from './dropout.js';
export * from './embedding.js';
export * from './exponential.js';
export * from './extremes.js';
export * from './filling.js';
export * from './gathering.js';
export * from './indexing.js';
export * from './joining.js';
export * from './masking.js';
export * from './multinomial.js';
export { celu, celu_, selu, selu_ } from './nonlinearities.js';
export { group_norm, layer_norm } from './normalization.js';
export * from './partitioning.js';
export * from './permuting.js';
export { avg_pool1d, max_pool1d, max_pool1d_with_indices, max_pool2d, max_pool3d } from './pooling.js';
export * from './power.js';
export * from './products.js';
export * from './random.js';
export * from './ranges.js';
export * from './ranking.js';
export * from './rearranging.js';
export * from './reduction.js';
export * from './reshaping.js';
export * from './rounding.js';
export * from './selection.js';

import './sharing.js';

export { log_softmax, softmax } from './softmax.js';
export * from './sorting.js';
export * from './special.js';
export * from './statistics.js';
export * from './trigonometry.js';
export * from './views.js';

/** Families whose functions of a tensor are methods too. */
type Functions = typeof activation &
  typeof arithmetic &
  typeof bitwise &
  Pick<typeof clamping, 'hardshrink' | 'prelu'> &
  typeof comparison &
  typeof copying &
  typeof cumulative &
  typeof diagonals &
  typeof division &
  typeof exponential &
  typeof extremes &
  Pick<typeof creation, 'new_tensor'> &
  Pick<typeof filling, 'new_empty' | 'new_full' | 'new_ones' | 'new_zeros'> &
  typeof gathering &
  Omit<typeof indexing, 'Slice'> &
  Pick<typeof joining, 'chunk' | 'split' | 'split_with_sizes' | 'unbind'> &
  typeof masking &
  typeof multinomial &
  typeof partitioning &
  typeof permuting &
  typeof power &
  typeof products &
  typeof random &
  typeof ranking &
  typeof rearranging &
  typeof reduction &
  typeof reshaping &
  typeof rounding &
  typeof selection &
  Pick<typeof softmax, 'log_softmax' | 'softmax'> &
  typeof sorting &
  typeof special &
  typeof statistics &
  typeof trigonometry &
  typeof views;

/** The in-place twins, under PyTorch's names. */
type Twins = {
  [name in keyof Functions as Functions[name] extends InPlace<unknown> ? `${name}_` : never]: Method<Functions[name]>;
};

/** The methods of Tensor that operators install. */
export type Methods = { [name in keyof Functions]: Method<Functions[name]> } & Twins & Transposes & SharingMethods;
