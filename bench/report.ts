/**
 * `npx tsx bench/report.ts FILE…`: tables in Markdown of the JSON files of runs, with a column for each number of
 * threads.
 */
import { readFileSync } from 'node:fs';
import { type Result, type Run, timings } from './results.js';
import { time, verdict } from './table.js';

/** By number of threads. */
type Row = Map<string, Result>;

/** Sconce's time as a multiple of each of the others' but PyTorch's. */
function beside({ comparisons }: Result): string {
  return Object.entries(comparisons)
    .filter(([name]) => name !== 'PyTorch')
    .map(([name, { ratio }]) => `${name} ${ratio.toPrecision(2)}`)
    .join(', ');
}

function rate({ seconds, flop, bytes }: Result): string {
  const [amount, unit] = flop === undefined ? [bytes, 'GB/s'] : [flop, 'GFLOP/s'];
  return amount === undefined ? '' : `${(amount / seconds.sconce / 1e9).toPrecision(3)} ${unit}`;
}

function roofline({ predicted }: Result): string {
  return predicted === undefined ? '' : time(predicted);
}

function overPyTorch({ comparisons: { PyTorch } }: Result): string {
  if (PyTorch === undefined) return '';
  const [lowest, highest] = PyTorch.spread.map((ratio) => ratio.toFixed(2));
  return `**${PyTorch.ratio.toFixed(2)}** (${PyTorch.quick.toFixed(2)}; ${lowest} to ${highest})`;
}

function aims(row: Row): string[] {
  const results = [...row.values()];
  const wanted = results[0].aims.map(({ to, ratio }) => `${to} ${ratio.toPrecision(2)}`).join(', ');
  return [wanted, results.map((result) => result.aims.map(verdict).join(', ')).join('; ')];
}

function line(row: Row, threads: readonly string[]): string {
  const known = threads.map((count) => row.get(count));
  const measured = known.flatMap((result) => (result ? [time(result.seconds.sconce), overPyTorch(result)] : ['', '']));
  const [first] = row.values();
  return `| ${[first.name, ...measured, roofline(first), rate(first), beside(first), ...aims(row)].join(' | ')} |`;
}

function table(rows: readonly Row[], threads: readonly string[]): string {
  const measured = threads.flatMap((count) => [`${count} thread${count === '1' ? '' : 's'}`, 'over PyTorch']);
  const titles = ['work', ...measured, 'roofline', 'rate', 'over others', 'aim', 'reached'];
  return [
    `| ${titles.join(' | ')} |`,
    `|${' --- |'.repeat(titles.length)}`,
    ...rows.map((row) => line(row, threads)),
  ].join('\n');
}

/** The rows of each family; a later file replaces what an earlier one says of the same. */
function collect(runs: readonly Run[]): Map<string, Map<string, Row>> {
  const families = new Map<string, Map<string, Row>>();
  for (const run of runs) {
    for (const [name, results] of timings(run)) {
      const rows = families.get(name) ?? new Map<string, Row>();
      families.set(name, rows);
      for (const result of results) {
        rows.set(result.name, (rows.get(result.name) ?? new Map()).set(run.machine.threads, result));
      }
    }
  }
  return families;
}

const runs = process.argv.slice(2).map((file) => JSON.parse(readFileSync(file, 'utf8')) as Run);
const threads = [...new Set(runs.map(({ machine }) => machine.threads))].sort();
for (const [name, rows] of collect(runs)) console.log(`### ${name}\n${table([...rows.values()], threads)}\n`);
