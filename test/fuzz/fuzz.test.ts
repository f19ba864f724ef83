/**
 * Whatever is passed to whatever is public: an Error with a message, after which every operand is as it was, or tensors
 * that lie within their memory. SCONCE_FUZZ_SECONDS says for how long, SCONCE_FUZZ_SEED where to begin (a failure names
 * its seed), SCONCE_FUZZ_TRACE=1 writes each call to stderr before it is made, for when the process does not survive it.
 */
import { writeSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import * as torch from '../../lib/index.js';
import { change, flaw, shown, snapshot, tensorsIn } from './checks.js';
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

function argumentsFor({ schemas, ofTensor }: Target, random: Random): unknown[] {
  const base = shape(random);
  if (schemas.length > 0 && random.chance(0.95)) return argumentsOf(random.pick(schemas).parameters, random, base);
  return ofTensor ? [tensor(random, base), ...anyArguments(random)] : anyArguments(random);
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

/** Makes one call. @returns what was wrong with it, or null. */
function attempt(target: Target, args: readonly unknown[], operands: readonly torch.Tensor[]): string | null {
  const before = snapshot(operands);
  let result: unknown;
  try {
    result = target.call(args);
  } catch (error) {
    return wrongError(error) ?? change(before);
  }
  if (result instanceof Promise) result.catch(() => {});
  endScope(result);
  for (const made of [...tensorsIn(result), ...operands]) {
    const found = flaw(made);
    if (found !== null) return found;
  }
  return null;
}

/** The call that follows from a seed. */
class Case {
  private readonly random: Random;
  private readonly target: Target;
  private readonly args: readonly unknown[];

  constructor(private readonly seed: number) {
    this.random = new Random(seed);
    this.target = this.random.pick(targets);
    this.args = argumentsFor(this.target, this.random);
  }

  /** @returns what was wrong, or null. */
  run(): string | null {
    const failure = attempt(this.target, this.args, [...this.random.tensors]);
    restoreModes();
    return failure;
  }

  toString(): string {
    return `SCONCE_FUZZ_SEED=${this.seed} ${this.target.name}(${this.args.map((value) => shown(value)).join(', ')})`;
  }
}

/** One random call. @returns how it failed, or null. */
function fuzz(seed: number): string | null {
  const call = new Case(seed);
  if (traces) writeSync(2, `${call}\n`);
  const failure = call.run();
  // Shown as it was: the call may have changed its arguments.
  return failure && `${new Case(seed)}\n  ${failure}`;
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
