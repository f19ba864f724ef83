/**
 * Tangents of an operator's results from those of its arguments. Formulas are linear in the gradient they are given, so
 * the derivative of a formula by that gradient is the formula in the other direction: what has a backward formula has
 * forward mode.
 */
import { sameShape } from '../base/shape.js';
import { backward } from '../graph/backward.js';
import { enable_grad, is_grad_enabled } from '../graph/modes.js';
import { type Edge, type Gradient, GraphNode, gradientEdge } from '../graph/node.js';
import { Tensor } from '../tensor.js';
import { dispatch, type Operator } from './dispatch.js';
import { zerosOf } from './factory.js';
import { variable } from './levels.js';
import { contextOf, OperatorNode } from './record.js';

/** The tangents of all tensor arguments in the order of a node's edges, or null where none has one. */
export function tangentsFor(
  operator: Operator,
  values: readonly unknown[],
  tangentOf: (tensor: Tensor) => Gradient,
): Gradient[] | null {
  const tangents: Gradient[] = [];
  let some = false;
  const add = (value: unknown): void => {
    const tangent = value instanceof Tensor ? tangentOf(value) : null;
    some ||= tangent !== null;
    tangents.push(tangent);
  };
  for (const { position, isList } of operator.inputs) {
    if (isList) for (const item of values[position] as readonly unknown[]) add(item);
    else add(values[position]);
  }
  return some ? tangents : null;
}

/** Stands where gradients of inputs with a tangent would go. */
class Placeholder extends GraphNode {
  name(): string {
    return 'Placeholder';
  }

  apply(): Gradient[] {
    return [];
  }
}

const placeholder: Edge = { node: new Placeholder([], 1), index: 0 };

/** A node of the call, apart from the graph, that keeps what its formulas read for inputs with a tangent. */
export const recorded = (operator: Operator, values: readonly unknown[], tangents: readonly Gradient[]): OperatorNode =>
  new OperatorNode(
    operator,
    [...values],
    tangents.map((tangent) => tangent && placeholder),
    1,
  );

/** The tangents of `results`; null for those that depend on no input with a tangent. */
export function pushForward(node: OperatorNode, results: readonly Tensor[], tangents: readonly Gradient[]): Gradient[] {
  if (!results.some(({ dtype }) => dtype.is_floating_point)) return results.map(() => null);
  if (node.operator.tangents === 'pointwise') return [elementsForward(node, results[0], tangents)];
  const records = is_grad_enabled();
  return enable_grad(() => {
    const cotangents = results.map((result) => (result.dtype.is_floating_point ? cotangent(result) : null));
    const gradients = node.apply(
      cotangents,
      tangents.map((tangent) => tangent !== null),
    );
    const roots: Edge[] = [];
    const starts: Tensor[] = [];
    gradients.forEach((gradient, i) => {
      const tangent = tangents[i];
      const edge = gradient && gradientEdge(gradient);
      if (edge === null || tangent === null) return;
      roots.push(edge);
      starts.push(tangent.dtype === (gradient as Tensor).dtype ? tangent : tangent.to((gradient as Tensor).dtype));
    });
    const inputs = cotangents.flatMap((leaf) => (leaf === null ? [] : [gradientEdge(leaf) as Edge]));
    if (roots.length === 0) return results.map(() => null);
    const found = backward(roots, starts, { createGraph: records, retainGraph: records, inputs, accumulates: false });
    let at = 0;
    return cotangents.map((leaf) => (leaf === null ? null : found[at++]));
  });
}

/** What formulas make of elements' tangents; of one element they are the same in both directions. */
function elementsForward(node: OperatorNode, { sizes, dtype }: Tensor, tangents: readonly Gradient[]): Gradient {
  const { inputs } = node.operator;
  const wanted = tangents.map((tangent) => tangent !== null);
  let sum: Gradient = null;
  for (let i = 0; i < inputs.length; i++) {
    const [tangent, { formula }] = [tangents[i], inputs[i]];
    if (tangent === null || formula === undefined) continue;
    const whole = sameShape(tangent.sizes, sizes) ? tangent : tangent.expand(sizes);
    const part = formula(whole, contextOf(node, [whole], wanted)) as Gradient;
    if (part) sum = sum === null ? part : sum.add(part);
  }
  return sum === null || sum.dtype === dtype ? sum : sum.to(dtype);
}

/** The sum of what an operator makes of each argument's tangent in the argument's place. */
export function linearForward(operator: Operator, values: readonly unknown[], tangents: readonly Gradient[]): Gradient {
  let sum: Gradient = null;
  operator.inputs.forEach(({ position, formula }, i) => {
    const tangent = tangents[i];
    if (tangent === null || formula === undefined) return;
    const { dtype } = values[position] as Tensor;
    const own = tangent.dtype === dtype ? tangent : tangent.to(dtype);
    const part = dispatch(operator, values.with(position, own)) as Tensor;
    sum = sum === null ? part : sum.add(part);
  });
  return sum;
}

/** A variable by which formulas are differentiated. They are linear in it, so its elements do not matter. */
const cotangent = (result: Tensor): Tensor => variable(zerosOf(result));
