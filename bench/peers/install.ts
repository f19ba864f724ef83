/** Installs the peers that are npm packages, in bench/ and nowhere else, when they are first asked for. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('..', import.meta.url));

/** `require` of the packages of bench/. */
export const require = createRequire(import.meta.url);

function install(): void {
  console.error('Installing the peers of bench/package.json');
  const command = ['ci', '--no-audit', '--no-fund'];
  const { status } = spawnSync('npm', command, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) console.error('They could not be installed; the others are measured without them.');
}

/** The packages of these that are not there. */
export function missing(packages: readonly string[]): string[] {
  if (!existsSync(`${folder}node_modules`)) install();
  return packages.filter((name) => {
    try {
      require.resolve(name);
      return false;
    } catch {
      return true;
    }
  });
}
