/** The linear layer's function, which torch has as torch.nn.functional.linear alone. */
import { method } from '../op/op.js';
import type { Tensor } from '../tensor.js';

/** input · weightᵀ + bias: [*, in] and [out, in] to [*, out]. The weight is read as it lies. */
export const linear: (input: Tensor, weight: Tensor, bias?: Tensor | null) => Tensor = method(
  'linear(Tensor input, Tensor weight, Tensor? bias=None) -> Tensor',
  (input, weight, bias) => {
    const columns = weight.t();
    if (!bias) return input.matmul(columns);
    if (input.ndim === 2) return bias.addmm(input, columns);
    if (input.ndim === 3 && input.is_contiguous()) {
      const [batch, rows, features] = input.shape;
      return bias.addmm(input.view(batch * rows, features), columns).view(batch, rows, columns.shape[1]);
    }
    return input.matmul(columns).add(bias);
  },
);
