/** The built library where it runs for users: in worker threads, and where no binary fits. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);
const dist = fileURLToPath(new URL('../../dist/index.js', import.meta.url));
const script = fileURLToPath(new URL('workers.cjs', import.meta.url));

test('four workers at once compute what the main thread does, while another is ended midway', async () => {
  await expect(run(process.execPath, [script])).resolves.toMatchObject({ stdout: 'same\n' });
});

test('without a binary that fits, the error names platform, Node version and what was tried', async () => {
  const loading = run(process.execPath, ['-e', `require(${JSON.stringify(dist)})`], {
    env: { ...process.env, SCONCE_BINDING: '/no/such/binary.node' },
  });
  const place = `${process.platform}-${process.arch}, Node ${process.version.replaceAll('.', '\\.')}`;
  await expect(loading).rejects.toThrow(
    new RegExp(`no native binary for ${place}[^]*/no/such/binary\\.node: not found`),
  );
});
