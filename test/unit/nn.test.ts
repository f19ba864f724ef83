/** Modules: PyTorch's numbers for a seed, names, printed forms, and states. */
import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import * as torch from '../../lib/index.js';
import { expectClose, plain } from './programs.js';

const { nn } = torch;
const file = new URL('../golden/nn.json', import.meta.url);
const golden = JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, unknown>>;

class Net extends nn.Module {
  first = new nn.Linear(2, 3);
  act = new nn.ReLU();
  middle = new nn.Dropout(0.25);
  rest = new nn.Sequential(new nn.Linear(3, 2, { bias: false }), this.middle, new nn.Flatten());
  scale = new nn.Parameter(torch.tensor(2));
  declare offset: torch.Tensor;

  constructor() {
    super();
    Reflect.deleteProperty(this, 'middle');
    this.register_buffer('offset', torch.ones(2));
    this.register_buffer('scratch', torch.zeros(1), { persistent: false });
  }

  override forward(x: torch.Tensor): torch.Tensor {
    return this.rest
      .forward(this.act.forward(this.first.forward(x)))
      .mul(this.scale)
      .add(this.offset);
  }
}

const keys = (entries: Iterable<[string, unknown]>): string[] => [...entries].map(([name]) => name);

function seeded<R>(seed: number, body: () => R): R {
  torch.manual_seed(seed);
  return body();
}

function train(net: Net, dropout: torch.nn.Dropout): unknown {
  dropout.p = 0;
  const [x, target] = [torch.randn(8, 2), torch.randn(8, 2)];
  const losses: unknown[] = [];
  for (const optimizer of [
    new torch.optim.SGD(net.parameters(), { lr: 0.1, momentum: 0.9 }),
    new torch.optim.Adam(net.parameters(), { lr: 0.05 }),
  ]) {
    for (let step = 0; step < 8; step++) {
      optimizer.zero_grad();
      const loss = net.forward(x).sub(target).square().mean();
      loss.backward();
      optimizer.step();
      losses.push(loss.item());
    }
  }
  return [losses, net.state_dict()['first.weight']];
}

const programs: Record<string, () => unknown> = {
  'linear of a seed': () => {
    const layer = seeded(0, () => new nn.Linear(2, 3));
    return [layer.weight, layer.bias, layer.forward(torch.tensor([[1, 2]])), String(layer)];
  },
  'linear without bias': () => {
    const layer = seeded(1, () => new nn.Linear(40, 5, { bias: false, dtype: torch.float64 }));
    return [layer.weight, layer.bias, String(layer.weight.dtype), String(layer)];
  },
  'first values': () => {
    const { init } = nn;
    const fills: ((t: torch.Tensor) => torch.Tensor)[] = [
      (t) => init.uniform_(t, -1, 3),
      (t) => init.normal_(t, 1, 2),
      (t) => init.constant_(t, 3),
      init.ones_,
      init.zeros_,
      init.eye_,
      (t) => init.xavier_uniform_(t),
      (t) => init.xavier_normal_(t, 2),
      (t) => init.kaiming_uniform_(t),
      (t) => init.kaiming_uniform_(t, { mode: 'fan_out', nonlinearity: 'relu' }),
      (t) => init.kaiming_normal_(t, 0.5),
    ];
    const filled = fills.map((fill) => seeded(3, () => fill(torch.empty(3, 4))));
    return [...filled, seeded(3, () => init.kaiming_normal_(torch.empty(2, 3, 2, 2)))];
  },
  gains: () => [
    ...(['linear', 'conv2d', 'sigmoid', 'tanh', 'relu', 'leaky_relu', 'selu'] as const).map((name) =>
      nn.init.calculate_gain(name),
    ),
    nn.init.calculate_gain('leaky_relu', 0.5),
  ],
  names: () => {
    const net = new Net();
    return [
      keys(net.named_parameters()),
      keys(net.named_buffers()),
      keys(net.named_modules()),
      keys(net.named_children()),
      Object.keys(net.state_dict()),
      keys(net.named_parameters('net', false)),
    ];
  },
  printed: () =>
    [
      new Net(),
      new nn.Sequential(),
      new nn.Sequential(
        new nn.Linear(1, 2),
        new nn.Sequential(new nn.ReLU({ inplace: true }), new nn.Tanh()),
        new nn.Sigmoid(),
      ),
      new nn.ModuleList([new nn.Identity(), new nn.Dropout()]),
      new nn.Embedding(3, 2),
      new nn.Embedding(3, 2, { padding_idx: -1, max_norm: 1.5, norm_type: 1, scale_grad_by_freq: true }),
      new nn.Flatten(0, 1),
      new nn.Module(),
      new nn.Parameter(torch.ones(2)),
    ].map(String),
  'the same module twice': () => {
    const layer = new nn.Linear(1, 1);
    const net = new nn.Sequential(layer, layer);
    return [keys(net.named_parameters()), Object.keys(net.state_dict()), [...net.children()].length];
  },
  'an embedding': () => {
    const table = seeded(0, () => new nn.Embedding(4, 3, { padding_idx: 1 }));
    const found = table.forward(
      torch.tensor([
        [0n, 1n],
        [3n, 3n],
      ]),
    );
    found
      .mul(torch.arange(12).reshape(2, 2, 3))
      .sum()
      .backward();
    return [table.weight, found, table.weight.grad];
  },
  'an embedding that renormalises': () => {
    const table = seeded(0, () => new nn.Embedding(4, 3, { max_norm: 1 }));
    return [table.forward(torch.tensor([0n, 2n, 2n])), table.weight];
  },
  'dropout in training and after': () => {
    torch.manual_seed(0);
    const layer = new nn.Dropout(0.25);
    const x = torch.ones(20, { requires_grad: true });
    const y = layer.forward(x);
    y.sum().backward();
    return [y, x.grad, new nn.Dropout(1).forward(x), layer.eval().forward(x)];
  },
  'training a net': () => {
    const net = seeded(0, () => new Net());
    return train(net, net.rest.at(1) as torch.nn.Dropout);
  },
  'states that do not fit': () => {
    const net = new nn.Sequential(new nn.Linear(2, 3));
    const state = { '0.weight': torch.ones(3, 3), '1.bias': torch.ones(3) };
    return [true, false].map((strict) => {
      try {
        return net.load_state_dict(state, { strict });
      } catch (error) {
        return (error as Error).message;
      }
    });
  },
  'a state in part': () => {
    const net = new nn.Sequential(new nn.Linear(2, 3));
    const state = { '0.bias': torch.ones(3), '2.bias': torch.ones(1) };
    const { missing_keys, unexpected_keys } = net.load_state_dict(state, { strict: false });
    return [(net.at(0) as torch.nn.Linear).bias, missing_keys, unexpected_keys];
  },
};

test('every recorded program is replayed', () => {
  expect(Object.keys(programs)).toEqual(Object.keys(golden));
});
test.each(Object.entries(programs))('%s', (name, body) => {
  expectClose(plain(body()), golden[name]);
});

describe('a module', () => {
  test('has modes', () => {
    const net = new Net();
    net.eval();
    expect([...net.modules()].map(({ training }) => training)).not.toContain(true);
    net.train();
    expect([...net.modules()].map(({ training }) => training)).not.toContain(false);
  });

  test('freezes, and forgets gradients', () => {
    const net = new nn.Linear(2, 1);
    net.forward(torch.ones(1, 2)).sum().backward();
    net.zero_grad();
    expect(net.bias?.grad?.tolist()).toEqual([0]);
    net.zero_grad({ set_to_none: true });
    expect(net.weight.grad).toBe(null);
    net.requires_grad_(false);
    expect(net.forward(torch.ones(1, 2)).requires_grad).toBe(false);
  });

  test('is walked from its leaves by apply', () => {
    const seen: string[] = [];
    new nn.Sequential(new nn.Identity(), new nn.Sequential(new nn.Tanh())).apply((module) => {
      seen.push(module.constructor.name);
    });
    expect(seen).toEqual(['Identity', 'Tanh', 'Sequential', 'Sequential']);
  });

  test('prints itself', () => {
    expect(inspect(new nn.Linear(1, 2))).toBe('Linear(in_features=1, out_features=2, bias=True)');
  });

  test('takes over a state', () => {
    const [from, to] = [new Net(), new Net()];
    to.load_state_dict(from.state_dict());
    const x = torch.randn(3, 2);
    expect(to.eval().forward(x).tolist()).toEqual(from.eval().forward(x).tolist());
    expect(to.first.weight).toBeInstanceOf(nn.Parameter);
  });

  test.each<[string, () => unknown, string]>([
    ['without forward', () => new nn.Module().forward(), 'is missing the required "forward" function'],
    ['with a dot in a name', () => new nn.Module().add_module('a.b', null), `module name can't contain "."`],
    ['with an empty name', () => new nn.Module().register_buffer('', null), `buffer name can't be empty string ""`],
    ['with a field twice', () => new nn.Linear(1, 1).add_module('forward', null), "attribute 'forward' already exists"],
    ['with a module that is none', () => new nn.Module().add_module('a', 3 as never), '3 is not a Module subclass'],
    [
      'with a buffer that is none',
      () => new nn.Module().register_buffer('a', 3 as never),
      'torch Tensor or None required',
    ],
    [
      'with a parameter that is none',
      () => new nn.Module().register_parameter('a', 3 as never),
      'torch.nn.Parameter or None',
    ],
    ['of half a feature', () => new nn.Linear(0.5, 1), "argument 'in_features' must be int"],
    [
      'with an unknown option',
      () => new nn.Linear(1, 1, { biased: true } as never),
      "unexpected keyword argument 'biased'",
    ],
    ['on another device', () => new nn.Linear(1, 1, { device: 'cuda' as 'cpu' }), "device must be 'cpu'"],
    ['that drops too much', () => new nn.Dropout(2), 'dropout probability has to be between 0 and 1, but got 2'],
    ['padding nowhere', () => new nn.Embedding(3, 2, { padding_idx: 3 }), 'Padding_idx must be within num_embeddings'],
    ['of no tensor', () => new nn.Parameter(3 as never), "argument 'data' must be Tensor"],
    ['of whole numbers', () => new nn.Parameter(torch.arange(3)), 'only Tensors of floating point'],
    ['of no state', () => new nn.Linear(1, 1).load_state_dict(null as never), 'Expected state_dict to be dict-like'],
  ])('%s is refused', (_, make, message) => {
    expect(make).toThrow(message);
  });

  test('has what from_pretrained is given', () => {
    const table = nn.Embedding.from_pretrained(
      torch.tensor([
        [1, 2],
        [3, 4],
      ]),
    );
    expect(table.forward(torch.tensor([1n])).tolist()).toEqual([[3, 4]]);
    expect([table.num_embeddings, table.weight.requires_grad]).toEqual([2, false]);
    expect(() => nn.Embedding.from_pretrained(null as never)).toThrow(
      "from_pretrained(): argument 'embeddings' must be Tensor, not null",
    );
  });
});

test('a parameter shares the elements of its tensor, and is a leaf', () => {
  const data = torch.ones(2);
  const parameter = new nn.Parameter(data.mul(1), { requires_grad: true });
  expect([parameter.is_leaf, parameter.requires_grad, parameter instanceof torch.Tensor]).toEqual([true, true, true]);
  const shared = new nn.Parameter(data, false);
  data.fill_(3);
  expect(shared.tolist()).toEqual([3, 3]);
});
