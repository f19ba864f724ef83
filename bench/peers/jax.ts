/** jax-js on WebAssembly: as it is, which runs each operation at once, or under `jit`. It knows no threads in Node. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Source } from '../case.js';
import { Peer, type Presence } from '../peer.js';
import { missing } from './install.js';
import { compile, type Loop, serve } from './worker.js';

interface Jax {
  init(device: string): Promise<unknown>;
  defaultDevice(device: string): unknown;
}

const name: string = '@jax-js/jax';

export type Mode = 'eager' | 'jit';

export async function startJax(mode: Mode): Promise<Presence> {
  if (missing([name]).length > 0) return { absent: `${name} not installed in bench/` };
  const command = [process.execPath, ...process.execArgv, fileURLToPath(import.meta.url), mode];
  return Peer.start({ command });
}

/**
 * `setup` is an array of inputs and `statement` a function. It consumes what it is given, so each run gives a `ref`.
 */
function prepare(jax: Jax, mode: Mode, { setup, statement }: Source): Promise<Loop> {
  return compile<[Jax], Loop>(`(jax) => {
    const np = jax.numpy;
    const inputs = ${setup};
    const run = ${mode === 'jit' ? `jax.jit(${statement})` : statement};
    return async (count) => {
      for (let i = 0; i < count; i++) {
        const result = run(...inputs.map((input) => input.ref));
        await jax.blockUntilReady(result);
        jax.tree.dispose(result);
      }
    };
  }`)(jax);
}

const [, , mode] = process.argv;
if (mode === 'eager' || mode === 'jit') {
  const jax = (await import(name)) as Jax;
  await jax.init('wasm');
  jax.defaultDevice('wasm');
  const description = readFileSync(new URL('../node_modules/@jax-js/jax/package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(description) as { version: string };
  await serve(`${version}, WebAssembly, 1 thread`, (source) => prepare(jax, mode, source));
}
