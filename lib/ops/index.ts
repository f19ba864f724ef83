/** Every operator, by name. */
import type { InPlace, Method } from '../op/signatures.js';
import type * as arithmetic from './arithmetic.js';
import type * as copying from './copying.js';
import type * as joining from './joining.js';
import type * as partitioning from './partitioning.js';
import type * as permuting from './permuting.js';
import type { Transposes } from './permuting.js';
import type * as reduction from './reduction.js';
import type * as reshaping from './reshaping.js';
import type * as trigonometry from './trigonometry.js';
import type * as views from './views.js';

export * from './arithmetic.js';
export * from './broadcasting.js';
export * from './copying.js';
export * from './creation.js';
export * from './joining.js';
export * from './partitioning.js';
export * from './permuting.js';
export * from './reduction.js';
export * from './reshaping.js';
export * from './trigonometry.js';
export * from './views.js';

/** Families whose functions of a tensor are methods too. */
type Functions = typeof arithmetic &
  typeof copying &
  Pick<typeof joining, 'chunk' | 'split' | 'split_with_sizes' | 'unbind'> &
  typeof partitioning &
  typeof permuting &
  typeof reduction &
  typeof reshaping &
  typeof trigonometry &
  typeof views;

/** The in-place twins, under PyTorch's names. */
type Twins = {
  [name in keyof Functions as Functions[name] extends InPlace<unknown> ? `${name}_` : never]: Method<Functions[name]>;
};

/** The methods of Tensor that operators install. */
export type Methods = { [name in keyof Functions]: Method<Functions[name]> } & Twins & Transposes;
