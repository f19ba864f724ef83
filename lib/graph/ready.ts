/** What a backward pass keeps of each node, and the order in which nodes run. */
import type { Gradient, GraphNode } from './node.js';

/** A list of nulls; a loop, since Array.prototype.fill leaves compiled code. */
export function nulls(length: number): null[] {
  if (length === 1) return [null];
  const list = new Array<null>(length);
  for (let i = 0; i < length; i++) list[i] = null;
  return list;
}

/** A node in one pass. */
export class Task {
  /** Gradients of the outputs that have arrived, summed. */
  readonly grads: Gradient[];
  /** The task of each edge's node, in the order of edges. */
  readonly targets: (Task | null)[];
  /** Edges that lead here. */
  deliveries = 0;
  /** Edges that still have to deliver. */
  dependencies = 0;
  /** Whether anything that the caller asked for lies behind this node. */
  needed = true;
  /** For each edge, whether it lies behind that; null: all do. */
  wanted: readonly boolean[] | null = null;
  /** Output index -> positions in the caller's `inputs`. */
  captures: Map<number, number[]> | null = null;

  constructor(readonly node: GraphNode) {
    this.grads = nulls(node.outputs);
    this.targets = nulls(node.edges.length);
  }

  /** Nothing has arrived. */
  reset(): void {
    for (let i = 0; i < this.grads.length; i++) this.grads[i] = null;
    this.dependencies = this.deliveries;
  }
}

/** Nodes that are ready to run; the one recorded last comes out first. */
export class ReadyHeap {
  private readonly tasks: Task[] = [];

  get size(): number {
    return this.tasks.length;
  }

  push(task: Task): void {
    const { tasks } = this;
    let at = tasks.length;
    tasks.push(task);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (tasks[parent].node.sequence >= task.node.sequence) break;
      tasks[at] = tasks[parent];
      at = parent;
    }
    tasks[at] = task;
  }

  pop(): Task {
    const { tasks } = this;
    const top = tasks[0];
    const last = tasks.pop() as Task;
    if (tasks.length > 0) this.sink(last);
    return top;
  }

  private sink(task: Task): void {
    const { tasks } = this;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= tasks.length) break;
      if (child + 1 < tasks.length && tasks[child + 1].node.sequence > tasks[child].node.sequence) child++;
      if (tasks[child].node.sequence <= task.node.sequence) break;
      tasks[at] = tasks[child];
      at = child;
    }
    tasks[at] = task;
  }
}
