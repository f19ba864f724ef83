/** torch.profiler: where time and memory go. */
export type { EventList, FunctionEvent, FunctionEventAvg, Grouping } from './events.js';
export { type Profile, type ProfileOptions, ProfilerActivity, profile } from './profile.js';
export { record_function } from './record_function.js';
export { ProfilerAction, type ScheduleOptions, schedule } from './schedule.js';
export type { TableOptions } from './table.js';
export { type TraceHandlerOptions, tensorboard_trace_handler } from './trace.js';
