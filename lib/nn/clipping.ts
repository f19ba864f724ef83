/** Bounds of gradients. */
import { RuntimeError } from '../base/errors.js';
import { no_grad } from '../graph/modes.js';
import { method } from '../op/op.js';
import { stack, tensor } from '../ops/index.js';
import { pythonFloat } from '../print/python.js';
import type { Tensor } from '../tensor.js';
import { type Given, tensorsOf } from './options.js';

/** The gradients of one tensor or of several, those that are there. */
function gradientsOf(op: string, parameters: unknown): Tensor[] {
  return tensorsOf(op, 'parameters', parameters).flatMap(({ grad }) => grad ?? []);
}

interface NormOptions {
  norm_type?: number;
  error_if_nonfinite?: boolean;
}

/**
 * Scales gradients down in place so that their norm, as if all were one vector, is at most `max_norm`.
 * @returns the norm before.
 * @throws RuntimeError with `error_if_nonfinite` when the norm is infinite or NaN.
 * @example torch.nn.utils.clip_grad_norm_(model.parameters(), 1)
 */
export const clip_grad_norm_: (
  parameters: Tensor | Iterable<Tensor>,
  max_norm: number,
  ...options: Given<NormOptions, ['norm_type', 'error_if_nonfinite']>
) => Tensor = method(
  'clip_grad_norm_(Any parameters, float max_norm, float norm_type=2.0, bool error_if_nonfinite=False) -> Tensor',
  (parameters, max_norm, norm_type, error_if_nonfinite) =>
    no_grad(() => {
      const grads = gradientsOf('clip_grad_norm_', parameters);
      if (grads.length === 0) return tensor(0);
      const total = stack(grads.map((grad) => grad.detach().norm(norm_type))).norm(norm_type);
      if (error_if_nonfinite && !Number.isFinite(total.item())) {
        throw new RuntimeError(
          `The total norm of order ${pythonFloat(norm_type)} for gradients from \`parameters\` is non-finite, so it cannot be clipped. ` +
            'To disable this error and scale the gradients by the non-finite norm anyway, set `error_if_nonfinite=False`',
        );
      }
      const factor = total.add(1e-6).reciprocal().mul(max_norm).clamp_max(1);
      for (const grad of grads) grad.detach().mul_(factor);
      return total;
    }),
);

/** Clamps the elements of gradients in place to [-clip_value, clip_value]. */
export const clip_grad_value_: (parameters: Tensor | Iterable<Tensor>, clip_value: number) => void = method(
  'clip_grad_value_(Any parameters, float clip_value) -> ()',
  (parameters, clip_value) =>
    no_grad(() => {
      for (const grad of gradientsOf('clip_grad_value_', parameters)) grad.detach().clamp_(-clip_value, clip_value);
    }),
);
