/** torch.profiler.record_function: names for stretches of code. */
import { argumentError, RuntimeError } from '../base/errors.js';
import type { FunctionEvent } from './events.js';
import { type Recorder, recording } from './recorder.js';

/** Runs `body` and then `end`, which waits for a promise. */
export function before<R>(body: () => R, end: () => void): R {
  let isPending = false;
  try {
    const result = body();
    if (!(result instanceof Promise)) return result;
    isPending = true;
    return result.finally(end) as R;
  } finally {
    if (!isPending) end();
  }
}

/** A stretch of code under a name of its own in profiles, from its making to its disposal. */
export class RecordFunction implements Disposable {
  private readonly events: readonly (readonly [Recorder, FunctionEvent])[];
  private isRunning = true;

  /** @internal */
  constructor(name: string) {
    this.events = recording.map((recorder) => [recorder, recorder.begin(name, [])] as const);
  }

  [Symbol.dispose](): void {
    if (!this.isRunning) throw new RuntimeError('record_function: it has ended already');
    this.isRunning = false;
    for (const [recorder, event] of this.events) recorder.end(event, 0);
  }
}

/**
 * Gives a stretch of code a name in profiles: until disposed, or while `body` runs, whose result is returned.
 * @example const y = torch.profiler.record_function('layer', () => layer.forward(x));
 */
export function record_function(name: string): RecordFunction;
export function record_function<R>(name: string, body: () => R): R;
export function record_function<R>(name: string, body?: () => R): RecordFunction | R {
  if (typeof name !== 'string') throw argumentError('record_function', 'name', 'str', name);
  if (body !== undefined && typeof body !== 'function')
    throw argumentError('record_function', 'callback', 'a function', body);
  const scope = new RecordFunction(name);
  return body === undefined ? scope : before(body, () => scope[Symbol.dispose]());
}
