/**
 * What features of autograd cost those who do not use them: calls in processes that never did, in turns with the same
 * calls in processes that used a feature often and left it. Compilers remember what they saw, so it could leave calls
 * slow.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Source } from '../case.js';
import type { Family, Settings } from '../family.js';
import { median } from '../measure.js';
import { Peer } from '../peer.js';
import { compile, type Loop, serve } from '../peers/worker.js';
import * as torch from '../sconce.js';

const size = 16;
const leaf = (): torch.Tensor => torch.ones(size, { requires_grad: true });

/** Work that has a gradient, by the operators that are measured. */
const loss = (x: torch.Tensor): torch.Tensor => x.add(x).mul(x.sin()).sum();

/** What a program does that knows nothing of the features: a dozen of other operators, so that none is news later. */
function program(x: torch.Tensor): torch.Tensor {
  const h = x.mul(2).add(x.exp()).view(4, 4);
  const p = h.matmul(h.t()).sub(h.mean(0, true)).div(h.square().add(1)).clamp(-10, 10);
  p.eq(p).all().item();
  const joined = torch.cat([p.relu(), p.clone().neg()]);
  return joined.index([1]).expand(2, 4).sum().add(loss(x));
}

const never = 'none';

/** Each feature, used once; the first is none, and what the others are compared with. */
const features: Record<string, () => unknown> = {
  [never]: () => {
    program(torch.ones(size));
    program(leaf()).backward();
    torch.no_grad(() => program(leaf()));
  },
  hooks: () => {
    const x = leaf();
    const y = x.mul(2);
    const handles = [
      x.register_hook((grad) => grad.mul(2)),
      y.register_hook((grad) => grad.add(1)),
      x.register_post_accumulate_grad_hook(() => {}),
      torch.autograd.graph.register_multi_grad_hook([x, y], () => {}),
      y.grad_fn!.register_prehook(() => {}),
      y.grad_fn!.register_hook(() => {}),
    ];
    loss(y).backward();
    for (const handle of handles) handle.remove();
  },
  'saved tensors': () => {
    const copy = (tensor: torch.Tensor) => tensor.clone();
    torch.autograd.graph.saved_tensors_hooks(copy, copy, () => loss(leaf())).backward();
  },
  anomaly: () => torch.autograd.detect_anomaly(() => loss(leaf()).backward()),
  profiler: () => torch.profiler.profile({ record_shapes: true, with_stack: true }, () => loss(leaf()).backward()),
  'forward mode': () => {
    const { dual_level, make_dual } = torch.autograd.forward_ad;
    dual_level(() => loss(make_dual(torch.ones(size), torch.ones(size))));
  },
  vmap: () => torch.func.vmap(torch.func.grad(loss))(torch.ones(2, size)),
  modes: async () => {
    const x = leaf();
    torch.enable_grad(() => loss(x).backward());
    torch.inference_mode(() => loss(torch.ones(size)));
    await torch.no_grad(async () => {
      await sleep(0);
      return loss(x);
    });
  },
};
const all = 'all of them';
const others = 'all but vmap';
const isUsed = (feature: string, name: string): boolean =>
  name === feature || name === all || (name === others && feature !== 'vmap');
const uses = 200;

async function use(name: string): Promise<void> {
  for (let i = 0; i < uses; i++) {
    features[never]();
    for (const [feature, body] of Object.entries(features)) if (isUsed(feature, name)) await body();
  }
}

const setup = `const x = torch.ones(${size}), y = torch.ones(${size}), w = torch.ones(${size}, { requires_grad: true })`;
const calls = (x: string): string => `${x}.add(y); ${x}.mul(y); ${x}.sin(); ${x}.sum()`;
const statements: Record<string, string> = {
  'add, mul, sin, sum': calls('x'),
  'the same, recorded': calls('w'),
  'forward and backward': 'w.grad = null; w.add(y).mul(w.sin()).sum().backward()',
};

const prepare = ({ statement }: Source): Promise<Loop> =>
  compile<[typeof torch], Loop>(`(torch) => {
    ${setup};
    return async (count) => { for (let i = 0; i < count; i++) { ${statement}; } };
  }`)(torch);

/** Processes of each kind: what a compiler makes of the same code differs a little from one to the next. */
const processes = 7;
const secondsPerTurn = 0.01;
const turnsPerRound = 3;

async function start(feature: string, { threads }: Settings): Promise<Peer> {
  const program = [fileURLToPath(import.meta.url), feature, String(threads)];
  // Compilers and collectors on threads of their own slow the calls down, and never twice alike.
  const command = [process.execPath, ...process.execArgv, '--single-threaded', ...program];
  const presence = await Peer.start({ command });
  if ('absent' in presence) throw new Error(presence.absent);
  return presence.peer;
}

/** Lets compilers settle. Returns how many runs make a turn. */
async function warmUp(peers: readonly Peer[], source: Source): Promise<number> {
  let seconds = 0;
  for (const peer of peers)
    for (const count of [1000, 10_000, 10_000]) seconds = (await peer.time(source, count)) / count;
  return Math.ceil(secondsPerTurn / seconds);
}

/** Of each pair of processes, the median over turns of the second's time over the first's. */
async function ratiosOf(pairs: readonly [Peer, Peer][], source: Source, rounds: number): Promise<number[]> {
  const count = await warmUp(pairs.flat(), source);
  const found: number[][] = pairs.map(() => []);
  for (let turn = 0; turn < rounds * turnsPerRound; turn++) {
    for (const [i, pair] of pairs.entries()) {
      const seconds: number[] = [];
      // The first and the second in turns too.
      for (const which of turn % 2 === 0 ? [0, 1] : [1, 0]) seconds[which] = await pair[which].time(source, count);
      found[i].push(seconds[1] / seconds[0]);
    }
  }
  return found.map(median);
}

const aim = 1.05;
const percent = (ratio: number): string => `${ratio >= 1 ? '+' : '−'}${Math.abs(100 * (ratio - 1)).toFixed(1)} %`;

function describe(feature: string, found: Record<string, number[]>): string {
  const lines = Object.entries(found).map(([name, ratios]) => {
    const range = `${percent(Math.min(...ratios))} to ${percent(Math.max(...ratios))}`;
    const verdict = median(ratios) <= aim ? 'met' : 'NOT MET';
    return `    ${name.padEnd(22)}${percent(median(ratios)).padStart(8)}   ${range.padEnd(20)} ${verdict}`;
  });
  return [`  ${feature}`, ...lines].join('\n');
}

async function measureFeature(feature: string, settings: Settings): Promise<Record<string, number[]>> {
  const pairs: [Peer, Peer][] = [];
  while (pairs.length < processes) pairs.push([await start(never, settings), await start(feature, settings)]);
  const results: Record<string, number[]> = {};
  for (const [name, statement] of Object.entries(statements)) {
    results[name] = await ratiosOf(pairs, { setup, statement }, settings.rounds);
  }
  for (const peer of pairs.flat()) peer.stop();
  return results;
}

export default {
  title: `calls after features of autograd were used and left, over calls where none was; aim ${percent(aim)}`,
  async measure(settings) {
    const results: Record<string, Record<string, number[]>> = {};
    for (const feature of [...Object.keys(features), others, all].filter((feature) =>
      feature.includes(settings.only),
    )) {
      results[feature] = await measureFeature(feature, settings);
    }
    return {
      text: Object.entries(results)
        .map(([name, found]) => describe(name, found))
        .join('\n'),
      results,
    };
  },
} satisfies Family;

// The process that `start` starts.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [feature, threads] = process.argv.slice(2);
  torch.set_num_threads(Number(threads));
  await use(feature);
  await serve(feature, prepare);
}
