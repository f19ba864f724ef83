/** Jacobians and Hessians, row by row in reverse mode. */
import { RuntimeError, ValueError } from '../base/errors.js';
import { contiguousStrides } from '../base/shape.js';
import { BackwardPass } from '../graph/backward.js';
import { enable_grad } from '../graph/modes.js';
import { type Edge, type Gradient, gradientEdge } from '../graph/node.js';
import { method } from '../op/op.js';
import { copyInto } from '../op/pointwise.js';
import { stack } from '../ops/index.js';
import { emptyTensor, type Tensor } from '../tensor.js';
import type { Tensors } from './backward.js';
import {
  called,
  checkDependence,
  checkFunction,
  constantJacobian,
  type Differentiable,
  type Flags,
  type ForEach,
  filled,
  groupOf,
  scalarOf,
  shaped,
} from './calls.js';

/** Gives the gradients of one element of `output` after the other: the graph is planned once for all of them. */
function elementGradients(
  output: Tensor,
  inputs: readonly Tensor[],
  create_graph: boolean,
): (element: number) => Gradient[] {
  const edge = gradientEdge(output);
  if (edge === null || output.numel() === 0) return () => inputs.map(() => null);
  const edges = inputs.map((input) => gradientEdge(input) as Edge);
  const options = { createGraph: create_graph, retainGraph: true, inputs: edges, accumulates: false };
  const pass = new BackwardPass([edge], options);
  const oneHot = oneHots(output);
  return (element) => pass.run([oneHot(element)]);
}

/** Gives 1 at one element of zeros, shaped as `like`: windows of one row of zeros with a 1 in the middle. */
function oneHots(like: Tensor): (element: number) => Tensor {
  const count = like.numel();
  const row = filled([2 * count - 1], like, 0);
  copyInto(row.alias([], [], count - 1), 1);
  const strides = contiguousStrides(like.sizes);
  return (element) => row.alias(like.sizes, strides, count - 1 - element);
}

function checkRow(grads: readonly Gradient[], output: number, create_graph: boolean): void {
  const missing = grads.indexOf(null);
  if (missing >= 0) {
    throw new RuntimeError(
      `Output ${output} of the user-provided function is independent of input ${missing}. This is not allowed in ` +
        'strict mode.',
    );
  }
  if (!create_graph || grads.every((grad) => grad?.requires_grad)) return;
  throw new RuntimeError(
    `The jacobian of the user-provided function is independent of input ${output}. This is not allowed in strict mode ` +
      'when create_graph=True.',
  );
}

/** The derivatives of one output, one tensor for each input. Each row is written where it belongs as soon as it is known. */
function writtenBlocks(output: Tensor, inputs: readonly Tensor[], rowOf: (element: number) => Gradient[]): Tensor[] {
  const blocks = inputs.map((input) => emptyTensor([...output.sizes, ...input.sizes], input.dtype));
  const strides = inputs.map((input) => contiguousStrides(input.sizes));
  for (let element = 0; element < output.numel(); element++) {
    rowOf(element).forEach((grad, i) => {
      const row = blocks[i].alias(inputs[i].sizes, strides[i], element * inputs[i].numel());
      copyInto(row, grad ?? 0);
    });
  }
  return blocks;
}

/** The same as results of recorded operations. */
function recordedBlocks(output: Tensor, inputs: readonly Tensor[], rowOf: (element: number) => Gradient[]): Tensor[] {
  const rows = Array.from({ length: output.numel() }, (_, element) => rowOf(element));
  return inputs.map((input, i) => {
    const sizes = [...output.sizes, ...input.sizes];
    if (rows.length === 0) return filled(sizes, input, 0);
    return stack(rows.map((row) => row[i] ?? filled(input.sizes, input, 0))).view(sizes);
  });
}

/** For each output, its derivatives with respect to each input. */
function derivatives(
  op: string,
  func: Differentiable<Tensors>,
  given: readonly Tensor[],
  flags: Flags,
): { readonly isList: boolean; readonly blocks: readonly Tensor[][] } {
  const { create_graph, strict } = flags;
  const { inputs, outputs } = called(op, func, given, flags);
  const collect = create_graph ? recordedBlocks : writtenBlocks;
  const blocks = outputs.tensors.map((output, i) => {
    const gradientsOf = elementGradients(output, inputs, create_graph);
    return collect(output, inputs, (element) => {
      const grads = gradientsOf(element);
      if (strict) checkRow(grads, i, create_graph);
      return grads;
    });
  });
  return { isList: outputs.isList, blocks };
}

function checkStrategy(op: string, strategy: string, vectorize: boolean, strict: boolean): void {
  if (strategy === 'forward-mode') {
    throw new RuntimeError(`${op}: strategy "forward-mode" is not available; use "reverse-mode", which gives the same`);
  }
  if (strategy !== 'reverse-mode') {
    throw new ValueError(
      'Expected strategy to be either "forward-mode" or "reverse-mode". Hint: If your function has more outputs than ' +
        'inputs, "forward-mode" tends to be more performant. Otherwise, prefer to use "reverse-mode".',
    );
  }
  if (vectorize && strict) {
    throw new RuntimeError(
      `torch.autograd.functional.${op}: \`strict=True\` and \`vectorized=True\` are not supported together. Please ` +
        'either set `strict=False` or `vectorize=False`.',
    );
  }
}

/** Keywords of `jacobian` and `hessian`. */
export interface JacobianOptions {
  /** Compute the result so that it can be differentiated. */
  create_graph?: boolean;
  /** Throw where an output does not depend on an input, instead of giving zeros. */
  strict?: boolean;
  /** Accepted for compatibility: rows are computed one after the other, with the same result. */
  vectorize?: boolean;
}

type Jacobian = <I extends Tensors, O extends Tensors>(
  func: Differentiable<O>,
  inputs: I,
  ...args:
    | [options?: JacobianOptions & { strategy?: string }]
    | [create_graph: boolean, options?: JacobianOptions & { strategy?: string }]
    | [create_graph: boolean, strict: boolean, options?: JacobianOptions & { strategy?: string }]
    | [create_graph: boolean, strict: boolean, vectorize: boolean, strategy?: string]
) => ForEach<O, ForEach<I, Tensor>>;

/**
 * The Jacobian of `func` at `inputs`: for each output and each input a tensor of the output's shape followed by the
 * input's. A list of inputs gives a list, a list of outputs a list of those.
 * @throws RuntimeError when `strict` and an output is independent of an input.
 * @example torch.autograd.functional.jacobian((x) => x.pow(2), torch.tensor([1, 2]))   // [[2, 0], [0, 4]]
 */
export const jacobian: Jacobian = method(
  'jacobian(Any func, Any inputs, bool create_graph=False, bool strict=False, bool vectorize=False, ' +
    "str strategy='reverse-mode') -> Tensor[]",
  (
    func: Differentiable<Tensors>,
    inputs: unknown,
    create_graph: boolean,
    strict: boolean,
    vectorize: boolean,
    strategy: string,
  ) => {
    checkFunction('jacobian', func);
    checkStrategy('jacobian', strategy, vectorize, strict);
    const group = groupOf('jacobian', 'inputs', inputs);
    return enable_grad(() => {
      const { isList, blocks } = derivatives('jacobian', func, group.tensors, { create_graph, strict });
      const perOutput = blocks.map((block) => shaped(group, block));
      return isList ? perOutput : perOutput[0];
    });
  },
);

type Hessian = <I extends Tensors>(
  func: Differentiable<Tensor>,
  inputs: I,
  ...args:
    | [options?: JacobianOptions & { outer_jacobian_strategy?: string }]
    | [create_graph: boolean, options?: JacobianOptions & { outer_jacobian_strategy?: string }]
    | [create_graph: boolean, strict: boolean, options?: JacobianOptions & { outer_jacobian_strategy?: string }]
    | [create_graph: boolean, strict: boolean, vectorize: boolean, outer_jacobian_strategy?: string]
) => ForEach<I, ForEach<I, Tensor>>;

/**
 * The Hessian of `func`, which returns one element, at `inputs`: a tensor of the input's shape twice; for a list of
 * inputs, a list of lists with one for each pair.
 * @throws RuntimeError when `func` returns several elements, or is `strict` and linear in an input.
 */
export const hessian: Hessian = method(
  'hessian(Any func, Any inputs, bool create_graph=False, bool strict=False, bool vectorize=False, ' +
    "str outer_jacobian_strategy='reverse-mode') -> Tensor[]",
  (
    func: Differentiable<Tensor>,
    inputs: unknown,
    create_graph: boolean,
    strict: boolean,
    vectorize: boolean,
    strategy: string,
  ) => {
    checkFunction('hessian', func);
    checkStrategy('hessian', strategy, vectorize, strict);
    const group = groupOf('hessian', 'inputs', inputs);
    const scalar = (...own: Tensor[]): Tensor => {
      const { outputs } = called('hessian', func, own, { create_graph: true, strict });
      return scalarOf('hessian', outputs).view([]);
    };
    const gradients = (...own: Tensor[]): Tensor[] => {
      const [row] = derivatives('hessian', scalar, own, { create_graph: true, strict: false }).blocks;
      if (strict) checkDependence(row, constantJacobian);
      return row;
    };
    return enable_grad(() => {
      const { blocks } = derivatives('hessian', gradients, group.tensors, { create_graph, strict });
      return shaped(
        group,
        blocks.map((block) => shaped(group, block)),
      );
    });
  },
);
