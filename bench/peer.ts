/** A contestant in a process of its own, which lives as long as the benchmark and answers lines with lines. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { Source } from './case.js';

export interface Command {
  /** The program and its arguments. */
  command: readonly string[];
  environment?: Readonly<Record<string, string>>;
  /** The line that asks for `count` runs; JSON where it is not said. */
  ask?: (source: Source, count: number) => string;
}

/** What a process says first, by name; `about` is its versions. */
export type Greeting = Readonly<Record<string, unknown>> & { about: string };

/** A contestant that this machine has, or why it has none. */
export type Presence = { peer: Peer } | { absent: string };

const askInJson = (source: Source, count: number) => JSON.stringify({ ...source, count });

export class Peer {
  private constructor(
    private readonly process: ChildProcessByStdio<Writable, Readable, null>,
    private readonly answers: AsyncIterator<string>,
    private readonly ask: (source: Source, count: number) => string,
    readonly greeting: Greeting,
  ) {}

  /** Starts the process and waits for its greeting. */
  static async start({ command, environment, ask = askInJson }: Command): Promise<Presence> {
    const env = { ...process.env, ...environment };
    const child = spawn(command[0], command.slice(1), { env, stdio: ['pipe', 'pipe', 'inherit'] });
    const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const { value, done } = await answers.next();
    if (done) return { absent: `${command.join(' ')} ended without a word` };
    return { peer: new Peer(child, answers, ask, JSON.parse(value)) };
  }

  /** The seconds that `count` runs took. @throws Error with what the other process raised. */
  async time(source: Source, count: number): Promise<number> {
    this.process.stdin.write(`${this.ask(source, count)}\n`);
    const { value, done } = await this.answers.next();
    if (done) throw new Error('its process ended');
    const { seconds, error } = JSON.parse(value) as { seconds?: number; error?: string };
    if (seconds === undefined) throw new Error(error?.split('\n')[0]);
    return seconds;
  }

  stop(): void {
    this.process.stdin.end();
  }
}
