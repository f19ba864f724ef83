/** The node of an operator's call: what it saved, and how its formulas are run. */
import { RuntimeError } from '../base/errors.js';
import type { Schema } from '../base/schema.js';
import { type Shape, sameShape } from '../base/shape.js';
import { Form } from '../graph/form.js';
import { type Edge, type Gradient, GraphNode } from '../graph/node.js';
import { freed, Saved } from '../graph/saved.js';
import { Tensor } from '../tensor.js';
import type { Context } from './context.js';
import type { Input, Operator } from './dispatch.js';
import type { Definition } from './op.js';

/** When the tensor of one name is saved: always, or when the gradient of one of these inputs is wanted, or never. */
export type SavePlan = boolean | readonly number[];

type Saves = NonNullable<Definition<string>['saves']>;

const isList = (saves: Saves): saves is readonly string[] => Array.isArray(saves);

export function savePlanOf(name: string, inputs: readonly Input[], saves: Saves): SavePlan {
  if (isList(saves)) return saves.includes(name);
  const readers = inputs.flatMap((input, i) => (saves[input.name]?.includes(name) ? [i] : []));
  return readers.length > 0 && readers;
}

/** The plan for each parameter, in order. */
export const savePlan = (schema: Schema, inputs: readonly Input[], saves: Saves): SavePlan[] =>
  schema.parameters.map(({ name }) => savePlanOf(name, inputs, saves));

/** What formulas see of a node: its values under the names of the schema's parameters, unpacked when read. */
class OperatorContext {
  constructor(
    readonly node: OperatorNode,
    readonly grads: readonly Gradient[],
    private readonly wanted: readonly boolean[] | null,
  ) {}
  get results(): readonly Tensor[] {
    return this.node.results();
  }
  get result(): Tensor {
    return this.node.results()[0];
  }
  needs(input: string): boolean {
    return this.node.needsNamed(input, this.wanted);
  }
}

/** One class for all operators: with one for each, no compiler could inline what makes a context, or reads it. */
export const contextOf = (
  node: OperatorNode,
  grads: readonly Gradient[],
  wanted: readonly boolean[] | null,
): Context<string> => new OperatorContext(node, grads, wanted) as unknown as Context<string>;

/** Makes contexts and nodes show the values of a schema's parameters. */
export function showParameters({ parameters }: Schema): void {
  for (const { name } of parameters) {
    showSaved(name);
    if (Object.hasOwn(OperatorContext.prototype, name)) continue;
    Object.defineProperty(OperatorContext.prototype, name, {
      get(this: OperatorContext) {
        return this.node.value(name);
      },
    });
  }
}

/** Makes nodes show what they saved of a parameter, or their `result`, as PyTorch does: `node._saved_self`. */
function showSaved(name: string): void {
  const attribute = `_saved_${name}`;
  if (Object.hasOwn(OperatorNode.prototype, attribute)) return;
  Object.defineProperty(OperatorNode.prototype, attribute, {
    get(this: OperatorNode) {
      return this.savedValues()[name];
    },
  });
}

const none: readonly Saved[] = [];

/** What formulas are given that look at the gradient alone. */
const unread = {} as Context<string>;

let observer: ((tensor: Tensor, copy: Tensor) => void) | null = null;

/** Runs `body`, and tells `observe` of each tensor of which a copy is kept before it is written to. */
export function observingCopies<R>(observe: (tensor: Tensor, copy: Tensor) => void, body: () => R): R {
  const outer = observer;
  observer = (tensor, copy) => {
    observe(tensor, copy);
    outer?.(tensor, copy);
  };
  try {
    return body();
  } finally {
    observer = outer;
  }
}

/** The elements of a tensor that is about to be written to. */
function kept(tensor: Tensor): Tensor {
  const copy = tensor.clone();
  observer?.(tensor, copy);
  return copy;
}

/** A call of an operator. */
export class OperatorNode extends GraphNode {
  private values: readonly unknown[] | null;
  private savedResults: readonly Saved[] = none;
  /** Whether formulas read values that `release` drops. A number in a tensor's place counts, as it does in PyTorch. */
  private saves = false;
  private readonly label: string;

  constructor(
    readonly operator: Operator,
    /** Of all parameters; the node takes the array over and puts what is saved in its place. */
    values: unknown[],
    edges: readonly (Edge | null)[],
    outputs: number,
  ) {
    super(edges, outputs);
    const { nodeName } = operator;
    this.label = typeof nodeName === 'string' ? nodeName : nodeName(...values);
    this.values = values;
    for (let i = 0; i < values.length; i++) values[i] = this.save(values[i], operator.savedFor[i]);
    if (operator.writes && values[0] instanceof Saved) values[0] = new Saved(kept(values[0].unpack()));
  }

  name(): string {
    return this.label;
  }

  saveResult(result: Tensor): void {
    const plan = this.operator.savesResult;
    if (plan === false || !this.follows(plan)) return;
    this.savedResults = [new Saved(result, this, 0)];
    this.saves = true;
  }

  saveResults(results: readonly Tensor[]): void {
    if (!this.follows(this.operator.savesResult)) return;
    this.savedResults = results.map((result, i) => new Saved(result, this, i));
    this.saves = true;
  }

  private save(value: unknown, plan: SavePlan): unknown {
    const saves = plan !== false && this.follows(plan);
    if (saves) this.saves = true;
    if (value instanceof Tensor) return saves ? new Saved(value) : new Form(value);
    return Array.isArray(value) ? value.map((item) => this.save(item, plan)) : value;
  }

  private follows(plan: SavePlan): boolean {
    if (typeof plan === 'boolean') return plan;
    for (let i = 0; i < plan.length; i++) if (this.needsInput(plan[i])) return true;
    return false;
  }

  /** Whether a gradient of the operator's i-th tensor parameter is wanted: recorded, and asked for in this pass. */
  private needsInput(i: number, wanted: readonly boolean[] | null = null): boolean {
    const { inputs, hasList } = this.operator;
    const marks: readonly unknown[] = wanted ?? this.edges;
    if (!hasList) return Boolean(marks[i]);
    let start = 0;
    for (let k = 0; k < i; k++) start += this.edgeCount(inputs[k]);
    return marks.slice(start, start + this.edgeCount(inputs[i])).some(Boolean);
  }

  private edgeCount(input: Input): number {
    return input.isList ? ((this.values as readonly unknown[])[input.position] as readonly unknown[]).length : 1;
  }

  /** @internal */
  needsNamed(name: string, wanted: readonly boolean[] | null): boolean {
    return this.needsInput(
      this.operator.inputs.findIndex((input) => input.name === name),
      wanted,
    );
  }

  override release(): void {
    if (!this.saves) return;
    this.values = null;
    this.savedResults = none;
  }

  /** The value of the parameter of this name: a tensor if it was saved, else its Form. @internal */
  value(name: string): unknown {
    if (this.values === null) throw new RuntimeError(freed);
    return this.unpack(this.values[this.operator.positions.get(name) as number]);
  }

  /** @internal */
  results(): readonly Tensor[] {
    return this.savedResults.map((result) => result.unpack());
  }

  private unpack(value: unknown): unknown {
    if (value instanceof Saved) return value.unpack();
    if (Array.isArray(value)) return value.map((item) => this.unpack(item));
    return value;
  }

  apply(grads: readonly Gradient[], wanted: readonly boolean[] | null): Gradient[] {
    if (this.values === null) throw new RuntimeError(freed);
    const { inputs, readsContext } = this.operator;
    const context = readsContext ? contextOf(this, grads, wanted) : unread;
    const found: Gradient[] = this.edges.length === 1 ? [null] : new Array<Gradient>(this.edges.length);
    let at = 0;
    for (let i = 0; i < inputs.length; i++) {
      const { formula, position, isList } = inputs[i];
      const value = this.values[position];
      if (isList) {
        const result = formula && this.needsInput(i, wanted) ? formula(grads[0] as Tensor, context) : null;
        for (const grad of this.listGradients(value as readonly unknown[], result)) found[at++] = grad;
      } else {
        const isWanted = wanted === null ? this.edges[at] !== null : wanted[at];
        found[at++] = formula && isWanted ? conform(formula(grads[0] as Tensor, context) as Gradient, value) : null;
      }
    }
    return found;
  }

  override edgeSizes(): readonly (Shape | null)[] {
    const sizesOf = (value: unknown): Shape | null =>
      value instanceof Saved ? value.form.sizes : value instanceof Form ? value.sizes : null;
    return this.operator.inputs.flatMap(({ position, isList }) => {
      const value = this.values?.[position];
      return (isList ? ((value ?? []) as readonly unknown[]) : [value]).map(sizesOf);
    });
  }

  /** Saved tensors, and arguments that are none. */
  override savedValues(): Readonly<Record<string, unknown>> {
    if (this.values === null) throw new RuntimeError(freed);
    const isSaved = (value: unknown): boolean =>
      value !== null &&
      !(value instanceof Form) &&
      !(Array.isArray(value) && value.some((item) => item instanceof Form));
    const entries = this.operator.schema.parameters.map(
      ({ name }, i) => [name, (this.values as unknown[])[i]] as const,
    );
    const found = entries.filter(([, value]) => isSaved(value)).map(([name, value]) => [name, this.unpack(value)]);
    const results = this.results().map((result, i, { length }) => [length === 1 ? 'result' : `result${i}`, result]);
    return Object.fromEntries([...found, ...results]);
  }

  private listGradients(values: readonly unknown[], result: Gradient | readonly Gradient[]): Gradient[] {
    const grads = result as readonly Gradient[] | null;
    return values.map((value, i) => conform(grads?.[i] ?? null, value));
  }
}

/** The gradient with the shape and dtype of the input, whatever the formula broadcast or promoted. */
function conform(grad: Gradient, value: unknown): Gradient {
  if (grad === null || grad === undefined) return null;
  const form = value instanceof Saved ? value.form : (value as Form);
  const summed = sameShape(grad.sizes, form.sizes) ? grad : grad.sum_to_size(form.sizes as number[]);
  return summed.dtype === form.dtype ? summed : summed.to(form.dtype);
}

showSaved('result');
