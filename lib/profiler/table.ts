/** The table of a profile, laid out as PyTorch's. */
import { argumentError, ValueError } from '../base/errors.js';
import type { EventList, FunctionEventAvg } from './events.js';

const sortable = [
  'count',
  'cpu_time',
  'cpu_time_total',
  'self_cpu_time_total',
  'cpu_memory_usage',
  'self_cpu_memory_usage',
] as const;

/** Keywords of `table`. */
export interface TableOptions {
  /** Rows by this, largest first; in the order of recording when left out. */
  sort_by?: (typeof sortable)[number] | null;
  /** At most so many rows; 100 when left out, -1 for all. */
  row_limit?: number;
  max_name_column_width?: number;
  max_shapes_column_width?: number;
  /** A line above the table. */
  header?: string | null;
  /** Only what is not part of another call. */
  top_level_events_only?: boolean;
}

interface Column {
  readonly title: string;
  readonly width: number;
  readonly text: (event: FunctionEventAvg) => string;
}

const gap = '  ';
const width = 12;

export function timeText(microseconds: number): string {
  if (microseconds >= 1e6) return `${(microseconds / 1e6).toFixed(3)}s`;
  if (microseconds >= 1e3) return `${(microseconds / 1e3).toFixed(3)}ms`;
  return `${microseconds.toFixed(3)}us`;
}

export function memoryText(bytes: number): string {
  for (const [unit, size] of [
    ['Gb', 2 ** 30],
    ['Mb', 2 ** 20],
    ['Kb', 2 ** 10],
  ] as const) {
    if (Math.abs(bytes) >= size) return `${(bytes / size).toFixed(2)} ${unit}`;
  }
  return `${bytes} b`;
}

const shareText = (time: number, total: number): string =>
  total === 0 ? 'NaN' : `${((time * 100) / total).toFixed(2)}%`;

const shapesText = ({ input_shapes }: FunctionEventAvg): string =>
  `[${input_shapes.map((shape) => `[${shape.join(', ')}]`).join(', ')}]`;

/** A column as wide as its longest text and 4 more, but no wider than `limit`. */
function fitted(title: string, texts: readonly string[], limit: number, text: Column['text']): Column {
  return { title, width: Math.min(Math.max(...texts.map(({ length }) => length)) + 4, limit), text };
}

function nameColumn(events: readonly FunctionEventAvg[], limit: number): Column {
  const text = ({ key }: FunctionEventAvg): string => (key.length >= limit - 3 ? `${key.slice(0, limit - 3)}...` : key);
  return fitted(
    'Name',
    events.map(({ key }) => key),
    limit,
    text,
  );
}

function columnsOf(events: EventList, memory: boolean, options: TableOptions): Column[] {
  const total = events.self_cpu_time_total;
  const column = (title: string, text: Column['text']): Column => ({ title, width, text });
  const columns = [
    nameColumn(events, options.max_name_column_width ?? 55),
    column('Self CPU %', (event) => shareText(event.self_cpu_time_total, total)),
    column('Self CPU', (event) => timeText(event.self_cpu_time_total)),
    column('CPU total %', (event) => shareText(event.cpu_time_total, total)),
    column('CPU total', (event) => timeText(event.cpu_time_total)),
    column('CPU time avg', (event) => timeText(event.cpu_time)),
  ];
  if (memory) {
    columns.push(column('CPU Mem', (event) => memoryText(event.cpu_memory_usage)));
    columns.push(column('Self CPU Mem', (event) => memoryText(event.self_cpu_memory_usage)));
  }
  columns.push(column('# of Calls', ({ count }) => String(count)));
  if (events.some(({ input_shapes }) => input_shapes.length > 0)) {
    columns.push(fitted('Input Shapes', events.map(shapesText), options.max_shapes_column_width ?? 80, shapesText));
  }
  return columns;
}

const lineOf = (columns: readonly Column[], text: (column: Column) => string): string =>
  columns.map((column) => text(column).slice(0, Math.max(column.width, width)).padStart(column.width) + gap).join('');

function checkOptions(options: TableOptions): void {
  const { sort_by = null, row_limit = 100 } = options;
  if (sort_by !== null && !sortable.includes(sort_by)) {
    throw new ValueError(`table(): sort_by must be one of ${sortable.join(', ')}, not ${JSON.stringify(sort_by)}`);
  }
  if (!Number.isSafeInteger(row_limit)) throw argumentError('table', 'row_limit', 'int', row_limit);
}

function rowsOf(events: EventList, { sort_by = null, row_limit = 100, top_level_events_only }: TableOptions) {
  const rows = [...events].filter(({ cpu_parent }) => !top_level_events_only || cpu_parent === null);
  if (sort_by !== null) rows.sort((a, b) => b[sort_by] - a[sort_by]);
  return row_limit < 0 ? rows : rows.slice(0, row_limit);
}

/** The text of a table; empty where nothing was recorded. @throws ValueError for a column that is none. */
export function tableOf(events: EventList, memory: boolean, options: TableOptions): string {
  checkOptions(options);
  if (events.length === 0) return '';
  const columns = columnsOf(events, memory, options);
  const rule = lineOf(columns, (column) => '-'.repeat(column.width));
  const heavy = '='.repeat(rule.length - gap.length);
  const { header = null, top_level_events_only = false } = options;
  return [
    ...(header === null ? [] : [heavy, header]),
    ...(top_level_events_only ? [heavy, 'This report only display top-level ops statistics'] : []),
    rule,
    lineOf(columns, ({ title }) => title),
    rule,
    ...rowsOf(events, options).map((event) => lineOf(columns, ({ text }) => text(event))),
    rule,
    `Self CPU time total: ${timeText(events.self_cpu_time_total)}`,
    '',
  ].join('\n');
}
