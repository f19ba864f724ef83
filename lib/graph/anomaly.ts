/** detect_anomaly: where in the forward pass a node that fails was made, and which node makes NaN. */
import { argumentError, RuntimeError } from '../base/errors.js';
import { userStack } from '../base/stack.js';
import { type Gradient, type GraphNode, observeNodes } from './node.js';
import { type Apply, watchNodes } from './watch.js';

/** Where a node was made, and in whose backward. */
interface Trace {
  readonly stack: string;
  readonly parent: GraphNode | null;
}

const traces = new WeakMap<GraphNode, Trace>();
let enabled = false;
let checksNaN = true;
/** The node whose backward is running. */
let running: GraphNode | null = null;

/** Whether `detect_anomaly` holds. */
export const is_anomaly_enabled = (): boolean => enabled;

/** Whether gradients are searched for NaN while `detect_anomaly` holds. */
export const is_anomaly_check_nan_enabled = (): boolean => checksNaN;

let unwatch: (() => void) | null = null;

function set(mode: boolean, nan: boolean): void {
  enabled = mode;
  checksNaN = nan;
  observeNodes(mode ? remember : null);
  unwatch?.();
  unwatch = mode ? watchNodes((next) => (node, grads, wanted) => watched(next, node, grads, wanted)) : null;
}

/** Keeps the stack of the call that is being recorded. */
function remember(node: GraphNode): void {
  traces.set(node, { stack: userStack().join('\n'), parent: running });
}

/** The forward call's stack, and those of the calls whose backward made it. */
function describe(node: GraphNode): string {
  const trace = traces.get(node);
  if (trace === undefined) {
    return 'No forward pass information available. Enable detect anomaly during forward pass for more information.';
  }
  let text = `Traceback of forward call that caused the error:\n${trace.stack}`;
  for (let { parent } = trace; parent !== null; parent = traces.get(parent)?.parent ?? null) {
    text += `\n\nPrevious calculation was induced by ${parent.name()}. `;
    const made = traces.get(parent);
    text +=
      made === undefined
        ? 'No forward pass information available. Enable detect anomaly during forward pass for more information.'
        : `Traceback of forward call that induced the previous calculation:\n${made.stack}`;
  }
  return text;
}

/** Errors that bear their trace already. */
const described = new WeakSet<Error>();

/**
 * Runs a node under `detect_anomaly`.
 * @throws what it throws, with the stack of the forward call; for NaN, RuntimeError.
 */
function watched(
  next: Apply,
  node: GraphNode,
  grads: readonly Gradient[],
  wanted: readonly boolean[] | null,
): Gradient[] {
  const outer = running;
  running = node;
  try {
    const results = next(node, grads, wanted);
    if (checksNaN) for (let i = 0; i < results.length; i++) checkNaN(node, results[i], i);
    return results;
  } catch (error) {
    if (error instanceof Error && !described.has(error)) {
      described.add(error);
      error.message += `\n\nError detected in ${node.name()}. ${describe(node)}`;
    }
    throw error;
  } finally {
    running = outer;
  }
}

function checkNaN(node: GraphNode, grad: Gradient, position: number): void {
  if (grad === null || !grad.dtype.is_floating_point || grad.eq(grad).all().item() === true) return;
  throw new RuntimeError(`Function '${node.name()}' returned nan values in its ${position}th output.`);
}

/** Anomaly detection that took effect when it was made; disposing it restores what was before. */
export class AnomalyMode implements Disposable {
  private readonly previous = [enabled, checksNaN] as const;

  /** @internal */
  constructor(mode: boolean, nan: boolean) {
    set(mode, nan);
  }

  [Symbol.dispose](): void {
    set(...this.previous);
  }
}

function within<R>(mode: boolean, nan: boolean, body: (() => R) | undefined, op: string): AnomalyMode | R {
  if (body === undefined) return new AnomalyMode(mode, nan);
  if (typeof body !== 'function') throw argumentError(op, 'callback', 'a function', body);
  const scope = new AnomalyMode(mode, nan);
  let isPending = false;
  try {
    const result = body();
    if (!(result instanceof Promise)) return result;
    isPending = true;
    return result.finally(() => scope[Symbol.dispose]()) as R;
  } finally {
    if (!isPending) scope[Symbol.dispose]();
  }
}

/** Keywords of `detect_anomaly` and `set_detect_anomaly`. */
export interface AnomalyOptions {
  /** Search gradients for NaN, which takes time; true when left out. */
  check_nan?: boolean;
}

function checkNaNOption(op: string, { check_nan = true }: AnomalyOptions): boolean {
  if (typeof check_nan !== 'boolean') throw argumentError(op, 'check_nan', 'bool', check_nan);
  return check_nan;
}

type Rest<R> = [first?: AnomalyOptions | (() => R), second?: () => R];

const divided = <R>([first, second]: Rest<R>): [AnomalyOptions, (() => R) | undefined] =>
  typeof first === 'object' && first !== null ? [first, second] : [{}, first ?? undefined];

/**
 * Remembers the stack of each recorded call, so that an error in backward tells it, and makes NaN in a gradient an
 * error. Until disposed, or while a callback runs. For finding mistakes only: everything gets slower, in all tasks.
 * @example torch.autograd.detect_anomaly(() => loss(x).backward());
 */
export function detect_anomaly(options?: AnomalyOptions): AnomalyMode;
export function detect_anomaly<R>(body: () => R): R;
export function detect_anomaly<R>(options: AnomalyOptions, body: () => R): R;
export function detect_anomaly<R>(...rest: Rest<R>): AnomalyMode | R {
  const [options, body] = divided(rest);
  return within(true, checkNaNOption('detect_anomaly', options), body, 'detect_anomaly');
}

/** Sets anomaly detection on or off, until disposed or while a callback runs. */
export function set_detect_anomaly(mode: boolean, options?: AnomalyOptions): AnomalyMode;
export function set_detect_anomaly<R>(mode: boolean, body: () => R): R;
export function set_detect_anomaly<R>(mode: boolean, options: AnomalyOptions, body: () => R): R;
export function set_detect_anomaly<R>(mode: boolean, ...rest: Rest<R>): AnomalyMode | R {
  if (typeof mode !== 'boolean') throw argumentError('set_detect_anomaly', 'mode', 'bool', mode);
  const [options, body] = divided(rest);
  return within(mode, checkNaNOption('set_detect_anomaly', options), body, 'set_detect_anomaly');
}
