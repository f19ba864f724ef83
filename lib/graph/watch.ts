/** What stands around the run of every node in a backward pass: anomaly detection, profilers. */
import type { Gradient, GraphNode } from './node.js';

/** Runs a node. */
export type Apply = (node: GraphNode, grads: readonly Gradient[], wanted: readonly boolean[] | null) => Gradient[];

const direct: Apply = (node, grads, wanted) => node.apply(grads, wanted);
const wrappers: ((next: Apply) => Apply)[] = [];
let watcher: Apply | null = null;

function compose(): void {
  watcher = wrappers.length === 0 ? null : wrappers.reduce((next, wrap) => wrap(next), direct);
}

/** Has passes that begin from now on run their nodes through `wrap`, until the result is called. */
export function watchNodes(wrap: (next: Apply) => Apply): () => void {
  wrappers.push(wrap);
  compose();
  return () => {
    const at = wrappers.indexOf(wrap);
    if (at >= 0) wrappers.splice(at, 1);
    compose();
  };
}

/** What runs nodes; null: nothing but themselves. */
export const nodeWatcher = (): Apply | null => watcher;
