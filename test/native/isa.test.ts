/** The tests of kernels once more, each time on a lesser instruction set than the processor's best. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { addonPath, binding } from './instruction.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const minutes = 60_000;

function withIsa(isa: string, ...command: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, command, {
    cwd: root,
    env: { ...process.env, SCONCE_ISA: isa },
    encoding: 'utf8',
  });
  return { status, output: stdout + stderr };
}

// A process that runs them for one instruction set starts no others.
const others = process.env.SCONCE_ISA === undefined ? binding.isas.slice(1) : [];
it.each(others)('kernels give the same answers on %s', { timeout: 10 * minutes }, (isa) => {
  // Normal numbers were recorded where a product and a sum are one rounding: without, the last bit differs.
  const but = ['--exclude', 'test/native/random.test.ts'];
  const { status, output } = withIsa(isa, 'node_modules/vitest/vitest.mjs', 'run', 'test/native', ...but);
  expect(status, output).toBe(0);
});

it('runs on the best instruction set, or on the one it is told', () => {
  const load = `const addon = { exports: {} };
    process.dlopen(addon, ${JSON.stringify(addonPath)});
    console.log(addon.exports.isa)`;
  for (const isa of process.env.SCONCE_ISA ? [] : binding.isas) {
    expect(withIsa(isa, '-e', load)).toEqual({ status: 0, output: `${isa}\n` });
  }
  expect(withIsa('MMX', '-e', load).output).toContain(`SCONCE_ISA=MMX is none of ${binding.isas.join(', ')}`);
  expect(binding.isa).toBe(process.env.SCONCE_ISA ?? binding.isas[0]);
});
