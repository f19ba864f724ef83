/** What a file of families/ exports as default: work of one kind, measured together. */
import type { Contestants } from './contestants.js';

export interface Settings {
  contestants: Contestants;
  threads: number;
  /** In how many rounds each case is measured, at most. */
  rounds: number;
  /** Of a family, only the cases whose name contains this. */
  only: string;
}

export interface Report {
  /** For the terminal. */
  text: string;
  /** For `--json`. */
  results: unknown;
}

export interface Family {
  readonly title: string;
  measure(settings: Settings): Promise<Report>;
}
