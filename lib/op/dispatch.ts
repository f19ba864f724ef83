/** Runs declared operators: their forward, the record that autograd needs of it, views, and writes in place. */
import { Kind } from '../base/dtype.js';
import { DisposedError } from '../base/errors.js';
import type { Schema } from '../base/schema.js';
import { is_grad_enabled, withGrad } from '../graph/modes.js';
import { type Edge, type Gradient, gradientEdge, needsGradient } from '../graph/node.js';
import { checkInPlace, markView, type Origin, rebaseHistory, setHistory } from '../graph/views.js';
import { Tensor } from '../tensor.js';
import type { Context } from './context.js';
import { OperatorNode, type SavePlan } from './record.js';

/** The gradient of one input from that of the result; for a list of tensors, a list. */
type Formula = (grad: Tensor, context: Context<string>) => Gradient | readonly Gradient[];

/** What an operator returns. */
export type Results = Tensor | readonly Tensor[];

/** A tensor parameter. */
export interface Input {
  readonly name: string;
  readonly position: number;
  readonly isList: boolean;
  readonly formula: Formula | undefined;
}

/** A declared operator, as the suites and the tools see it. */
export interface Operator {
  readonly schema: Schema;
  /** PyTorch's name of the node, or how it follows from the arguments. */
  readonly nodeName: string | ((...values: unknown[]) => string);
  readonly inputs: readonly Input[];
  readonly hasList: boolean;
  readonly differentiable: boolean;
  /** Whether some formula looks at more than the gradient. */
  readonly readsContext: boolean;
  /** Of the parameters, by their names. */
  readonly positions: ReadonlyMap<string, number>;
  /** For each parameter, what makes its tensor be saved. */
  readonly savedFor: readonly SavePlan[];
  readonly savesResult: SavePlan;
  /** Of the definition, in objects of one form, which the processor's caches like. */
  readonly forward: (...values: unknown[]) => Results;
  readonly view: 'one' | 'multiple' | undefined;
  readonly tangents: 'pointwise' | 'linear' | undefined;
  readonly writes: boolean;
}

/** Whether an operator only calls others, whose derivatives are its own. */
export const isComposite = ({ differentiable, inputs }: Operator): boolean =>
  differentiable && inputs.every(({ formula }) => formula === undefined);

/** Stands between all calls and their operators, as profilers and transformations of functions do. */
export interface Interpreter {
  /** The interpreter before which this one stands, through which it calls; null for none. */
  readonly outer?: Interpreter | null;
  /** Gives what the operator is to return. It has `perform` to get there, whose own calls come by here too. */
  call(operator: Operator, values: unknown[]): Results;
}

let interpreter: Interpreter | null = null;

/** Makes all operators be called through `next` (null: directly), and returns what they were called through before. */
export function setInterpreter(next: Interpreter | null): Interpreter | null {
  const previous = interpreter;
  interpreter = next;
  return previous;
}

/** Through what operators are called now. */
export const currentInterpreter = (): Interpreter | null => interpreter;

/** Runs an operator on values in the schema's order, or lets the interpreter do it. */
export function dispatch(operator: Operator, values: unknown[]): Results {
  return interpreter === null ? perform(operator, values) : interpreter.call(operator, values);
}

/** Runs an operator on values in the schema's order and, where a gradient is wanted, records it. */
export function perform(operator: Operator, values: unknown[]): Results {
  if (operator.writes) return write(operator, values);
  const records = operator.differentiable && recordsGradient(operator, values);
  const result = forward(operator, values, records);
  if (operator.view) markViews(result, values[0] as Tensor, operator.view === 'multiple' ? 'multiple' : 'operator');
  if (records) record(operator, values, result);
  return operator.schema.results.length > 0 ? nameResults(operator.schema.results, result as Tensor[]) : result;
}

/** What an operator is made of is its own affair, so nothing of it is recorded. */
function forward(operator: Operator, values: readonly unknown[], records: boolean): Results {
  const before = records && withGrad(false);
  try {
    switch (values.length) {
      case 1:
        return operator.forward(values[0]);
      case 2:
        return operator.forward(values[0], values[1]);
      case 3:
        return operator.forward(values[0], values[1], values[2]);
      case 4:
        return operator.forward(values[0], values[1], values[2], values[3]);
      case 5:
        return operator.forward(values[0], values[1], values[2], values[3], values[4]);
      default:
        return operator.forward(...values);
    }
  } catch (error) {
    throw explained(error, operator);
  } finally {
    if (records) withGrad(before);
  }
}

/** An error of an operator's forward, which says whose it is. */
export const explained = (error: unknown, { schema }: Operator): unknown =>
  error instanceof DisposedError ? error.in(schema.name) : error;

/** Whether a result must be recorded: some input with a formula needs its gradient. */
function recordsGradient({ inputs }: Operator, values: readonly unknown[]): boolean {
  if (!is_grad_enabled()) return false;
  for (let i = 0; i < inputs.length; i++) {
    const input = inputs[i];
    if (input.formula === undefined) continue;
    const value = values[input.position];
    if (typeof value !== 'object' || value === null) continue;
    if (input.isList ? (value as Tensor[]).some(needsGradient) : needsGradient(value as Tensor)) return true;
  }
  return false;
}

/** Edges of all tensor inputs; a list has one for each of its tensors. */
function edgesOf({ inputs, hasList }: Operator, values: readonly unknown[]): (Edge | null)[] {
  if (hasList) return edgesOfLists(inputs, values);
  if (inputs.length === 1) return [edgeOf(inputs[0], values)];
  if (inputs.length === 2) return [edgeOf(inputs[0], values), edgeOf(inputs[1], values)];
  return inputs.map((input) => edgeOf(input, values));
}

function edgeOf({ formula, position }: Input, values: readonly unknown[]): Edge | null {
  const value = values[position];
  return formula !== undefined && value instanceof Tensor ? gradientEdge(value) : null;
}

const edgesOfLists = (inputs: readonly Input[], values: readonly unknown[]): (Edge | null)[] =>
  inputs.flatMap((input) => {
    if (!input.isList) return [edgeOf(input, values)];
    return (values[input.position] as readonly Tensor[]).map((item) => (input.formula ? gradientEdge(item) : null));
  });

/** Gives an array of results fields with their names: `const { values, indices } = x.max(1)`. */
const nameResults = (names: readonly string[], results: Tensor[]): Tensor[] =>
  Object.assign(results, Object.fromEntries(names.map((name, i) => [name, results[i]])));

function markViews(result: Results, source: Tensor, by: Origin): void {
  if (result instanceof Tensor) markView(result, source, by);
  else for (const view of result) markView(view, source, by);
}

function record(operator: Operator, values: unknown[], result: Results): void {
  const edges = edgesOf(operator, values);
  if (result instanceof Tensor) {
    if (result.dtype.kind !== Kind.Floating) return;
    const node = new OperatorNode(operator, values, edges, 1);
    result.node = node;
    node.saveResult(result);
    return;
  }
  if (!result.some(({ dtype }) => dtype.kind === Kind.Floating)) return;
  const node = new OperatorNode(operator, values, edges, result.length);
  result.forEach((tensor, i) => {
    if (tensor.dtype.kind !== Kind.Floating) return;
    tensor.node = node;
    tensor.output_nr = i;
  });
  node.saveResults(result);
}

/** An operator that changes its first argument. */
function write(operator: Operator, values: unknown[]): Tensor {
  const self = values[0] as Tensor;
  const records = operator.differentiable && self.dtype.is_floating_point && recordsGradient(operator, values);
  checkInPlace(self, records);
  // Recorded before the write, when the old value of `self` can still be copied for the formulas that read it.
  const node = records ? new OperatorNode(operator, [...values], edgesOf(operator, values), 1) : null;
  const { version } = self.storage;
  forward(operator, values, true);
  // Where a level beneath wrote, it has counted the write, and kept what it needs of the result.
  if (self.storage.version === version) self.storage.version++;
  if (node !== null) {
    if (operator.view) setHistory(self, node);
    else rebaseHistory(self, node);
    node.saveResult(self);
  }
  return self;
}
