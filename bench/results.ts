/** What is measured of cases, and what a run leaves in its JSON file. */
import type { Aim } from './case.js';

/** Sconce's time in relation to another's. */
export interface Comparison {
  /** Of the medians. */
  ratio: number;
  /** Of the lower quartiles: where machines have slow moments, these tell more. */
  quick: number;
  /** The lowest and the highest ratio within one round. */
  spread: [number, number];
}

export interface Result {
  name: string;
  /** Medians in seconds per run, by contestant. */
  seconds: Record<string, number>;
  /** By the other contestant. */
  comparisons: Record<string, Comparison>;
  /** Why a contestant has no time. */
  failures: Record<string, string>;
  bytes?: number;
  flop?: number;
  /** Seconds per run, by the roofline. */
  predicted?: number;
  aims: (Aim & { reached?: number })[];
}

export interface Run {
  machine: Record<string, string>;
  /** By family; those of timed families are lists. */
  results: Record<string, unknown>;
}

/** The families that were timed, with their results. */
export function timings({ results }: Run): [string, Result[]][] {
  return Object.entries(results).filter((entry): entry is [string, Result[]] => Array.isArray(entry[1]));
}
