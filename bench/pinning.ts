/** Where contestants run, so that the slow moments of a processor, which others share, meet them all. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** Of those that this process may use, in Linux's list such as '0-1,4'; the last, as the first has the interrupts. */
function lastProcessor(): string | undefined {
  const status = '/proc/self/status';
  if (!existsSync(status)) return undefined;
  return /^Cpus_allowed_list:.*?(\d+)$/m.exec(readFileSync(status, 'utf8'))?.[1];
}

/**
 * Keeps this process, with all its threads and whatever it starts, on one processor, by the system's `taskset`. Returns
 * the processor's number, or undefined where the system has no such thing.
 */
export function stayOnOneProcessor(): string | undefined {
  const processor = lastProcessor();
  if (processor === undefined) return undefined;
  const { status } = spawnSync('taskset', ['-a', '-c', '-p', processor, String(process.pid)]);
  return status === 0 ? processor : undefined;
}
