/**
 * Whatever is passed to whatever is public: an Error with a message, after which every operand is as it was, or tensors
 * that lie within their memory. SCONCE_FUZZ_SECONDS says for how long, SCONCE_FUZZ_SEED where to begin (a failure names
 * its seed), SCONCE_FUZZ_TRACE=1 writes each call to stderr before it is made, for when the process does not survive
 * it.
 */
import { writeSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import * as torch from '../../lib/index.js';
import { change, flaw, shown, snapshot, tensorsIn } from './checks.js';
import { following } from './objects.js';
import { Random } from './random.js';
import { type Target, targets } from './targets.js';
import { shape, tensor } from './tensors.js';
import { anyArguments, argumentsOf, Own } from './values.js';

const seconds = Number(process.env.SCONCE_FUZZ_SECONDS ?? 3);
const firstSeed = Number(process.env.SCONCE_FUZZ_SEED ?? 0);
const traces = process.env.SCONCE_FUZZ_TRACE === '1';

/** How many failures are reported; the rest is likely more of the same. */
const mostFailures = 20;

function restoreModes(): void {
  torch.set_grad_enabled(true);
  torch.set_default_dtype(torch.float32);
  torch.set_printoptions({ profile: 'default' });
}
afterEach(restoreModes);

function argumentsFor({ schemas, ofTensor, make }: Target, random: Random): unknown[] {
  const base = shape(random);
  if (schemas.length > 0 && random.chance(0.95)) return argumentsOf(random.pick(schemas).parameters, random, base);
  return ofTensor ? [tensor(random, base), ...anyArguments(random)] : make(random);
}

/** What JavaScript itself says where a library did not look at what it was given. */
const unchecked =
  /Cannot (read|set|convert|mix|destructure|access)|is not (a function|iterable|defined|a constructor)|Invalid (array|typed)|call stack|malformed/;

function wrongError(error: unknown): string | null {
  if (error instanceof Own) return null;
  if (!(error instanceof Error)) return `threw ${shown(error)}`;
  const [, thrower] = error.stack?.split('\n') ?? [];
  // A callback that met an argument it did not expect.
  if (thrower?.includes('/fuzz/values.ts')) return null;
  if (error.message === '') return `threw ${error.name} without a message`;
  return unchecked.test(error.message) ? `threw ${error.stack?.split('\n').slice(0, 4).join('\n   ')}` : null;
}

/** Ends a mode, a profile or a hook that the call began. */
function endScope(result: unknown): void {
  if (result instanceof torch.Tensor || typeof result !== 'object' || result === null) return;
  if (Symbol.dispose in result) (result as Disposable)[Symbol.dispose]();
}

/** What a call returned, or what was wrong with it. */
interface Outcome {
  readonly result?: unknown;
  readonly failure: string | null;
}

/** Makes one call. */
function attempt(call: () => unknown, operands: readonly torch.Tensor[]): Outcome {
  const before = snapshot(operands);
  let result: unknown;
  try {
    result = call();
  } catch (error) {
    return { failure: wrongError(error) ?? change(before) };
  }
  if (result instanceof Promise) result.catch(() => {});
  const flaws = [...tensorsIn(result), ...operands].map(flaw);
  return { result, failure: flaws.find((found) => found !== null) ?? null };
}

/** At most so many calls follow the first. */
const longest = 4;

/** The calls that follow from a seed: of one target, and of what it returned. */
class Case {
  private readonly random: Random;

  /** `say` is told of each call before it is made, when its arguments are as they were. */
  constructor(
    private readonly seed: number,
    private readonly say: ((line: string) => void) | null,
  ) {
    this.random = new Random(seed);
  }

  /** @returns what was wrong, or null. */
  run(): string | null {
    const target = this.random.pick(targets);
    const args = argumentsFor(target, this.random);
    this.tell(`SCONCE_FUZZ_SEED=${this.seed} ${target.name}`, args);
    const results: unknown[] = [];
    try {
      return this.follow(
        attempt(() => target.call(args), [...this.random.tensors]),
        results,
      );
    } finally {
      for (const result of results.reverse()) endScope(result);
      restoreModes();
    }
  }

  private follow(first: Outcome, results: unknown[]): string | null {
    let { result, failure } = first;
    const { random } = this;
    while (failure === null && results.length < longest) {
      results.push(result);
      // More with the same object, or with what its method returned.
      const next = following(random.pick(results), random);
      if (next === null) break;
      this.tell(next.name, next.args);
      ({ result, failure } = attempt(next.call, [...random.tensors]));
    }
    return failure;
  }

  private tell(name: string, args: readonly unknown[]): void {
    this.say?.(`${name}(${args.map((value) => shown(value)).join(', ')})`);
  }
}

/** Random calls. @returns how they failed, or null. */
function fuzz(seed: number): string | null {
  const failure = new Case(seed, traces ? (line) => writeSync(2, `${line}\n`) : null).run();
  if (failure === null) return null;
  const lines: string[] = [];
  new Case(seed, (line) => lines.push(line)).run();
  return `${lines.join('\n')}\n  ${failure}`;
}

test('no argument crashes, corrupts or confuses', { timeout: (seconds + 60) * 1000 }, () => {
  expect(targets.length).toBeGreaterThan(500);
  const failures: string[] = [];
  const end = performance.now() + seconds * 1000;
  for (let seed = firstSeed; performance.now() < end && failures.length < mostFailures; seed++) {
    const failure = fuzz(seed);
    if (failure !== null) failures.push(failure);
  }
  expect(failures.join('\n')).toBe('');
});
