/** The backward pass: visits every node once, latest first, without recursion. */
import { RuntimeError, showShape } from '../base/errors.js';
import { isNonOverlappingAndDense, sameShape } from '../base/shape.js';
import { binding } from '../engine/native.js';
import { type Storage, storagesMade } from '../engine/storage.js';
import { emptyStrided, emptyTensor, type Tensor } from '../tensor.js';
import { withGrad } from './modes.js';
import { AccumulateGrad, type Edge, type Gradient, type GraphNode } from './node.js';
import { type Plan, planOf } from './plan.js';
import { nulls, ReadyHeap, type Task } from './ready.js';
import { enterPass, leavePass } from './saved.js';
import { isSharing } from './sharing.js';
import { type Apply, nodeWatcher } from './watch.js';

/** What a pass does with its gradients and its graph. */
export interface BackwardOptions {
  readonly retainGraph: boolean;
  readonly createGraph: boolean;
  /** Edges whose gradients are wanted; null: those of all leaves. */
  readonly inputs: readonly Edge[] | null;
  /** Whether gradients go to `grad` of leaves and of retaining tensors; otherwise those of `inputs` are returned. */
  readonly accumulates: boolean;
}

/** Runs the graph behind `roots` with these gradients. Returns what `BackwardPass.run` returns. */
export const backward = (roots: readonly Edge[], grads: readonly Tensor[], options: BackwardOptions): Gradient[] =>
  new BackwardPass(roots, options).run(grads);

/**
 * A pass over the graph behind `roots`, which may run several times while the graph is retained.
 * A gradient is a Tensor that the pass may own: its storage is then stolen by a leaf, or returned at once when
 * consumed.
 */
export class BackwardPass {
  private readonly plan: Plan;
  private readonly ready = new ReadyHeap();
  private results: Gradient[] = [];
  /** What stands around each node's `apply` in this run. */
  private watcher: Apply | null = null;

  constructor(
    private readonly roots: readonly Edge[],
    private readonly options: BackwardOptions,
  ) {
    this.plan = planOf(roots, options.inputs);
  }

  /** From these gradients of the roots, those of `inputs` (null where no path leads), unless they are accumulated. */
  run(grads: readonly Tensor[]): Gradient[] {
    const recorded = withGrad(this.options.createGraph);
    const outer = enterPass();
    const outerPass = current;
    current = this;
    this.watcher = nodeWatcher();
    try {
      this.start(grads);
      while (this.ready.size > 0) this.visit(this.ready.pop());
      return this.results;
    } finally {
      leavePass(outer);
      current = outerPass;
      withGrad(recorded);
      if (outerPass === null && !this.options.retainGraph) binding.settle();
    }
  }

  /** Whether gradients are computed for the node's results. */
  visits(node: GraphNode): boolean {
    return this.plan.tasks.some((task) => task.node === node && (task.needed || task.captures !== null));
  }

  private start(grads: readonly Tensor[]): void {
    const { tasks, starts } = this.plan;
    this.results = nulls(this.options.inputs?.length ?? 0);
    for (const task of tasks) task.reset();
    for (let i = 0; i < starts.length; i++) this.deliver(starts[i], this.roots[i].index, grads[i]);
    for (const task of starts) {
      if (task.dependencies !== 0) continue;
      // A root given twice starts once.
      task.dependencies = -1;
      this.ready.push(task);
    }
  }

  private visit(task: Task): void {
    const { node, grads, targets } = task;
    if (node.hooks !== null) node.hooks.runTensorHooks(grads);
    if (node.hooks !== null || task.captures !== null) this.handOut(task);
    if (node instanceof AccumulateGrad) {
      if (this.options.inputs === null || (this.options.accumulates && task.captures !== null)) {
        this.accumulateInto(node, grads[0]);
      }
      return;
    }
    if (!task.needed) return this.discard(grads, []);
    const runs = isPresent(grads[0]) || grads.some(isPresent) || node.runsWithoutGradients;
    const results = runs || node.hooks !== null ? this.apply(task, runs) : [];
    if (!this.options.retainGraph) node.release();
    for (let i = 0; i < targets.length; i++) {
      const target = targets[i];
      if (target === null) continue;
      this.deliver(target, (node.edges[i] as Edge).index, results[i] ?? null);
      if (--target.dependencies === 0) this.ready.push(target);
    }
  }

  /** Adds a gradient to what has arrived at an output. */
  private deliver({ grads }: Task, index: number, grad: Gradient): void {
    if (grad === null) return;
    const sum = grads[index];
    grads[index] = sum === null ? grad : this.accumulate(sum, grad);
  }

  private accumulate(sum: Tensor, grad: Tensor): Tensor {
    if (this.owns(sum.storage) && sum.contiguousFlag && sum.dtype === grad.dtype) {
      sum.add_(grad);
      this.discard([grad], [sum]);
      return sum;
    }
    const total = sum.add(grad);
    this.discard([sum, grad], [total]);
    if (!this.options.createGraph && !isSharing()) total.storage.owner = this;
    return total;
  }

  /** Runs the formulas, unless there is no gradient that only hooks are to see, and sees whose memory is whose. */
  private apply({ node, grads: incoming, wanted }: Task, hasGradients: boolean): Gradient[] {
    let runs = hasGradients;
    if (node.hooks !== null) {
      node.hooks.runPreHooks(incoming);
      runs = incoming.some(isPresent) || node.runsWithoutGradients;
    }
    const before = storagesMade();
    const grads = runs ? this.gradientsOf(node, incoming, wanted) : node.edges.map(() => null);
    if (node.hooks !== null) node.hooks.runPostHooks(grads, incoming);
    if (this.options.createGraph || isSharing()) return grads;
    const shares = node.sharesResults || (node.hooks !== null && !node.hooks.post.isEmpty);
    for (let i = 0; i < grads.length; i++) {
      const storage = grads[i]?.storage;
      if (storage === undefined) continue;
      if (shares || isShared(grads, i, storage)) storage.owner = null;
      else if (storage.serial > before) storage.owner = this;
    }
    if (!shares) this.discard(incoming, grads);
    return grads;
  }

  private gradientsOf(node: GraphNode, grads: readonly Gradient[], wanted: readonly boolean[] | null): Gradient[] {
    return this.watcher === null ? node.apply(grads, wanted) : this.watcher(node, grads, wanted);
  }

  /** Whether only this pass knows the storage, behind one gradient that has not been consumed. */
  private owns(storage: Storage): boolean {
    return storage.owner === this;
  }

  /** Returns the memory of gradients that this pass alone knew and that live on in none of `kept`. */
  private discard(grads: readonly Gradient[], kept: readonly Gradient[]): void {
    for (let i = 0; i < grads.length; i++) {
      const storage = grads[i]?.storage;
      if (storage !== undefined && this.owns(storage) && !isShared(kept, none, storage)) storage.dispose();
    }
  }

  /** Gives complete gradients to whoever asked for them, so that they are no longer the pass's own. */
  private handOut({ node, grads, captures, needed }: Task): void {
    grads.forEach((grad, index) => {
      if (grad === null) return;
      const { accumulates } = this.options;
      const positions = captures?.get(index);
      const retaining = node.hooks?.retaining.get(index);
      if (retaining !== undefined && (needed || (accumulates && positions !== undefined))) retain(retaining, grad);
      if (positions === undefined || accumulates) return;
      grad.storage.owner = null;
      for (const position of positions) this.results[position] = grad;
    });
  }

  private accumulateInto({ variable, hooks }: AccumulateGrad, grad: Gradient): void {
    if (grad === null || !variable.leafRequiresGrad) return;
    if (hooks === null) return this.add(variable, grad);
    const grads = [grad];
    hooks.runPreHooks(grads);
    this.add(variable, grads[0]);
    hooks.runPostHooks([], grads);
    hooks.accumulated.each((hook) => hook(variable));
  }

  /** Adds a gradient to the leaf's `grad`. */
  private add(variable: Tensor, grad: Gradient): void {
    if (grad === null) return;
    const held = variable.gradient;
    if (held === null) variable.gradient = this.forKeeping(variable, grad);
    else if (this.options.createGraph) variable.gradient = held.add(grad);
    else {
      held.add_(grad);
      this.discard([grad], [held]);
    }
  }

  /** The gradient itself where nobody else holds it and it is laid out as the variable, else a copy. */
  private forKeeping(variable: Tensor, grad: Tensor): Tensor {
    const fits = grad.count * grad.itemsize === grad.storage.nbytes && sameShape(grad.strides, variable.strides);
    if (this.owns(grad.storage) && fits) {
      grad.storage.owner = null;
      return grad;
    }
    const copy = copyLike(variable, grad);
    this.discard([grad], [copy]);
    return copy;
  }
}

/** The innermost pass that is running. */
let current: BackwardPass | null = null;

/** The pass that calls a hook or a formula; null outside of passes. */
export const currentPass = (): BackwardPass | null => current;

/** Adds to `grad` of a result that called `retain_grad`. */
function retain(tensor: Tensor, grad: Tensor): void {
  tensor.gradient = tensor.gradient === null ? copyLike(tensor, grad) : tensor.gradient.add(grad);
}

/** No position: all gradients count. */
const none = -1;

const isPresent = (grad: Gradient): boolean => grad !== null;

/** Whether another gradient than that at `position` has its elements in the storage. */
function isShared(grads: readonly Gradient[], position: number, storage: Storage): boolean {
  for (let i = 0; i < grads.length; i++) if (i !== position && grads[i]?.storage === storage) return true;
  return false;
}

/** A copy of `grad` with the variable's strides where they are dense. */
function copyLike(variable: Tensor, grad: Tensor): Tensor {
  const { sizes, strides } = variable;
  const copy = isNonOverlappingAndDense(sizes, strides)
    ? emptyStrided(sizes, strides, grad.dtype)
    : emptyTensor(sizes, grad.dtype);
  return copy.copy_(grad);
}

/** `grad` in the dtype of `output`. @throws RuntimeError unless it has its shape. */
export function checkGradient(output: Tensor, grad: Tensor, position: number): Tensor {
  if (sameShape(output.sizes, grad.sizes)) return grad.to(output.dtype);
  const size = (tensor: Tensor): string => `torch.Size(${showShape(tensor.sizes)})`;
  throw new RuntimeError(
    `Mismatch in shape: grad_output[${position}] has a shape of ${size(grad)} and output[${position}] has a shape of ` +
      `${size(output)}.`,
  );
}
