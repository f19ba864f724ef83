/** Attributes of Tensor that belong to the graph, installed on its prototype. */
import { argumentError, RuntimeError } from '../base/errors.js';
import { Tensor } from '../tensor.js';
import type { GraphNode } from './node.js';
import { currentNode } from './views.js';

export interface GraphAccessors {
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
  /** Cuts this tensor off from the graph, in place. @throws RuntimeError for views. */
  detach_(): Tensor;
}

function setRequiresGrad(tensor: Tensor, value: unknown): void {
  if (typeof value !== 'boolean') throw argumentError('requires_grad_', 'requires_grad', 'bool', value);
  if (tensor.grad_fn !== null && !value) {
    throw new RuntimeError(
      "you can only change requires_grad flags of leaf variables. If you want to use a computed variable in a subgraph that doesn't require differentiation use var_no_grad = var.detach().",
    );
  }
  if (value && !tensor.dtype.is_floating_point) {
    throw new RuntimeError('only Tensors of floating point and complex dtype can require gradients');
  }
  if (tensor.grad_fn === null) tensor.leafRequiresGrad = value;
}

function retainGrad(tensor: Tensor): void {
  if (!tensor.requires_grad) throw new RuntimeError("can't retain_grad on Tensor that has requires_grad=False");
  const node = tensor.grad_fn;
  if (node === null) return;
  node.retaining ??= new Map();
  node.retaining.set(tensor.output_nr, tensor);
  tensor.retainsGrad = true;
}

function detachInPlace(tensor: Tensor): Tensor {
  if (tensor.viewOf !== null) {
    throw new RuntimeError(
      "Can't detach views in-place. Use detach() instead. If you are using DistributedDataParallel (DDP) for training," +
        ' and gradient_as_bucket_view is set as True, gradients are views of DDP buckets, and hence detach_() cannot' +
        ' be called on these gradients.',
    );
  }
  tensor.node = null;
  tensor.output_nr = 0;
  tensor.leafRequiresGrad = false;
  return tensor;
}

const accessors: PropertyDescriptorMap & ThisType<Tensor> = {
  grad_fn: {
    get(): GraphNode | null {
      return this.viewOf === null ? this.node : currentNode(this);
    },
  },
  requires_grad: {
    get(): boolean {
      return this.leafRequiresGrad || this.grad_fn !== null;
    },
    set(value: unknown) {
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
      return this.retainsGrad;
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
  detach_: {
    value(): Tensor {
      return detachInPlace(this);
    },
  },
};
Object.defineProperties(Tensor.prototype, accessors);
