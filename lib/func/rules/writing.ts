/** What writes in place and is no twin of an operator. */
import type { Tensor } from '../../tensor.js';
import type { BatchCall } from '../call.js';

type Writer = (call: BatchCall, ...values: never[]) => void;

const copy: Writer = (call, self: Tensor, src: Tensor): void => {
  self.copy_(call.padded(src, self.ndim - 1));
};

/** By the operators' names. */
export const writers: Readonly<Record<string, Writer>> = {
  copy_: copy,
  fill_: (call, self: Tensor, value: Tensor | number) => {
    if (typeof value === 'object') copy(call, self as never, value as never);
    else self.fill_(value);
  },
  zero_: (_, self: Tensor) => {
    self.zero_();
  },
};
