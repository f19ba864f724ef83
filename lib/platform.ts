/** Which native binary this platform needs, and where the package keeps it. */
import { join } from 'node:path';

/** The package's folder: lib/ lies in it, and dist/, whose one file is made of all of lib/. */
export const root = (): string => join(__dirname, '..');

function isMusl(): boolean {
  if (process.platform !== 'linux') return false;
  const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined;
  return report?.header?.glibcVersionRuntime === undefined;
}

/** The name of this platform's binary in prebuilds/. */
export function packedName(): string {
  return `${process.platform}-${process.arch}${isMusl() ? '-musl' : ''}.node`;
}
