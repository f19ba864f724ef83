/** Tensors saved for the backward pass: checked for later writes, packed by the user's hooks. */
import { RuntimeError, showShape, typeName } from '../base/errors.js';
import { Tensor } from '../tensor.js';
import { Form } from './form.js';
import { type SavedTensorHooks, savedTensorHooks, withGrad } from './modes.js';
import { type Edge, type GraphNode, gradientEdge } from './node.js';

/** What reading saved tensors says after a backward pass. */
export const freed =
  'Trying to backward through the graph a second time (or directly access saved tensors after they have already been ' +
  'freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). Specify ' +
  'retain_graph=True if you need to backward through the graph a second time or if you need to access saved tensors ' +
  'after calling backward.';

/** A tensor needed by a formula, with the version at which it was right. */
export class Saved {
  readonly version: number;
  /** Null when it was packed. */
  private readonly tensor: Tensor | null;
  private readonly packed: Packed | null = null;

  /** @throws RuntimeError for an inference tensor. */
  constructor(
    tensor: Tensor,
    /** The node that keeps its own result; null for an input. */
    private readonly maker: GraphNode | null = null,
    private readonly output = 0,
  ) {
    const { version } = tensor.storage;
    if (version < 0) throw new RuntimeError(ofInference);
    this.version = version;
    const hooks = savedTensorHooks();
    this.tensor = hooks === null ? tensor : null;
    if (hooks !== null) this.packed = new Packed(hooks, tensor, maker, output);
  }

  /** Sizes and dtype. */
  get form(): Tensor | Form {
    return this.tensor ?? (this.packed as Packed).form;
  }

  unpack(): Tensor {
    const { tensor, version } = this;
    if (tensor === null) return (this.packed as Packed).unpack();
    if (tensor.storage.version === version) return tensor;
    throw new RuntimeError(
      'one of the variables needed for gradient computation has been modified by an inplace operation: ' +
        `[torch.${tensor.dtype.scalarName}Tensor ${showShape(tensor.sizes)}]${this.origin(tensor)} is at version ` +
        `${tensor.storage.version}; expected version ${version} instead. Hint: enable anomaly detection to find the ` +
        'operation that failed to compute its gradient, with torch.autograd.set_detect_anomaly(True).',
    );
  }

  private origin(tensor: Tensor): string {
    const isOwnResult = this.maker !== null && tensor.viewOf === null;
    const node = isOwnResult ? this.maker : tensor.grad_fn;
    return node ? `, which is output ${isOwnResult ? this.output : tensor.output_nr} of ${node.name()},` : '';
  }
}

/** The backward pass that is running, of which each asks a hook for a saved tensor once; 0 outside of passes. */
let pass = 0;
let passes = 0;

/** Begins a backward pass. Returns what `leavePass` must be given at its end. */
export function enterPass(): number {
  const outer = pass;
  pass = ++passes;
  return outer;
}

export function leavePass(outer: number): void {
  pass = outer;
}

/** What hooks made of a saved tensor, and where gradients of what they make of it again go. */
class Packed {
  readonly form: Form;
  private readonly value: unknown;
  private readonly edge: Edge | null;
  private readonly isLeaf: boolean;
  /** What the hook made of it in a pass: formulas may read it more than once. */
  private unpacked: { readonly pass: number; readonly tensor: Tensor } | null = null;

  constructor(
    private readonly hooks: SavedTensorHooks,
    tensor: Tensor,
    maker: GraphNode | null,
    output: number,
  ) {
    this.form = new Form(tensor);
    this.edge = maker === null ? gradientEdge(tensor) : { node: maker, index: output };
    this.isLeaf = maker === null && tensor.is_leaf;
    this.value = pack(hooks, tensor);
  }

  unpack(): Tensor {
    if (this.unpacked !== null && this.unpacked.pass === pass) return this.unpacked.tensor;
    const tensor = this.joined();
    this.unpacked = pass === 0 ? null : { pass, tensor };
    return tensor;
  }

  /** What the hook makes of it, in the graph's place of the original. */
  private joined(): Tensor {
    const data = unrecorded(() => this.hooks.unpack(this.value));
    if (!(data instanceof Tensor)) {
      throw new TypeError(
        `Output of saved tensor unpack_hook expected to be a Tensor but got result of type ${typeName(data)}`,
      );
    }
    const tensor = data.alias(data.sizes, data.strides, data.offset);
    if (this.edge === null) return tensor;
    if (this.isLeaf) {
      tensor.leafRequiresGrad = true;
      tensor.accumulator = this.edge.node;
    } else {
      tensor.node = this.edge.node;
      tensor.output_nr = this.edge.index;
    }
    return tensor;
  }
}

function unrecorded<R>(body: () => R): R {
  const before = withGrad(false);
  try {
    return body();
  } finally {
    withGrad(before);
  }
}

/** @throws RuntimeError when the hook writes to the tensor. */
function pack(hooks: SavedTensorHooks, tensor: Tensor): unknown {
  const { version } = tensor.storage;
  const value = unrecorded(() => hooks.pack(tensor));
  if (tensor.storage.version === version) return value;
  throw new RuntimeError(
    'A saved tensor pack hook is modifying its input in place. Tensors provided as input to pack hook can not be modified ' +
      'by in-place operations as this can lead to unexpected side-effects. Please open an issue if you need to perform ' +
      'in-place operations on the input to a pack hook.',
  );
}

const ofInference =
  'Inference tensors cannot be saved for backward. To work around you can make a clone to get a normal tensor and use ' +
  'it in autograd.';
