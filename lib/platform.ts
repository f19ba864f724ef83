/** Which native binary this platform needs, and where the package keeps it. */
import { join } from 'node:path';

/** The package's folder: lib/ lies in it, and dist/, whose one file is made of all of lib/. */
export const root = (): string => join(__dirname, '..');

/**
 * Node's report names the C library, but would also look up the names of all network addresses, which can take seconds.
 */
function isMusl(): boolean {
  if (process.platform !== 'linux' || process.report === undefined) return false;
  const report: NodeJS.ProcessReport & { excludeNetwork?: boolean } = process.report;
  const before = report.excludeNetwork ?? false;
  report.excludeNetwork = true;
  const { header } = report.getReport() as { header?: { glibcVersionRuntime?: string } };
  report.excludeNetwork = before;
  return header?.glibcVersionRuntime === undefined;
}

/** The name of this platform's binary in prebuilds/. */
export function packedName(): string {
  return `${process.platform}-${process.arch}${isMusl() ? '-musl' : ''}.node`;
}
