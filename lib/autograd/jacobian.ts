/** Jacobians and Hessians: row by row in reverse mode, all rows at once, or all columns at once in forward mode. */
import { NotImplementedError, RuntimeError, ValueError } from '../base/errors.js';
import { contiguousStrides } from '../base/shape.js';
import { jvp } from '../func/gradients.js';
import { splitColumns, splitRows, unitVectors } from '../func/jacobians.js';
import { vmap } from '../func/vmap.js';
import { BackwardPass } from '../graph/backward.js';
import { enable_grad } from '../graph/modes.js';
import { type Edge, type Gradient, gradientEdge, needsGradient } from '../graph/node.js';
import { zerosOf } from '../op/factory.js';
import { severed } from '../op/levels.js';
import { method } from '../op/op.js';
import { copyInto } from '../op/pointwise.js';
import { stack } from '../ops/index.js';
import { emptyTensor, type Tensor } from '../tensor.js';
import { grad, type Tensors } from './backward.js';
import {
  called,
  checkDependence,
  checkFunction,
  constantJacobian,
  type Differentiable,
  type Flags,
  type ForEach,
  type Group,
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
  const row = zerosOf({ sizes: [2 * count - 1], dtype: like.dtype });
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

/** The derivative of an output by an input that it does not depend on. */
const zeroBlock = (output: Tensor, { sizes, dtype }: Tensor): Tensor =>
  zerosOf({ sizes: [...output.sizes, ...sizes], dtype });

/**
 * The derivatives of one output, one tensor for each input. Each row is written where it belongs as soon as it is
 * known.
 */
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
    if (rows.length === 0) return zeroBlock(output, input);
    return stack(rows.map((row) => row[i] ?? zerosOf(input))).view([...output.sizes, ...input.sizes]);
  });
}

/** The same for all outputs at once, by one pass over a batch of gradients. */
function vectorizedBlocks(
  outputs: readonly Tensor[],
  inputs: readonly Tensor[],
  create_graph: boolean,
): readonly Tensor[][] {
  const recorded = outputs.filter(needsGradient);
  const pull = (...grad_outputs: Tensor[]): Tensor[] => {
    const options = { grad_outputs, retain_graph: true, create_graph, allow_unused: true };
    return grad(recorded, inputs, options).map((gradient, i) => gradient ?? zerosOf(inputs[i]));
  };
  const rows = recorded.length === 0 ? [] : vmap(pull)(...unitVectors(recorded));
  const parts = rows.map((each) => splitRows(each, recorded));
  return outputs.map((output) => {
    const at = recorded.indexOf(output);
    return at >= 0 ? parts.map((part) => part[at]) : inputs.map((input) => zeroBlock(output, input));
  });
}

/** Of each output by each input, and whether the function returned a list. */
interface Derivatives {
  readonly isList: boolean;
  readonly blocks: readonly Tensor[][];
}

/** Column by column, in forward mode: the derivatives of all outputs with respect to each input. */
function forwardDerivatives(op: string, func: Differentiable<Tensors>, inputs: readonly Tensor[]): Derivatives {
  let isList = false;
  const push = (...tangents: Tensor[]): Tensor[] => {
    const own = (...given: Tensor[]): readonly Tensor[] => {
      const outputs = groupOf(op, 'outputs of the user-provided function', func(...given));
      isList = outputs.isList;
      return outputs.tensors;
    };
    return jvp(own, [...inputs.map(severed)], tangents)[1] as Tensor[];
  };
  const columns = vmap(push, { out_dims: -1 })(...unitVectors(inputs));
  return { isList, blocks: columns.map((each) => splitColumns(each, inputs).map((block) => block.detach())) };
}

/** For each output, its derivatives with respect to each input. */
function derivatives(
  op: string,
  func: Differentiable<Tensors>,
  given: readonly Tensor[],
  flags: Flags,
  vectorize = false,
): Derivatives {
  const { create_graph, strict } = flags;
  const { inputs, outputs } = called(op, func, given, flags);
  if (vectorize) return { isList: outputs.isList, blocks: vectorizedBlocks(outputs.tensors, inputs, create_graph) };
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

/** @throws Error for what forward mode is not available with. */
function checkForward({ create_graph, strict }: Flags, vectorize: boolean): void {
  const together = (flag: string, instead: string): string =>
    `torch.autograd.functional.jacobian: \`${flag}=True\` and \`strategy="forward-mode"\` are not supported together ` +
    `(yet). Please either set \`${instead}=False\` or \`strategy="reverse-mode"\`.`;
  if (create_graph) throw new NotImplementedError(together('create_graph', 'create_graph'));
  if (strict) throw new RuntimeError(together('strict', 'strict'));
  if (vectorize) return;
  throw new NotImplementedError(
    'Computing Jacobian using forward-AD or forward-over-reverse Hessian isonly implemented for `vectorize=True`.',
  );
}

function checkStrategy(op: string, strategy: string, vectorize: boolean, { create_graph, strict }: Flags): void {
  if (strategy === 'forward-mode') return checkForward({ create_graph, strict }, vectorize);
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
  /** Compute all rows at once, by vmap. */
  vectorize?: boolean;
}

/** How the arguments behind `func` and `inputs` are given; `O` has the strategy's name too. */
type Rest<O> =
  | [options?: O]
  | [create_graph: boolean, options?: O]
  | [create_graph: boolean, strict: boolean, options?: O]
  | [create_graph: boolean, strict: boolean, vectorize: boolean, strategy?: string];

/**
 * Declares a function that returns all derivatives of what `functionOf` makes of the user's function. `strategyName` is
 * the keyword by which forward mode is asked for.
 */
function allDerivatives<F>(
  op: 'jacobian' | 'hessian',
  strategyName: string,
  functionOf: (func: Differentiable<Tensors>, inputs: Group, strict: boolean) => Differentiable<Tensors>,
): F {
  const schema =
    `${op}(Any func, Any inputs, bool create_graph=False, bool strict=False, bool vectorize=False, ` +
    `str ${strategyName}='reverse-mode') -> Tensor[]`;
  return method(
    schema,
    (
      func: Differentiable<Tensors>,
      inputs: unknown,
      create_graph: boolean,
      strict: boolean,
      vectorize: boolean,
      strategy: string,
    ) => {
      const flags = { create_graph, strict };
      checkFunction(op, func);
      checkStrategy(op, strategy, vectorize, flags);
      const group = groupOf(op, 'inputs', inputs);
      const differentiated = functionOf(func, group, strict);
      return enable_grad(() => {
        const { isList, blocks } =
          strategy === 'forward-mode'
            ? forwardDerivatives(op, differentiated, group.tensors)
            : derivatives(op, differentiated, group.tensors, flags, vectorize);
        const perOutput = blocks.map((block) => shaped(group, block));
        return isList ? perOutput : perOutput[0];
      });
    },
  );
}

/**
 * The Jacobian of `func` at `inputs`: for each output and each input a tensor of the output's shape followed by the
 * input's. A list of inputs gives a list, a list of outputs a list of those.
 * @throws RuntimeError when `strict` and an output is independent of an input.
 * @example torch.autograd.functional.jacobian((x) => x.pow(2), torch.tensor([1, 2]))   // [[2, 0], [0, 4]]
 */
export const jacobian: <I extends Tensors, O extends Tensors>(
  func: Differentiable<O>,
  inputs: I,
  ...args: Rest<JacobianOptions & { strategy?: string }>
) => ForEach<O, ForEach<I, Tensor>> = allDerivatives('jacobian', 'strategy', (func) => func);

/** The gradients of a function that returns one element, as a function of the same inputs. */
function gradientsOf(func: Differentiable<Tensors>, group: Group, strict: boolean): Differentiable<Tensors> {
  const scalar = (...own: Tensor[]): Tensor => {
    const { outputs } = called('hessian', func, own, { create_graph: true, strict });
    return scalarOf('hessian', outputs).view([]);
  };
  return (...own) => {
    const [row] = derivatives('hessian', scalar, own, { create_graph: true, strict: false }).blocks;
    if (strict) checkDependence(row, constantJacobian);
    return shaped(group, row);
  };
}

/**
 * The Hessian of `func`, which returns one element, at `inputs`: a tensor of the input's shape twice; for a list of
 * inputs, a list of lists with one for each pair.
 * @throws RuntimeError when `func` returns several elements, or is `strict` and linear in an input.
 * @example torch.autograd.functional.hessian((x) => x.pow(3).sum(), torch.tensor([1, 2]))   // [[6, 0], [0, 12]]
 */
export const hessian: <I extends Tensors>(
  func: Differentiable<Tensor>,
  inputs: I,
  ...args: Rest<JacobianOptions & { outer_jacobian_strategy?: string }>
) => ForEach<I, ForEach<I, Tensor>> = allDerivatives('hessian', 'outer_jacobian_strategy', gradientsOf);
