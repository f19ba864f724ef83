/** The backward pass: visits every node once, latest first, without recursion. */
import { RuntimeError, showShape } from '../base/errors.js';
import { isNonOverlappingAndDense, sameShape } from '../base/shape.js';
import { Storage } from '../engine/storage.js';
import { emptyStrided, type Tensor } from '../tensor.js';
import { ReadyHeap } from './heap.js';
import { set_grad_enabled } from './modes.js';
import { AccumulateGrad, type Edge, type Gradient, type GraphNode } from './node.js';

/** What one pass keeps of a node until it runs. */
interface Task {
  /** Gradients of the outputs that have arrived, summed. */
  readonly grads: Gradient[];
  /** Edges that still have to deliver. */
  dependencies: number;
  /** Whether anything that the caller asked for lies behind this node. */
  needed: boolean;
  /** Output index -> positions in the caller's `inputs`. */
  captures: Map<number, number[]> | null;
}

export interface BackwardOptions {
  readonly retainGraph: boolean;
  readonly createGraph: boolean;
  /** Edges whose gradients are wanted; null: accumulate into all leaves. */
  readonly inputs: readonly (Edge | null)[] | null;
}

/**
 * Runs the graph behind `roots` with these gradients. Returns the gradients of `inputs` (null where no path leads).
 * A gradient is a Tensor that the pass may own: its storage is then stolen by a leaf, or returned at once when consumed.
 */
export function backward(roots: readonly Edge[], grads: readonly Tensor[], options: BackwardOptions): Gradient[] {
  const scope = set_grad_enabled(options.createGraph);
  try {
    return new Pass(options).run(roots, grads);
  } finally {
    scope[Symbol.dispose]();
  }
}

class Pass {
  private readonly tasks = new Map<GraphNode, Task>();
  private readonly ready = new ReadyHeap();
  private readonly results: Gradient[];
  /** Storages that only this pass knows: each backs one gradient that has not been consumed. */
  private readonly owned = new Set<Storage>();

  constructor(private readonly options: BackwardOptions) {
    this.results = new Array<Gradient>(options.inputs?.length ?? 0).fill(null);
  }

  run(roots: readonly Edge[], grads: readonly Tensor[]): Gradient[] {
    const nodes = new Set(roots.map((root) => root.node));
    this.discover(nodes);
    if (this.options.inputs) this.markNeeded(this.options.inputs);
    roots.forEach((root, i) => {
      this.deliver(root, grads[i]);
    });
    for (const node of nodes) if (this.task(node).dependencies === 0) this.ready.push(node);
    while (this.ready.size > 0) this.visit(this.ready.pop());
    return this.results;
  }

  private task(node: GraphNode): Task {
    return this.tasks.get(node) as Task;
  }

  /** Makes a task for every node behind `roots` and counts the edges that lead to each. */
  private discover(roots: Iterable<GraphNode>): void {
    const stack: GraphNode[] = [];
    const enter = (node: GraphNode): Task => {
      let task = this.tasks.get(node);
      if (task === undefined) {
        const grads = new Array<Gradient>(node.outputs).fill(null);
        task = { grads, dependencies: 0, needed: this.options.inputs === null, captures: null };
        this.tasks.set(node, task);
        stack.push(node);
      }
      return task;
    };
    for (const root of roots) enter(root);
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      for (const edge of node.edges) if (edge !== null) enter(edge.node).dependencies++;
    }
  }

  /** Marks the nodes from which an input can be reached; edges lead to earlier nodes, so one ascending sweep is enough. */
  private markNeeded(inputs: readonly (Edge | null)[]): void {
    inputs.forEach((input, i) => {
      const task = input && this.tasks.get(input.node);
      if (!input || !task) return;
      task.captures ??= new Map();
      task.captures.set(input.index, [...(task.captures.get(input.index) ?? []), i]);
    });
    const ascending = [...this.tasks.keys()].sort((a, b) => a.sequence - b.sequence);
    const isWanted = (edge: Edge | null): boolean =>
      edge !== null && (this.task(edge.node).needed || this.task(edge.node).captures !== null);
    for (const node of ascending) this.task(node).needed = node.edges.some(isWanted);
  }

  /** Adds a gradient to what has arrived at an output. */
  private deliver(edge: Edge, grad: Gradient): void {
    if (grad === null) return;
    const { grads } = this.task(edge.node);
    const sum = grads[edge.index];
    grads[edge.index] = sum === null ? grad : this.accumulate(sum, grad);
  }

  private accumulate(sum: Tensor, grad: Tensor): Tensor {
    if (!this.options.createGraph && this.owned.has(sum.storage) && sum.contiguousFlag) {
      sum.add_(grad);
      this.discard([grad], [sum]);
      return sum;
    }
    const total = sum.add(grad);
    this.discard([sum, grad], [total]);
    if (!this.options.createGraph) this.owned.add(total.storage);
    return total;
  }

  private visit(node: GraphNode): void {
    const task = this.task(node);
    this.tasks.delete(node);
    for (let i = 0; i < task.grads.length; i++) this.arrived(node, task, i);
    if (node instanceof AccumulateGrad) {
      if (this.options.inputs === null) this.accumulateInto(node.variable, task.grads[0]);
      return;
    }
    if (!task.needed) return this.discard(task.grads, []);
    const any = task.grads.some((grad) => grad !== null);
    const grads = any ? this.apply(node, task.grads) : [];
    if (!this.options.retainGraph) node.release();
    node.edges.forEach((edge, i) => {
      if (edge === null) return;
      this.deliver(edge, grads[i] ?? null);
      if (--this.task(edge.node).dependencies === 0) this.ready.push(edge.node);
    });
  }

  /** Runs the formulas and sees to whose memory is whose. */
  private apply(node: GraphNode, incoming: readonly Gradient[]): Gradient[] {
    const before = Storage.made;
    const grads = node.apply(incoming);
    if (this.options.createGraph) return grads;
    const count = new Map<Storage, number>();
    for (const grad of grads) if (grad) count.set(grad.storage, (count.get(grad.storage) ?? 0) + 1);
    for (const [storage, uses] of count) {
      if (uses > 1 || node.sharesResults) this.owned.delete(storage);
      else if (storage.serial >= before) this.owned.add(storage);
    }
    if (!node.sharesResults) this.discard(incoming, grads);
    return grads;
  }

  /** Returns the memory of gradients that this pass alone knew and that live on in none of `kept`. */
  private discard(grads: readonly Gradient[], kept: readonly Gradient[]): void {
    if (this.options.createGraph) return;
    for (const grad of grads) {
      if (grad === null || !this.owned.has(grad.storage)) continue;
      if (kept.some((other) => other?.storage === grad.storage)) continue;
      this.owned.delete(grad.storage);
      grad.storage.dispose();
    }
  }

  /** A gradient is complete: gives it to whoever asked for it. */
  private arrived(node: GraphNode, task: Task, index: number): void {
    const grad = task.grads[index];
    if (grad === null) return;
    const retaining = node.retaining?.get(index);
    if (retaining !== undefined) this.accumulateInto(retaining, this.share(grad), true);
    for (const position of task.captures?.get(index) ?? []) {
      this.results[position] = this.share(grad);
    }
  }

  private share(grad: Tensor): Tensor {
    this.owned.delete(grad.storage);
    return grad;
  }

  private accumulateInto(variable: Tensor, grad: Gradient, replace = false): void {
    if (grad === null) return;
    if (variable.grad === null || replace) variable.grad = this.forKeeping(variable, grad);
    else if (this.options.createGraph) variable.grad = variable.grad.add(grad);
    else {
      variable.grad.add_(grad);
      this.discard([grad], [variable.grad]);
    }
  }

  /** The gradient itself where nobody else holds it and it is laid out as the variable, else a copy. */
  private forKeeping(variable: Tensor, grad: Tensor): Tensor {
    if (this.options.createGraph) return grad.clone();
    const stolen = this.owned.delete(grad.storage);
    const fits = grad.count * grad.itemsize === grad.storage.nbytes && sameShape(grad.strides, variable.strides);
    return stolen && fits ? grad : copyLike(variable, grad);
  }
}

/** A copy of `grad` with the variable's strides where they are dense. */
function copyLike(variable: Tensor, grad: Tensor): Tensor {
  if (!isNonOverlappingAndDense(variable.sizes, variable.strides)) return grad.contiguous().clone();
  return emptyStrided(variable.sizes, variable.strides, grad.dtype).copy_(grad);
}

/** @throws RuntimeError unless `grad` has the shape of `output`. */
export function checkGradient(output: Tensor, grad: Tensor, position: number): void {
  if (sameShape(output.sizes, grad.sizes)) return;
  const size = (tensor: Tensor): string => `torch.Size(${showShape(tensor.sizes)})`;
  throw new RuntimeError(
    `Mismatch in shape: grad_output[${position}] has a shape of ${size(grad)} and output[${position}] has a shape of ` +
      `${size(output)}.`,
  );
}
