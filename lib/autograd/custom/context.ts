/** What forward, backward and jvp of a custom function share: their first argument. */
import { argumentError, RuntimeError, typeName } from '../../base/errors.js';
import type { GraphNode } from '../../graph/node.js';
import { freed, Saved } from '../../graph/saved.js';
import { isTensor } from '../../op/bind.js';
import type { Tensor } from '../../tensor.js';

/** What a call of a custom function was told by its forward. */
export class CallState {
  toSave: readonly unknown[] = [];
  /** What forward gave to `save_for_forward`: jvp is called at once, so nothing can be written meanwhile. */
  readonly forJvp: (Tensor | null)[] = [];
  dirty: readonly Tensor[] = [];
  nonDifferentiable: readonly Tensor[] = [];
  materializes = true;
  /** Whether the pass that runs backward was asked for gradients of chosen inputs. */
  isForInputs = false;
  private saved: readonly (Saved | null)[] = [];
  private released = false;
  /** What `saved_tensors` are while `showing` runs. */
  private shown: readonly (Tensor | null)[] | null = null;

  constructor(readonly needs: readonly boolean[]) {}

  /** Keeps what forward gave to `save_for_backward`. @throws TypeError for what is neither a tensor nor null. */
  save(node: GraphNode, outputs: readonly unknown[]): void {
    this.saved = this.toSave.map((value, i) => {
      if (value === null || value === undefined) return null;
      if (isTensor(value)) return new Saved(value, value.node === node ? node : null, outputs.indexOf(value));
      throw new TypeError(`save_for_backward can only save variables, but argument ${i} is of type ${typeName(value)}`);
    });
    this.toSave = [];
  }

  /** Runs `body` while `saved_tensors` are these. */
  showing<R>(tensors: readonly (Tensor | null)[], body: () => R): R {
    const before = this.shown;
    this.shown = tensors;
    try {
      return body();
    } finally {
      this.shown = before;
    }
  }

  unpack(): Tensor[] {
    if (this.shown !== null) return [...this.shown] as Tensor[];
    if (this.released) throw new RuntimeError(freed);
    return this.saved.map((saved) => saved?.unpack() ?? null) as Tensor[];
  }

  release(): void {
    this.saved = [];
    this.released = true;
  }
}

function checkTensors(tensors: readonly unknown[], sentence: (i: number, type: string) => string): readonly Tensor[] {
  tensors.forEach((value, i) => {
    if (!isTensor(value)) throw new RuntimeError(sentence(i, typeName(value)));
  });
  return tensors as readonly Tensor[];
}

/** The context of one call. Whatever else the two need may be kept in fields of its own. */
class Context {
  /** For each argument of `apply`, whether it is a tensor that requires grad. */
  readonly needs_input_grad: readonly boolean[];
  readonly #state: CallState;

  /** @internal */
  static stateOf(ctx: Context): CallState {
    return ctx.#state;
  }

  /** @internal */
  constructor(state: CallState) {
    this.#state = state;
    this.needs_input_grad = state.needs;
  }

  /** Keeps inputs and results of forward for backward, which finds them in `saved_tensors`; null keeps a place. */
  save_for_backward(...tensors: readonly (Tensor | null)[]): void {
    this.#state.toSave = tensors;
  }

  /** As `save_for_backward`, for `jvp`. */
  save_for_forward(...tensors: readonly (Tensor | null)[]): void {
    if (!tensors.every((tensor) => tensor === null || isTensor(tensor))) {
      throw new TypeError(
        'save_for_forward expects all arguments to be tensors; you should save non-tensors as attributes on ctx.',
      );
    }
    this.#state.forJvp.splice(0, Number.POSITIVE_INFINITY, ...tensors);
  }

  /**
   * What `save_for_backward` was given (in `jvp`: `save_for_forward`), null where that was null.
   * @throws RuntimeError when one was written to since, or all were freed by an earlier backward pass.
   */
  get saved_tensors(): Tensor[] {
    return this.#state.unpack();
  }

  /** Says which inputs forward writes to; all of them must be among its results. */
  mark_dirty(...tensors: readonly Tensor[]): void {
    this.#state.dirty = checkTensors(
      tensors,
      (i, type) => `mark_dirty can only accept variables, but argument ${i} is of type ${type}`,
    );
  }

  /** Says which results have no gradient. */
  mark_non_differentiable(...tensors: readonly Tensor[]): void {
    this.#state.nonDifferentiable = checkTensors(
      tensors,
      (_, type) => `mark_non_differentiable only accepts variable arguments, but got ${type}`,
    );
  }

  /** Whether backward is given zeros (the default) or null for results whose gradient was not computed. */
  set_materialize_grads(value: boolean): void {
    if (typeof value !== 'boolean') throw argumentError('set_materialize_grads', 'value', 'bool', value);
    this.#state.materializes = value;
  }
}

/** The first argument of forward and backward; `Fields` are those that the function itself keeps in it. */
export type FunctionCtx<Fields = unknown> = Context & Fields;
export const FunctionCtx: new (state: CallState) => Context = Context;

/** What the library knows of a call. @internal */
export const { stateOf } = Context;
