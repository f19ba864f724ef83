/** Who is measured beside sconce on this machine. */
import type { Case, Source } from './case.js';
import type { Peer, Presence } from './peer.js';
import { startJax } from './peers/jax.js';
import { startLimits } from './peers/limits.js';
import { startPyTorch } from './peers/pytorch.js';
import { startTensorFlow } from './peers/tfjs.js';

/** Names in tables; `limits` stands for the machine itself. */
export const names = ['PyTorch', 'tfjs', 'jax-js', 'jax-js jit', 'limits'] as const;
export type Name = (typeof names)[number];

const start: Record<Name, (threads: number) => Promise<Presence>> = {
  PyTorch: startPyTorch,
  tfjs: startTensorFlow,
  'jax-js': () => startJax('eager'),
  'jax-js jit': () => startJax('jit'),
  limits: startLimits,
};

export type Contestants = ReadonlyMap<Name, Presence>;

export async function startContestants(chosen: readonly Name[], threads: number): Promise<Contestants> {
  const present = new Map<Name, Presence>();
  for (const name of chosen) present.set(name, await start[name](threads));
  return present;
}

export function peerOf(contestants: Contestants, name: Name): Peer | undefined {
  const presence = contestants.get(name);
  return presence && 'peer' in presence ? presence.peer : undefined;
}

export function stopAll(contestants: Contestants): void {
  for (const name of contestants.keys()) peerOf(contestants, name)?.stop();
}

/** What a case has for each contestant, by the name of its column. */
function sources({ pytorch, tfjs, jax, bytes, product }: Case): [string, Name, Source | undefined][] {
  const limit = (statement: string, known: unknown) => (known === undefined ? undefined : { setup: '', statement });
  return [
    ['PyTorch', 'PyTorch', pytorch],
    ['OpenBLAS', 'limits', limit(`product OpenBLAS ${product}`, product)],
    ['oneDNN', 'limits', limit(`product oneDNN ${product}`, product)],
    ['copy', 'limits', limit(`copy ${bytes}`, bytes)],
    ['tfjs', 'tfjs', tfjs],
    ['jax-js', 'jax-js', jax],
    ['jax-js jit', 'jax-js jit', jax],
  ];
}

/** Those who can do the work of a case: what is asked of whom, by the name of the column. */
export function opponents(contestants: Contestants, work: Case): Map<string, { peer: Peer; source: Source }> {
  const found = new Map<string, { peer: Peer; source: Source }>();
  for (const [column, name, source] of sources(work)) {
    const peer = peerOf(contestants, name);
    if (peer !== undefined && source !== undefined) found.set(column, { peer, source });
  }
  return found;
}
