// Fills prebuilds/ for the tarball: this platform's addon, the shared libraries it was linked with, and their licenses.
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packedName } from '../lib/platform.js';

const run = (command, ...args) => execFileSync(command, args, { encoding: 'utf8' });

/** The libraries that a machine which runs Node may lack, as [soname, path]. */
function sharedLibraries(addon) {
  const needed = [...run('ldd', addon).matchAll(/^\s*(\S+) => (\S+) /gm)].map(([, soname, path]) => [soname, path]);
  return needed.filter(([soname]) => !/^lib(c|m|pthread|dl|rt|stdc\+\+|gcc_s)\.so/.test(soname));
}

/** The license text that Debian keeps for the package which owns a file. */
function licenseOf(path) {
  const owner = run('dpkg', '-S', realpathSync(path)).split(':')[0];
  return `${owner}\n\n${readFileSync(`/usr/share/doc/${owner}/copyright`, 'utf8')}`;
}

const folder = 'prebuilds';
const addon = join(folder, packedName());
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);
copyFileSync('build/Release/sconce.node', addon);
run('strip', '--strip-unneeded', addon);

const libraries = sharedLibraries(addon);
for (const [soname, path] of libraries) {
  copyFileSync(path, join(folder, soname));
  chmodSync(join(folder, soname), 0o755);
}
const licenses = libraries.map(([, path]) => licenseOf(path));
licenses.push(`node-addon-api\n\n${readFileSync('node_modules/node-addon-api/LICENSE.md', 'utf8')}`);
writeFileSync(join(folder, 'THIRD_PARTY_LICENSES'), licenses.join(`\n${'-'.repeat(80)}\n\n`));
