/** What the machine can do, by the C++ programs of limits/, which are built when they are first asked for. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Peer, type Presence } from '../peer.js';
import { threadVariables } from './pytorch.js';

const sources = fileURLToPath(new URL('../limits/', import.meta.url));
const build = fileURLToPath(new URL('../../build/bench/', import.meta.url));
const compiler = process.env.CXX ?? 'c++';

const libraries = [
  { header: 'cblas.h', library: 'openblas', symbol: 'WITH_OPENBLAS' },
  { header: 'oneapi/dnnl/dnnl.h', library: 'dnnl', symbol: 'WITH_ONEDNN' },
];

function hasHeader(header: string): boolean {
  const input = `#include <${header}>\n`;
  return spawnSync(compiler, ['-E', '-x', 'c++', '-'], { input, stdio: ['pipe', 'ignore', 'ignore'] }).status === 0;
}

/** The compiler prints a path for a library that it finds, and the mere name of another. */
function hasLibrary(library: string): boolean {
  const { stdout } = spawnSync(compiler, [`-print-file-name=lib${library}.so`], { encoding: 'utf8' });
  return isAbsolute(stdout?.trim() ?? '');
}

function isFresh(program: string): boolean {
  if (!existsSync(program)) return false;
  const built = statSync(program).mtimeMs;
  return readdirSync(sources).every((file) => statSync(sources + file).mtimeMs < built);
}

/** The program, or what the compiler said. It is another one once another library is installed. */
function compile(): { program: string } | { absent: string } {
  const found = libraries.filter(({ header, library }) => hasHeader(header) && hasLibrary(library));
  const program = build + ['limits', ...found.map(({ library }) => library)].join('-');
  if (isFresh(program)) return { program };
  mkdirSync(build, { recursive: true });
  const flags = ['-std=c++17', '-O3', '-march=native', '-pthread', ...found.map(({ symbol }) => `-D${symbol}`)];
  const links = found.map(({ library }) => `-l${library}`);
  const run = spawnSync(compiler, [...flags, `${sources}main.cc`, '-o', program, ...links], { encoding: 'utf8' });
  if (run.status === 0) return { program };
  return { absent: run.error?.message ?? run.stderr.split('\n')[0] };
}

export async function startLimits(threads: number): Promise<Presence> {
  const compiled = compile();
  if ('absent' in compiled) return compiled;
  return Peer.start({
    command: [compiled.program, String(threads)],
    environment: threadVariables(threads),
    ask: ({ statement }, count) => `${count} ${statement}`,
  });
}
