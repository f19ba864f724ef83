/** Schedules of learning rates: PyTorch's rates and momenta after every step. */
import { readFileSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import * as torch from '../../lib/index.js';

const { lr_scheduler } = torch.optim;
interface Case {
  readonly optimizer: 'SGD' | 'Adam';
  readonly settings: { readonly lr: number };
  readonly name: string;
  readonly args: readonly unknown[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly trace: readonly (readonly (readonly [lr: number, momentum: number])[])[];
  readonly last: readonly number[];
  readonly groups: string;
}
const file = new URL('../golden/lr_scheduler.json', import.meta.url);
const golden = JSON.parse(readFileSync(file, 'utf8')) as {
  metrics: readonly number[];
  cases: readonly Case[];
  errors: Readonly<Record<string, string>>;
};

type Scheduler = { step(metrics?: number): void; _last_lr: number[]; state_dict(): Record<string, unknown> };
const schedulers = lr_scheduler as unknown as Readonly<Record<string, new (...args: unknown[]) => Scheduler>>;

const lambdas: Readonly<Record<string, (epoch: number) => number>> = {
  inverse: (epoch) => 1 / (1 + epoch),
  power: (epoch) => 0.95 ** epoch,
};
const given = (value: unknown): unknown =>
  Array.isArray(value) ? value.map(given) : typeof value === 'string' ? (lambdas[value] ?? value) : value;

function optimizerOf(name: 'SGD' | 'Adam', settings: { readonly lr: number }): torch.optim.Optimizer {
  const groups = [
    { params: [torch.ones(1, { requires_grad: true })] },
    { params: [torch.ones(1, { requires_grad: true })], lr: settings.lr / 2 },
  ];
  return new torch.optim[name](groups, settings);
}
const sgd = (): torch.optim.Optimizer => optimizerOf('SGD', { lr: 0.1 });

const momentumOf = (group: Readonly<Record<string, unknown>>): unknown =>
  Array.isArray(group.betas) ? group.betas[0] : group.momentum;

/** What Python and JavaScript compute alike, but for the last bits of cosines and powers. */
function expectNear(actual: readonly unknown[], expected: readonly number[], what: string): void {
  expect(actual.length, what).toBe(expected.length);
  for (const [i, value] of expected.entries()) {
    expect(Math.abs((actual[i] as number) - value), `${what}: ${actual[i]}, not ${value}`).toBeLessThan(1e-14);
  }
}

describe('a schedule', () => {
  test.each(golden.cases.map((each) => [`${each.name} ${JSON.stringify(each.options)}`, each] as const))(
    '%s',
    (_, { optimizer: name, settings, args, options, trace, last, groups, ...each }) => {
      const optimizer = optimizerOf(name, settings);
      const scheduler = new schedulers[each.name](optimizer, ...(args.map(given) as unknown[]), options);
      for (const [step, rates] of trace.entries()) {
        const now = optimizer.param_groups.flatMap((group) => [group.lr, momentumOf(group)]);
        expectNear(now, rates.flat(), `step ${step}`);
        optimizer.step();
        scheduler.step(...(each.name === 'ReduceLROnPlateau' ? [golden.metrics[step]] : []));
      }
      expectNear(scheduler._last_lr, last, 'last rates');
      const names = (text: string): string[] => text.split('\n').map((line) => line.split(':')[0]);
      expect(names(String(optimizer))).toEqual(names(groups));
    },
  );

  test('goes on from a saved state', () => {
    for (const make of [
      (optimizer: torch.optim.Optimizer) => new lr_scheduler.CosineAnnealingLR(optimizer, 7),
      (optimizer: torch.optim.Optimizer) => new lr_scheduler.LambdaLR(optimizer, (epoch) => 0.5 ** epoch),
      (optimizer: torch.optim.Optimizer) => new lr_scheduler.OneCycleLR(optimizer, 1, 20),
    ]) {
      const [first, second] = [sgd(), sgd()];
      const [one, other] = [make(first), make(second)];
      for (let i = 0; i < 4; i++) one.step();
      second.load_state_dict(first.state_dict());
      other.load_state_dict(one.state_dict());
      one.step();
      other.step();
      expect(other.get_last_lr()).toEqual(one.get_last_lr());
      expect(JSON.parse(JSON.stringify(one.state_dict()))).toEqual(one.state_dict());
    }
  });

  test('says what it changes', () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    new lr_scheduler.StepLR(new torch.optim.SGD([torch.ones(1, { requires_grad: true })], 0.1), 1, { verbose: true });
    expect(log).toHaveBeenCalledWith('Adjusting learning rate of group 0 to 1.0000e-01.');
    log.mockRestore();
  });
});

const adagrad = (): torch.optim.Optimizer => new torch.optim.Adagrad([torch.ones(1, { requires_grad: true })]);
const calls: Record<string, () => unknown> = {
  'StepLR(3, 1)': () => new lr_scheduler.StepLR(sgd(), 1, { last_epoch: 3 }),
  'OneCycleLR(sgd, 1)': () => new lr_scheduler.OneCycleLR(sgd(), 1, {}),
  'OneCycleLR(sgd, 1, -1)': () => new lr_scheduler.OneCycleLR(sgd(), 1, -1),
  'OneCycleLR(sgd, 1, pct_start=1.5)': () => new lr_scheduler.OneCycleLR(sgd(), 1, 2, { pct_start: 1.5 }),
  "OneCycleLR(sgd, 1, anneal_strategy='step')": () =>
    new lr_scheduler.OneCycleLR(sgd(), 1, 2, { anneal_strategy: 'step' as 'cos' }),
  'OneCycleLR(sgd, [1])': () => new lr_scheduler.OneCycleLR(sgd(), [1], 2),
  'OneCycleLR(adagrad, 1)': () => new lr_scheduler.OneCycleLR(adagrad(), 1, 2),
  'ReduceLROnPlateau(factor=1)': () => new lr_scheduler.ReduceLROnPlateau(sgd(), { factor: 1 }),
  "ReduceLROnPlateau('mid')": () => new lr_scheduler.ReduceLROnPlateau(sgd(), 'mid' as 'min'),
  "ReduceLROnPlateau(threshold_mode='mid')": () =>
    new lr_scheduler.ReduceLROnPlateau(sgd(), { threshold_mode: 'mid' as 'abs' }),
};

describe('errors', () => {
  test('every recorded call is made', () => {
    expect(Object.keys(calls)).toEqual(Object.keys(golden.errors));
  });
  test.each(Object.entries(calls))('%s', (call, make) => {
    expect(make).toThrow(golden.errors[call]);
  });
  test.each<[string, () => unknown, string]>([
    ['no optimizer', () => new lr_scheduler.StepLR(3 as never, 1), '3 is not an Optimizer'],
    ['no function', () => new lr_scheduler.LambdaLR(sgd(), 3 as never), "argument 'lr_lambda' must be a function"],
    ['no milestones', () => new lr_scheduler.MultiStepLR(sgd(), 3 as never), "argument 'milestones' must be a list"],
    [
      'text for a rate',
      () => new lr_scheduler.OneCycleLR(sgd(), '1' as never, 2),
      "argument 'max_lr' must be a number",
    ],
    ['no half period', () => new lr_scheduler.CosineAnnealingLR(sgd(), 0), 'Expected positive integer T_max'],
    ['no measure', () => new lr_scheduler.ReduceLROnPlateau(sgd()).step('low' as never), "argument 'metrics'"],
    [
      'a step too many',
      () => {
        const scheduler = new lr_scheduler.OneCycleLR(sgd(), 1, 1);
        scheduler.step();
        scheduler.step();
      },
      'Tried to step 3 times. The specified number of total steps is 1',
    ],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(message);
  });
});

test('a state with a field of another kind is refused', () => {
  const optimizer = new torch.optim.SGD([torch.ones(2, { requires_grad: true })], { lr: 0.1 });
  const scheduler = new torch.optim.lr_scheduler.MultiStepLR(optimizer, [2]);
  expect(() => scheduler.load_state_dict({ milestones: 3 })).toThrow(
    "load_state_dict(): argument 'milestones' must be a list, not 3",
  );
  expect(scheduler.milestones).toEqual([2]);
});
