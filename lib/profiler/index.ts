/** torch.profiler: where time and memory go. */
export type { EventList, FunctionEvent, FunctionEventAvg } from './events.js';
export { type Profile, type ProfileOptions, ProfilerActivity, profile, record_function } from './profile.js';
export type { TableOptions } from './table.js';
