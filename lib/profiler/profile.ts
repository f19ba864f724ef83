/** torch.profiler.profile: which operators ran, for how long, on what shapes, and what memory they asked for. */
import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { argumentError, RuntimeError } from '../base/errors.js';
import type { Shape } from '../base/shape.js';
import { storagesMade } from '../engine/storage.js';
import { type Apply, watchNodes } from '../graph/watch.js';
import { isListOf, isTensor } from '../op/bind.js';
import { type Interpreter, type Operator, perform, type Results, setInterpreter } from '../op/dispatch.js';
import { averagesOf, type EventList, FunctionEvent } from './events.js';

/** Keywords of `profile`. */
export interface ProfileOptions {
  /** `[torch.profiler.ProfilerActivity.CPU]`, the only activity there is. */
  activities?: readonly ProfilerActivity[] | null;
  /** Remember the shapes of arguments. */
  record_shapes?: boolean;
  /** Count the bytes of results. */
  profile_memory?: boolean;
}

/** What a profiler can watch. */
export const ProfilerActivity = { CPU: 'CPU' } as const;
export type ProfilerActivity = 'CPU';

/** The profilers that record now, the innermost last. */
const recording: Profile[] = [];

const shapesOf = (values: readonly unknown[]): Shape[] =>
  values.flatMap((value) =>
    Array.isArray(value) && value.length > 0 && value.every(isTensor)
      ? value.map(({ sizes }) => sizes)
      : [isTensor(value) ? value.sizes : []],
  );

/** Bytes of results whose storages were made since there were `before` of them. */
function newBytes(results: unknown, before: number): number {
  const storages = new Set(
    (Array.isArray(results) ? results : [results]).filter(isTensor).map(({ storage }) => storage),
  );
  let bytes = 0;
  for (const { serial, nbytes } of storages) if (serial >= before) bytes += nbytes;
  return bytes;
}

/** Records calls from its making to its disposal. */
export class Profile implements Disposable {
  private readonly origin = performance.now();
  private readonly finished: FunctionEvent[] = [];
  private innermost: FunctionEvent | null = null;
  /** @internal */
  readonly outer: Interpreter | null;
  private readonly unwatch: () => void;
  private isRecording = true;

  /** @internal */
  constructor(private readonly options: { readonly record_shapes: boolean; readonly profile_memory: boolean }) {
    this.outer = setInterpreter(this);
    this.unwatch = watchNodes((next) => (node, grads, wanted) => this.node(next, node, grads, wanted));
    recording.push(this);
  }

  /** Ends recording. */
  [Symbol.dispose](): void {
    if (!this.isRecording) return;
    this.isRecording = false;
    recording.splice(recording.indexOf(this), 1);
    this.unwatch();
    setInterpreter(this.outer);
  }

  /** @internal */
  call(operator: Operator, values: unknown[]): Results {
    return this.within(`aten::${operator.schema.name}`, values, () =>
      this.outer === null ? perform(operator, values) : this.outer.call(operator, values),
    );
  }

  private node(next: Apply, ...[node, grads, wanted]: Parameters<Apply>): ReturnType<Apply> {
    const name = node.name().replace('torch::autograd::', '');
    return this.within(`autograd::engine::evaluate_function: ${name}`, [], () =>
      this.within(name, grads, () => next(node, grads, wanted)),
    );
  }

  private within<R>(name: string, values: readonly unknown[], body: () => R): R {
    const before = storagesMade();
    const event = this.begin(name, values);
    let results: unknown = null;
    try {
      const found = body();
      results = found;
      return found;
    } finally {
      this.end(event, this.options.profile_memory ? newBytes(results, before) : 0);
    }
  }

  /** @internal */
  begin(name: string, values: readonly unknown[]): FunctionEvent {
    const shapes = this.options.record_shapes ? shapesOf(values) : [];
    const event = new FunctionEvent(name, this.now(), this.innermost, shapes);
    this.innermost = event;
    return event;
  }

  /** @internal */
  end(event: FunctionEvent, memory: number): void {
    event.finish(this.now(), memory);
    this.finished.push(event);
    if (this.innermost === event) this.innermost = event.cpu_parent;
  }

  private now(): number {
    return (performance.now() - this.origin) * 1000;
  }

  /** All calls, by the time at which they began. */
  events(): readonly FunctionEvent[] {
    return this.finished.toSorted((a, b) => a.start - b.start || b.end - a.end);
  }

  /** The calls summed by name, or by name and shapes. `String` of it, or `table()`, is PyTorch's table. */
  key_averages(options: { group_by_input_shape?: boolean } | null = null): EventList {
    return averagesOf(this.events(), options?.group_by_input_shape ?? false, this.options.profile_memory);
  }

  /** Writes the calls as JSON for chrome://tracing or Perfetto, compressed where the name ends in .gz. */
  export_chrome_trace(path: string): void {
    if (typeof path !== 'string') throw argumentError('export_chrome_trace', 'path', 'str', path);
    const text = JSON.stringify({ schemaVersion: 1, traceEvents: this.events().map(traceEvent) });
    writeFileSync(path, path.endsWith('.gz') ? gzipSync(text) : text);
  }
}

const traceEvent = ({ name, start, cpu_time_total, input_shapes }: FunctionEvent): object => ({
  ph: 'X',
  cat: 'cpu_op',
  name,
  pid: process.pid,
  tid: 1,
  ts: start,
  dur: cpu_time_total,
  args: input_shapes.length > 0 ? { 'Input Dims': input_shapes } : {},
});

/** Runs `body` and then `end`, which waits for a promise. */
function before<R>(body: () => R, end: () => void): R {
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

function settingsOf({ activities = null, record_shapes = false, profile_memory = false, ...others }: ProfileOptions) {
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new TypeError(`profile() got an unexpected keyword argument '${unknown}'`);
  for (const [name, value] of Object.entries({ record_shapes, profile_memory })) {
    if (typeof value !== 'boolean') throw argumentError('profile', name, 'bool', value);
  }
  const isKnown = activities === null || isListOf(activities, (one) => one === ProfilerActivity.CPU);
  if (!isKnown) throw argumentError('profile', 'activities', 'a list of ProfilerActivity.CPU', activities);
  return { record_shapes, profile_memory };
}

/**
 * Records every operator and every node of a backward pass until disposed, or while `body` runs, which is given the
 * profiler; then the profiler is what is returned.
 * @example console.log(torch.profiler.profile({ record_shapes: true }, () => step()).key_averages().table({ row_limit: 10 }));
 */
export function profile(options?: ProfileOptions): Profile;
export function profile<R>(options: ProfileOptions, body: (profiler: Profile) => Promise<R>): Promise<Profile>;
export function profile(options: ProfileOptions, body: (profiler: Profile) => unknown): Profile;
export function profile<R>(body: (profiler: Profile) => Promise<R>): Promise<Profile>;
export function profile(body: (profiler: Profile) => unknown): Profile;
export function profile(
  first: ProfileOptions | ((profiler: Profile) => unknown) = {},
  second?: (profiler: Profile) => unknown,
): Profile | Promise<Profile> {
  const [options, body] = typeof first === 'function' ? [{}, first] : [first, second];
  if (typeof options !== 'object' || options === null) throw argumentError('profile', 'options', 'an object', options);
  if (body !== undefined && typeof body !== 'function') throw argumentError('profile', 'callback', 'a function', body);
  const profiler = new Profile(settingsOf(options));
  if (body === undefined) return profiler;
  const result = before(
    () => body(profiler),
    () => profiler[Symbol.dispose](),
  );
  return result instanceof Promise ? result.then(() => profiler) : profiler;
}

/** A stretch of code under a name of its own in profiles, from its making to its disposal. */
export class RecordFunction implements Disposable {
  private readonly events: readonly (readonly [Profile, FunctionEvent])[];
  private isRunning = true;

  /** @internal */
  constructor(name: string) {
    this.events = recording.map((profiler) => [profiler, profiler.begin(name, [])] as const);
  }

  [Symbol.dispose](): void {
    if (!this.isRunning) throw new RuntimeError('record_function: it has ended already');
    this.isRunning = false;
    for (const [profiler, event] of this.events) profiler.end(event, 0);
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
