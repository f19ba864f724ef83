/** Modules as functions: functional_call, ensembles, gradients of each sample. */
import { expect, test } from 'vitest';
import * as torch from '../../lib/index.js';

const { functional_call, grad, jacrev, stack_module_state, vmap } = torch.func;
type Tensor = torch.Tensor;

class Net extends torch.nn.Module {
  first = new torch.nn.Linear(2, 3);
  second = new torch.nn.Linear(3, 1);
  declare scale: Tensor;
  constructor() {
    super();
    this.register_buffer('scale', torch.tensor([2]));
  }
  override forward(x: Tensor, options: { shift?: number } = {}): Tensor {
    return this.second
      .forward(this.first.forward(x).tanh())
      .mul(this.scale)
      .add(options.shift ?? 0);
  }
}

const stateOf = (net: torch.nn.Module) => Object.fromEntries(net.named_parameters());
const inputs = (): Tensor =>
  torch.tensor([
    [1, 2],
    [-1, 0.5],
    [0, 3],
  ]);

test('replaces parameters and buffers for one call', () => {
  const [net, other] = [new Net(), new Net()];
  const x = inputs();
  const before = net.forward(x).tolist();
  expect(functional_call(net, stateOf(other), [x]).tolist()).toEqual(other.forward(x).tolist());
  expect(functional_call(net, stateOf(other), x).tolist()).toEqual(other.forward(x).tolist());
  const scale = torch.tensor([4]);
  expect(functional_call(net, { scale }, x).tolist()).toEqual(net.forward(x).mul(2).tolist());
  expect(functional_call(net, [stateOf(other), { scale }], x, { shift: 1 }).tolist()).toEqual(
    other.forward(x).mul(2).add(1).tolist(),
  );
  expect(net.forward(x).tolist()).toEqual(before);
  expect(net.first.weight).toBeInstanceOf(torch.nn.Parameter);
});

test('restores the module where forward throws, and what was not there', () => {
  const net = new Net();
  const { weight } = net.first;
  expect(() => functional_call(net, { 'first.weight': torch.ones(3, 7) }, inputs())).toThrow();
  expect(net.first.weight).toBe(weight);
  functional_call(net, { extra: torch.ones(1) }, inputs());
  expect('extra' in net).toBe(false);
});

test('gradients by the tensors given', () => {
  const net = new Net();
  const x = inputs();
  net.forward(x).sum().backward();
  const loss = (params: ReturnType<typeof stateOf>): Tensor => functional_call(net, params, x).sum();
  const found = grad(loss)(stateOf(net)) as Record<string, Tensor>;
  for (const [name, parameter] of net.named_parameters()) {
    expect(torch.allclose(found[name], parameter.grad as Tensor), name).toBe(true);
  }
  const jacobian = jacrev((bias: Tensor) => functional_call(net, { 'second.bias': bias }, x))(
    net.second.bias as Tensor,
  );
  expect(jacobian.tolist()).toEqual([[[2]], [[2]], [[2]]]);
});

test('gradients of each sample', () => {
  const net = new Net();
  const [x, y] = [inputs(), torch.tensor([[1], [0], [-1]])];
  const loss = (params: ReturnType<typeof stateOf>, x: Tensor, y: Tensor): Tensor =>
    functional_call(net, params, x.unsqueeze(0)).sub(y).pow(2).sum();
  const each = vmap(grad(loss), { in_dims: [null, 0, 0] })(stateOf(net), x, y) as Record<string, Tensor>;
  for (let i = 0; i < 3; i++) {
    const own = grad(loss)(stateOf(net), x.select(0, i), y.select(0, i)) as Record<string, Tensor>;
    for (const name of Object.keys(own)) expect(torch.allclose(each[name].select(0, i), own[name]), name).toBe(true);
  }
});

test('ensembles', () => {
  const models = Array.from({ length: 4 }, () => new Net());
  const [params, buffers] = stack_module_state(models);
  expect(Object.entries(params).map(([name, { shape }]) => [name, shape])).toEqual([
    ['first.weight', [4, 3, 2]],
    ['first.bias', [4, 3]],
    ['second.weight', [4, 1, 3]],
    ['second.bias', [4, 1]],
  ]);
  expect([buffers.scale.tolist(), buffers.scale.requires_grad]).toEqual([[[2], [2], [2], [2]], false]);
  expect(Object.values(params).every((param) => param.is_leaf && param.requires_grad)).toBe(true);
  const run = (params: Record<string, Tensor>, buffers: Record<string, Tensor>, x: Tensor): Tensor =>
    functional_call(models[0], [params, buffers], x);
  const found = vmap(run, { in_dims: [0, 0, null] })(params, buffers, inputs());
  const expected = torch.stack(models.map((model) => model.forward(inputs())));
  expect(torch.allclose(found, expected)).toBe(true);
  found.sum().backward();
  models[2].forward(inputs()).sum().backward();
  const third = params['first.weight'].grad?.select(0, 2) as Tensor;
  expect(torch.allclose(third, models[2].first.weight.grad as Tensor)).toBe(true);
});

test('tensors under several names', () => {
  class Tied extends torch.nn.Module {
    a = new torch.nn.Linear(1, 1, { bias: false });
    b = new torch.nn.Linear(1, 1, { bias: false });
    constructor() {
      super();
      this.b.weight = this.a.weight;
    }
    override forward(x: Tensor): Tensor {
      return this.b.forward(this.a.forward(x));
    }
  }
  const net = new Tied();
  const [two, three, one] = [torch.tensor([[2]]), torch.tensor([[3]]), torch.ones(1, 1)];
  torch.no_grad(() => net.a.weight.fill_(5));
  expect(functional_call(net, { 'a.weight': two }, one).item()).toBe(4);
  expect(functional_call(net, { 'a.weight': two }, one, null, { tie_weights: false }).item()).toBe(10);
  expect(() => functional_call(net, { 'a.weight': two, 'b.weight': three }, one)).toThrow(
    "functional_call got multiple values for keys 'a.weight', 'b.weight', which are tied. Consider using tie_weights=False",
  );
});

test('writes to buffers are seen in what was given', () => {
  class Counter extends torch.nn.Module {
    declare steps: Tensor;
    declare total: Tensor;
    constructor() {
      super();
      this.register_buffer('steps', torch.zeros(1));
      this.register_buffer('total', torch.zeros(1));
    }
    override forward(x: Tensor): Tensor {
      this.steps.add_(1);
      this.total = this.total.add(x);
      return this.total.clone();
    }
  }
  const counter = new Counter();
  const state = { steps: torch.zeros(1), total: torch.zeros(1) };
  expect([1, 2].map((x) => functional_call(counter, state, torch.tensor([x])).item())).toEqual([1, 3]);
  expect([state.steps.item(), state.total.item(), counter.steps.item(), counter.total.item()]).toEqual([2, 3, 0, 0]);
});

test('errors', () => {
  const net = new Net();
  const one = torch.ones(1);
  const call = (state: unknown, strict = false) => functional_call(net, state as never, inputs(), null, { strict });
  expect(() => call({ 'third.weight': one })).toThrow('Net has no attribute `third`');
  expect(() => call({ first: one })).toThrow('attribute `first`: Linear is not a Tensor');
  expect(() => call({ scale: 3 })).toThrow('scale must be a Tensor, not 3');
  expect(() => call([{ scale: one }, { scale: one }])).toThrow(
    'scale appears in multiple dictionaries; behavior of functional call is ambiguous',
  );
  expect(() => call(3)).toThrow(
    'Expected parameter_and_buffer_dicts to be a dict, or a list/tuple of dicts, but got 3',
  );
  expect(() => call({ scale: one, more: one }, true)).toThrow(
    "Error(s) in reparametrizing for Net:\n\tUnexpected key(s): 'more'.\n\tMissing key(s): 'first.weight', 'first.bias', " +
      "'second.weight', 'second.bias'.",
  );
  const frozen = new Net().requires_grad_(false);
  expect(() => stack_module_state([])).toThrow('Expected at least one model, got 0.');
  expect(() => stack_module_state([net, new torch.nn.Linear(1, 1)])).toThrow('models to be of the same class.');
  expect(() => stack_module_state([net, new Net().eval()])).toThrow('the same training/eval mode.');
  expect(() => stack_module_state([net, frozen])).toThrow(
    'Expected first.weight from each model to have the same .requires_grad',
  );
});
