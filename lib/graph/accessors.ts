/** Attributes of Tensor that belong to the graph, installed on its prototype. */
import { argumentError, RuntimeError, show } from '../base/errors.js';
import { sameShape } from '../base/shape.js';
import { Tensor } from '../tensor.js';
import type { AccumulateHook, RemovableHandle, TensorHook } from './hooks.js';
import { is_inference_mode_enabled } from './modes.js';
import { checkHook, type Edge, type GraphNode, gradientEdge, hooksOf, needsGradient, retainGradient } from './node.js';
import { currentNode } from './views.js';

/** What autograd adds to Tensor. */
export interface GraphAccessors {
  /**
   * The gradient that `backward` accumulated, or null.
   * @throws RuntimeError when one of another shape or dtype is assigned.
   */
  grad: Tensor | null;
  /** The node of the graph that made this tensor; null for leaves. */
  readonly grad_fn: GraphNode | null;
  /** Whether gradients flow to this tensor. Leaves are switched by assigning; results follow their inputs. */
  requires_grad: boolean;
  /** Whether the tensor is not the result of a recorded operation. */
  readonly is_leaf: boolean;
  /** Switches a leaf's `requires_grad`. @throws RuntimeError for integers and for results. */
  requires_grad_(requires_grad?: boolean): Tensor;
  /** Keeps the gradient of this result in `grad` when backward passes by. */
  retain_grad(): void;
  /** Whether `retain_grad` was called on this result. */
  readonly retains_grad: boolean;
  /**
   * Calls `hook` with this tensor's gradient whenever one is computed; what it returns replaces the gradient. After a
   * write in place, hooks registered before see the gradient of the old value.
   * @throws RuntimeError when the tensor requires no gradient.
   * @example const handle = x.register_hook((grad) => grad.mul(2)); … handle.remove();
   */
  register_hook(hook: TensorHook): RemovableHandle;
  /** Calls `hook` with this leaf whenever its `grad` was accumulated. @throws RuntimeError for results. */
  register_post_accumulate_grad_hook(hook: AccumulateHook): RemovableHandle;
  /** Whether the tensor was made in inference mode, so that autograd does not know it. */
  is_inference(): boolean;
  /** Cuts this tensor off from the graph, in place. @throws RuntimeError for views. */
  detach_(): Tensor;
}

function checkedGradient(tensor: Tensor, grad: unknown): Tensor | null {
  if (grad === null || grad === undefined) return null;
  if (!(grad instanceof Tensor)) {
    throw new TypeError(`assigned grad expected to be a Tensor or None but got grad of type ${show(grad)}`);
  }
  if (grad === tensor) throw new RuntimeError("can't assign Variable as its own grad");
  if (grad.dtype !== tensor.dtype) throw new RuntimeError('assigned grad has data of a different type');
  if (!sameShape(grad.sizes, tensor.sizes)) throw new RuntimeError('assigned grad has data of a different size');
  return grad;
}

const leavesOnly = 'you can only change requires_grad flags of leaf variables.';
const detachInstead =
  "If you want to use a computed variable in a subgraph that doesn't require differentiation use var_no_grad = " +
  'var.detach().';

function setRequiresGrad(tensor: Tensor, value: unknown): void {
  if (typeof value !== 'boolean') throw argumentError('requires_grad_', 'requires_grad', 'bool', value);
  if (!tensor.is_leaf) {
    if (value) return;
    throw new RuntimeError(`${leavesOnly} ${detachInstead}`);
  }
  if (value && !tensor.dtype.is_floating_point) {
    throw new RuntimeError('only Tensors of floating point and complex dtype can require gradients');
  }
  if (value && tensor.is_inference() && !is_inference_mode_enabled()) {
    throw new RuntimeError('Setting requires_grad=True on inference tensor outside InferenceMode is not allowed.');
  }
  tensor.leafRequiresGrad = value;
}

function retainGrad(tensor: Tensor): void {
  if (!tensor.requires_grad) throw new RuntimeError("can't retain_grad on Tensor that has requires_grad=False");
  const node = tensor.grad_fn;
  if (node !== null) retainGradient(tensor, { node, index: tensor.output_nr });
}

function detachInPlace(tensor: Tensor): Tensor {
  if (tensor.viewOf !== null) {
    throw new RuntimeError(
      "Can't detach views in-place. Use detach() instead. If you are using DistributedDataParallel (DDP) for training," +
        ' and gradient_as_bucket_view is set as True, gradients are views of DDP buckets, and hence detach_() cannot' +
        ' be called on these gradients. To fix this error, please refer to the Optimizer.zero_grad() function in' +
        ' torch/optim/optimizer.py as the solution.',
    );
  }
  tensor.node = null;
  tensor.output_nr = 0;
  tensor.leafRequiresGrad = false;
  return tensor;
}

function hookedEdge(tensor: Tensor): Edge {
  const edge = gradientEdge(tensor);
  if (edge !== null) return edge;
  throw new RuntimeError("cannot register a hook on a tensor that doesn't require gradient");
}

const accessors: PropertyDescriptorMap & ThisType<Tensor> = {
  grad: {
    get(): Tensor | null {
      return this.gradient;
    },
    set(value: unknown) {
      this.gradient = checkedGradient(this, value);
    },
  },
  grad_fn: {
    get(): GraphNode | null {
      return this.viewOf === null ? this.node : currentNode(this);
    },
  },
  requires_grad: {
    get(): boolean {
      return needsGradient(this);
    },
    set(value: unknown) {
      if (value === true && !this.is_leaf) throw new RuntimeError(leavesOnly);
      setRequiresGrad(this, value);
    },
  },
  is_leaf: {
    get(): boolean {
      return this.grad_fn === null;
    },
  },
  retains_grad: {
    get(): boolean {
      return this.retention !== null;
    },
  },
  requires_grad_: {
    value(requires_grad = true): Tensor {
      setRequiresGrad(this, requires_grad);
      return this;
    },
  },
  retain_grad: {
    value(): void {
      retainGrad(this);
    },
  },
  register_hook: {
    value(hook: TensorHook): RemovableHandle {
      checkHook(hook);
      const { node, index } = hookedEdge(this);
      return hooksOf(node).ofTensor(index).add(hook);
    },
  },
  register_post_accumulate_grad_hook: {
    value(hook: AccumulateHook): RemovableHandle {
      checkHook(hook, 'register_post_accumulate_grad_hook');
      const { node } = hookedEdge(this);
      if (this.is_leaf) return hooksOf(node).accumulated.add(hook);
      throw new RuntimeError('post accumulate grad hooks cannot be registered on non-leaf tensors');
    },
  },
  is_inference: {
    value(): boolean {
      return this.storage.version < 0;
    },
  },
  detach_: {
    value(): Tensor {
      return detachInPlace(this);
    },
  },
};
Object.defineProperties(Tensor.prototype, accessors);
