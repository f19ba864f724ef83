/** What a profiler records, and sums of it. */
import { argumentError } from '../base/errors.js';
import type { Shape } from '../base/shape.js';
import { type Columns, type TableOptions, tableOf } from './table.js';

/** One call: of an operator, of a node in a backward pass, or of what the user named by `record_function`. */
export class FunctionEvent {
  /** In microseconds since the profiler was made; 0 while the call runs. */
  end = 0;
  /** Bytes of new results, those of calls within included. */
  cpu_memory_usage = 0;
  /** Floating-point operations, where they are estimated and there is a formula. */
  flops = 0;
  /** Of the calls within. */
  private childrenTime = 0;
  private childrenMemory = 0;

  constructor(
    /** The name in a trace, where steps have their number. */
    readonly trace_name: string,
    readonly start: number,
    readonly cpu_parent: FunctionEvent | null,
    /** Of the arguments that are tensors; empty lists for others. Empty unless shapes are recorded. */
    readonly input_shapes: readonly Shape[],
    /** From where it was called, the innermost line first; empty unless stacks are recorded. */
    readonly stack: readonly string[],
  ) {}

  get name(): string {
    return this.trace_name.startsWith('ProfilerStep#') ? 'ProfilerStep*' : this.trace_name;
  }

  get key(): string {
    return this.name;
  }

  get count(): number {
    return 1;
  }

  get cpu_time_total(): number {
    return this.end - this.start;
  }

  get self_cpu_time_total(): number {
    return this.cpu_time_total - this.childrenTime;
  }

  get self_cpu_memory_usage(): number {
    return this.cpu_memory_usage - this.childrenMemory;
  }

  /** Ends the call, and counts it towards the one that it is part of. @internal */
  finish(end: number, memory: number): void {
    this.end = end;
    this.cpu_memory_usage = Math.max(memory, this.childrenMemory);
    if (this.cpu_parent === null) return;
    this.cpu_parent.childrenTime += this.cpu_time_total;
    this.cpu_parent.childrenMemory += this.cpu_memory_usage;
  }
}

/** Calls of one name, summed. */
export class FunctionEventAvg {
  count = 0;
  cpu_time_total = 0;
  self_cpu_time_total = 0;
  cpu_memory_usage = 0;
  self_cpu_memory_usage = 0;
  flops = 0;

  constructor(
    readonly key: string,
    readonly input_shapes: readonly Shape[],
    /** So many lines of it as were grouped by. */
    readonly stack: readonly string[],
    readonly cpu_parent: FunctionEvent | null,
  ) {}

  /** Of one call, in microseconds. */
  get cpu_time(): number {
    return this.count === 0 ? 0 : this.cpu_time_total / this.count;
  }

  /** @internal */
  add(event: FunctionEvent): void {
    this.count += event.count;
    this.flops += event.flops;
    // A call within another of its name is part of that one's time and memory already.
    if (!isWithinOwnKind(event)) {
      this.cpu_time_total += event.cpu_time_total;
      this.cpu_memory_usage += event.cpu_memory_usage;
    }
    this.self_cpu_time_total += event.self_cpu_time_total;
    this.self_cpu_memory_usage += event.self_cpu_memory_usage;
  }
}

function isWithinOwnKind({ name, cpu_parent }: FunctionEvent): boolean {
  for (let parent = cpu_parent; parent !== null; parent = parent.cpu_parent) if (parent.name === name) return true;
  return false;
}

/** Sums, in the order in which their names first ended. */
export class EventList extends Array<FunctionEventAvg> {
  readonly #columns: Columns;

  /** @internal */
  constructor(averages: Iterable<FunctionEventAvg>, columns: Columns) {
    super();
    this.push(...averages);
    this.#columns = columns;
  }

  /** What is mapped or filtered is an array like any other. */
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  /** Time spent in all calls, in microseconds. */
  get self_cpu_time_total(): number {
    return this.reduce((sum, event) => sum + event.self_cpu_time_total, 0);
  }

  /** The sums as PyTorch prints them. @throws ValueError for a column that is none. */
  table(options: TableOptions | null = null): string {
    return tableOf(this, this.#columns, options ?? {});
  }

  override toString(): string {
    return this.table();
  }
}

/** Keywords of `key_averages`. */
export interface Grouping {
  /** Sum by the shapes of arguments too. */
  group_by_input_shape?: boolean;
  /** Sum by so many lines of the stack too; 0 when left out. */
  group_by_stack_n?: number;
}

/** The sums of events by name, and by what else is asked for. */
export function averagesOf(events: readonly FunctionEvent[], grouping: Grouping, columns: Columns): EventList {
  const { group_by_input_shape: byShape = false, group_by_stack_n: lines = 0 } = grouping;
  if (!Number.isSafeInteger(lines) || lines < 0) {
    throw argumentError('key_averages', 'group_by_stack_n', 'an int from 0 on', lines);
  }
  if (typeof byShape !== 'boolean') throw argumentError('key_averages', 'group_by_input_shape', 'bool', byShape);
  const averages = new Map<string, FunctionEventAvg>();
  for (const event of events) {
    const [shapes, stack] = [byShape ? event.input_shapes : [], event.stack.slice(0, lines)];
    const key = JSON.stringify([event.name, shapes, stack]);
    const average = averages.get(key) ?? new FunctionEventAvg(event.name, shapes, stack, event.cpu_parent);
    averages.set(key, average);
    average.add(event);
  }
  return new EventList(averages.values(), columns);
}
