/** Products of vectors with Jacobians and Hessians, without building the matrices. */
import { RuntimeError, showShape } from '../base/errors.js';
import { sameShape } from '../base/shape.js';
import { enable_grad } from '../graph/modes.js';
import { type Gradient, needsGradient } from '../graph/node.js';
import { zerosOf } from '../op/factory.js';
import { method } from '../op/op.js';
import type { Tensor } from '../tensor.js';
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
  independentOf,
  own,
  scalarOf,
  shaped,
} from './calls.js';

/** Gradients of those `outputs` that have any; null for inputs that none depends on. */
function gradients(
  outputs: readonly Gradient[],
  inputs: readonly Tensor[],
  vectors: readonly Tensor[] | null,
  create_graph: boolean,
): Gradient[] {
  const differentiable = outputs.flatMap((output, i) => (output !== null && needsGradient(output) ? [i] : []));
  if (differentiable.length === 0) return inputs.map(() => null);
  const chosen = differentiable.map((i) => outputs[i] as Tensor);
  const initial = vectors && differentiable.map((i) => vectors[i]);
  return grad(chosen, inputs, initial, { create_graph, allow_unused: true });
}

/** Zeros that only stand for what they are multiplied by: their gradient is the product in the other direction. */
const placeholders = (tensors: readonly Tensor[]): Tensor[] =>
  tensors.map((tensor) => zerosOf(tensor).requires_grad_());

/** The vector for a product, as the user gives it; null stands for 1. */
type Vector = readonly Tensor[] | null;

/** The vector's tensors. @throws RuntimeError unless they have the shapes of `others`. */
function vectorsFor(v: Vector, others: Group, create_graph: boolean): Tensor[] | null {
  if (v === null) return null;
  if (v.length !== others.tensors.length) {
    throw new RuntimeError(
      others.isList
        ? `v is a tuple of invalid length: should be ${others.tensors.length} but got ${v.length}.`
        : 'The given v should contain a single Tensor.',
    );
  }
  v.forEach(({ sizes }, i) => {
    const expected = others.tensors[i].sizes;
    if (sameShape(sizes, expected)) return;
    throw new RuntimeError(
      `${others.isList ? `Entry ${i} in ` : ''}v has invalid size: should be torch.Size(${showShape(expected)}) but got ` +
        `torch.Size(${showShape(sizes)}).`,
    );
  });
  return v.map((tensor) => own(tensor, create_graph));
}

/** @throws RuntimeError when `v` is left out and `group` is more than one element; `what` says which group. */
function checkLeftOut(v: Vector, { tensors }: Group, what: string): void {
  if (v !== null || (tensors.length === 1 && tensors[0].numel() === 1)) return;
  throw new RuntimeError(`The vector v can only be None if the ${what} a single Tensor with a single element.`);
}
const inputIs = 'input to the user-provided function is';
const functionReturns = 'user-provided function returns';

/** What strict mode says of a product that is missing, and of one that does not depend on the inputs. */
interface Sentences {
  readonly missing: (i: number) => string;
  readonly derivative: 'jacobian' | 'hessian';
}

/** The products, zeros where there are none. @throws RuntimeError in strict mode when one is missing or constant. */
function completed(
  products: readonly Gradient[],
  like: readonly Tensor[],
  { create_graph, strict }: Flags,
  { missing, derivative }: Sentences,
): Tensor[] {
  return products.map((product, i) => {
    if (product === null) {
      if (strict) throw new RuntimeError(missing(i));
      return zerosOf(like[i]);
    }
    if (!strict || !create_graph || needsGradient(product)) return product;
    throw new RuntimeError(
      `The ${derivative} of the user-provided function is independent of input ${i}. This is not allowed in strict ` +
        'mode when create_graph=True.',
    );
  });
}

const backwardSentences: Sentences = { missing: independentOf, derivative: 'jacobian' };
const forwardSentences: Sentences = {
  missing: (i) =>
    `The gradient with respect to the input is independent of entry ${i} in the grad_outputs when using the double ` +
    'backward trick to compute forward mode gradients. This is not allowed in strict mode.',
  derivative: 'jacobian',
};
const secondSentences: Sentences = {
  missing: (i) =>
    `The jacobian of the user-provided function is independent of input ${i}. This is not allowed in strict mode.`,
  derivative: 'hessian',
};
const secondForwardSentences: Sentences = {
  missing: (i) =>
    `The hessian of the user-provided function is independent of entry ${i} in the grad_jacobian. This is not allowed ` +
    'in strict mode as it prevents from using the double backward trick to replace forward mode AD.',
  derivative: 'hessian',
};

/** The function's results and the products, cut off from the graph unless it was asked for. */
function answer(outputs: Group, group: Group, products: readonly Tensor[], create_graph: boolean): unknown {
  const given = (tensor: Tensor): Tensor => (create_graph ? tensor : tensor.detach());
  return [shaped(outputs, outputs.tensors.map(given)), shaped(group, products.map(given))];
}

/** Keywords of `vjp`, `jvp`, `vhp` and `hvp`. */
export interface ProductOptions {
  /** Compute the results so that they can be differentiated. */
  create_graph?: boolean;
  /** Throw where an output does not depend on an input, instead of giving zeros. */
  strict?: boolean;
}

type ProductArguments =
  | [options?: ProductOptions & { v?: Tensors | null }]
  | [v: Tensors | null, options?: ProductOptions]
  | [v: Tensors | null, create_graph: boolean, options?: { strict?: boolean }]
  | [v: Tensors | null, create_graph: boolean, strict: boolean];

/** Declares a product: `body` computes it with recording on. */
function product<F>(
  op: string,
  body: (func: Differentiable<Tensors>, inputs: Group, v: Vector, flags: Flags) => unknown,
): F {
  const schema = `${op}(Any func, Any inputs, Tensor[1]? v=None, bool create_graph=False, bool strict=False) -> Tensor[]`;
  return method(
    schema,
    (func: Differentiable<Tensors>, inputs: unknown, v: Vector, create_graph: boolean, strict: boolean) => {
      checkFunction(op, func);
      return enable_grad(() => body(func, groupOf(op, 'inputs', inputs), v, { create_graph, strict }));
    },
  );
}

/**
 * The results of `func` at `inputs`, and the product of `v`, shaped as they are, with its Jacobian. `v` may be left out
 * for a function that returns one element.
 * @example const [y, product] = torch.autograd.functional.vjp((x) => x.sin(), x, v);
 */
export const vjp: <I extends Tensors, O extends Tensors>(
  func: Differentiable<O>,
  inputs: I,
  ...args: ProductArguments
) => [outputs: O, product: ForEach<I, Tensor>] = product('vjp', (func, group, v, flags) => {
  const { inputs, outputs } = called('vjp', func, group.tensors, flags);
  checkLeftOut(v, outputs, functionReturns);
  const vectors = vectorsFor(v, outputs, flags.create_graph);
  const found = gradients(outputs.tensors, inputs, vectors, flags.create_graph);
  return answer(outputs, group, completed(found, inputs, flags, backwardSentences), flags.create_graph);
});

/**
 * The results of `func` at `inputs`, and the product of its Jacobian with `v`, shaped as the inputs. `v` may be left
 * out for a single input of one element. Computed as the gradient of a gradient.
 * @throws RuntimeError unless `v` has the inputs' sizes, and when `strict` and an output is independent of an input.
 * @example const [y, product] = torch.autograd.functional.jvp((x) => x.sin(), x, v);
 */
export const jvp: <I extends Tensors, O extends Tensors>(
  func: Differentiable<O>,
  inputs: I,
  ...args: ProductArguments
) => [outputs: O, product: ForEach<O, Tensor>] = product('jvp', (func, group, v, flags) => {
  const vectors = vectorsFor(v, group, flags.create_graph);
  checkLeftOut(v, group, inputIs);
  const { inputs, outputs } = called('jvp', func, group.tensors, flags);
  const cotangents = placeholders(outputs.tensors);
  const first = gradients(outputs.tensors, inputs, cotangents, true);
  if (flags.strict) checkDependence(first, constantGradient);
  const found = gradients(first, cotangents, vectors, flags.create_graph);
  return answer(outputs, outputs, completed(found, outputs.tensors, flags, forwardSentences), flags.create_graph);
});

const constantGradient = (input: number): string =>
  `The gradient with respect to input ${input} is independent of the inputs of the user-provided function. This is not ` +
  'allowed in strict mode.';

/** What vhp and hvp begin with: the gradient of a scalar function, recorded. */
function scalarGradient(op: string, func: Differentiable<Tensors>, group: Group, v: Vector, flags: Flags) {
  const vectors = vectorsFor(v, group, flags.create_graph);
  checkLeftOut(v, group, inputIs);
  const { inputs, outputs } = called(op, func, group.tensors, flags);
  const first = gradients([scalarOf(op, outputs)], inputs, null, true);
  if (flags.strict) checkDependence(first, constantJacobian);
  return { vectors, inputs, outputs, first };
}

type HessianProduct = <I extends Tensors>(
  func: Differentiable<Tensor>,
  inputs: I,
  ...args: ProductArguments
) => [output: Tensor, product: ForEach<I, Tensor>];

/**
 * The result of `func`, which returns one element, and the product of `v`, shaped as the inputs, with its Hessian.
 * @throws RuntimeError when `func` returns several elements, or `v` has other sizes than the inputs.
 * @example const [y, product] = torch.autograd.functional.vhp((x) => x.pow(3).sum(), x, v);
 */
export const vhp: HessianProduct = product('vhp', (func, group, v, flags) => {
  const { vectors, inputs, outputs, first } = scalarGradient('vhp', func, group, v, flags);
  const found = gradients(first, inputs, vectors, flags.create_graph);
  return answer(outputs, group, completed(found, inputs, flags, secondSentences), flags.create_graph);
});

/**
 * The result of `func`, which returns one element, and the product of its Hessian with `v`, shaped as the inputs. Where
 * second derivatives are continuous, `vhp` gives the same in less time.
 * @throws RuntimeError when `func` returns several elements, or `v` has other sizes than the inputs.
 */
export const hvp: HessianProduct = product('hvp', (func, group, v, flags) => {
  const { vectors, inputs, outputs, first } = scalarGradient('hvp', func, group, v, flags);
  const cotangents = placeholders(inputs);
  const second = gradients(first, inputs, cotangents, true);
  const found = gradients(second, cotangents, vectors, flags.create_graph);
  return answer(outputs, group, completed(found, inputs, flags, secondForwardSentences), flags.create_graph);
});
