/** What a file of families/ exports as default: work of one kind, measured together. */
import type { PyTorch } from './peers/pytorch.js';

export interface Settings {
  /** Null where no Python has it. */
  pytorch: PyTorch | null;
  threads: number;
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
