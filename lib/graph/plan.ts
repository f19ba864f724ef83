/** Which nodes take part in a backward pass, and what each waits for. */
import type { Edge, GraphNode } from './node.js';
import { Task } from './ready.js';

/** The nodes of a pass. */
export interface Plan {
  /** One for each node behind the roots. */
  readonly tasks: readonly Task[];
  /** Those of the roots, in their order. */
  readonly starts: readonly Task[];
}

/** The plan of a pass from `roots` to `inputs`, or to all leaves when they are null. */
export function planOf(roots: readonly Edge[], inputs: readonly Edge[] | null): Plan {
  const plan = discover(roots);
  if (inputs !== null) markNeeded(plan.tasks, inputs);
  // Nodes bear their tasks while the plan is made, when no code but this runs, so that nested passes never meet.
  for (const { node } of plan.tasks) node.task = null;
  return plan;
}

/** Makes a task for every node behind `roots` and counts the edges that lead to each. */
function discover(roots: readonly Edge[]): Plan {
  const tasks: Task[] = [];
  const starts = roots.map(({ node }) => enter(node, tasks));
  for (let i = 0; i < tasks.length; i++) {
    const { node, targets } = tasks[i];
    for (let k = 0; k < targets.length; k++) {
      const edge = node.edges[k];
      if (edge === null) continue;
      const target = enter(edge.node, tasks);
      target.deliveries++;
      targets[k] = target;
    }
  }
  return { tasks, starts };
}

/** The task of a node, made when it is first met. */
function enter(node: GraphNode, tasks: Task[]): Task {
  if (node.task !== null) return node.task;
  const task = new Task(node);
  node.task = task;
  tasks.push(task);
  return task;
}

/**
 * Marks the nodes from which an input can be reached; edges lead to earlier nodes, so one ascending sweep is enough.
 */
function markNeeded(tasks: readonly Task[], inputs: readonly Edge[]): void {
  for (const task of tasks) task.needed = false;
  inputs.forEach(({ node: { task }, index }, i) => {
    if (task === null) return;
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
