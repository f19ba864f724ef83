/** Tables and numbers for the terminal. */
import type { Result } from './results.js';

type Row = readonly string[];

/** Rows with columns aligned: the first to the left, numbers to the right. */
function table(rows: readonly Row[]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const pad = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column] + 2);
  return rows.map((row) => `  ${row.map(pad).join('')}`).join('\n');
}

/** Seconds in a readable unit, to three digits. */
export function time(seconds: number): string {
  const [unit, scale] = seconds < 1e-6 ? ['ns', 1e9] : seconds < 1e-3 ? ['µs', 1e6] : ['ms', 1e3];
  return `${Number((seconds * (scale as number)).toPrecision(3))} ${unit}`;
}

interface Column {
  title: string;
  /** Empty where the result has nothing to say. */
  cell(result: Result): string;
}

const rate = (amount: number | undefined, { seconds }: Result) =>
  amount === undefined ? '' : (amount / seconds.sconce / 1e9).toPrecision(3);

function otherColumn(name: string): Column {
  return {
    title: name,
    cell: ({ seconds, comparisons }) =>
      name in comparisons ? `${time(seconds[name])} ×${comparisons[name].ratio.toPrecision(2)}` : '',
  };
}

const columns: readonly Column[] = [
  { title: '', cell: ({ name }) => name },
  { title: 'sconce', cell: ({ seconds }) => time(seconds.sconce) },
  { title: 'PyTorch', cell: ({ seconds }) => ('PyTorch' in seconds ? time(seconds.PyTorch) : '') },
  { title: 'ratio', cell: ({ comparisons: { PyTorch } }) => PyTorch?.ratio.toFixed(3) ?? '' },
  { title: 'at best', cell: ({ comparisons: { PyTorch } }) => PyTorch?.quick.toFixed(3) ?? '' },
  {
    title: 'in one round',
    cell: ({ comparisons: { PyTorch } }) => PyTorch?.spread.map((ratio) => ratio.toFixed(3)).join(' – ') ?? '',
  },
  ...['OpenBLAS', 'oneDNN', 'copy', 'tfjs', 'jax-js', 'jax-js jit'].map(otherColumn),
  { title: 'roofline', cell: ({ predicted }) => (predicted === undefined ? '' : time(predicted)) },
  { title: 'GB/s', cell: (result) => rate(result.bytes, result) },
  { title: 'GFLOP/s', cell: (result) => rate(result.flop, result) },
  { title: 'aim', cell: ({ aims }) => aims.map(({ ratio, to }) => `${to} ×${ratio.toPrecision(2)}`).join(', ') },
  { title: '', cell: ({ aims }) => aims.map(verdict).join(', ') },
];

/** Whether an aim is met, and how nearly. */
export function verdict({ ratio, reached }: Result['aims'][number]): string {
  if (reached === undefined) return 'unknown';
  return reached <= ratio ? 'met' : `×${(reached / ratio).toPrecision(3)} too slow`;
}

/** The columns that say something of at least one result; × is sconce's time over that of the column. */
export function timingTable(results: readonly Result[]): string {
  const said = columns.filter(({ cell }) => results.some((result) => cell(result) !== ''));
  const rows = results.map((result) => said.map(({ cell }) => cell(result)));
  const failures = results.flatMap(({ name, failures: found }) =>
    Object.entries(found).map(([who, why]) => `  ${name}: ${who} left out: ${why}`),
  );
  return [table([said.map(({ title }) => title), ...rows]), ...failures].join('\n');
}
