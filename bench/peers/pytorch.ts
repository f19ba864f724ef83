/** PyTorch in a Python process of its own, which lives as long as the benchmark. */
import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** Work as Python source: `statement` is timed, with the variables that `setup` made. */
export interface Python {
  setup: string;
  statement: string;
}

type Worker = ChildProcessByStdio<Writable, Readable, null>;
type Answer = { about?: string; seconds?: number; error?: string };

const worker = fileURLToPath(new URL('pytorch.py', import.meta.url));

/** The first Python here that can import torch. */
function findPython(): string | undefined {
  const candidates = [process.env.PYTHON, 'python3', '/usr/bin/python3'].filter((path) => path !== undefined);
  return candidates.find((path) => spawnSync(path, ['-c', 'import torch'], { stdio: 'ignore' }).status === 0);
}

export class PyTorch {
  /** Versions, and how many threads it uses. */
  about = '';
  private readonly answers: AsyncIterator<string>;

  private constructor(
    readonly python: string,
    private readonly process: Worker,
  ) {
    this.answers = createInterface({ input: process.stdout })[Symbol.asyncIterator]();
  }

  /** A process that is ready to time; null where no Python has torch. */
  static async start(threads: number): Promise<PyTorch | null> {
    const python = findPython();
    if (python === undefined) return null;
    const child = spawn(python, [worker, String(threads)], { stdio: ['pipe', 'pipe', 'inherit'] });
    const pytorch = new PyTorch(python, child);
    pytorch.about = (await pytorch.answer()).about ?? '';
    return pytorch;
  }

  /** The seconds that `count` runs took. @throws Error with what Python raised. */
  async time({ setup, statement }: Python, count: number): Promise<number> {
    this.process.stdin.write(`${JSON.stringify({ setup, statement, count })}\n`);
    const { seconds, error } = await this.answer();
    if (seconds === undefined) throw new Error(`PyTorch: ${statement}: ${error}`);
    return seconds;
  }

  stop(): void {
    this.process.stdin.end();
  }

  private async answer(): Promise<Answer> {
    const { value, done } = await this.answers.next();
    if (done) throw new Error('PyTorch: the Python process ended');
    return JSON.parse(value);
  }
}
