/** A trace as files. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { argumentError, RuntimeError } from '../base/errors.js';
import type { FunctionEvent } from './events.js';
import type { Profile } from './profile.js';

const traceEvent = ({ trace_name, start, cpu_time_total, input_shapes, stack }: FunctionEvent): object => ({
  ph: 'X',
  cat: 'cpu_op',
  name: trace_name,
  pid: process.pid,
  tid: 1,
  ts: start,
  dur: cpu_time_total,
  args: {
    ...(input_shapes.length > 0 && { 'Input Dims': input_shapes }),
    ...(stack.length > 0 && { 'Call stack': stack.join(';') }),
  },
});

/** Calls as JSON for chrome://tracing or Perfetto, compressed where the name ends in .gz. */
export function writeChromeTrace(path: string, events: readonly FunctionEvent[], metadata: object): void {
  const text = JSON.stringify({ schemaVersion: 1, ...metadata, traceEvents: events.map(traceEvent) });
  writeFileSync(path, path.endsWith('.gz') ? gzipSync(text) : text);
}

/** Stacks, outermost first, and what was spent there, as FlameGraph reads them. */
export function writeStacks(path: string, events: readonly FunctionEvent[]): void {
  const lines = events.flatMap(({ stack, self_cpu_time_total }) => {
    const spent = Math.trunc(self_cpu_time_total);
    if (stack.length === 0 || spent <= 0) return [];
    return [
      `${[...stack]
        .reverse()
        .map((frame) => frame.replace(/[ ;\t\n]/g, '_'))
        .join(';')} ${spent}\n`,
    ];
  });
  writeFileSync(path, lines.join(''));
}

/** Keywords of `tensorboard_trace_handler`. */
export interface TraceHandlerOptions {
  /** The beginning of the files' names; the machine's name and the process's number when left out. */
  worker_name?: string | null;
  /** Compress them; false when left out. */
  use_gzip?: boolean;
}

/**
 * A function for `on_trace_ready` that writes each trace to a file of its own, under the names that TensorBoard and
 * Perfetto know.
 * @example torch.profiler.profile({ on_trace_ready: torch.profiler.tensorboard_trace_handler('log') }, () => step());
 */
export function tensorboard_trace_handler(
  dir_name: string,
  options: TraceHandlerOptions | null = null,
): (profiler: Profile) => void {
  const { worker_name = null, use_gzip = false } = options ?? {};
  const op = 'tensorboard_trace_handler';
  if (typeof dir_name !== 'string') throw argumentError(op, 'dir_name', 'str', dir_name);
  if (worker_name !== null && typeof worker_name !== 'string')
    throw argumentError(op, 'worker_name', 'str', worker_name);
  if (typeof use_gzip !== 'boolean') throw argumentError(op, 'use_gzip', 'bool', use_gzip);
  return (profiler) => {
    if (typeof profiler?.export_chrome_trace !== 'function') throw argumentError(op, 'profiler', 'a profile', profiler);
    try {
      mkdirSync(dir_name, { recursive: true });
    } catch (error) {
      throw new RuntimeError(`Can't create directory: ${dir_name}`, { cause: error });
    }
    const worker = worker_name || `${hostname()}_${process.pid}`;
    profiler.export_chrome_trace(join(dir_name, `${worker}.${Date.now()}.pt.trace.json${use_gzip ? '.gz' : ''}`));
  };
}
