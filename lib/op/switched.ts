/** What activations of torch.nn.functional share: those that write to their input on demand. */
import type { Tensor } from '../tensor.js';
import { method } from './op.js';
import type { InPlace, Unary } from './signatures.js';
import { floatingOr } from './slices.js';

/** `(input, inplace)`, as torch.nn.functional has them. */
export type Switch = (input: Tensor, inplace?: boolean | { inplace?: boolean }) => Tensor;

/** Declares the function `name` by an operator and its in-place twin. */
export const switched = (name: string, target: InPlace<Unary>): Switch =>
  method(
    `${name}(Tensor input, bool inplace=False) -> Tensor` as 'f(Tensor input, bool inplace=False) -> Tensor',
    (input, inplace) => (inplace ? target.in_place(input) : target(input)),
  );

/** The input apart from the graph. @throws RuntimeError for integers, under the kernel's name in PyTorch. */
export function checked(name: string, input: Tensor): Tensor {
  floatingOr(`${name}_cpu`, input.dtype);
  return input.detach();
}
