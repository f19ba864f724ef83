/** Products of matrices: a batch of them is one product more in the batch. */
import { repeated } from '../../base/shape.js';
import type { Results } from '../../op/dispatch.js';
import type { Tensor } from '../../tensor.js';
import type { Rule } from '../call.js';

/** `beta * self + alpha * a * b`: all products, those of an example among them, in one batch. */
const addProduct: Rule = (call, self: Tensor, a: Tensor, b: Tensor, beta: number, alpha: number): Tensor => {
  const [left, right] = [call.each(a), call.each(b)];
  const rank = left.ndim - 1;
  const sizes = [...left.sizes.slice(0, -1), right.sizes[rank]];
  const start = call.padded(call.each(self), rank);
  const ones = repeated(1, rank + 1 - start.ndim);
  const whole = start.reshape([start.sizes[0], ...ones, ...start.sizes.slice(1)]).expand(sizes);
  const flat = (tensor: Tensor): Tensor => (rank === 2 ? tensor : tensor.flatten(0, 1));
  return flat(whole).baddbmm(flat(left), flat(right), { beta, alpha }).reshape(sizes);
};

/** A batch is one more dimension before those of the heads. */
const attention: Rule = (
  call,
  query: Tensor,
  key: Tensor,
  value: Tensor,
  mask: Tensor | null,
  is_causal: boolean,
  scale: number,
): Results => {
  const [q, k, v] = [query, key, value].map((tensor) => call.each(tensor));
  const sums = q.new_empty(q.sizes.slice(0, -1));
  return call.run(q, k, v, mask && call.each(mask), is_causal, scale, sums);
};

/** Rules by the operators' names. */
export const productRules: Readonly<Record<string, Rule>> = {
  mm: (_, self: Tensor, mat2: Tensor) => self.matmul(mat2),
  bmm: (_, self: Tensor, mat2: Tensor) => self.matmul(mat2),
  mv: (call, self: Tensor, vec: Tensor) =>
    call.isBatch(vec) ? self.matmul(vec.unsqueeze(-1)).squeeze(-1) : self.matmul(vec),
  dot: (_, self: Tensor, other: Tensor) => self.unsqueeze(-2).matmul(other.unsqueeze(-1)).squeeze(-1).squeeze(-1),
  addmm: addProduct,
  baddbmm: addProduct,
  _scaled_dot_product_attention: attention,
};
