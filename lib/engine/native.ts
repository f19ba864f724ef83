/** Finds and loads the native addon. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { dtypes } from '../base/dtype.js';
import { packedName, root } from '../platform.js';

/** What native/addon.cc exports. */
export interface Binding {
  /** Runs the command buffer; undefined, or the number of the status of native/instruction.h that ended it. */
  execute(): number | undefined;
  /** Says that work in progress has ended, so that soon is a good moment to collect. */
  settle(): void;
  /** Makes `words` the command buffer. */
  attach(words: Float64Array): void;
  /** Collects what has died, if that is due before so many bytes are taken. Called before their owner is made. */
  prepare(bytes: number): void;
  /** Memory owned by `owner`: its address, or 0 when there is none. */
  take(owner: object, bytes: number): number;
  give(address: number): void;
  address(view: ArrayBufferView): number;
  memory(): MemoryStats;
  sweep(): void;
  /** Has the heap ask `collect` for collections; false where V8 cannot be asked. */
  setCollector(collect: (minor: boolean) => boolean): void;
  getThreads(): number;
  setThreads(count: number): void;
  readonly opcodes: Readonly<Record<string, number>>;
  readonly dtypes: readonly string[];
  /** The instruction set of the kernels in use: 'AVX3', 'AVX2', 'SSE4', 'NEON', 'SCALAR' … */
  readonly isa: string;
}

/** Bytes and counts of one Node environment's heap. */
export interface MemoryStats {
  liveBytes: number;
  liveBlocks: number;
  cachedBytes: number;
  sweeps: number;
  systemTakes: number;
}

/** Where a binary may be: where the environment says, and nowhere else, or a source build, or the packed one. */
function candidates(): string[] {
  if (process.env.SCONCE_BINDING) return [process.env.SCONCE_BINDING];
  return [join(root(), 'build', 'Release', 'sconce.node'), join(root(), 'prebuilds', packedName())];
}

function load(): Binding {
  const tried: string[] = [];
  for (const path of candidates()) {
    if (!existsSync(path)) {
      tried.push(`${path}: not found`);
      continue;
    }
    try {
      const addon = { exports: {} };
      process.dlopen(addon, path);
      return addon.exports as Binding;
    } catch (error) {
      tried.push(`${path}: ${(error as Error).message}`);
    }
  }
  throw new Error(
    `sconce has no native binary for ${process.platform}-${process.arch}, Node ${process.version} ` +
      `(Node-API ${process.versions.napi}). Tried:\n  ${tried.join('\n  ')}\n` +
      'To build one: npm install --no-save cmake-js node-addon-api && ' +
      'npx cmake-js build --directory node_modules/sconce',
  );
}

function checkDTypes(loaded: Binding): Binding {
  for (const dtype of dtypes) {
    if (loaded.dtypes[dtype.code] !== dtype.name)
      throw new Error(`sconce: the native binary numbers ${dtype} otherwise`);
  }
  return loaded;
}

/** The loaded addon. @throws Error at load time when this platform has none. */
export const binding: Binding = checkDTypes(load());

/** The number of an opcode. @throws Error at load time for a name that native/opcodes.def lacks. */
export function opcode(name: string): number {
  const number = binding.opcodes[name];
  if (number === undefined) throw new Error(`sconce: the native binary has no opcode '${name}'`);
  return number;
}
