/**
 * V8's collector, for the heap of native/blocks.cc to call. Node has no function for it, but its documented `node:v8`
 * can set the flag that puts one into contexts made from then on.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { binding } from './native.js';

type Collect = (options?: { type: 'minor' }) => void;

let collect: Collect | null = null;

/** Null where the runtime is not Node and has no such flag. */
function findCollector(): Collect | null {
  const isExposed = 'gc' in globalThis;
  try {
    setFlagsFromString('--expose-gc');
    const found: unknown = runInNewContext('globalThis.gc');
    if (!isExposed) setFlagsFromString('--no-expose-gc');
    return typeof found === 'function' ? (found as Collect) : null;
  } catch {
    return null;
  }
}

// Looked for when first needed: a context takes a millisecond to make.
binding.setCollector((minor) => {
  collect ??= findCollector();
  if (collect === null) return false;
  if (minor) collect({ type: 'minor' });
  else collect();
  return true;
});
