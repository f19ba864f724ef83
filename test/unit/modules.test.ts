/** Every module: PyTorch's first values for a seed, printed form, results in training and evaluation, and gradients. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as torch from '../../lib/index.js';
import { expectClose, plain } from './programs.js';

type Input = readonly [kind: string, shape: number[] | number, count?: number];
interface Case {
  readonly module: string;
  readonly args: readonly unknown[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly inputs: readonly Input[];
  readonly call: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly first: Readonly<Record<string, unknown>>;
  /** Null where a result is that of the call before. */
  readonly results: readonly unknown[];
  readonly gradients: readonly unknown[];
  readonly last: Readonly<Record<string, unknown>> | null;
}
interface AnyModule extends torch.nn.Module {
  forward(...input: unknown[]): unknown;
}

const file = new URL('../golden/nn_modules.json', import.meta.url);
const cases = JSON.parse(readFileSync(file, 'utf8')) as readonly Case[];
const classes = torch.nn as unknown as Readonly<Record<string, new (...args: unknown[]) => AnyModule>>;

const draw: Readonly<Record<string, (shape: number[], count: number) => torch.Tensor>> = {
  normal: (shape) => torch.randn(shape, { requires_grad: true }),
  self: (shape) => torch.randn(shape, { requires_grad: true }),
  uniform: (shape) => torch.rand(shape).mul(0.8).add(0.1).requires_grad_(),
  target: (shape) => torch.rand(shape),
  classes: (shape, count) => torch.randint(count, shape),
  distribution: (shape) => torch.rand(shape).softmax(1),
  logarithms: (shape) => torch.randn(shape).log_softmax(1).detach().requires_grad_(),
};

function drawn(inputs: readonly Input[]): torch.Tensor[] {
  const all: torch.Tensor[] = [];
  for (const [kind, shape, count = 0] of inputs) {
    all.push(typeof shape === 'number' ? all[shape] : draw[kind](shape, count));
  }
  return all;
}

const given = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'tensor' in value
    ? torch.tensor(value.tensor as number[][] | boolean[][])
    : value;
const keywords = (values: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, given(value)]));

const stateOf = (module: torch.nn.Module): Record<string, unknown> =>
  Object.fromEntries(Object.entries(module.state_dict()).map(([name, value]) => [name, value.tolist()]));
const rounded = (value: unknown): unknown =>
  Array.isArray(value) ? value.map(rounded) : typeof value === 'number' ? Math.fround(value) : value;

/** ConvTranspose's only keyword stands by position as well. */
const callWith = (module: AnyModule, values: readonly unknown[], call: Record<string, unknown>): unknown =>
  'output_size' in call ? module.forward(...values, call.output_size) : module.forward(...values, call);

function replay({ module: name, args, options, inputs, call, ...expected }: Case): void {
  torch.manual_seed(0);
  const module = new classes[name](...args.map(given), keywords(options));
  expect(String(module)).toBe(expected.text);
  const first = stateOf(module);
  expect(Object.keys(first)).toEqual(Object.keys(expected.first));
  // Random streams are the same to the last bit.
  for (const [key, value] of Object.entries(expected.first)) expect(first[key], key).toEqual(rounded(value));
  const values = drawn(inputs);
  const run = (): unknown =>
    Object.keys(call).length > 0 ? callWith(module, values, keywords(call)) : module.forward(...values);
  const results = [run(), run()];
  const main = (Array.isArray(results[1]) ? results[1][0] : results[1]) as torch.Tensor;
  const leaves = [...new Set(values), ...module.parameters()].filter((value) => value.requires_grad);
  if (leaves.length > 0) main.square().sum().backward();
  module.eval();
  results.push(run());
  const [one, two, three] = expected.results;
  expectClose(results.map(plain), [one, two ?? one, three ?? two ?? one], 'results');
  expectClose(
    leaves.map((leaf) => plain(leaf.grad)),
    expected.gradients,
    'gradients',
  );
  const last = stateOf(module);
  for (const [key, value] of Object.entries(expected.last ?? expected.first)) expectClose(last[key], value, key);
}

describe('modules', () => {
  for (const each of cases) {
    const options = Object.entries(each.options).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
    const inputs = each.inputs.map(([, shape]) => JSON.stringify(shape));
    test(`${each.module}(${[...each.args, ...options].join(', ')}) of ${inputs.join(' ')}`, () => replay(each));
  }
});
