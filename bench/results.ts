/** What a run leaves in its JSON file. */
import type { Result } from './measure.js';

export interface Run {
  machine: Record<string, string>;
  /** By family; those of timed families are lists. */
  results: Record<string, unknown>;
}

/** The families that were timed, with their results. */
export function timings({ results }: Run): [string, Result[]][] {
  return Object.entries(results).filter((entry): entry is [string, Result[]] => Array.isArray(entry[1]));
}
