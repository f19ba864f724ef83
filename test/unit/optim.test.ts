/** Optimizers: PyTorch's numbers after every step, and what surrounds them. */
import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import * as torch from '../../lib/index.js';

interface Case {
  readonly name: 'SGD' | 'Adam' | 'AdamW' | 'RMSprop' | 'Adagrad';
  readonly options: Record<string, unknown>;
  readonly dtype: 'float32' | 'float64';
  readonly trace: readonly (readonly unknown[])[];
  readonly state: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly text: string;
}
const file = new URL('../golden/optim.json', import.meta.url);
const golden = JSON.parse(readFileSync(file, 'utf8')) as {
  cases: readonly Case[];
  errors: Readonly<Record<string, readonly [name: string, message: string]>>;
};

const shapes = [[5], [2, 3], []];
const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
const from = (shape: readonly number[], dtype: torch.dtype, element: (i: number) => number): torch.Tensor =>
  torch
    .tensor(
      Array.from({ length: count(shape) }, (_, i) => element(i)),
      { dtype },
    )
    .reshape(shape);

const parameter = (shape: readonly number[], k: number, dtype: torch.dtype): torch.Tensor =>
  from(shape, dtype, (i) => ((5 * i + 3 * k) % 13) / 8 - 0.75);
const gradient = (param: torch.Tensor, k: number, step: number): torch.Tensor =>
  from(param.shape, param.dtype, (i) => (((7 * i + 5 * step + k) % 11) - 4.5) / 16);

/** How a tensor may lie in memory. */
const layouts: Record<string, (tensor: torch.Tensor) => torch.Tensor> = {
  contiguous: (tensor) => tensor,
  transposed: (tensor) => (tensor.ndim === 2 ? tensor.t().contiguous().t() : tensor),
  gapped: (tensor) => torch.stack([tensor, tensor.add(1)], -1).select(-1, 0),
};

/** The numbers in nested lists, in order. */
const numbers = (nested: unknown): number[] => (Array.isArray(nested) ? nested.flatMap(numbers) : [nested as number]);

function expectNear(actual: unknown, expected: unknown, dtype: string, what: string): void {
  const [ours, theirs] = [numbers(actual), numbers(expected)];
  expect(ours.length, what).toBe(theirs.length);
  const size = Math.max(1e-3, ...theirs.map(Math.abs));
  const tolerance = 4 * size * (dtype === 'float32' ? 2 ** -23 : 2 ** -52);
  const far = ours.filter((value, i) => !(Math.abs(value - theirs[i]) <= tolerance));
  expect(far, what).toEqual([]);
}

function replay({ name, options, dtype, trace, state, text }: Case, layout: string): void {
  const place = layouts[layout];
  const params = shapes.map((shape, k) =>
    place(parameter(shape, k, torch[dtype]))
      .detach()
      .requires_grad_(),
  );
  const optimizer = new torch.optim[name](params, options as { lr: number });
  expect(optimizer.toString()).toBe(text);
  trace.forEach((after, step) => {
    params.forEach((param, k) => {
      param.grad = k === 2 && step % 4 === 1 ? null : place(gradient(param, k, step));
    });
    optimizer.step();
    expectNear(
      params.map((param) => param.tolist()),
      after,
      dtype,
      `parameters after step ${step}`,
    );
  });
  const mine = optimizer.state_dict().state;
  expect(Object.keys(mine)).toEqual(Object.keys(state));
  for (const [k, expected] of Object.entries(state)) {
    expect(Object.keys(mine[Number(k)])).toEqual(Object.keys(expected));
    for (const [key, value] of Object.entries(expected)) {
      const actual = mine[Number(k)][key];
      if (value === null) expect(actual).toBe(null);
      else expectNear(actual instanceof torch.Tensor ? actual.tolist() : actual, value, dtype, `${key} of ${k}`);
    }
  }
}

describe.each(Object.keys(layouts))('%s tensors', (layout) => {
  test.each(golden.cases.map((each) => [`${each.name} ${JSON.stringify(each.options)} ${each.dtype}`, each] as const))(
    '%s',
    (_, each) => replay(each, layout),
  );
});

describe('errors', () => {
  const { SGD, Adam, AdamW, RMSprop, Adagrad } = torch.optim;
  let leaf: torch.Tensor;
  beforeEach(() => {
    leaf = torch.ones(2, { requires_grad: true });
  });
  const calls: Record<string, () => unknown> = {
    'SGD([leaf])': () => new SGD([leaf]),
    'SGD([leaf], lr=-1)': () => new SGD([leaf], { lr: -1 }),
    'SGD([leaf], lr=1, momentum=-1)': () => new SGD([leaf], 1, { momentum: -1 }),
    'SGD([leaf], lr=1, weight_decay=-1)': () => new SGD([leaf], { lr: 1, weight_decay: -1 }),
    'SGD([leaf], lr=1, nesterov=True)': () => new SGD([leaf], { lr: 1, nesterov: true }),
    'SGD([leaf], lr=1, momentum=1, dampening=1, nesterov=True)': () => new SGD([leaf], 1, 1, 1, 0, true),
    'SGD([], lr=1)': () => new SGD([], { lr: 1 }),
    'SGD(leaf, lr=1)': () => new SGD(leaf, { lr: 1 }),
    'SGD([leaf * 2], lr=1)': () => new SGD([leaf.mul(2)], { lr: 1 }),
    "SGD([{'params': [leaf]}, {'params': [leaf]}], lr=1)": () => new SGD([{ params: [leaf] }, { params: leaf }], 1),
    "SGD([{'params': [leaf], 'lr': 1}, {'params': [torch.ones(1)]}])": () =>
      new SGD([{ params: [leaf], lr: 1 }, { params: [torch.ones(1)] }]),
    'Adam([leaf], lr=-1)': () => new Adam([leaf], -1),
    'Adam([leaf], eps=-1)': () => new Adam([leaf], { eps: -1 }),
    'Adam([leaf], betas=(1, 0.9))': () => new Adam([leaf], { betas: [1, 0.9] }),
    'Adam([leaf], betas=(0.9, -0.5))': () => new Adam([leaf], 0.1, [0.9, -0.5]),
    'Adam([leaf], weight_decay=-1)': () => new Adam([leaf], { weight_decay: -1 }),
    'Adam([leaf], fused=True)': () => new Adam([leaf], { fused: true }),
    'AdamW([leaf], betas=(0.9, 1))': () => new AdamW([leaf], { betas: [0.9, 1] }),
    'RMSprop([leaf], alpha=-1)': () => new RMSprop([leaf], { alpha: -1 }),
    'RMSprop([leaf], momentum=-1)': () => new RMSprop([leaf], 0.1, { momentum: -1 }),
    'Adagrad([leaf], lr_decay=-1)': () => new Adagrad([leaf], { lr_decay: -1 }),
    'Adagrad([leaf], initial_accumulator_value=-1)': () => new Adagrad([leaf], { initial_accumulator_value: -1 }),
  };

  test('every recorded call is made', () => {
    expect(Object.keys(calls)).toEqual(Object.keys(golden.errors));
  });
  test.each(Object.entries(calls))('%s', (call, make) => {
    const [name, message] = golden.errors[call];
    expect(make).toThrow(expect.objectContaining({ name, message }));
  });

  test.each<[string, () => unknown, string]>([
    ['an unknown option', () => new SGD([leaf], { rate: 1 } as never), "unexpected keyword argument 'rate'"],
    ['text for a number', () => new SGD([leaf], { lr: '1' } as never), "argument 'lr' must be float"],
    ['one beta', () => new Adam([leaf], { betas: [0.9] as never }), "argument 'betas' must be two numbers"],
    ['no list', () => new SGD(3 as never, { lr: 1 }), "argument 'params' must be an iterable of Tensors or dicts"],
    [
      'numbers',
      () => new SGD([3] as never, { lr: 1 }),
      'optimizer can only optimize Tensors, but one of the params is 3',
    ],
    ['differentiable', () => new SGD([leaf], 1, { differentiable: true } as never), 'are not supported'],
    ['no group', () => new SGD([leaf], 1).add_param_group([leaf] as never), 'param group must be a dict'],
    ['a closure that is none', () => new SGD([leaf], 1).step(1 as never), "argument 'closure' must be a function"],
    ['an async closure', () => new SGD([leaf], 1).step(async () => 1), 'a function that is not async'],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(message);
  });

  test('an optimizer that was meddled with writes nothing', () => {
    const params = [leaf, torch.ones(3, { requires_grad: true })];
    const optimizer = new Adam(params);
    for (const param of params) param.grad = torch.ones(param.shape);
    optimizer.step();
    const before = params.map((param) => param.tolist());
    const attempts: (() => void)[] = [
      () => Object.assign(optimizer.state.get(params[1]) ?? {}, { exp_avg: torch.ones(2) }),
      () => Object.assign(optimizer.state.get(params[1]) ?? {}, { exp_avg: torch.ones(3), step: torch.ones(2) }),
      () => Object.assign(optimizer.state.get(params[1]) ?? {}, { exp_avg: params[1], step: torch.ones([]) }),
      () => Object.assign(optimizer.param_groups[0], { lr: 'fast' }),
      () => Object.assign(optimizer.param_groups[0], { lr: 1, betas: [0.9, 2] }),
      () => Object.assign(optimizer.param_groups[0], { betas: [0.9, 0.9], capturable: true }),
    ];
    for (const meddle of attempts) {
      meddle();
      expect(() => optimizer.step()).toThrow();
    }
    expect(params.map((param) => param.tolist())).toEqual(before);
  });

  test('a disposed gradient is refused', () => {
    leaf.grad = torch.ones(2);
    leaf.grad.dispose();
    expect(() => new SGD([leaf], 1).step()).toThrow('the tensor has been disposed');
  });

  test('overlapping elements are refused', () => {
    const param = torch.ones(1).expand(3).detach().requires_grad_();
    param.grad = torch.ones(3);
    expect(() => new SGD([param], 1).step()).toThrow('more than one element of the written-to tensor');
  });
});

describe('a step', () => {
  test('is not recorded, and advances the version of what it writes', () => {
    const x = torch.ones(2, { requires_grad: true });
    const optimizer = new torch.optim.SGD([x], { lr: 0.5, momentum: 0.9 });
    const loss = x.mul(x).sum();
    loss.backward({ retain_graph: true });
    const version = x._version;
    optimizer.step();
    expect([x.is_leaf, x.requires_grad, x._version]).toEqual([true, true, version + 1]);
    expect(() => loss.backward()).toThrow('modified by an inplace operation');
  });

  test('returns what its closure returns, which may compute gradients under no_grad', () => {
    const x = torch.tensor([1, 2], { requires_grad: true });
    const optimizer = new torch.optim.SGD([x], { lr: 0.25 });
    const loss = torch.no_grad(() =>
      optimizer.step(() => {
        optimizer.zero_grad();
        const value = x.mul(x).sum();
        value.backward();
        return value;
      }),
    );
    expect([loss.item(), x.tolist()]).toEqual([5, [0.5, 1]]);
    expect(optimizer.step()).toBe(null);
  });

  test('uses the options of each group as they are now', () => {
    const [x, y] = [torch.ones(1, { requires_grad: true }), torch.ones(1, { requires_grad: true })];
    const optimizer = new torch.optim.SGD([{ params: [x] }, { params: y, lr: 0.5 }], { lr: 0.25 });
    for (const param of [x, y]) param.grad = torch.ones(1);
    optimizer.step();
    expect([x.item(), y.item()]).toEqual([0.75, 0.5]);
    optimizer.param_groups[0].lr = 1;
    optimizer.step();
    expect([x.item(), y.item()]).toEqual([-0.25, 0]);
  });

  test('of a large parameter is that of its elements, in parts and with a gradient of one element', () => {
    const x = torch.ones(100_003, { requires_grad: true });
    x.grad = torch.ones(1).expand(100_003);
    new torch.optim.SGD([x], { lr: 0.25 }).step();
    expect(x.eq(0.75).all().item()).toBe(true);
  });

  test('of an empty parameter does nothing', () => {
    const x = torch.ones(0, { requires_grad: true });
    x.grad = torch.ones(0);
    for (const optimizer of [new torch.optim.SGD([x], 1, 0.9), new torch.optim.Adam([x])]) optimizer.step();
    expect(x.tolist()).toEqual([]);
  });
});

test('zero_grad fills gradients with zeros, or drops them', () => {
  const x = torch.ones(2, { requires_grad: true });
  const optimizer = new torch.optim.SGD([x], { lr: 1 });
  optimizer.zero_grad();
  expect(x.grad).toBe(null);
  x.mul(3).sum().backward();
  const { grad } = x;
  optimizer.zero_grad();
  expect([x.grad === grad, grad?.tolist()]).toEqual([true, [0, 0]]);
  optimizer.zero_grad({ set_to_none: true });
  expect(x.grad).toBe(null);
});

test('a state that was saved continues where it was', () => {
  const make = () => {
    const x = torch.tensor([1, 2, 3], { requires_grad: true });
    return { x, optimizer: new torch.optim.Adam([x], { lr: 0.1, amsgrad: true }) };
  };
  const train = ({ x, optimizer }: ReturnType<typeof make>, steps: number) => {
    for (let i = 0; i < steps; i++) {
      optimizer.zero_grad();
      x.mul(x).sum().backward();
      optimizer.step();
    }
  };
  const [whole, first, second] = [make(), make(), make()];
  train(whole, 7);
  train(first, 3);
  const saved = first.optimizer.state_dict();
  torch.no_grad(() => second.x.copy_(first.x));
  second.optimizer.load_state_dict(saved);
  train(first, 1);
  train(second, 4);
  expect(second.x.tolist()).toEqual(whole.x.tolist());
  expect((saved.state[0].step as torch.Tensor).item()).toBe(4);
  expect(inspect(second.optimizer)).toBe(String(whole.optimizer));
});

test('a state of other groups is refused', () => {
  const [x, y] = [torch.ones(1, { requires_grad: true }), torch.ones(1, { requires_grad: true })];
  const optimizer = new torch.optim.SGD([x], { lr: 1 });
  const groups = new torch.optim.SGD([{ params: [x] }, { params: [y] }], { lr: 1 }).state_dict();
  const larger = new torch.optim.SGD([x, y], { lr: 1 }).state_dict();
  expect(() => optimizer.load_state_dict(groups)).toThrow('a different number of parameter groups');
  expect(() => optimizer.load_state_dict(larger)).toThrow("doesn't match the size of optimizer's group");
  expect(() => optimizer.load_state_dict(null as never)).toThrow(
    "argument 'state_dict' must be what state_dict() returns",
  );
});

test('a parameter twice in a group is warned of', () => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  const x = torch.ones(1, { requires_grad: true });
  new torch.optim.SGD([x, x], { lr: 1 });
  expect(warn).toHaveBeenCalledWith('optimizer contains a parameter group with duplicate parameters');
  warn.mockRestore();
});

test.each([
  [{ state: {}, param_groups: [null] }],
  [{ state: {}, param_groups: [{}] }],
  [{ state: {}, param_groups: [{ params: ['x'] }] }],
  [{ state: { 0: null }, param_groups: [{ params: [0] }] }],
])('a state that is none is refused: %j', (state) => {
  const optimizer = new torch.optim.SGD([torch.ones(2, { requires_grad: true })], { lr: 0.1 });
  expect(() => optimizer.load_state_dict(state as never)).toThrow(
    "load_state_dict(): argument 'state_dict' must be what state_dict() returns, not Object",
  );
});

test('options of any kind are shown', () => {
  const optimizer = new torch.optim.SGD([torch.ones(2, { requires_grad: true })], { lr: 0.1 });
  const cyclic: unknown[] = [];
  cyclic.push(cyclic);
  Object.assign(optimizer.param_groups[0], { cyclic, symbol: Symbol('s'), bare: Object.create(null) });
  expect(String(optimizer)).toContain('symbol: symbol Symbol(s)');
});
