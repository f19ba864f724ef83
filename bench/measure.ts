/** Times cases in turns, so that whatever else the machine does meets all contestants alike. */
import { SingleBar } from 'cli-progress';
import type { Case, Reference } from './case.js';
import { opponents } from './contestants.js';
import type { Family, Settings } from './family.js';
import { rates } from './machine.js';
import type { Comparison, Result } from './results.js';
import { predict } from './roofline.js';
import { time, timingTable } from './table.js';

/** Runs the work `count` times and resolves to the seconds it took. */
type Contestant = (count: number) => Promise<number>;

/** Short, so that a slow moment of the machine, a tenth of a second or more, meets all contestants. */
const secondsPerTurn = 0.01;
/** How long a turn runs before it is timed: after a pause, a small call takes twice its time for some milliseconds. */
const secondsOfLead = 0.004;
/** Until compilers of functions that call many others have come to an end. */
const warmUpSeconds = 1;
const longestWarmUp = 3;
/** A case that takes longer has fewer rounds, but never fewer than these. */
const secondsPerCase = 6;
const fewestRounds = 5;
/** Who runs on WebAssembly and needs longer for one run is left out. */
const longestRun = 2;
const impatient = new Set(['tfjs', 'jax-js', 'jax-js jit']);

function sconceContestant(work: Case): Contestant {
  const body = work.sconce();
  return async (count) => {
    const start = performance.now();
    for (let i = 0; i < count; i++) body();
    return (performance.now() - start) / 1000;
  };
}

/**
 * How often the work runs in a turn; found while just-in-time compilers warm up, until runs get no faster.
 * @throws Error where one run is long.
 */
async function runsPerTurn(contestant: Contestant, longest: number): Promise<number> {
  let [count, spent, fastest] = [1, 0, Number.POSITIVE_INFINITY];
  for (;;) {
    const seconds = await contestant(count);
    const each = seconds / count;
    if (each > longest) throw new Error(`${time(each)} for one run`);
    const isSteady = each > 0.9 * fastest;
    fastest = Math.min(fastest, each);
    spent += seconds;
    count = Math.min(2 * count, Math.ceil(secondsPerTurn / each));
    if ((spent >= warmUpSeconds && isSteady) || spent >= longestWarmUp) return count;
  }
}

/** Warms everybody up; who cannot do the work leaves, and the reason is returned. */
async function warmUp(contestants: Map<string, Contestant>): Promise<[Map<string, number>, Record<string, string>]> {
  const counts = new Map<string, number>();
  const failures: Record<string, string> = {};
  for (const [name, contestant] of contestants) {
    try {
      const longest = impatient.has(name) ? longestRun : Number.POSITIVE_INFINITY;
      counts.set(name, await runsPerTurn(contestant, longest));
    } catch (error) {
      if (name === 'sconce') throw error;
      failures[name] = (error as Error).message;
    }
  }
  return [counts, failures];
}

/** Seconds per run in each round, by contestant. */
async function inTurns(contestants: Map<string, Contestant>, counts: Map<string, number>, rounds: number) {
  const times = new Map([...counts.keys()].map((name) => [name, [] as number[]]));
  const start = performance.now();
  const isOver = (round: number) => round >= fewestRounds && performance.now() - start > 1000 * secondsPerCase;
  for (let round = 0; round < rounds && !isOver(round); round++) {
    for (const [name, count] of counts) {
      const contestant = contestants.get(name)!;
      const lead = Math.round((count * secondsOfLead) / secondsPerTurn);
      if (lead > 0) await contestant(lead);
      times.get(name)!.push((await contestant(count)) / count);
    }
  }
  return times;
}

/** The value below which this share of the values lies. */
function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)];
  return below + (at % 1) * (sorted[Math.ceil(at)] - below);
}

export const median = (values: readonly number[]): number => quantile(values, 1 / 2);

function compare(ours: readonly number[], theirs: readonly number[]): Comparison {
  const ratios = ours.map((seconds, round) => seconds / theirs[round]);
  const quick = quantile(ours, 1 / 4) / quantile(theirs, 1 / 4);
  return { ratio: median(ours) / median(theirs), quick, spread: [Math.min(...ratios), Math.max(...ratios)] };
}

/** The ratio that an aim speaks of; undefined where the other is not there. */
function reached(to: Reference, comparisons: Record<string, Comparison>): number | undefined {
  const others = to === 'BLAS' ? ['OpenBLAS', 'oneDNN'] : [to];
  const ratios = others.map((name) => comparisons[name]?.ratio).filter((ratio) => ratio !== undefined);
  return ratios.length > 0 ? Math.max(...ratios) : undefined;
}

async function measureCase(work: Case, { contestants: present, rounds }: Settings): Promise<Result> {
  const contestants = new Map([['sconce', sconceContestant(work)]]);
  for (const [name, { peer, source }] of opponents(present, work)) {
    contestants.set(name, (count) => peer.time(source, count));
  }
  const [counts, failures] = await warmUp(contestants);
  const times = await inTurns(contestants, counts, rounds);
  const ours = times.get('sconce')!;
  const known = rates(present);
  const others = [...times].filter(([name]) => name !== 'sconce');
  const comparisons = Object.fromEntries(others.map(([name, theirs]) => [name, compare(ours, theirs)]));
  return {
    name: work.name,
    seconds: Object.fromEntries([...times].map(([name, seconds]) => [name, median(seconds)])),
    comparisons,
    failures,
    bytes: work.bytes,
    flop: work.flop,
    predicted: known && predict(work, known),
    aims: (work.aims ?? []).map((aim) => ({ ...aim, reached: reached(aim.to, comparisons) })),
  };
}

/** A family whose cases are timed. */
export function timed(title: string, cases: readonly Case[]): Family {
  return {
    title,
    async measure(settings) {
      const chosen = cases.filter(({ name }) => name.includes(settings.only));
      const progress = new SingleBar({ format: '{bar} {value}/{total} {name}', clearOnComplete: true });
      progress.start(chosen.length, 0, { name: '' });
      const results: Result[] = [];
      for (const work of chosen) {
        progress.update(results.length, { name: work.name });
        results.push(await measureCase(work, settings));
      }
      progress.stop();
      return { text: timingTable(results), results };
    },
  };
}
