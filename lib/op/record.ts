/** The node of an operator's call: what it saved, and how its formulas are run. */
import type { DType } from '../base/dtype.js';
import { RuntimeError, showShape } from '../base/errors.js';
import { type Shape, sameShape } from '../base/shape.js';
import { type Edge, type Gradient, GraphNode } from '../graph/node.js';
import { Tensor } from '../tensor.js';
import type { Context } from './context.js';
import type { Input, Operator } from './op.js';

/** What remains of a tensor that no formula reads: its form. */
export class Form {
  readonly sizes: Shape;
  readonly strides: Shape;
  readonly offset: number;
  readonly dtype: DType;
  constructor(tensor: Tensor) {
    this.sizes = tensor.sizes;
    this.strides = tensor.strides;
    this.offset = tensor.offset;
    this.dtype = tensor.dtype;
  }
  get shape(): Shape {
    return this.sizes;
  }
  get ndim(): number {
    return this.sizes.length;
  }
}

/** A tensor needed by a formula, with the version at which it was right. */
class Saved {
  readonly version: number;
  constructor(readonly tensor: Tensor) {
    this.version = tensor.storage.version;
  }

  unpack(node: string): Tensor {
    const { tensor, version } = this;
    if (tensor.storage.version === version) return tensor;
    const origin = tensor.grad_fn ? `, which is output ${tensor.output_nr} of ${tensor.grad_fn.name()},` : '';
    throw new RuntimeError(
      'one of the variables needed for gradient computation has been modified by an inplace operation: ' +
        `[torch.${tensor.dtype.scalarName}Tensor ${showShape(tensor.sizes)}]${origin} is at version ` +
        `${tensor.storage.version}; expected version ${version} instead. Hint: enable anomaly detection to find the ` +
        `operation that failed to compute its gradient, with torch.autograd.set_detect_anomaly(true). (${node})`,
    );
  }
}

const freed =
  'Trying to backward through the graph a second time (or directly access saved tensors after they have already been ' +
  'freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). Specify ' +
  'retain_graph=True if you need to backward through the graph a second time or if you need to access saved tensors ' +
  'after calling backward.';

const isList = (saves: Operator['saves']): saves is readonly string[] => Array.isArray(saves);

/** A call of an operator. */
export class OperatorNode extends GraphNode {
  private values: readonly unknown[] | null;
  private savedResults: readonly Saved[] = [];

  constructor(
    readonly operator: Operator,
    values: readonly unknown[],
    edges: readonly (Edge | null)[],
    outputs: number,
  ) {
    super(edges, outputs);
    this.values = values;
    this.values = values.map((value, i) => this.save(value, operator.schema.parameters[i].name));
  }

  name(): string {
    return this.operator.nodeName;
  }

  saveResults(results: readonly Tensor[]): void {
    if (this.wants('result')) this.savedResults = results.map((result) => new Saved(result));
  }

  private save(value: unknown, name: string): unknown {
    if (value instanceof Tensor) return this.wants(name) ? new Saved(value) : new Form(value);
    if (Array.isArray(value)) return value.map((item) => this.save(item, name));
    return value;
  }

  /** Whether a formula that will run reads the tensor of this name. */
  private wants(name: string): boolean {
    const { saves, inputs } = this.operator;
    if (isList(saves)) return saves.includes(name);
    return inputs.some((input, i) => saves[input.name]?.includes(name) && this.needsInput(i));
  }

  /** Whether a gradient of the operator's i-th tensor parameter is wanted. */
  private needsInput(i: number): boolean {
    const { inputs, hasList } = this.operator;
    if (!hasList) return this.edges[i] !== null;
    let start = 0;
    for (let k = 0; k < i; k++) start += this.edgeCount(inputs[k]);
    return this.edges.slice(start, start + this.edgeCount(inputs[i])).some((edge) => edge !== null);
  }

  private edgeCount(input: Input): number {
    return input.isList ? ((this.values as readonly unknown[])[input.position] as readonly unknown[]).length : 1;
  }

  override release(): void {
    this.values = null;
    this.savedResults = [];
  }

  private unpack(value: unknown): unknown {
    if (value instanceof Saved) return value.unpack(this.name());
    if (Array.isArray(value)) return value.map((item) => this.unpack(item));
    return value;
  }

  private context(grads: readonly Gradient[]): Record<string, unknown> {
    if (this.values === null) throw new RuntimeError(freed);
    const context: Record<string, unknown> = { grads, needs: (input: string) => this.needsNamed(input) };
    const { parameters } = this.operator.schema;
    for (let i = 0; i < parameters.length; i++) context[parameters[i].name] = this.unpack(this.values[i]);
    if (this.savedResults.length > 0) {
      const results = this.savedResults.map((result) => result.unpack(this.name()));
      context.results = results;
      context.result = results[0];
    }
    return context;
  }

  private needsNamed(name: string): boolean {
    return this.needsInput(this.operator.inputs.findIndex((input) => input.name === name));
  }

  apply(grads: readonly Gradient[]): Gradient[] {
    const context = this.context(grads);
    const { inputs, formulas } = this.operator;
    const values = this.values as readonly unknown[];
    const found: Gradient[] = [];
    for (const input of inputs) {
      const value = values[input.position];
      const wanted = input.isList || this.edges[found.length] !== null;
      const formula = wanted ? formulas[input.name] : undefined;
      const result = formula ? formula(grads[0] as Tensor, context as Context<string>) : null;
      if (input.isList) found.push(...this.listGradients(value as readonly unknown[], result));
      else found.push(conform(result as Gradient, value));
    }
    return found;
  }

  private listGradients(values: readonly unknown[], result: Gradient | readonly Gradient[]): Gradient[] {
    const grads = result as readonly Gradient[] | null;
    return values.map((value, i) => conform(grads?.[i] ?? null, value));
  }
}

/** The gradient with the shape and dtype of the input, whatever the formula broadcast or promoted. */
function conform(grad: Gradient, value: unknown): Gradient {
  if (grad === null || grad === undefined) return null;
  const form = value instanceof Saved ? value.tensor : (value as Form);
  const summed = sameShape(grad.sizes, form.sizes) ? grad : grad.sum_to_size(form.sizes as number[]);
  return summed.dtype === form.dtype ? summed : summed.to(form.dtype);
}
