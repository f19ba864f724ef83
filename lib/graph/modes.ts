/** Whether and how operations are recorded: no_grad, enable_grad, set_grad_enabled, inference_mode, saved tensor hooks. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { argumentError, RuntimeError } from '../base/errors.js';
import { askForInference } from '../engine/storage.js';
import type { Tensor } from '../tensor.js';

/** What modes set. */
interface Settings {
  /** Whether operations are recorded. */
  grad: boolean;
  /** Whether new tensors are inference tensors, which autograd never records. */
  inference: boolean;
  /** How saved tensors are packed; a text: why they must not be. */
  packing: SavedTensorHooks | string | null;
}

/** The modes of one callback and of the tasks that it awaits, or of all code outside of callbacks. */
interface Modes extends Settings {
  /** Those that hold again when the callback has ended, for tasks that it started and did not wait for. */
  readonly outer: Modes | null;
  ended: boolean;
}

/** What becomes of tensors that are saved for backward, and how they come back. */
export interface SavedTensorHooks {
  pack(tensor: Tensor): unknown;
  unpack(packed: unknown): unknown;
}

const root: Modes = { grad: true, inference: false, packing: null, outer: null, ended: false };
const storage = new AsyncLocalStorage<Modes>();
/** Asynchronous callbacks that are still running; while there are none, no mode is looked up in the storage. */
let pending = 0;
/** The modes of the callback that is running synchronously. */
let synchronous = root;
/** Whether saved tensors were ever packed; until then, nobody looks for hooks. */
let packs = false;

function current(): Modes {
  if (pending === 0) return synchronous;
  let modes = storage.getStore() ?? root;
  while (modes.ended && modes.outer !== null) modes = modes.outer;
  return modes;
}

/** Whether operations on tensors that require grad are recorded now. */
export function is_grad_enabled(): boolean {
  return current().grad;
}

/** Whether `inference_mode` holds now. */
export function is_inference_mode_enabled(): boolean {
  return current().inference;
}

/** The hooks for tensors that are saved now. */
export function savedTensorHooks(): SavedTensorHooks | null {
  if (!packs) return null;
  const { packing } = current();
  return typeof packing === 'string' ? null : packing;
}

/**
 * A mode that took effect when it was made; disposing it restores the previous one. Between the two, tasks that run
 * while this one awaits see the mode too: asynchronous code should pass a callback.
 */
export class Mode implements Disposable {
  private readonly modes = current();
  private readonly previous: Settings;

  /** @internal */
  constructor(change: Partial<Settings>) {
    const { modes } = this;
    const { grad, inference, packing } = modes;
    this.previous = { grad, inference, packing };
    modes.grad = change.grad ?? grad;
    modes.inference = change.inference ?? inference;
    modes.packing = change.packing ?? packing;
  }

  [Symbol.dispose](): void {
    const { modes, previous } = this;
    modes.grad = previous.grad;
    modes.inference = previous.inference;
    modes.packing = previous.packing;
  }
}

/** Sets recording and returns what it was; whoever calls restores it before anything else can run. */
export function withGrad(enabled: boolean): boolean {
  const modes = current();
  const previous = modes.grad;
  modes.grad = enabled;
  return previous;
}

/** Runs `body` with other modes. A promise keeps them for its own continuations only. */
function within<R>(change: Partial<Settings>, body: () => R): R {
  const outer = current();
  const { grad, inference, packing } = outer;
  const modes: Modes = { grad, inference, packing, ...change, outer, ended: false };
  const before = synchronous;
  synchronous = modes;
  let awaited = false;
  try {
    const result = storage.run(modes, body);
    awaited = result instanceof Promise;
    return awaited ? (untilSettled(result as Promise<unknown>, modes) as R) : result;
  } finally {
    synchronous = before;
    modes.ended = !awaited;
  }
}

async function untilSettled(result: Promise<unknown>, modes: Modes): Promise<unknown> {
  pending++;
  try {
    return await result;
  } finally {
    pending--;
    modes.ended = true;
  }
}

function mode<R>(op: string, change: Partial<Settings>, body: (() => R) | undefined): Mode | R {
  if (body === undefined) return new Mode(change);
  if (typeof body !== 'function') throw argumentError(op, 'callback', 'a function', body);
  return within(change, body);
}

/** Recording on or off; on has no effect in inference mode. */
const recording = (enabled: boolean): Partial<Settings> => ({ grad: enabled && !current().inference });

/**
 * Stops recording until disposed, or while `body` runs, whose result it returns.
 * @example const y = torch.no_grad(() => x.mul(2));   // y.requires_grad is false
 */
export function no_grad(): Mode;
export function no_grad<R>(body: () => R): R;
export function no_grad<R>(body?: () => R): Mode | R {
  return mode('no_grad', recording(false), body);
}

/** Resumes recording inside `no_grad`, until disposed or while `body` runs. */
export function enable_grad(): Mode;
export function enable_grad<R>(body: () => R): R;
export function enable_grad<R>(body?: () => R): Mode | R {
  return mode('enable_grad', recording(true), body);
}

/** Sets recording on or off, until disposed or while `body` runs. */
export function set_grad_enabled(enabled: boolean): Mode;
export function set_grad_enabled<R>(enabled: boolean, body: () => R): R;
export function set_grad_enabled<R>(enabled: boolean, body?: () => R): Mode | R {
  if (typeof enabled !== 'boolean') throw argumentError('set_grad_enabled', 'mode', 'bool', enabled);
  return mode('set_grad_enabled', recording(enabled), body);
}

/**
 * As `no_grad`, and tensors made meanwhile are inference tensors: autograd keeps no version of them and never records
 * what is done with them, so they cannot be saved for backward or, later, written to.
 * @example const y = torch.inference_mode(() => model.forward(x));
 */
export function inference_mode(mode?: boolean): Mode;
export function inference_mode<R>(body: () => R): R;
export function inference_mode<R>(mode: boolean, body: () => R): R;
export function inference_mode<R>(first: boolean | (() => R) = true, second?: () => R): Mode | R {
  const [inference, body] = typeof first === 'function' ? [true, first] : [first, second];
  if (typeof inference !== 'boolean') throw argumentError('inference_mode', 'mode', 'bool', inference);
  askForInference(is_inference_mode_enabled);
  return mode('inference_mode', { grad: !inference, inference }, body);
}

/** Packs what is saved meanwhile. @throws RuntimeError with the text of `disable_saved_tensors_hooks` while that holds. */
export function withSavedTensorHooks<R>(op: string, hooks: SavedTensorHooks, body: (() => R) | undefined): Mode | R {
  const { packing } = current();
  if (typeof packing === 'string') throw new RuntimeError(packing);
  packs = true;
  return mode(op, { packing: hooks }, body);
}

/** Makes packing what is saved an error with this text. @throws RuntimeError while hooks hold. */
export function withoutSavedTensorHooks<R>(op: string, message: string, body: (() => R) | undefined): Mode | R {
  const { packing } = current();
  if (packing !== null && typeof packing !== 'string') throw new RuntimeError(message);
  return mode(op, { packing: message }, body);
}
