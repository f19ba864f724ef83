/**
 * Whether and how operations are recorded: no_grad, enable_grad, set_grad_enabled, inference_mode, saved tensor hooks.
 */
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
/** How many modes hold for which new storages and saved tensors have to ask; while there are none, nobody asks. */
const held = { inference: 0, packing: 0 };

function hold({ inference, packing }: Settings): void {
  if (inference && held.inference++ === 0) askForInference(is_inference_mode_enabled);
  if (packing !== null) held.packing++;
}

function letGo({ inference, packing }: Settings): void {
  if (inference && --held.inference === 0) askForInference(null);
  if (packing !== null) held.packing--;
}

/** Gives modes other settings. */
function change(modes: Modes, { grad, inference, packing }: Settings): void {
  if (!modes.ended) letGo(modes);
  modes.grad = grad;
  modes.inference = inference;
  modes.packing = packing;
  if (!modes.ended) hold(modes);
}

function end(modes: Modes): void {
  modes.ended = true;
  letGo(modes);
}

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
  if (held.packing === 0) return null;
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
  constructor(settings: Partial<Settings>) {
    const { grad, inference, packing } = this.modes;
    this.previous = { grad, inference, packing };
    change(this.modes, { ...this.previous, ...settings });
  }

  [Symbol.dispose](): void {
    change(this.modes, this.previous);
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
function within<R>(settings: Partial<Settings>, body: () => R): R {
  const outer = current();
  const { grad, inference, packing } = outer;
  const modes: Modes = { grad, inference, packing, ...settings, outer, ended: false };
  hold(modes);
  const before = synchronous;
  synchronous = modes;
  let awaited = false;
  try {
    const result = storage.run(modes, body);
    awaited = result instanceof Promise;
    return awaited ? (untilSettled(result as Promise<unknown>, modes) as R) : result;
  } finally {
    synchronous = before;
    if (!awaited) end(modes);
  }
}

async function untilSettled(result: Promise<unknown>, modes: Modes): Promise<unknown> {
  pending++;
  try {
    return await result;
  } finally {
    pending--;
    end(modes);
  }
}

function mode<R>(op: string, settings: Partial<Settings>, body: (() => R) | undefined): Mode | R {
  if (body === undefined) return new Mode(settings);
  if (typeof body !== 'function') throw argumentError(op, 'callback', 'a function', body);
  return within(settings, body);
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
  return mode('inference_mode', { grad: !inference, inference }, body);
}

/**
 * Packs what is saved meanwhile.
 * @throws RuntimeError with the text of `disable_saved_tensors_hooks` while that holds.
 */
export function withSavedTensorHooks<R>(op: string, hooks: SavedTensorHooks, body: (() => R) | undefined): Mode | R {
  const { packing } = current();
  if (typeof packing === 'string') throw new RuntimeError(packing);
  return mode(op, { packing: hooks }, body);
}

/** Makes packing what is saved an error with this text. @throws RuntimeError while hooks hold. */
export function withoutSavedTensorHooks<R>(op: string, message: string, body: (() => R) | undefined): Mode | R {
  const { packing } = current();
  if (packing !== null && typeof packing !== 'string') throw new RuntimeError(message);
  return mode(op, { packing: message }, body);
}
