/** Derivatives of functions of tensors, once by finite differences and once by the backward pass, to be compared. */
import { RuntimeError, showShape } from '../../base/errors.js';
import { contiguousStrides, sameShape } from '../../base/shape.js';
import type { Gradient } from '../../graph/node.js';
import { copyInto } from '../../op/pointwise.js';
import { tensor } from '../../ops/creation.js';
import type { Tensor } from '../../tensor.js';
import { grad } from '../backward.js';
import { type Matrix, matrix } from './matrix.js';

export const elementsOf = (source: Tensor): Float64Array => Float64Array.from(source.toTypedArray(), Number);

/** Overwrites elements unseen by autograd, so that graphs made before stay valid. */
export function overwrite(target: Tensor, elements: Float64Array): void {
  copyInto(target, tensor(elements).alias(target.sizes, contiguousStrides(target.sizes), 0));
}

/** How all of the function's outputs change as one input moves along a direction, by central differences. */
export function differences(
  evaluate: () => readonly Tensor[],
  input: Tensor,
  direction: Float64Array,
  eps: number,
): Float64Array[] {
  const original = elementsOf(input);
  const outputsAt = (step: number): { readonly form: Tensor; readonly elements: Float64Array }[] => {
    overwrite(
      input,
      original.map((value, i) => value + step * direction[i]),
    );
    return evaluate().map((form) => ({ form, elements: elementsOf(form) }));
  };
  try {
    const [low, high] = [outputsAt(-eps), outputsAt(eps)];
    return high.map(({ form, elements }, k) => {
      checkSameForm(low[k].form, form, eps);
      return elements.map((value, i) => (value - low[k].elements[i]) / (2 * eps));
    });
  } finally {
    overwrite(input, original);
  }
}

/** @throws RuntimeError for a function whose results take another form when its inputs move a little. */
function checkSameForm(low: Tensor, high: Tensor, eps: number): void {
  const must = (what: string, but: string): RuntimeError =>
    new RuntimeError(
      `Expected \`func\` to return outputs with the same ${what} when inputs are perturbed by ${eps}, but got: ${but}.`,
    );
  if (!sameShape(low.sizes, high.sizes)) {
    throw must('shape', `shapes torch.Size(${showShape(low.sizes)}) and torch.Size(${showShape(high.sizes)})`);
  }
  if (low.dtype !== high.dtype) throw must('dtype', `dtypes ${low.dtype} and ${high.dtype}`);
}

export function oneHot(count: number, at: number): Float64Array {
  const direction = new Float64Array(count);
  direction[at] = 1;
  return direction;
}

/** For each output its Jacobian: a row for each element of the input, a column for each of the output. */
export function numericalJacobians(
  evaluate: () => readonly Tensor[],
  input: Tensor,
  outputs: readonly Tensor[],
  eps: number,
): Matrix[] {
  const count = input.numel();
  const jacobians = outputs.map((output) => matrix(count, output.numel()));
  for (let row = 0; row < count; row++) {
    differences(evaluate, input, oneHot(count, row), eps).forEach((change, k) => {
      jacobians[k].values.set(change, row * change.length);
    });
  }
  return jacobians;
}

/** A tensor shaped as `like`, with these elements. */
export const fromElements = (elements: Float64Array, like: Tensor): Tensor =>
  tensor(elements, { dtype: like.dtype }).view(like.sizes);

/** The gradients of the inputs for one gradient of an output. */
export const pullBack = (output: Tensor, inputs: readonly Tensor[], elements: Float64Array): Gradient[] =>
  grad(output, inputs, { grad_outputs: fromElements(elements, output), retain_graph: true, allow_unused: true });

/** What is wrong with the form of a gradient. */
export type Misfit = 'dtype' | 'size' | null;

export function misfit(gradient: Gradient, input: Tensor): Misfit {
  if (gradient === null) return null;
  if (gradient.dtype !== input.dtype) return 'dtype';
  return sameShape(gradient.sizes, input.sizes) ? null : 'size';
}

/** For each input the Jacobian of `output`, by one backward pass for each of its elements. */
export function analyticalJacobians(
  output: Tensor,
  inputs: readonly Tensor[],
  onMisfit: (kind: Misfit) => void,
): Matrix[] {
  const columns = output.numel();
  const jacobians = inputs.map((input) => matrix(input.numel(), columns));
  for (let column = 0; column < columns; column++) {
    pullBack(output, inputs, oneHot(columns, column)).forEach((gradient, i) => {
      onMisfit(misfit(gradient, inputs[i]));
      if (gradient === null) return;
      elementsOf(gradient).forEach((value, row) => {
        jacobians[i].values[row * columns + column] = value;
      });
    });
  }
  return jacobians;
}

/** @throws RuntimeError for an input whose elements share memory, so that one cannot be moved alone. */
export function checkDistinct(input: Tensor, position: number): void {
  if (input.sizes.every((size, dim) => size <= 1 || input.strides[dim] > 0)) return;
  throw new RuntimeError(
    `The ${position}th input has a dimension with stride 0. gradcheck only supports inputs that are non-overlapping to ` +
      'be able to compute the numerical gradients correctly. You should call .contiguous on the input before passing ' +
      'it to gradcheck.',
  );
}
