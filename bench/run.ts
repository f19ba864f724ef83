/** `npm run bench [-- FAMILY…] [--threads N] [--json FILE]`: measures sconce beside the peers that this machine has. */
import { readdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import * as torch from 'sconce';
import type { Family, Settings } from './family.js';
import { machine } from './machine.js';
import { PyTorch } from './peers/pytorch.js';

const families = readdirSync(new URL('families', import.meta.url)).map((file) => file.replace(/\.ts$/, ''));

function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { threads: { type: 'string', default: '1' }, json: { type: 'string' } },
  });
  const unknown = positionals.filter((name) => !families.includes(name));
  if (unknown.length > 0) throw new Error(`no family ${unknown.join(', ')}; there are ${families.join(', ')}`);
  const threads = Number(values.threads);
  if (!Number.isInteger(threads) || threads < 1) throw new Error(`--threads ${values.threads}: expected 1 or more`);
  return { threads, json: values.json, chosen: positionals.length > 0 ? positionals : families };
}

/** Measures one family, prints its report and returns the numbers of it. */
async function measure(name: string, settings: Settings): Promise<unknown> {
  const { default: family } = (await import(`./families/${name}.ts`)) as { default: Family };
  console.log(`\n${name}: ${family.title}`);
  const { text, results } = await family.measure(settings);
  console.log(text);
  return results;
}

/** What the command line asks for; the end of this process where it makes no sense. */
function settingsOrExit(): ReturnType<typeof readArguments> {
  try {
    return readArguments();
  } catch (error) {
    console.error(`bench: ${(error as Error).message}`);
    process.exit(2);
  }
}

const { threads, json, chosen } = settingsOrExit();
torch.set_num_threads(threads);
const pytorch = await PyTorch.start(threads);
const about = machine(threads, pytorch);
for (const [what, value] of Object.entries(about)) console.log(`${what.padEnd(10)}${value}`);

const results: Record<string, unknown> = {};
for (const name of chosen) results[name] = await measure(name, { pytorch, threads });
pytorch?.stop();
if (json !== undefined) writeFileSync(json, `${JSON.stringify({ machine: about, results }, null, 2)}\n`);
