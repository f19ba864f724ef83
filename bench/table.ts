/** Tables and numbers for the terminal. */

export type Row = readonly string[];

/** Rows with columns aligned: the first to the left, numbers to the right. */
export function table(rows: readonly Row[]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const pad = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column] + 3);
  return rows.map((row) => `  ${row.map(pad).join('')}`).join('\n');
}

/** Seconds in a readable unit, to three digits. */
export function time(seconds: number): string {
  const [unit, scale] = seconds < 1e-6 ? ['ns', 1e9] : seconds < 1e-3 ? ['µs', 1e6] : ['ms', 1e3];
  return `${Number((seconds * (scale as number)).toPrecision(3))} ${unit}`;
}
