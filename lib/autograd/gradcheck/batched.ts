/** Derivatives of a batch at once held against those of its examples one by one. */
import { RuntimeError } from '../../base/errors.js';
import { vmap } from '../../func/vmap.js';
import { zerosOf } from '../../op/factory.js';
import { stack } from '../../ops/index.js';
import type { Tensor } from '../../tensor.js';
import { grad } from '../backward.js';
import { dual_level, make_dual, unpack_dual } from '../forward_ad.js';
import { elementsOf, fromElements } from './differences.js';
import { isClose, row, spread } from './matrix.js';
import { GradcheckError, type Subject } from './subject.js';

/** How many examples. */
const size = 2;

/** Different directions for the examples, in (-1, 1). */
const directions = (like: Tensor): Tensor[] =>
  Array.from({ length: size }, (_, seed) =>
    fromElements(
      spread(like.numel(), seed).map((value) => 2 * value - 1),
      like,
    ),
  );

const backwardAdvice =
  'gradcheck or gradgradcheck failed while testing batched gradient computation.\n' +
  'To compute batched grads (e.g., jacobians, hessians), we vmap over the backward computation. The most common ' +
  "failure case is if there is a 'vmap-incompatible operation' in the backward pass. To leave this check out, call " +
  'gradcheck/gradgradcheck with `check_batched_grad=False` as a keyword argument.';

const forwardAdvice =
  'gradcheck failed while testing batched gradient computation with forward-mode AD.\n' +
  'To leave this check out, call gradcheck/gradgradcheck with `check_batched_forward_grad=False` as a keyword argument.';

/** Runs `derivative`, which gives a list of tensors, on each of the examples and on all at once. */
function compare(
  derivative: (example: Tensor) => Tensor[],
  examples: readonly Tensor[],
  advice: string,
  place: (result: number) => string,
): void {
  const each = examples.map(derivative);
  let together: Tensor[];
  try {
    together = vmap(derivative)(stack(examples));
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    throw new GradcheckError(`While computing batched gradients, got: ${error.message}\n\n${advice}`, { cause: error });
  }
  together.forEach((found, i) => {
    const expected = stack(each.map((results) => results[i]));
    if (isClose(row(elementsOf(found)), row(elementsOf(expected)), 1e-5, 1e-8)) return;
    throw new GradcheckError(`${place(i)}:\n\n${advice}\n\nGot:\n${String(found)}\n\nExpected:\n${String(expected)}`);
  });
}

/** @throws GradcheckError where vmap over backward passes from `output` gives other gradients than the passes. */
export function checkBatchedBackward({ wanted }: Subject, output: Tensor, index: number): void {
  const pull = (cotangent: Tensor): Tensor[] =>
    grad(output, wanted, { grad_outputs: cotangent, retain_graph: true, allow_unused: true }).map(
      (gradient, i) => gradient ?? zerosOf(wanted[i]),
    );
  compare(pull, directions(output), backwardAdvice, (input) => `For output ${index} and input ${input}`);
}

/** @throws GradcheckError where vmap over forward mode gives other tangents than each run of it. */
export function checkBatchedForward(subject: Subject): void {
  subject.wanted.forEach((input, at) => {
    const push = (tangent: Tensor): Tensor[] =>
      dual_level(() => {
        const inputs = subject.wanted.map((each) => each.detach());
        const results = subject.evaluateAt(inputs.with(at, make_dual(inputs[at], tangent)));
        return results.map((result) => unpack_dual(result).tangent ?? zerosOf(result));
      });
    compare(push, directions(input), forwardAdvice, (output) => `For output ${output} and input ${at}`);
  });
}
