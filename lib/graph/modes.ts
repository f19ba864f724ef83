/** Whether operations are recorded: no_grad, enable_grad, set_grad_enabled. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { argumentError } from '../base/errors.js';

/** The modes of one callback and of the tasks that it awaits, or of all code outside of callbacks. */
interface Modes {
  grad: boolean;
  /** Those that hold again when the callback has ended, for tasks that it started and did not wait for. */
  readonly outer: Modes | null;
  ended: boolean;
}

const root: Modes = { grad: true, outer: null, ended: false };
const storage = new AsyncLocalStorage<Modes>();
/** Asynchronous callbacks that are still running; while there are none, no mode is looked up in the storage. */
let pending = 0;
/** The modes of the callback that is running synchronously. */
let synchronous = root;

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

/**
 * A mode that took effect when it was made; disposing it restores the previous one. Between the two, tasks that run
 * while this one awaits see the mode too: asynchronous code should pass a callback.
 */
export class GradMode implements Disposable {
  private readonly modes = current();
  private readonly previous = this.modes.grad;

  /** @internal */
  constructor(enabled: boolean) {
    this.modes.grad = enabled;
  }

  [Symbol.dispose](): void {
    this.modes.grad = this.previous;
  }
}

/** Sets recording and returns what it was; whoever calls restores it before anything else can run. */
export function withGrad(enabled: boolean): boolean {
  const modes = current();
  const previous = modes.grad;
  modes.grad = enabled;
  return previous;
}

/** Runs `body` with gradients on or off. A promise keeps the mode for its own continuations only. */
function within<R>(enabled: boolean, body: () => R): R {
  const modes: Modes = { grad: enabled, outer: current(), ended: false };
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

function mode<R>(op: string, enabled: boolean, body: (() => R) | undefined): GradMode | R {
  if (body === undefined) return new GradMode(enabled);
  if (typeof body !== 'function') throw argumentError(op, 'callback', 'a function', body);
  return within(enabled, body);
}

/**
 * Stops recording until disposed, or while `body` runs, whose result it returns.
 * @example const y = torch.no_grad(() => x.mul(2));   // y.requires_grad is false
 */
export function no_grad(): GradMode;
export function no_grad<R>(body: () => R): R;
export function no_grad<R>(body?: () => R): GradMode | R {
  return mode('no_grad', false, body);
}

/** Resumes recording inside `no_grad`, until disposed or while `body` runs. */
export function enable_grad(): GradMode;
export function enable_grad<R>(body: () => R): R;
export function enable_grad<R>(body?: () => R): GradMode | R {
  return mode('enable_grad', true, body);
}

/** Sets recording on or off, until disposed or while `body` runs. */
export function set_grad_enabled(enabled: boolean): GradMode;
export function set_grad_enabled<R>(enabled: boolean, body: () => R): R;
export function set_grad_enabled<R>(enabled: boolean, body?: () => R): GradMode | R {
  if (typeof enabled !== 'boolean') throw argumentError('set_grad_enabled', 'mode', 'bool', enabled);
  return mode('set_grad_enabled', enabled, body);
}
