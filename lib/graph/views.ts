/**
 * In-place writes and views. A view remembers its base; a write through a view becomes part of the base's history
 * (CopySlices), and the other views take theirs from the base anew when they are next asked, which the storage's
 * version tells them.
 */
import { RuntimeError } from '../base/errors.js';
import { emptyStrided, type Tensor } from '../tensor.js';
import { Form } from './form.js';
import { enable_grad, is_grad_enabled, is_inference_mode_enabled } from './modes.js';
import { type Gradient, GraphNode, gradientEdge, setNode } from './node.js';
import { isSharing } from './sharing.js';

/** How a view came to be. */
export interface ViewHistory {
  /** The tensor that is no view itself. */
  readonly base: Tensor;
  /** The storage's version for which the view's `node` is right. */
  version: number;
  /** Why writing through this view while recording is forbidden, if it is. */
  readonly origin: Origin;
}

/** What made a view: an operator, one of several views, one in a mode that records nothing, or a custom function. */
export type Origin = 'operator' | 'multiple' | 'no_grad' | 'inference_mode' | 'custom';

/** Notes that `view` shows elements of `source`, for autograd. */
export function markView(view: Tensor, source: Tensor, by: Origin = 'operator'): Tensor {
  const base = source.viewOf?.base ?? source;
  const inherited = source.viewOf?.origin ?? 'operator';
  const made = is_grad_enabled() ? by : is_inference_mode_enabled() ? 'inference_mode' : 'no_grad';
  const origin = made === 'operator' ? inherited : made;
  view.viewOf = { base, version: view.storage.version, origin };
  return view;
}

/** The node of a tensor, taken anew from the base when the storage was written to since. */
export function currentNode(tensor: Tensor): GraphNode | null {
  const { viewOf: view } = tensor;
  if (view === null || view.version === tensor.storage.version) return tensor.node;
  if (view.base.requires_grad) {
    checkOrigin(tensor, view, 'its base or another view of its base has been');
    followBase(tensor, view.base);
  }
  view.version = tensor.storage.version;
  return tensor.node;
}

/** The view by its geometry alone, whatever operator made it. */
function followBase(tensor: Tensor, base: Tensor): void {
  const view = enable_grad(() => base.as_strided(tensor.sizes, tensor.strides, tensor.offset));
  setNode(tensor, view.node as GraphNode);
}

/**
 * @throws RuntimeError when autograd cannot follow an in-place write to `tensor`; `records`: another input needs it to.
 */
export function checkInPlace(tensor: Tensor, records: boolean): void {
  if (tensor.storage.version < 0 && !is_inference_mode_enabled()) throw new RuntimeError(writtenOutside);
  if (!is_grad_enabled()) return;
  const { viewOf: view } = tensor;
  if (view === null) {
    if (tensor.leafRequiresGrad) throw leafError('a leaf');
  } else if (records || tensor.requires_grad || view.base.requires_grad) {
    checkOrigin(tensor, view, 'is being');
    if (view.base.is_leaf && (tensor.requires_grad || view.base.requires_grad)) throw leafError('a view of a leaf');
  }
}

const writtenOutside =
  'Inplace update to inference tensor outside InferenceMode is not allowed.You can make a clone to get a normal tensor ' +
  'before doing inplace update.See https://github.com/pytorch/rfcs/pull/17 for more details.';

const leafError = (what: string): RuntimeError =>
  new RuntimeError(`${what} Variable that requires grad is being used in an in-place operation.`);

const ambiguous = (block: string): string =>
  'Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify your code by moving both ' +
  `the view and the inplace either both inside the ${block} block (if you don't want the inplace to be tracked) or both ` +
  'outside (if you want the inplace to be tracked).';

const forbidden = {
  multiple:
    'This view is the output of a function that returns multiple views. Such functions do not allow the output views to ' +
    'be modified inplace. You should replace the inplace operation by an out-of-place one.',
  no_grad: ambiguous('no_grad'),
  inference_mode: ambiguous('inference_mode'),
  custom:
    'This view was created inside a custom Function (or because an input was returned as-is) and the autograd logic to ' +
    'handle view+inplace would override the custom backward associated with the custom Function, leading to incorrect ' +
    'gradients. This behavior is forbidden. You can fix this by cloning the output of the custom Function.',
};

/** @throws RuntimeError when the history of a view cannot follow a write; `written` says to what. */
function checkOrigin(tensor: Tensor, { origin }: ViewHistory, written: string): void {
  if (origin === 'operator') return;
  const what = tensor.node
    ? `Output ${tensor.output_nr} of ${tensor.node.name()} is a view and ${written} modified inplace.`
    : origin === 'inference_mode'
      ? `A view was created in inference mode and ${written} modified inplace in normal mode.`
      : `A view was created in no_grad mode and ${written} modified inplace with grad mode enabled.`;
  throw new RuntimeError(`${what} ${forbidden[origin]}`);
}

/**
 * Makes `node`, of which the input at `position` is the old value of `tensor`, the history of what was written in
 * place.
 */
export function rebaseHistory(tensor: Tensor, node: GraphNode, position = 0): void {
  const { viewOf: view } = tensor;
  if (view === null) return setHistory(tensor, node);
  view.base.node = new CopySlices(view.base, tensor, node, position);
  view.base.output_nr = 0;
  view.version = tensor.storage.version;
  followBase(tensor, view.base);
}

/** Makes `node` the history of `tensor` alone, which changed its form but no element. */
export function setHistory(tensor: Tensor, node: GraphNode): void {
  setNode(tensor, node);
  if (tensor.viewOf !== null) tensor.viewOf.version = tensor.storage.version;
}

/** A tensor of this layout, in the dtype of `like`. Between an example's elements there may be those of others. */
function laidOut({ sizes, strides }: Form, like: Tensor): Tensor {
  if (!isSharing()) return emptyStrided(sizes, strides, like.dtype);
  const room = sizes.includes(0) ? 0 : sizes.reduce((end, size, i) => end + (size - 1) * strides[i], 1);
  return like.new_empty([room]).as_strided(sizes, strides, 0);
}

/** The base after a write through a view: the written slice's gradient goes through `written`, the rest passes by. */
class CopySlices extends GraphNode {
  private readonly base: Form;
  private readonly view: Form;

  constructor(
    base: Tensor,
    view: Tensor,
    private readonly written: GraphNode,
    /** Of the input of `written` that is the view's old value. */
    private readonly position: number,
  ) {
    super(written.edges.with(position, gradientEdge(base)), 1);
    this.base = new Form(base);
    this.view = new Form(view);
  }

  name(): string {
    return 'torch::autograd::CopySlices';
  }

  apply([grad]: readonly Gradient[], wanted: readonly boolean[] | null): Gradient[] {
    if (grad === null) return this.edges.map(() => null);
    const rest = laidOut(this.base, grad).copy_(grad);
    const found = this.written.apply([this.slice(rest).clone()], wanted);
    const self = found[this.position];
    if (self === null) {
      this.slice(rest).zero_();
      return found.with(this.position, rest);
    }
    // Examples that have the same gradient may have different ones of the slice, for which they need tensors of their
    // own.
    const all = isSharing() ? laidOut(this.base, grad.new_zeros([]).add(self.new_zeros([]))).copy_(grad) : rest;
    this.slice(all).copy_(self);
    return found.with(this.position, all);
  }

  private slice(rest: Tensor): Tensor {
    return rest.as_strided(this.view.sizes, this.view.strides, this.view.offset - this.base.offset);
  }

  override release(): void {
    this.written.release();
  }
}
