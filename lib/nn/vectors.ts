/** All parameters as one vector, and back. */
import { RuntimeError, showShape, typeName } from '../base/errors.js';
import { no_grad } from '../graph/modes.js';
import { isTensor } from '../op/bind.js';
import { cat } from '../ops/index.js';
import type { Tensor } from '../tensor.js';
import { tensorsOf } from './options.js';

/** The elements of all parameters in one vector, through which gradients flow. */
export const parameters_to_vector = (parameters: Iterable<Tensor>): Tensor =>
  cat(tensorsOf('parameters_to_vector', 'parameters', parameters).map((parameter) => parameter.reshape(-1)));

/**
 * Copies the elements of a vector into parameters, in their order.
 * @throws RuntimeError, and copies nothing, when the vector is too short.
 */
export function vector_to_parameters(vec: Tensor, parameters: Iterable<Tensor>): void {
  if (!isTensor(vec)) throw new TypeError(`expected torch.Tensor, but got: ${typeName(vec)}`);
  const all = tensorsOf('vector_to_parameters', 'parameters', parameters);
  const total = all.reduce((count, parameter) => count + parameter.numel(), 0);
  if (vec.ndim !== 1 || vec.numel() < total) {
    throw new RuntimeError(
      `vector_to_parameters: expected a vector of ${total} elements, got one of shape ${showShape(vec.shape)}`,
    );
  }
  no_grad(() => {
    let start = 0;
    for (const parameter of all) {
      parameter.copy_(vec.narrow(0, start, parameter.numel()).view(parameter.shape));
      start += parameter.numel();
    }
  });
}
