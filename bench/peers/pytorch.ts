/** PyTorch, in the first Python here that can import it. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Peer, type Presence } from '../peer.js';

const worker = fileURLToPath(new URL('pytorch.py', import.meta.url));

/** `$PYTHON` or another that has torch; undefined where none has. */
export function findPython(): string | undefined {
  const candidates = [process.env.PYTHON, 'python3', '/usr/bin/python3'].filter((path) => path !== undefined);
  return candidates.find((path) => spawnSync(path, ['-c', 'import torch'], { stdio: 'ignore' }).status === 0);
}

/** The variables by which libraries under PyTorch learn how many threads to use. */
export function threadVariables(threads: number): Record<string, string> {
  const names = ['OMP', 'OPENBLAS', 'MKL', 'BLIS'].map((library) => `${library}_NUM_THREADS`);
  return Object.fromEntries(names.map((name) => [name, String(threads)]));
}

export async function startPyTorch(threads: number): Promise<Presence> {
  const python = findPython();
  if (python === undefined) return { absent: 'no python3 here has torch' };
  return Peer.start({ command: [python, worker, String(threads)], environment: threadVariables(threads) });
}
