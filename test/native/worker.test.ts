import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { addonPath } from './instruction.js';

test('a worker that used the thread pool may end before the process does', async () => {
  const script = fileURLToPath(new URL('worker.cjs', import.meta.url));
  await expect(promisify(execFile)(process.execPath, [script, addonPath])).resolves.toMatchObject({ stderr: '' });
});
