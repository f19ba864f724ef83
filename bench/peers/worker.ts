/** What workers of JavaScript peers share: times source text for each line of JSON on stdin. */
import { createInterface } from 'node:readline';
import { runInThisContext } from 'node:vm';
import type { Source } from '../case.js';

/** Runs the work `count` times. */
export type Loop = (count: number) => Promise<void>;

/** Evaluates the source of an async function; what it may use are its arguments. */
export function compile<Arguments extends unknown[], Result>(
  source: string,
): (...values: Arguments) => Promise<Result> {
  return runInThisContext(`(async ${source})`);
}

/** Serves until stdin ends. `prepare` makes the loop of a source, and is asked again only when the source changes. */
export async function serve(about: string, prepare: (source: Source) => Promise<Loop>): Promise<void> {
  console.log(JSON.stringify({ about }));
  let [known, loop]: [string, Loop] = ['', async () => undefined];
  for await (const line of createInterface({ input: process.stdin })) {
    const { count, ...source } = JSON.parse(line) as Source & { count: number };
    try {
      const key = JSON.stringify(source);
      if (key !== known) [known, loop] = [key, await prepare(source)];
      const start = performance.now();
      await loop(count);
      console.log(JSON.stringify({ seconds: (performance.now() - start) / 1000 }));
    } catch (error) {
      console.log(JSON.stringify({ error: String(error) }));
    }
  }
}
