/** What a machine of these rates could do at best: the roofline model. */
import type { Case } from './case.js';

/** What the limits program measures at its start: operations and bytes per second. */
export interface Rates {
  peak: { float32: number; float64: number };
  /** From the fastest to the slowest; `bytes` fill half of a cache. */
  copies: { level: string; bytes: number; rate: number }[];
}

/** Seconds that a case needs at least, by its operations or by the bytes that it moves, whichever takes longer. */
export function predict({ flop = 0, bytes = 0, product }: Case, { peak, copies }: Rates): number | undefined {
  if (flop === 0 && bytes === 0) return undefined;
  const dtype = product?.startsWith('float64') ? 'float64' : 'float32';
  const level = copies.find((copy) => 2 * copy.bytes >= bytes) ?? copies[copies.length - 1];
  return Math.max(flop / peak[dtype], bytes / level.rate);
}
