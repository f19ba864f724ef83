/** Where and with what the numbers were measured. */
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { type Contestants, peerOf } from './contestants.js';
import type { Rates } from './roofline.js';
import * as torch from './sconce.js';

const require = createRequire(import.meta.url);

export function rates(contestants: Contestants): Rates | undefined {
  return peerOf(contestants, 'limits')?.greeting as unknown as Rates | undefined;
}

const amount = (bytes: number) => (bytes < 2 ** 20 ? `${bytes / 2 ** 10} KB` : `${bytes / 2 ** 20} MB`);

function describeRates({ peak, copies }: Rates): Record<string, string> {
  const giga = (rate: number) => (rate / 1e9).toFixed(1);
  return {
    peak: `${giga(peak.float32)} GFLOP/s in float32, ${giga(peak.float64)} in float64`,
    copies: `${copies.map(({ level, bytes, rate }) => `${level} (${amount(bytes)}) ${giga(rate)}`).join(', ')} GB/s`,
  };
}

/** What to know before comparing with numbers from elsewhere, by topic. */
export function machine(
  threads: number,
  processor: string | undefined,
  contestants: Contestants,
): Record<string, string> {
  const { version } = require('../package.json') as { version: string };
  const others = [...contestants].map(([name, presence]) => [
    name,
    'peer' in presence ? presence.peer.greeting.about : `absent: ${presence.absent}`,
  ]);
  const known = rates(contestants);
  return {
    processor: `${cpus()[0]?.model.trim() || process.arch}, ${cpus().length} cores`,
    threads: String(threads),
    ...(processor !== undefined && { affinity: `all on processor ${processor}` }),
    sconce: `${version}, ${torch.backends.cpu.get_cpu_capability()}, Node ${process.version}`,
    ...Object.fromEntries(others),
    ...(known && describeRates(known)),
  };
}
