/** What stands between all calls and their operators, and around all nodes, while a profiler records. */
import { fileURLToPath } from 'node:url';
import type { Shape } from '../base/shape.js';
import { userStack } from '../base/stack.js';
import { storagesMade } from '../engine/storage.js';
import type { GraphNode } from '../graph/node.js';
import { type Apply, watchNodes } from '../graph/watch.js';
import { isTensor } from '../op/bind.js';
import {
  currentInterpreter,
  type Interpreter,
  type Operator,
  perform,
  type Results,
  setInterpreter,
} from '../op/dispatch.js';
import { FunctionEvent } from './events.js';
import { flopsOf } from './flops.js';

/** What is recorded beside names and times. */
export interface Details {
  readonly record_shapes: boolean;
  readonly profile_memory: boolean;
  readonly with_stack: boolean;
  readonly with_flops: boolean;
}

/** The recorders at work, the innermost last. */
export const recording: Recorder[] = [];

const shapesOf = (values: readonly unknown[]): Shape[] =>
  values.flatMap((value) =>
    Array.isArray(value) && value.length > 0 && value.every(isTensor)
      ? value.map(({ sizes }) => sizes)
      : [isTensor(value) ? value.sizes : []],
  );

const tensorsOf = (results: unknown) => (Array.isArray(results) ? results : [results]).filter(isTensor);

/** Bytes of results whose storages were made since there were `before` of them. */
function newBytes(results: unknown, before: number): number {
  let bytes = 0;
  for (const { serial, nbytes } of new Set(tensorsOf(results).map(({ storage }) => storage))) {
    if (serial > before) bytes += nbytes;
  }
  return bytes;
}

/** A line of V8's as PyTorch writes its own: file(line): function. */
function frameOf(line: string): string {
  const [, name = '<module>', where, number] = /^\s*at (?:(.+) \()?(.+):(\d+):\d+\)?$/.exec(line) ?? [];
  if (where === undefined) return line.trim();
  return `${where.startsWith('file://') ? fileURLToPath(where) : where}(${number}): ${name}`;
}

const none: readonly string[] = [];

/** Records one trace, from `start` to `stop`. */
export class Recorder implements Interpreter {
  private readonly origin = performance.now();
  private readonly finished: FunctionEvent[] = [];
  private innermost: FunctionEvent | null = null;
  private outerInterpreter: Interpreter | null = null;
  private unwatch: (() => void) | null = null;
  /** Where nodes were made. */
  private readonly makers = new WeakMap<GraphNode, readonly string[]>();
  /** Where the node was made whose formulas are running: calls of theirs are shown there. */
  private maker: readonly string[] | null = null;

  constructor(private readonly details: Details) {}

  get outer(): Interpreter | null {
    return this.outerInterpreter;
  }

  get isRecording(): boolean {
    return this.unwatch !== null;
  }

  start(): void {
    this.outerInterpreter = setInterpreter(this);
    this.unwatch = watchNodes((next) => (node, grads, wanted) => this.node(next, node, grads, wanted));
    recording.push(this);
  }

  stop(): void {
    if (this.unwatch === null) return;
    recording.splice(recording.indexOf(this), 1);
    this.unwatch();
    this.unwatch = null;
    this.leave();
  }

  /** Steps aside, unless it stands behind what began later; then its next call finds it stopped. */
  private leave(): void {
    if (currentInterpreter() !== this) return;
    let next = this.outer;
    while (next instanceof Recorder && !next.isRecording) next = next.outer;
    setInterpreter(next);
  }

  call(operator: Operator, values: unknown[]): Results {
    const pass = (): Results => (this.outer === null ? perform(operator, values) : this.outer.call(operator, values));
    if (this.isRecording) return this.within(`aten::${operator.schema.name}`, values, pass, operator);
    this.leave();
    return pass();
  }

  private node(next: Apply, ...[node, grads, wanted]: Parameters<Apply>): ReturnType<Apply> {
    const name = node.name().replace('torch::autograd::', '');
    const outer = this.maker;
    this.maker = this.makers.get(node) ?? none;
    try {
      return this.within(`autograd::engine::evaluate_function: ${name}`, [], () =>
        this.within(name, grads, () => next(node, grads, wanted)),
      );
    } finally {
      this.maker = outer;
    }
  }

  private within<R>(name: string, values: readonly unknown[], body: () => R, operator: Operator | null = null): R {
    const before = storagesMade();
    const event = this.begin(name, values);
    let results: R | null = null;
    try {
      results = body();
      if (operator !== null) this.inspect(event, operator, values, results as Results);
      return results;
    } finally {
      this.end(event, this.details.profile_memory ? newBytes(results, before) : 0);
    }
  }

  /** Notes what a call's results tell of it. */
  private inspect(event: FunctionEvent, operator: Operator, values: readonly unknown[], results: Results): void {
    if (this.details.with_flops) event.flops = flopsOf(operator, values, results);
    if (!this.details.with_stack) return;
    for (const { node } of tensorsOf(results)) {
      if (node !== null && !this.makers.has(node)) this.makers.set(node, event.stack);
    }
  }

  begin(name: string, values: readonly unknown[]): FunctionEvent {
    const { record_shapes, with_stack } = this.details;
    const shapes = record_shapes ? shapesOf(values) : [];
    const stack = with_stack ? (this.maker ?? userStack().map(frameOf)) : none;
    const event = new FunctionEvent(name, this.now(), this.innermost, shapes, stack);
    this.innermost = event;
    return event;
  }

  end(event: FunctionEvent, memory: number): void {
    event.finish(this.now(), memory);
    this.finished.push(event);
    if (this.innermost === event) this.innermost = event.cpu_parent;
  }

  private now(): number {
    return (performance.now() - this.origin) * 1000;
  }

  /** All calls that have ended, by the time at which they began. */
  events(): FunctionEvent[] {
    return this.finished.toSorted((a, b) => a.start - b.start || b.end - a.end);
  }
}
