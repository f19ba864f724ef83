/**
 * The resident set: of synchronous loops that dispose of nothing and never let the event loop turn; its peak in a step.
 */
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

/** A step whose peak is compared: what it needs beyond what was resident before. */
interface Step {
  name: string;
  /** How many times PyTorch's peak is good enough. */
  aim: number;
  sconce(): () => unknown;
  pytorch: string;
}

const [layers, batch, width] = [50, 2048, 512];

const steps: readonly Step[] = [
  {
    name: `forward and backward of an MLP: ${layers} layers of ${width}, a batch of ${batch}`,
    aim: 1.15,
    sconce: deepNetwork,
    pytorch: `
x = torch.ones(${batch}, ${width})
weights = [torch.full((${width}, ${width}), 1 / ${width}, requires_grad=True) for layer in range(${layers})]
biases = [torch.zeros(${width}, requires_grad=True) for layer in range(${layers})]
def step():
    y = x
    for weight, bias in zip(weights, biases):
        y = torch.nn.functional.linear(y, weight, bias).relu()
    y.sum().backward()
`,
  },
];

function deepNetwork(): () => void {
  const x = torch.ones(batch, width);
  const filled = (): torch.Tensor => torch.full([width, width], 1 / width, { requires_grad: true });
  const weights = Array.from({ length: layers }, filled);
  const biases = weights.map(() => torch.zeros(width, { requires_grad: true }));
  return () => {
    let y = x;
    weights.forEach((weight, i) => {
      y = torch.nn.functional.linear(y, weight, biases[i]).relu();
    });
    y.sum().backward();
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

/** What work needs at most, in bytes beyond what it found. */
function peakHere({ sconce }: Step): number[] {
  const step = sconce();
  const before = process.memoryUsage.rss();
  step();
  return [process.resourceUsage().maxRSS * 1024 - before];
}

/** What is measured of the work with this number, in a process of its own. */
async function sconceOf(what: keyof typeof here, number: number, threads: number): Promise<number[]> {
  const child = fork(fileURLToPath(import.meta.url), [what, String(number), String(threads)]);
  const [found] = await once(child, 'message');
  return found;
}

function pytorchPeak({ pytorch }: Step, python: string, threads: number): number {
  const source = `
import json, os, resource, torch
torch.set_num_threads(${threads})
${pytorch}
with open("/proc/self/statm") as pages:
    before = int(pages.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
step()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before)
`;
  return JSON.parse(execFileSync(python, ['-c', source], { encoding: 'utf8' }));
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

/** Python tells its resident set only where there is /proc. */
const pythonOf = ({ contestants }: Settings): string | undefined =>
  peerOf(contestants, 'PyTorch') && existsSync('/proc/self/statm') ? findPython() : undefined;

async function curves(loop: Loop, settings: Settings): Promise<Record<string, number[]>> {
  const sconce = await sconceOf('curve', loops.indexOf(loop), settings.threads);
  const python = pythonOf(settings);
  return python === undefined ? { sconce } : { sconce, PyTorch: pytorchCurve(loop, python, settings.threads) };
}

async function peaks(step: Step, settings: Settings): Promise<Record<string, number[]>> {
  const sconce = await sconceOf('peak', steps.indexOf(step), settings.threads);
  const python = pythonOf(settings);
  return python === undefined ? { sconce } : { sconce, PyTorch: [pytorchPeak(step, python, settings.threads)] };
}

function describePeaks({ aim }: Step, found: Record<string, number[]>): string {
  const lines = Object.entries(found).map(([who, [bytes]]) => `  ${who.padEnd(8)} ${Math.round(bytes / 2 ** 20)} MB`);
  if (found.PyTorch === undefined) return lines.join('\n');
  const ratio = found.sconce[0] / found.PyTorch[0];
  return [...lines, `  ${ratio.toFixed(2)} of PyTorch's, aim ${aim}: ${ratio <= aim ? 'met' : 'NOT MET'}`].join('\n');
}

export default {
  title: 'the resident set of loops that never yield and dispose of nothing, and its peak in a step',
  async measure(settings) {
    const results: Record<string, Record<string, number[]>> = {};
    const text: string[] = [];
    const isWanted = ({ name }: { name: string }): boolean => name.includes(settings.only);
    for (const loop of loops.filter(isWanted)) {
      const found = await curves(loop, settings);
      results[loop.name] = found;
      text.push(`  ${loop.name}`, ...Object.entries(found).map(([who, curve]) => describe(who, curve)));
    }
    for (const step of steps.filter(isWanted)) {
      const found = await peaks(step, settings);
      results[step.name] = found;
      text.push(`  ${step.name}`, describePeaks(step, found));
    }
    return { text: text.join('\n'), results };
  },
} satisfies Family;

/** What is measured in a process of its own. */
const here = {
  curve: (number: number): number[] => curveHere(loops[number]),
  peak: (number: number): number[] => peakHere(steps[number]),
};

// The process that sconceOf starts.
if (process.send !== undefined) {
  const [what, number, threads] = process.argv.slice(2);
  torch.set_num_threads(Number(threads));
  process.send(here[what as keyof typeof here](Number(number)));
}
