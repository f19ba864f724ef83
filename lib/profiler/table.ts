/** The table of a profile, laid out as PyTorch's. */
import { argumentError, showShape, ValueError } from '../base/errors.js';
import type { EventList, FunctionEventAvg } from './events.js';

const sortable = [
  'count',
  'cpu_time',
  'cpu_time_total',
  'self_cpu_time_total',
  'cpu_memory_usage',
  'self_cpu_memory_usage',
  'flops',
] as const;

/** Keywords of `table`. */
export interface TableOptions {
  /** Rows by this, largest first; in the order of recording when left out. */
  sort_by?: (typeof sortable)[number] | null;
  /** At most so many rows; 100 when left out, -1 for all. */
  row_limit?: number;
  max_name_column_width?: number;
  max_shapes_column_width?: number;
  max_src_column_width?: number;
  /** A line above the table. */
  header?: string | null;
  /** Only what is not part of another call. */
  top_level_events_only?: boolean;
}

/** Columns that are there when they were asked for. */
export interface Columns {
  readonly profile_memory: boolean;
  readonly with_flops: boolean;
}

interface Column {
  readonly title: string;
  readonly width: number;
  readonly text: (event: FunctionEventAvg) => string;
  /** Whether texts begin at the column's left edge. */
  readonly isLeft?: boolean;
}

const gap = '  ';
const width = 12;

function timeText(microseconds: number): string {
  if (microseconds >= 1e6) return `${(microseconds / 1e6).toFixed(3)}s`;
  if (microseconds >= 1e3) return `${(microseconds / 1e3).toFixed(3)}ms`;
  return `${microseconds.toFixed(3)}us`;
}

function memoryText(bytes: number): string {
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

const shapesText = ({ input_shapes }: FunctionEventAvg): string => `[${input_shapes.map(showShape).join(', ')}]`;

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

/** The end of a line of a stack, where the file and its line are. */
const clipped = (text: string, limit: number): string =>
  text.length > limit ? `...${text.slice(text.length - limit + 3)}` : text;

/** The innermost line of the stack; others have rows of their own beneath. */
function sourceColumn(events: readonly FunctionEventAvg[], limit: number): Column {
  const lines = events.flatMap(({ stack }) => stack);
  const column = fitted('Source Location', lines, limit, ({ stack }) => clipped(stack[0] ?? '', column.width));
  return { ...column, isLeft: true };
}

const prefixes = ['', 'K', 'M', 'G', 'T', 'P'];

/** In the unit that fits the smallest number. */
function flopsColumn(events: readonly FunctionEventAvg[]): Column {
  const least = Math.min(...events.flatMap(({ flops }) => (flops > 0 ? [flops] : [])));
  const power = Math.min(Math.floor(Math.log10(least) / 3), prefixes.length - 1);
  const text = ({ flops }: FunctionEventAvg): string => (flops > 0 ? (flops / 1000 ** power).toFixed(3) : '--');
  return { title: `Total ${prefixes[power]}FLOPs`, width, text };
}

function columnsOf(events: EventList, { profile_memory, with_flops }: Columns, options: TableOptions): Column[] {
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
  if (profile_memory) {
    columns.push(column('CPU Mem', (event) => memoryText(event.cpu_memory_usage)));
    columns.push(column('Self CPU Mem', (event) => memoryText(event.self_cpu_memory_usage)));
  }
  columns.push(column('# of Calls', ({ count }) => String(count)));
  if (events.some(({ input_shapes }) => input_shapes.length > 0)) {
    columns.push(fitted('Input Shapes', events.map(shapesText), options.max_shapes_column_width ?? 80, shapesText));
  }
  if (with_flops && events.some(({ flops }) => flops > 0)) columns.push(flopsColumn(events));
  if (events.some(({ stack }) => stack.length > 0)) {
    columns.push(sourceColumn(events, options.max_src_column_width ?? 75));
  }
  return columns;
}

const lineOf = (columns: readonly Column[], text: (column: Column) => string): string =>
  columns
    .map((column) => {
      const cell = text(column).slice(0, Math.max(column.width, width));
      return (column.isLeft ? cell.padEnd(column.width) : cell.padStart(column.width)) + gap;
    })
    .join('');

/** Lines of a stack that are shown. */
const shownFrames = 5;

/** The row of an event and, where stacks are shown, the rest of its stack and a blank line. */
function linesOf(columns: readonly Column[], event: FunctionEventAvg): string[] {
  const source = columns[columns.length - 1];
  const row = lineOf(columns, ({ text }) => text(event));
  if (!source.isLeft) return [row];
  const rest = [...event.stack.slice(1, shownFrames), ''];
  return [
    row,
    ...rest.map((line) => lineOf(columns, (column) => (column === source ? clipped(line, column.width) : ''))),
  ];
}

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
export function tableOf(events: EventList, asked: Columns, options: TableOptions): string {
  checkOptions(options);
  if (events.length === 0) return '';
  const columns = columnsOf(events, asked, options);
  const rule = lineOf(columns, (column) => '-'.repeat(column.width));
  const heavy = '='.repeat(rule.length - gap.length);
  const { header = null, top_level_events_only = false } = options;
  return [
    ...(header === null ? [] : [heavy, header]),
    ...(top_level_events_only ? [heavy, 'This report only display top-level ops statistics'] : []),
    rule,
    lineOf(columns, ({ title }) => title),
    rule,
    ...rowsOf(events, options).flatMap((event) => linesOf(columns, event)),
    rule,
    `Self CPU time total: ${timeText(events.self_cpu_time_total)}`,
    '',
  ].join('\n');
}
