/** Choices by chance, from a seed. */
import type { Tensor } from '../../lib/index.js';

/** Choices that follow from a seed alone, so that a call can be made again. */
export class Random {
  /** The tensors that were made so far. */
  readonly tensors: Tensor[] = [];

  constructor(private state: number) {}

  /** Uniform in [0, 1): mulberry32. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `low` to `high`, both included. */
  int(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.int(0, choices.length - 1)];
  }

  list<T>(length: number, make: () => T): T[] {
    return Array.from({ length }, make);
  }
}
