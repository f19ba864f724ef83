import type { GraphNode } from './node.js';

/** Nodes that are ready to run; the one recorded last comes out first. */
export class ReadyHeap {
  private readonly nodes: GraphNode[] = [];

  get size(): number {
    return this.nodes.length;
  }

  push(node: GraphNode): void {
    const { nodes } = this;
    let at = nodes.length;
    nodes.push(node);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (nodes[parent].sequence >= node.sequence) break;
      nodes[at] = nodes[parent];
      at = parent;
    }
    nodes[at] = node;
  }

  pop(): GraphNode {
    const { nodes } = this;
    const top = nodes[0];
    const last = nodes.pop() as GraphNode;
    if (nodes.length > 0) this.sink(last);
    return top;
  }

  private sink(node: GraphNode): void {
    const { nodes } = this;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= nodes.length) break;
      if (child + 1 < nodes.length && nodes[child + 1].sequence > nodes[child].sequence) child++;
      if (nodes[child].sequence <= node.sequence) break;
      nodes[at] = nodes[child];
      at = child;
    }
    nodes[at] = node;
  }
}
