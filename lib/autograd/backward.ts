/** torch.autograd.backward and grad: gradients of results with respect to inputs. */
import { RuntimeError, showShape, ValueError } from '../base/errors.js';
import { sameShape } from '../base/shape.js';
import { vmap } from '../func/vmap.js';
import { checkGradient, backward as run } from '../graph/backward.js';
import { type Edge, type Gradient, gradientEdge } from '../graph/node.js';
import { method } from '../op/op.js';
import { copyInto, emptyLike } from '../op/pointwise.js';
import type { Tensor } from '../tensor.js';

/** One tensor or several. */
export type Tensors = Tensor | readonly Tensor[];
/** A gradient for each of several tensors; null stands for 1 where the tensor is a scalar. */
export type Gradients = Tensor | readonly Gradient[] | null;

interface GraphOptions {
  /** Keep what formulas need, so that backward can be called again. Defaults to `create_graph`. */
  retain_graph?: boolean | null;
  /** Record the backward pass itself, so that its results can be differentiated. */
  create_graph?: boolean;
}

interface InputsOption {
  /** Accumulate into these tensors only, instead of into all leaves. */
  inputs?: Tensors | null;
}

/** The gradient that starts the pass at one output: the given one, or 1 for a scalar; null where none can flow. */
function initialGradient(output: Tensor, given: Gradient, position: number): Gradient {
  if (given !== null) return checkGradient(output, given, position);
  if (!output.requires_grad) return null;
  if (output.numel() !== 1) throw new RuntimeError('grad can be implicitly created only for scalar outputs');
  const one = emptyLike(output, output.dtype);
  copyInto(one, 1);
  return one;
}

function initialGradients(outputs: readonly Tensor[], given: readonly Gradient[] | null): Gradient[] {
  const grads = outputs.slice(0, given?.length).map((output, i) => initialGradient(output, given?.[i] ?? null, i));
  if (grads.length === outputs.length) return grads;
  throw new RuntimeError(`got ${outputs.length} tensors and ${grads.length} gradients`);
}

function rootEdges(outputs: readonly Tensor[]): Edge[] {
  return outputs.map((output, i) => {
    const edge = gradientEdge(output);
    if (edge !== null) return edge;
    throw new RuntimeError(`element ${i} of tensors does not require grad and does not have a grad_fn`);
  });
}

function inputEdge(input: Tensor): Edge {
  const edge = gradientEdge(input);
  if (edge !== null) return edge;
  throw new RuntimeError('One of the differentiated Tensors does not require grad');
}

function accumulate(
  outputs: readonly Tensor[],
  given: readonly Gradient[] | null,
  retain_graph: boolean | null,
  create_graph: boolean,
  inputs: readonly Tensor[] | null,
): void {
  if (inputs?.length === 0) throw new RuntimeError("'inputs' argument to backward() cannot be empty.");
  const grads = initialGradients(outputs, given);
  const roots = rootEdges(outputs);
  for (const input of inputs ?? []) input.retain_grad();
  run(roots, grads as Tensor[], {
    createGraph: create_graph,
    retainGraph: retain_graph ?? create_graph,
    inputs: inputs?.map(inputEdge) ?? null,
    accumulates: true,
  });
}

/** Keywords of `backward`. */
export type BackwardOptions = GraphOptions & InputsOption;

type Backward = (
  tensors: Tensors,
  ...args:
    | [options?: BackwardOptions & { grad_tensors?: Gradients }]
    | [grad_tensors: Gradients, options?: BackwardOptions]
    | [grad_tensors: Gradients, retain_graph: boolean | null, options?: InputsOption & { create_graph?: boolean }]
    | [grad_tensors: Gradients, retain_graph: boolean | null, create_graph: boolean, options?: InputsOption]
) => void;

/**
 * Adds the gradients of `tensors` with respect to the graph's leaves (or to `inputs`) to their `grad`.
 * @throws RuntimeError when a tensor needs no gradient, or has several elements and no entry in `grad_tensors`.
 */
export const backward: Backward = method(
  'backward(Tensor[1] tensors, Tensor?[1]? grad_tensors=None, bool? retain_graph=None, bool create_graph=False, *, ' +
    'Tensor[1]? inputs=None) -> None',
  accumulate,
);

/** What autograd installs on Tensor. */
export interface AutogradMethods {
  /**
   * Adds the gradients of this tensor with respect to the graph's leaves (or to `inputs`) to their `grad`. `gradient`
   * is that of this tensor and may be left out for a scalar.
   * @throws RuntimeError when the tensor requires no gradient, or has several elements and no `gradient` is given.
   */
  backward(
    ...args:
      | [options?: BackwardOptions & { gradient?: Tensor | null }]
      | [gradient: Tensor | null, options?: BackwardOptions]
      | [gradient: Tensor | null, retain_graph: boolean | null, options?: InputsOption & { create_graph?: boolean }]
      | [gradient: Tensor | null, retain_graph: boolean | null, create_graph: boolean, options?: InputsOption]
      | [gradient: Tensor | null, retain_graph: boolean | null, create_graph: boolean, inputs: Tensors | null]
  ): void;
}

method(
  'backward(Tensor self, Tensor? gradient=None, bool? retain_graph=None, bool create_graph=False, ' +
    'Tensor[1]? inputs=None) -> None',
  (self: Tensor, gradient: Gradient, retain_graph: boolean | null, create_graph: boolean, inputs: Tensor[] | null) =>
    accumulate([self], [gradient], retain_graph, create_graph, inputs),
);

/** Keywords of `grad`. */
export interface GradOptions extends GraphOptions {
  grad_outputs?: Gradients;
  /** Has no effect, as in PyTorch: gradients are only ever returned for `inputs`. */
  only_inputs?: boolean;
  /** Give null for inputs that the outputs do not depend on, instead of an Error. */
  allow_unused?: boolean;
  /** Whether each of `grad_outputs` holds a batch of gradients, in dimension 0: results then hold one too. */
  is_grads_batched?: boolean;
}

type Grad = (
  outputs: Tensors,
  inputs: Tensors,
  ...args:
    | [options?: GradOptions]
    | [grad_outputs: Gradients, options?: GradOptions]
    | [grad_outputs: Gradients, retain_graph: boolean | null, options?: GradOptions]
    | [grad_outputs: Gradients, retain_graph: boolean | null, create_graph: boolean, options?: GradOptions]
    | [
        grad_outputs: Gradients,
        retain_graph: boolean | null,
        create_graph: boolean,
        only_inputs: boolean,
        allow_unused?: boolean,
        is_grads_batched?: boolean,
      ]
) => Gradient[];

/**
 * The gradients of the sum of `outputs` with respect to each of `inputs`; their `grad` stays as it is.
 * @throws RuntimeError when an input was not used, unless `allow_unused`.
 * @example const [dx] = torch.autograd.grad(y.sum(), x);
 */
export const grad: Grad = method(
  'grad(Tensor[1] outputs, Tensor[1] inputs, Tensor?[1]? grad_outputs=None, bool? retain_graph=None, ' +
    'bool create_graph=False, bool only_inputs=True, bool allow_unused=False, bool is_grads_batched=False) -> Tensor[]',
  (
    outputs: readonly Tensor[],
    inputs: readonly Tensor[],
    grad_outputs: readonly Gradient[] | null,
    retain_graph: boolean | null,
    create_graph: boolean,
    _only_inputs: boolean,
    allow_unused: boolean,
    is_grads_batched: boolean,
  ) => {
    if (inputs.length === 0) throw new ValueError('grad requires non-empty inputs.');
    const roots = rootEdges(outputs);
    const options = {
      createGraph: create_graph,
      retainGraph: retain_graph ?? create_graph,
      inputs: inputs.map(inputEdge),
      accumulates: false,
    };
    const pull = (given: readonly Gradient[] | null): Gradient[] =>
      run(roots, initialGradients(outputs, given) as Tensor[], options);
    const grads = is_grads_batched ? batched(outputs, grad_outputs, pull) : pull(grad_outputs);
    if (!allow_unused && grads.includes(null)) throw new RuntimeError(unused);
    return grads;
  },
);

/** Gradients for each of a batch of gradients of the outputs. */
function batched(
  outputs: readonly Tensor[],
  given: readonly Gradient[] | null,
  pull: (given: readonly Gradient[]) => Gradient[],
): Gradient[] {
  given?.forEach((grad, i) => {
    if (grad === null || sameShape(grad.sizes.slice(1), outputs[i].sizes)) return;
    const size = (tensor: Tensor): string => `torch.Size(${showShape(tensor.sizes)})`;
    throw new RuntimeError(
      'If `is_grads_batched=True`, we interpret the first dimension of each grad_output as the batch dimension. The ' +
        'sizes of the remaining dimensions are expected to match the shape of corresponding output, but a mismatch was ' +
        `detected: grad_output[${i}] has a shape of ${size(grad)} and output[${i}] has a shape of ` +
        `${size(outputs[i])}. If you only want some tensors in \`grad_output\` to be considered batched, consider ` +
        'using vmap.',
    );
  });
  return vmap((grads: readonly Gradient[]) => pull(grads))(given ?? []);
}

const unused =
  'One of the differentiated Tensors appears to not have been used in the graph. Set allow_unused=True if this is the ' +
  'desired behavior.';
