/** The nodes of the graph: who made a tensor, and where the gradients of its inputs go. */
import { argumentError } from '../base/errors.js';
import type { Shape } from '../base/shape.js';
import type { Tensor } from '../tensor.js';
import { NodeHooks, type PostHook, type PreHook, type RemovableHandle } from './hooks.js';
import type { Task } from './ready.js';

/** A gradient flowing along an edge; null stands for zeros. */
export type Gradient = Tensor | null;

/** Where the gradient of one input goes: an output of the node that made it. */
export interface Edge {
  readonly node: GraphNode;
  readonly index: number;
}

let sequence = 0;
/** Is told of each node that is made; null but under anomaly detection. */
let observer: ((node: GraphNode) => void) | null = null;

/** Has `observe` be told of each node that is made, or nobody. */
export function observeNodes(observe: ((node: GraphNode) => void) | null): void {
  observer = observe;
}

/** What users keep in `metadata` of nodes. */
const metadata = new WeakMap<GraphNode, Record<string, unknown>>();

/** One recorded operation. Nodes point from results to inputs and are numbered in the order of recording. */
export abstract class GraphNode {
  /** Its task while a backward pass is planned; null at all other times. */
  task: Task | null = null;
  /** Rises with each recording; the engine runs the latest ready node first, as PyTorch does. */
  readonly sequence: number;

  constructor(
    /** For each input: its edge, or null where no gradient is wanted. */
    readonly edges: readonly (Edge | null)[],
    /** How many tensors the operation returned. */
    readonly outputs: number,
    order = sequence++,
  ) {
    this.sequence = order;
    if (observer !== null) observer(this);
  }

  /** What wants to see gradients pass by; null while nothing does. */
  hooks: NodeHooks | null = null;

  /** Whether `apply` may hand out or keep tensors that others know, so that nothing of it may be stolen or disposed. */
  get sharesResults(): boolean {
    return false;
  }

  /** Whether `apply` runs also where no gradient arrived, as users' functions do. */
  get runsWithoutGradients(): boolean {
    return false;
  }

  /** PyTorch's name of the node: 'SinBackward0', 'torch::autograd::AccumulateGrad'. */
  abstract name(): string;

  /**
   * Gradients of the inputs, one for each edge, from those of the outputs. Only edges in `wanted` (null: all) matter.
   */
  abstract apply(grads: readonly Gradient[], wanted: readonly boolean[] | null): Gradient[];

  /** Drops what was saved for the backward pass. */
  release(): void {}

  /** The sizes of the tensor at each edge, where the node knows them. */
  edgeSizes(): readonly (Shape | null)[] {
    return this.edges.map(() => null);
  }

  /** What is saved for the backward pass, by name. @throws RuntimeError when it was freed or written to. */
  savedValues(): Readonly<Record<string, unknown>> {
    return {};
  }

  toString(): string {
    return `<${this.name().replace('torch::autograd::', '')}>`;
  }

  /** Calls `hook` with the gradients of inputs and results after the node ran; what it returns replaces the former. */
  register_hook(hook: PostHook): RemovableHandle {
    checkHook(hook);
    return hooksOf(this).post.add(hook);
  }

  /** Calls `hook` with the gradients of results before the node runs; what it returns replaces them. */
  register_prehook(hook: PreHook): RemovableHandle {
    checkHook(hook, 'register_prehook');
    return hooksOf(this).pre.add(hook);
  }

  /** An object for notes of the user's. */
  get metadata(): Record<string, unknown> {
    const known = metadata.get(this) ?? {};
    metadata.set(this, known);
    return known;
  }

  /** Edges in PyTorch's form. */
  get next_functions(): readonly (readonly [GraphNode | null, number])[] {
    return this.edges.map((edge) => [edge?.node ?? null, edge?.index ?? 0] as const);
  }
}

export function hooksOf(node: GraphNode): NodeHooks {
  node.hooks ??= new NodeHooks();
  return node.hooks;
}

/** @throws TypeError unless a hook can be called. */
export function checkHook(hook: unknown, op = 'register_hook'): void {
  if (typeof hook !== 'function') throw argumentError(op, 'hook', 'a function', hook);
}

/** The end of a path: adds what arrives to the leaf's `grad`. */
export class AccumulateGrad extends GraphNode {
  constructor(readonly variable: Tensor) {
    // Runs as soon as its gradient is complete, so that the gradient is freed early.
    super([], 1, Number.MAX_SAFE_INTEGER);
  }

  name(): string {
    return 'torch::autograd::AccumulateGrad';
  }

  apply(): Gradient[] {
    return [];
  }
}

/** Keeps the gradient at `edge` in `tensor.grad` when backward passes by, and no longer that at an earlier edge. */
export function retainGradient(tensor: Tensor, edge: Edge): void {
  const { retention } = tensor;
  retention?.node.hooks?.retaining.delete(retention.index);
  hooksOf(edge.node).retaining.set(edge.index, tensor);
  tensor.retention = edge;
}

/** Makes `tensor` the `index`-th result of `node`, also after a write; a retained gradient is that of the new value. */
export function setNode(tensor: Tensor, node: GraphNode, index = 0): void {
  tensor.node = node;
  tensor.output_nr = index;
  if (tensor.retention !== null) retainGradient(tensor, { node, index });
}

/** Whether gradients flow to `tensor`. A view gets its node when its base first needs one. */
export function needsGradient(tensor: Tensor): boolean {
  if (tensor.leafRequiresGrad || tensor.node !== null) return true;
  return tensor.viewOf !== null && tensor.viewOf.origin === 'operator' && tensor.grad_fn !== null;
}

/** The edge by which gradients reach `tensor`, or null when it needs none. */
export function gradientEdge(tensor: Tensor): Edge | null {
  const node = tensor.viewOf === null ? tensor.node : tensor.grad_fn;
  if (node !== null) return { node, index: tensor.output_nr };
  if (!tensor.leafRequiresGrad) return null;
  tensor.accumulator ??= new AccumulateGrad(tensor);
  return { node: tensor.accumulator, index: 0 };
}
