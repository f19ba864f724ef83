/** Where and with what the numbers were measured. */
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import type { PyTorch } from './peers/pytorch.js';

const require = createRequire(import.meta.url);

/** What to know before comparing with numbers from elsewhere, by topic. */
export function machine(threads: number, pytorch: PyTorch | null): Record<string, string> {
  const { version } = require('../package.json') as { version: string };
  const { binding } = require('../dist/engine/native.js') as typeof import('../lib/engine/native.js');
  return {
    processor: `${cpus()[0]?.model.trim() || process.arch}, ${cpus().length} cores`,
    threads: String(threads),
    sconce: `${version}, ${binding.isa}, Node ${process.version}`,
    PyTorch: pytorch?.about ?? 'none: no python3 here has torch, so sconce is measured alone',
  };
}
