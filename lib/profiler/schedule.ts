/** Which steps of a long run a profiler records. */
import { argumentError, ValueError } from '../base/errors.js';

/** What a profiler does during a step. */
export const ProfilerAction = {
  NONE: 0,
  /** Nothing either: what recording needs is there at once. */
  WARMUP: 1,
  RECORD: 2,
  /** Records, and gives the trace to `on_trace_ready` when the step is over. */
  RECORD_AND_SAVE: 3,
} as const;
export type ProfilerAction = (typeof ProfilerAction)[keyof typeof ProfilerAction];

/** Keywords of `schedule`, all of them numbers of steps but `repeat`. */
export interface ScheduleOptions {
  /** Without a record, at the beginning of each cycle. */
  wait: number;
  /** Without a record either, before those that count. */
  warmup: number;
  /** Recorded, into one trace. */
  active: number;
  /** Cycles; 0, when left out, for as many as there are steps. */
  repeat?: number;
  /** Before the first cycle; 0 when left out. */
  skip_first?: number;
}

/**
 * A function from the number of a step to what a profiler does then: it skips some steps, and then goes round in cycles
 * of waiting, warming up and recording.
 * @throws ValueError for negative numbers, and when no step is recorded.
 * @example torch.profiler.profile({ schedule: torch.profiler.schedule({ wait: 1, warmup: 1, active: 3, repeat: 2 }) });
 */
export function schedule(options: ScheduleOptions): (step: number) => ProfilerAction {
  if (typeof options !== 'object' || options === null) throw argumentError('schedule', 'options', 'an object', options);
  const { wait, warmup, active, repeat = 0, skip_first = 0, ...others } = options;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new TypeError(`schedule() got an unexpected keyword argument '${unknown}'`);
  for (const [name, value] of Object.entries({ wait, warmup, active, repeat, skip_first })) {
    if (!Number.isSafeInteger(value)) throw argumentError('schedule', name, 'int', value);
  }
  if (wait < 0 || warmup < 0 || active <= 0 || repeat < 0 || skip_first < 0) {
    throw new ValueError('Invalid profiler schedule arguments');
  }
  if (warmup === 0) process.emitWarning("Profiler won't be using warmup, this can skew profiler results");
  const cycle = wait + warmup + active;
  return (step) => {
    if (!Number.isSafeInteger(step) || step < 0) throw argumentError('schedule', 'step', 'an int from 0 on', step);
    const since = step - skip_first;
    if (since < 0 || (repeat > 0 && since >= repeat * cycle)) return ProfilerAction.NONE;
    const position = since % cycle;
    if (position < wait) return ProfilerAction.NONE;
    if (position < wait + warmup) return ProfilerAction.WARMUP;
    return position < cycle - 1 ? ProfilerAction.RECORD : ProfilerAction.RECORD_AND_SAVE;
  };
}
