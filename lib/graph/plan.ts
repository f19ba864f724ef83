/** Which nodes take part in a backward pass, and what each waits for. */
import type { Edge, GraphNode } from './node.js';
import { Task } from './ready.js';

export interface Plan {
  /** One for each node behind the roots. */
  readonly tasks: readonly Task[];
  /** Those of the roots, in their order. */
  readonly starts: readonly Task[];
}

/** The plan of a pass from `roots` to `inputs`, or to all leaves when they are null. */
export function planOf(roots: readonly Edge[], inputs: readonly Edge[] | null): Plan {
  const byNode = new Map<GraphNode, Task>();
  const plan = discover(roots, byNode);
  if (inputs !== null) markNeeded(plan.tasks, inputs, byNode);
  return plan;
}

/** Makes a task for every node behind `roots` and counts the edges that lead to each. */
function discover(roots: readonly Edge[], byNode: Map<GraphNode, Task>): Plan {
  const tasks: Task[] = [];
  const enter = (node: GraphNode): Task => {
    let task = byNode.get(node);
    if (task === undefined) {
      task = new Task(node);
      byNode.set(node, task);
      tasks.push(task);
    }
    return task;
  };
  const starts = roots.map(({ node }) => enter(node));
  for (let i = 0; i < tasks.length; i++) {
    const { edges } = tasks[i].node;
    for (let k = 0; k < edges.length; k++) {
      const edge = edges[k];
      if (edge === null) continue;
      const target = enter(edge.node);
      target.deliveries++;
      tasks[i].targets[k] = target;
    }
  }
  return { tasks, starts };
}

/** Marks the nodes from which an input can be reached; edges lead to earlier nodes, so one ascending sweep is enough. */
function markNeeded(tasks: readonly Task[], inputs: readonly Edge[], byNode: ReadonlyMap<GraphNode, Task>): void {
  for (const task of tasks) task.needed = false;
  inputs.forEach(({ node, index }, i) => {
    const task = byNode.get(node);
    if (task === undefined) return;
    task.captures ??= new Map();
    const positions = task.captures.get(index);
    if (positions === undefined) task.captures.set(index, [i]);
    else positions.push(i);
  });
  const ascending = [...tasks].sort((a, b) => a.node.sequence - b.node.sequence);
  for (const task of ascending) {
    task.wanted = task.targets.map(isWanted);
    task.needed = task.wanted.includes(true);
  }
}

const isWanted = (task: Task | null): boolean => task !== null && (task.needed || task.captures !== null);
