/** torch.autograd: gradients of results with respect to inputs. */
import { argumentError, RuntimeError, show } from '../base/errors.js';
import { checkGradient, backward as run } from '../graph/backward.js';
import { type Edge, type Gradient, gradientEdge } from '../graph/node.js';
import { isKeywords } from '../op/bind.js';
import { install } from '../op/op.js';
import { copyInto } from '../op/pointwise.js';
import { emptyTensor, Tensor } from '../tensor.js';

/** One tensor or several. */
export type Tensors = Tensor | readonly Tensor[];

export interface BackwardOptions {
  /** Keep what formulas need, so that backward can be called again. Defaults to `create_graph`. */
  retain_graph?: boolean | null;
  /** Record the backward pass itself, so that its results can be differentiated. */
  create_graph?: boolean;
}

function listOf(op: string, argument: string, value: unknown): readonly Tensor[] {
  const list = value instanceof Tensor ? [value] : value;
  if (Array.isArray(list) && list.every((item) => item instanceof Tensor)) return list;
  throw argumentError(op, argument, 'Tensor or a list of Tensors', value);
}

/** The gradients that start the pass: those given, or ones for scalars. */
function initialGradients(op: string, outputs: readonly Tensor[], given: unknown): Tensor[] {
  const list = given === null || given === undefined ? [] : given instanceof Tensor ? [given] : given;
  if (!Array.isArray(list)) throw argumentError(op, 'grad_tensors', 'Tensor, a list of Tensors or null', given);
  if (list.length > 0 && list.length !== outputs.length) {
    throw new RuntimeError(`${op}: got ${outputs.length} tensors and ${list.length} gradients`);
  }
  return outputs.map((output, i) => initialGradient(op, output, list[i], i));
}

function initialGradient(op: string, output: Tensor, given: unknown, position: number): Tensor {
  if (given instanceof Tensor) {
    checkGradient(output, given, position);
    return given;
  }
  if (given !== null && given !== undefined) throw argumentError(op, `grad_tensors[${position}]`, 'Tensor', given);
  if (output.numel() !== 1) {
    throw new RuntimeError(`grad can be implicitly created only for scalar outputs (shape ${show(output.shape)})`);
  }
  const one = emptyTensor(output.shape, output.dtype);
  copyInto(one, 1);
  return one;
}

function rootEdges(outputs: readonly Tensor[]): Edge[] {
  return outputs.map((output, i) => {
    const edge = gradientEdge(output);
    if (edge !== null) return edge;
    throw new RuntimeError(`element ${i} of tensors does not require grad and does not have a grad_fn`);
  });
}

/**
 * Adds the gradients of `tensors` with respect to the graph's leaves (or to `inputs`) to their `grad`.
 * @throws RuntimeError when a tensor needs no gradient, or has several elements and no entry in `grad_tensors`.
 */
export function backward(
  tensors: Tensors,
  grad_tensors: Tensors | readonly (Tensor | null)[] | null = null,
  retain_graph: boolean | null = null,
  create_graph = false,
  options: BackwardOptions & { inputs?: Tensors | null } = {},
): void {
  const outputs = listOf('backward', 'tensors', tensors);
  const inputs = options.inputs ?? null;
  const create = options.create_graph ?? create_graph;
  const wanted = inputs === null ? null : listOf('backward', 'inputs', inputs);
  if (wanted?.length === 0) throw new RuntimeError("'inputs' argument to backward() cannot be empty.");
  const edges = wanted?.map((input) => inputEdge(input)) ?? null;
  const grads = run(rootEdges(outputs), initialGradients('backward', outputs, grad_tensors), {
    createGraph: create,
    retainGraph: options.retain_graph ?? retain_graph ?? create,
    inputs: edges,
  });
  wanted?.forEach((input, i) => {
    addGradient(input, grads[i], create);
  });
}

function inputEdge(input: Tensor): Edge {
  const edge = gradientEdge(input);
  if (edge !== null) return edge;
  throw new RuntimeError('One of the differentiated Tensors does not require grad');
}

function addGradient(input: Tensor, grad: Gradient, create: boolean): void {
  if (grad === null) return;
  if (input.grad === null) input.grad = create ? grad : grad.clone();
  else input.grad = create ? input.grad.add(grad) : input.grad.add_(grad);
}

export interface GradOptions extends BackwardOptions {
  grad_outputs?: Tensors | readonly (Tensor | null)[] | null;
  /** Give null for inputs that the outputs do not depend on, instead of an Error. */
  allow_unused?: boolean;
}

/**
 * The gradients of the sum of `outputs` with respect to each of `inputs`; their `grad` stays as it is.
 * @throws RuntimeError when an input was not used, unless `allow_unused`.
 * @example const [dx] = torch.autograd.grad(y.sum(), x);
 */
export function grad(outputs: Tensors, inputs: Tensors, options: GradOptions = {}): Gradient[] {
  const results = listOf('grad', 'outputs', outputs);
  const wanted = listOf('grad', 'inputs', inputs);
  const create = options.create_graph ?? false;
  const grads = run(rootEdges(results), initialGradients('grad', results, options.grad_outputs), {
    createGraph: create,
    retainGraph: options.retain_graph ?? create,
    inputs: wanted.map(inputEdge),
  });
  const unused = grads.indexOf(null);
  if (unused >= 0 && !options.allow_unused) {
    throw new RuntimeError(
      'One of the differentiated Tensors appears to not have been used in the graph. Set allow_unused=True if this is' +
        ' the desired behavior.',
    );
  }
  return grads;
}

/** What autograd installs on Tensor. */
export interface AutogradMethods {
  /** `torch.autograd.backward` of this tensor; `gradient` may be left out for a scalar. */
  backward(
    gradient?: Tensor | null | (BackwardOptions & { gradient?: Tensor | null; inputs?: Tensors | null }),
    retain_graph?: boolean | null | (BackwardOptions & { inputs?: Tensors | null }),
    create_graph?: boolean | (BackwardOptions & { inputs?: Tensors | null }),
    options?: { inputs?: Tensors | null },
  ): void;
}

install('backward', (self, ...args) => {
  const keywords = isKeywords(args[args.length - 1]) ? (args.pop() as Record<string, unknown>) : {};
  const [gradient, retain_graph, create_graph] = args;
  const initial = (keywords.gradient ?? gradient ?? null) as Tensor | null;
  backward(
    self as Tensor,
    initial,
    (retain_graph ?? null) as boolean | null,
    (create_graph ?? false) as boolean,
    keywords,
  );
});
