/** The node of a custom function's call: runs the user's backward and checks what it returns. */
import { RuntimeError, showShape, typeName } from '../../base/errors.js';
import { broadcastsTo, type Shape, sameShape } from '../../base/shape.js';
import { Form } from '../../graph/form.js';
import { type Edge, type Gradient, GraphNode } from '../../graph/node.js';
import { isTensor } from '../../op/bind.js';
import { zerosOf } from '../../op/factory.js';
import { Tensor } from '../../tensor.js';
import type { CallState, FunctionCtx } from './context.js';

/** backward of a custom function, whatever its types. */
export type CustomBackward = (ctx: FunctionCtx, ...grads: Gradient[]) => unknown;

/** One call of a custom function. */
export class CustomNode extends GraphNode {
  /** Of the results that are tensors, their forms; null for others. */
  private readonly forms: readonly (Form | null)[];
  /** Of the tensors among the arguments, their forms, one for each edge. */
  private readonly inputs: readonly Form[];
  /** For each argument, whether it is a tensor. */
  private readonly isTensor: readonly boolean[];

  constructor(
    private readonly functionName: string,
    private readonly backward: CustomBackward,
    readonly ctx: FunctionCtx,
    private readonly state: CallState,
    args: readonly unknown[],
    edges: readonly (Edge | null)[],
    outputs: readonly unknown[],
  ) {
    super(edges, outputs.length);
    this.forms = outputs.map((output) => (output instanceof Tensor ? new Form(output) : null));
    this.isTensor = args.map(isTensor);
    this.inputs = args.filter(isTensor).map((input) => new Form(input));
  }

  name(): string {
    return `${this.functionName}Backward`;
  }

  /** What the user's functions are given they may keep or hand on. */
  override get sharesResults(): boolean {
    return true;
  }

  override get runsWithoutGradients(): boolean {
    return true;
  }

  /** What forward saved. @throws RuntimeError when it was freed. */
  get saved_tensors(): Tensor[] {
    return this.state.unpack();
  }

  get needs_input_grad(): readonly boolean[] {
    return this.state.needs;
  }

  override edgeSizes(): readonly Shape[] {
    return this.inputs.map(({ sizes }) => sizes);
  }

  override savedValues(): Readonly<Record<string, unknown>> {
    return Object.fromEntries(this.saved_tensors.map((tensor, i) => [`saved_tensors[${i}]`, tensor]));
  }

  override release(): void {
    this.state.release();
  }

  apply(grads: readonly Gradient[], wanted: readonly boolean[] | null): Gradient[] {
    this.state.isForInputs = wanted !== null;
    const given = this.state.materializes ? grads.map((grad, i) => grad ?? this.zerosFor(i)) : [...grads];
    const returned = this.backward(this.ctx, ...given);
    const results = this.checkCount(Array.isArray(returned) ? [...returned] : [returned]);
    const found = results.filter((result, i) => this.isGradient(result, i));
    return found.map((result, edge) => this.conform(result, edge));
  }

  private zerosFor(output: number): Gradient {
    const form = this.forms[output];
    return form && zerosOf(form);
  }

  private checkCount(results: unknown[]): readonly unknown[] {
    const count = this.isTensor.length;
    const isNone = (result: unknown): boolean => result === null || result === undefined;
    if (results.length > count && results.slice(count).every(isNone)) return results.slice(0, count);
    if (results.length === count) return results;
    throw new RuntimeError(
      `function ${this.name()} returned an incorrect number of gradients (expected ${count}, got ${results.length})`,
    );
  }

  /** Whether the result belongs to an edge. @throws RuntimeError for a gradient of what is no tensor. */
  private isGradient(result: unknown, position: number): boolean {
    if (this.isTensor[position]) return true;
    if (result === null || result === undefined) return false;
    throw new RuntimeError(
      `function ${this.name()} returned a gradient different than None at position ${position + 1}, but the ` +
        'corresponding forward input was not a Variable',
    );
  }

  /** The gradient in the shape and dtype of its input. */
  private conform(grad: unknown, edge: number): Gradient {
    if (grad === null || grad === undefined) return null;
    if (!isTensor(grad)) throw new RuntimeError(`expected Variable or None (got ${typeName(grad)})`);
    if (this.edges[edge] === null) return null;
    const { sizes, dtype } = this.inputs[edge];
    if (!broadcastsTo(sizes, grad.sizes)) {
      throw new RuntimeError(
        `Function ${this.name()} returned an invalid gradient at index ${edge} - got ${showShape(grad.sizes)} but ` +
          `expected shape compatible with ${showShape(sizes)}`,
      );
    }
    return (sameShape(sizes, grad.sizes) ? grad : grad.sum_to_size([...sizes])).to(dtype);
  }
}
