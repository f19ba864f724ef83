/** Tensors with at least so many dimensions, by adding some of size 1. */
import type { Tensor } from '../tensor.js';

export const atLeast1d = (self: Tensor): Tensor => (self.ndim === 0 ? self.reshape(1) : self);

export function atLeast2d(self: Tensor): Tensor {
  if (self.ndim >= 2) return self;
  return self.ndim === 0 ? self.reshape(1, 1) : self.unsqueeze(0);
}

export function atLeast3d(self: Tensor): Tensor {
  if (self.ndim === 0) return self.reshape(1, 1, 1);
  if (self.ndim === 1) return self.unsqueeze(0).unsqueeze(-1);
  return self.ndim === 2 ? self.unsqueeze(-1) : self;
}
