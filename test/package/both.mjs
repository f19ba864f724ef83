// One process that imports and requires sconce gets one Tensor class and one native binary.
// That is the one SCONCE_BINDING names, or else the packed one with the packed libraries.
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import * as imported from 'sconce';

const required = createRequire(import.meta.url)('sconce');
assert.deepEqual(Object.keys(imported).sort(), Object.keys(required).sort());
for (const name of Object.keys(required)) assert.equal(imported[name], required[name], name);

for (const torch of [imported, required]) {
  const x = torch.tensor([1, 2], { requires_grad: true });
  x.sin().sum().backward();
  assert.ok(x.grad instanceof imported.Tensor);
  for (const [i, slope] of x.grad.tolist().entries()) assert.ok(Math.abs(slope - Math.cos(i + 1)) < 1e-6);
}

const loaded = process.report.getReport().sharedObjects;
const binaries = loaded.filter((path) => path.endsWith('.node'));
assert.equal(binaries.length, 1, `loaded: ${binaries}`);
if (process.env.SCONCE_BINDING) {
  assert.equal(binaries[0], resolve(process.env.SCONCE_BINDING));
} else {
  const libraries = loaded.filter((path) => /lib(hwy|sleef|pthreadpool)\.so/.test(path));
  for (const path of [...binaries, ...libraries]) assert.equal(dirname(path), resolve('node_modules/sconce/prebuilds'));
  const bytes = statSync(binaries[0]).size;
  assert.ok(bytes < 8e6, `the binary has ${bytes} bytes`);
}
