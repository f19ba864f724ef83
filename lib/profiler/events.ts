/** What a profiler records, and sums of it. */
import type { Shape } from '../base/shape.js';
import { type TableOptions, tableOf } from './table.js';

/** One call: of an operator, of a node in a backward pass, or of what the user named by `record_function`. */
export class FunctionEvent {
  /** In microseconds since the profiler was made; 0 while the call runs. */
  end = 0;
  /** Bytes of new results, those of calls within included. */
  cpu_memory_usage = 0;
  /** Of the calls within. */
  private childrenTime = 0;
  private childrenMemory = 0;

  constructor(
    readonly name: string,
    readonly start: number,
    readonly cpu_parent: FunctionEvent | null,
    /** Of the arguments that are tensors; empty lists for others. Empty unless shapes are recorded. */
    readonly input_shapes: readonly Shape[],
  ) {}

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

  constructor(
    readonly key: string,
    readonly input_shapes: readonly Shape[],
    readonly cpu_parent: FunctionEvent | null,
  ) {}

  /** Of one call, in microseconds. */
  get cpu_time(): number {
    return this.count === 0 ? 0 : this.cpu_time_total / this.count;
  }

  /** @internal */
  add(event: FunctionEvent): void {
    this.count += event.count;
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
  readonly #memory: boolean;

  /** @internal */
  constructor(averages: Iterable<FunctionEventAvg>, memory: boolean) {
    super();
    this.push(...averages);
    this.#memory = memory;
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
    return tableOf(this, this.#memory, options ?? {});
  }

  override toString(): string {
    return this.table();
  }
}

/** The sums of events by name, or by name and shapes. */
export function averagesOf(events: readonly FunctionEvent[], byShape: boolean, memory: boolean): EventList {
  const averages = new Map<string, FunctionEventAvg>();
  for (const event of events) {
    const key = byShape ? `${event.name} ${JSON.stringify(event.input_shapes)}` : event.name;
    const average =
      averages.get(key) ?? new FunctionEventAvg(event.name, byShape ? event.input_shapes : [], event.cpu_parent);
    averages.set(key, average);
    average.add(event);
  }
  return new EventList(averages.values(), memory);
}
