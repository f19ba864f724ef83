/** torch.profiler.profile: which operators ran, for how long, on what shapes, and what memory they asked for. */
import { argumentError, RuntimeError, show, ValueError } from '../base/errors.js';
import { isListOf } from '../op/bind.js';
import { averagesOf, type EventList, type FunctionEvent, type Grouping } from './events.js';
import { before, RecordFunction } from './record_function.js';
import { type Details, Recorder } from './recorder.js';
import { ProfilerAction } from './schedule.js';
import { writeChromeTrace, writeStacks } from './trace.js';

/** Keywords of `profile`. */
export interface ProfileOptions {
  /** `[torch.profiler.ProfilerActivity.CPU]`, the only activity there is. */
  activities?: readonly ProfilerActivity[] | null;
  /** What to do in which step, as by `torch.profiler.schedule`; record all of them when left out. */
  schedule?: ((step: number) => ProfilerAction) | null;
  /** Is called with the profiler whenever a trace is complete. */
  on_trace_ready?: ((profiler: Profile) => void) | null;
  /** Remember the shapes of arguments. */
  record_shapes?: boolean;
  /** Count the bytes of results. */
  profile_memory?: boolean;
  /** Remember from where operators were called; of those of a backward pass, where their node was made. */
  with_stack?: boolean;
  /** Estimate the floating-point operations of products, convolutions, sums and multiplications. */
  with_flops?: boolean;
}

/** What a profiler can watch. */
export const ProfilerActivity = { CPU: 'CPU' } as const;
export type ProfilerActivity = 'CPU';

interface Settings {
  readonly details: Details;
  readonly schedule: ((step: number) => ProfilerAction) | null;
  readonly ready: ((profiler: Profile) => void) | null;
}

const { NONE, WARMUP, RECORD, RECORD_AND_SAVE } = ProfilerAction;

const isRecorded = (action: ProfilerAction | null): boolean => action === RECORD || action === RECORD_AND_SAVE;

const nameOf = (action: ProfilerAction): string =>
  Object.entries(ProfilerAction).find(([, value]) => value === action)?.[0] as string;

/** Records calls from its making to its disposal, or in those steps of it that a schedule wants. */
export class Profile implements Disposable {
  /** The number of the current step. */
  step_num = 0;
  /** What is done in it. */
  current_action: ProfilerAction;
  private recorder: Recorder | null = null;
  /** The current step as an event; null without a schedule. */
  private stepEvent: RecordFunction | null = null;
  private isRunning = false;
  private readonly metadata: Record<string, unknown> = {};

  /** @internal */
  constructor(private readonly settings: Settings) {
    this.current_action = this.actionOf(0);
    this.start();
  }

  /** Begins a new trace and forgets the present one. A profiler has started when it is made. */
  start(): void {
    this.endStep();
    this.recorder?.stop();
    this.isRunning = true;
    this.transit(NONE, this.current_action);
    this.beginStep();
  }

  /** Ends recording, and has the trace be complete. @throws RuntimeError when it has ended already. */
  stop(): void {
    if (!this.isRunning) throw new RuntimeError("Can't disable Kineto profiler when it's not running");
    this[Symbol.dispose]();
  }

  /** Ends recording, unless it has ended. */
  [Symbol.dispose](): void {
    if (!this.isRunning) return;
    this.isRunning = false;
    this.endStep();
    this.transit(this.current_action, null);
  }

  /** Tells that the next step begins. @throws RuntimeError when the profiler has ended. */
  step(): void {
    if (!this.isRunning) throw new RuntimeError('step(): the profiler has ended; start() begins anew');
    const next = this.actionOf(this.step_num + 1);
    const previous = this.current_action;
    this.endStep();
    this.step_num++;
    this.current_action = next;
    this.transit(previous, next);
    this.beginStep();
  }

  private actionOf(step: number): ProfilerAction {
    if (this.settings.schedule === null) return RECORD;
    const action = this.settings.schedule(step);
    if (Object.values(ProfilerAction).includes(action)) return action;
    throw new TypeError(`profile(): schedule must return a ProfilerAction, not ${show(action)}, for step ${step}`);
  }

  private beginStep(): void {
    if (this.settings.schedule !== null) this.stepEvent = new RecordFunction(`ProfilerStep#${this.step_num}`);
  }

  private endStep(): void {
    this.stepEvent?.[Symbol.dispose]();
    this.stepEvent = null;
  }

  /** From what one step did to what the next one does; null: nothing more. */
  private transit(from: ProfilerAction, to: ProfilerAction | null): void {
    const isCut = from === WARMUP ? to === NONE : from === RECORD && (to === NONE || to === WARMUP);
    if (isCut) process.emitWarning(`Incorrect schedule: ${nameOf(from)} followed by ${nameOf(to as ProfilerAction)}`);
    const ends = isRecorded(from) && (from === RECORD_AND_SAVE || !isRecorded(to));
    if (ends) this.recorder?.stop();
    if (ends && (from === RECORD_AND_SAVE || to === null)) this.settings.ready?.(this);
    const begins = isRecorded(to) && (ends || !isRecorded(from));
    if (begins || (to === WARMUP && from !== WARMUP)) this.recorder = new Recorder(this.settings.details);
    if (begins) this.recorder?.start();
  }

  /** All calls of the last trace, by the time at which they began. @throws RuntimeError before the first. */
  events(): readonly FunctionEvent[] {
    if (this.recorder !== null) return this.recorder.events();
    throw new RuntimeError('events(): nothing was recorded yet, as the schedule has not come to a step that is');
  }

  /** The calls summed by name, and by what else is asked for. `String` of it, or `table()`, is PyTorch's table. */
  key_averages(options: Grouping | null = null): EventList {
    return averagesOf(this.events(), options ?? {}, this.settings.details);
  }

  /** Writes the calls as JSON for chrome://tracing or Perfetto, compressed where the name ends in .gz. */
  export_chrome_trace(path: string): void {
    if (typeof path !== 'string') throw argumentError('export_chrome_trace', 'path', 'str', path);
    writeChromeTrace(path, this.events(), this.metadata);
  }

  /**
   * Writes stacks and the time spent there, in microseconds, as FlameGraph's programs read them; needs `with_stack`.
   */
  export_stacks(path: string, metric = 'self_cpu_time_total'): void {
    if (typeof path !== 'string') throw argumentError('export_stacks', 'path', 'str', path);
    if (metric !== 'self_cpu_time_total') {
      throw new ValueError(`metric should be one of: ['self_cpu_time_total'], not ${show(metric)}`);
    }
    writeStacks(path, this.events());
  }

  /** Puts a text into the trace file. */
  add_metadata(key: string, value: string): void {
    if (typeof key !== 'string') throw argumentError('add_metadata', 'key', 'str', key);
    if (typeof value !== 'string') throw argumentError('add_metadata', 'value', 'str', value);
    this.metadata[key] = value;
  }
}

const isFunctionOrNull = (value: unknown): boolean => value === null || typeof value === 'function';

function settingsOf(options: ProfileOptions): Settings {
  const { activities = null, schedule = null, on_trace_ready = null, ...rest } = options;
  const { record_shapes = false, profile_memory = false, with_stack = false, with_flops = false, ...others } = rest;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new TypeError(`profile() got an unexpected keyword argument '${unknown}'`);
  const details = { record_shapes, profile_memory, with_stack, with_flops };
  for (const [name, value] of Object.entries(details)) {
    if (typeof value !== 'boolean') throw argumentError('profile', name, 'bool', value);
  }
  for (const [name, value] of Object.entries({ schedule, on_trace_ready })) {
    if (!isFunctionOrNull(value)) throw argumentError('profile', name, 'a function', value);
  }
  const isKnown = activities === null || isListOf(activities, (one) => one === ProfilerActivity.CPU);
  if (!isKnown) throw argumentError('profile', 'activities', 'a list of ProfilerActivity.CPU', activities);
  return { details, schedule, ready: on_trace_ready };
}

/**
 * Records every operator and every node of a backward pass until disposed, or while `body` runs, which is given the
 * profiler; then the profiler is what is returned. With a schedule, the steps that it chooses, between calls of
 * `step()`.
 * @example console.log(torch.profiler.profile({ record_shapes: true }, step).key_averages().table({ row_limit: 10 }));
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
