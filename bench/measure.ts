/** Times cases in turns, so that whatever else the machine does meets all contestants alike. */
import { SingleBar } from 'cli-progress';
import type { Family, Settings } from './family.js';
import type { Python } from './peers/pytorch.js';
import { type Row, table, time } from './table.js';

/** The same work for each contestant. */
export interface Case {
  name: string;
  /** Prepares the work and returns what is timed. */
  sconce(): () => unknown;
  pytorch: Python;
}

/** Seconds per run, and the ratio of sconce's to PyTorch's; ratio and spread are absent where there is no PyTorch. */
export interface Result {
  name: string;
  sconce: number;
  pytorch?: number;
  ratio?: number;
  /** The lowest and the highest ratio within one round. */
  spread?: [number, number];
}

/** Runs the work `count` times and resolves to the seconds it took. */
type Contestant = (count: number) => Promise<number>;

const rounds = 15;
const secondsPerTurn = 0.03;
const warmUpSeconds = 0.3;

function sconceContestant(work: Case): Contestant {
  const body = work.sconce();
  return async (count) => {
    const start = performance.now();
    for (let i = 0; i < count; i++) body();
    return (performance.now() - start) / 1000;
  };
}

/** How often the work runs in a turn; found while just-in-time compilers warm up. */
async function runsPerTurn(contestant: Contestant): Promise<number> {
  let count = 1;
  for (let spent = 0; ; ) {
    const seconds = await contestant(count);
    spent += seconds;
    if (seconds < secondsPerTurn) count *= 2;
    else if (spent >= warmUpSeconds) return count;
  }
}

/** Seconds per run of each contestant, for each round. */
async function inTurns(contestants: readonly Contestant[]): Promise<number[][]> {
  const counts: number[] = [];
  for (const contestant of contestants) counts.push(await runsPerTurn(contestant));
  const times: number[][] = contestants.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, contestant] of contestants.entries()) times[i].push((await contestant(counts[i])) / counts[i]);
  }
  return times;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

async function compare(work: Case, { pytorch }: Settings): Promise<Result> {
  const mine = sconceContestant(work);
  if (pytorch === null) return { name: work.name, sconce: median((await inTurns([mine]))[0]) };
  const [ours, theirs] = await inTurns([mine, (count) => pytorch.time(work.pytorch, count)]);
  const ratios = ours.map((seconds, round) => seconds / theirs[round]);
  return {
    name: work.name,
    sconce: median(ours),
    pytorch: median(theirs),
    ratio: median(ours) / median(theirs),
    spread: [Math.min(...ratios), Math.max(...ratios)],
  };
}

function row({ name, sconce, pytorch, ratio, spread }: Result): Row {
  if (pytorch === undefined || ratio === undefined || spread === undefined) return [name, time(sconce)];
  return [name, time(sconce), time(pytorch), ratio.toFixed(3), `${spread[0].toFixed(3)} – ${spread[1].toFixed(3)}`];
}

/** A family whose cases are timed against PyTorch. */
export function timed(title: string, cases: readonly Case[]): Family {
  return {
    title,
    async measure(settings) {
      const progress = new SingleBar({ format: '{bar} {value}/{total} {name}', clearOnComplete: true });
      progress.start(cases.length, 0, { name: '' });
      const results: Result[] = [];
      for (const work of cases) {
        progress.update(results.length, { name: work.name });
        results.push(await compare(work, settings));
      }
      progress.stop();
      const header = ['', 'sconce', ...(settings.pytorch ? ['PyTorch', 'ratio', 'in one round'] : [])];
      return { text: table([header, ...results.map(row)]), results };
    },
  };
}
