/** `npm run bench`: measures sconce beside the peers that this machine has, and beside what the machine can do. */
import { readdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { draw } from './chart.js';
import { type Name, names, startContestants, stopAll } from './contestants.js';
import type { Family, Settings } from './family.js';
import { machine } from './machine.js';
import { stayOnOneProcessor } from './pinning.js';
import * as torch from './sconce.js';

const usage = `npm run bench -- [FAMILY…] [options]
  --threads N     for all who have threads (1)
  --only TEXT     of each family, the cases whose name contains this
  --beside NAMES  who is measured beside sconce, separated by commas (${names.join(',')})
  --rounds N      turns of each contestant (61)
  --json FILE     writes all numbers there
  --chart FILE    draws the most telling ones there, as SVG`;

const families = readdirSync(new URL('families', import.meta.url)).map((file) => file.replace(/\.ts$/, ''));

function oneOf<T extends string>(kind: string, known: readonly T[], asked: readonly string[]): T[] {
  const unknown = asked.filter((name) => !known.includes(name as T));
  if (unknown.length > 0) throw new Error(`no ${kind} ${unknown.join(', ')}; there are ${known.join(', ')}`);
  return asked as T[];
}

function atLeastOne(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${option} ${text}: expected 1 or more`);
  return value;
}

function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      threads: { type: 'string', default: '1' },
      only: { type: 'string', default: '' },
      beside: { type: 'string', default: names.join(',') },
      rounds: { type: 'string', default: '61' },
      json: { type: 'string' },
      chart: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const beside = values.beside.split(',').filter((name) => name !== '');
  return {
    ...values,
    threads: atLeastOne('threads', values.threads),
    rounds: atLeastOne('rounds', values.rounds),
    beside: oneOf<Name>('contestant', names, beside),
    chosen: positionals.length > 0 ? oneOf('family', families, positionals) : families,
  };
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
function argumentsOrExit(): ReturnType<typeof readArguments> {
  try {
    const found = readArguments();
    if (!found.help) return found;
    console.log(usage);
    process.exit(0);
  } catch (error) {
    console.error(`bench: ${(error as Error).message}\n${usage}`);
    process.exit(2);
  }
}

const { threads, rounds, only, beside, json, chart, chosen } = argumentsOrExit();
torch.set_num_threads(threads);
const processor = threads === 1 ? stayOnOneProcessor() : undefined;
const contestants = await startContestants(beside, threads);
const about = machine(threads, processor, contestants);
for (const [what, value] of Object.entries(about)) console.log(`${what.padEnd(12)}${value}`);

const results: Record<string, unknown> = {};
for (const name of chosen) {
  results[name] = await measure(name, { contestants, threads, rounds, only });
  // After each family, so that a run that is ended early leaves what it has.
  if (json !== undefined) writeFileSync(json, `${JSON.stringify({ machine: about, results }, null, 2)}\n`);
}
stopAll(contestants);
if (chart !== undefined) await draw(chart, { machine: about, results });
