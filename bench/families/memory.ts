/** The resident set of synchronous loops that dispose of nothing and never let the event loop turn. */
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { peerOf } from '../contestants.js';
import type { Family, Settings } from '../family.js';
import { findPython } from '../peers/pytorch.js';
import * as torch from '../sconce.js';

interface Loop {
  name: string;
  steps: number;
  /** Prepares the loop and returns one step of it. */
  sconce(): () => unknown;
  /** The same: source that defines `step`. */
  pytorch: string;
}

const loops: readonly Loop[] = [
  {
    name: '10,000 training steps: a cubic fitted to 10,000 points',
    steps: 10_000,
    sconce: trainCubic,
    pytorch: `
x = torch.linspace(-3, 3, 10_000)
y = x.sin()
weights = [torch.zeros(1, requires_grad=True) for power in range(4)]
def step():
    a, b, c, d = weights
    (a + b * x + c * x**2 + d * x**3 - y).pow(2).sum().backward()
    with torch.no_grad():
        for weight in weights:
            weight -= 2e-7 * weight.grad
            weight.grad = None
`,
  },
  {
    name: '4,000 tensors of 4 MB',
    steps: 4000,
    sconce: () => {
      const x = torch.ones(2 ** 20);
      return () => x.add(1);
    },
    pytorch: `
x = torch.ones(2**20)
def step():
    x + 1
`,
  },
];

function trainCubic(): () => void {
  const x = torch.linspace(-3, 3, 10_000);
  const y = x.sin();
  const weights = [0, 1, 2, 3].map(() => torch.zeros(1, { requires_grad: true }));
  return () => {
    const [a, b, c, d] = weights;
    const fitted = a
      .add(b.mul(x))
      .add(c.mul(x.pow(2)))
      .add(d.mul(x.pow(3)));
    fitted.sub(y).pow(2).sum().backward();
    torch.no_grad(() => {
      for (const weight of weights) {
        weight.sub_((weight.grad as torch.Tensor).mul(2e-7));
        weight.grad = null;
      }
    });
  };
}

const samples = 60;

/** The resident set in bytes at regular steps of the loop. */
function curveHere({ steps, sconce }: Loop): number[] {
  const step = sconce();
  return Array.from({ length: samples }, () => {
    for (let i = 0; i < steps / samples; i++) step();
    return process.memoryUsage.rss();
  });
}

/** The curve of a loop in a process of its own. */
async function sconceCurve(loop: Loop, threads: number): Promise<number[]> {
  const child = fork(fileURLToPath(import.meta.url), [String(loops.indexOf(loop)), String(threads)]);
  const [curve] = await once(child, 'message');
  return curve;
}

function pytorchCurve({ steps, pytorch }: Loop, python: string, threads: number): number[] {
  const source = `
import json, os, torch
torch.set_num_threads(${threads})
${pytorch}
def resident():
    with open("/proc/self/statm") as pages:
        return int(pages.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
curve = []
for sample in range(${samples}):
    for i in range(${Math.ceil(steps / samples)}):
        step()
    curve.append(resident())
print(json.dumps(curve))
`;
  return JSON.parse(execFileSync(python, ['-c', source], { encoding: 'utf8' }));
}

/** Whether the last third rises no higher than the one before it, but for a quarter: V8 enlarges its heap in steps. */
function isFlat(curve: readonly number[]): boolean {
  const third = curve.length / 3;
  return Math.max(...curve.slice(-third)) <= 1.25 * Math.max(...curve.slice(third, -third));
}

function describe(who: string, curve: readonly number[]): string {
  const highest = Math.max(...curve);
  const bars = curve.map((bytes) => '▁▂▃▄▅▆▇█'[Math.ceil((bytes / highest) * 8) - 1]).join('');
  const [first, last, most] = [curve[0], curve[curve.length - 1], highest].map((bytes) => Math.round(bytes / 2 ** 20));
  return `  ${who.padEnd(8)} ${bars}  ${first} → ${last} MB, highest ${most} MB: ${isFlat(curve) ? 'flat' : 'NOT FLAT'}`;
}

async function curves(loop: Loop, { contestants, threads }: Settings): Promise<Record<string, number[]>> {
  const sconce = await sconceCurve(loop, threads);
  // Python tells its resident set only where there is /proc.
  const python = peerOf(contestants, 'PyTorch') && existsSync('/proc/self/statm') ? findPython() : undefined;
  return python === undefined ? { sconce } : { sconce, PyTorch: pytorchCurve(loop, python, threads) };
}

export default {
  title: 'the resident set of loops that never yield and dispose of nothing',
  async measure(settings) {
    const results: Record<string, Record<string, number[]>> = {};
    for (const loop of loops) results[loop.name] = await curves(loop, settings);
    const text = Object.entries(results).map(([name, found]) =>
      [`  ${name}`, ...Object.entries(found).map(([who, curve]) => describe(who, curve))].join('\n'),
    );
    return { text: text.join('\n'), results };
  },
} satisfies Family;

// The process that sconceCurve starts.
if (process.send !== undefined) {
  const [loop, threads] = process.argv.slice(2).map(Number);
  torch.set_num_threads(threads);
  process.send(curveHere(loops[loop]));
}
