/** TensorFlow.js on its WebAssembly backend. It knows no threads in Node. */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Source } from '../case.js';
import { Peer, type Presence } from '../peer.js';
import { missing, require } from './install.js';
import { compile, type Loop, serve } from './worker.js';

interface TensorFlow {
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  env(): { getAsync(flag: string): Promise<boolean> };
  version_core: string;
}

const core = '@tensorflow/tfjs-core';
const wasm = '@tensorflow/tfjs-backend-wasm';

export async function startTensorFlow(): Promise<Presence> {
  const absent = missing([core, wasm]);
  if (absent.length > 0) return { absent: `${absent.join(', ')} not installed in bench/` };
  const command = [process.execPath, ...process.execArgv, fileURLToPath(import.meta.url), 'serve'];
  return Peer.start({ command });
}

/** Each run in a `tidy`, which frees what it made. */
function prepare(tf: TensorFlow, { setup, statement }: Source): Promise<Loop> {
  return compile<[TensorFlow], Loop>(`(tf) => {
    ${setup};
    const run = () => { ${statement}; };
    return async (count) => { for (let i = 0; i < count; i++) tf.tidy(run); };
  }`)(tf);
}

if (process.argv[2] === 'serve') {
  const tf = require(core) as TensorFlow;
  // The package on its own knows no derivatives.
  require(`${core}/dist/register_all_gradients.js`);
  (require(wasm) as { setWasmPaths(folder: string): void }).setWasmPaths(`${dirname(require.resolve(wasm))}/`);
  await tf.setBackend('wasm');
  await tf.ready();
  const simd = (await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')) ? 'with SIMD' : 'without SIMD';
  await serve(`${tf.version_core}, WebAssembly ${simd}, 1 thread`, (source) => prepare(tf, source));
}
