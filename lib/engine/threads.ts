/** How many threads kernels use. */
import { argumentError, RuntimeError } from '../base/errors.js';
import { binding } from './native.js';

/** The number of threads among which large operations are divided. */
export function get_num_threads(): number {
  return binding.getThreads();
}

/** More would exhaust the system before it made anything faster. */
const mostThreads = 1024;

/** Sets the number of threads, in all Node workers of this process. @throws RuntimeError unless it is 1 to 1,024. */
export function set_num_threads(threads: number): void {
  if (!Number.isInteger(threads)) throw argumentError('set_num_threads', 'int', 'a whole number', threads);
  if (threads < 1) throw new RuntimeError('set_num_threads expects a positive integer');
  if (threads > mostThreads) throw new RuntimeError(`set_num_threads expects at most ${mostThreads} threads`);
  binding.setThreads(threads);
}
