/** Containers, hooks, look-ups, dtypes, encoders and torch.nn.utils, as PyTorch has them. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as torch from '../../lib/index.js';
import { expectClose, plain } from './programs.js';

const { nn } = torch;
const file = new URL('../golden/nn_behaviour.json', import.meta.url);
const golden = JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, unknown>>;

const keys = (entries: Iterable<[string, unknown]>): string[] => [...entries].map(([name]) => name);
const causal = (): torch.Tensor =>
  torch.tensor([
    [false, true, true],
    [false, false, true],
    [false, false, false],
  ]);

class Shared extends nn.Module {
  first = new nn.Linear(2, 2);
  second = new nn.Linear(2, 2);
  norm = new nn.BatchNorm1d(2);
  declare scale: torch.nn.Parameter;

  constructor() {
    super();
    this.second.weight = this.first.weight;
    this.register_buffer('scratch', torch.zeros(1), { persistent: false });
    this.register_parameter('scale', new nn.Parameter(torch.ones(1)));
    this.register_parameter('shift', null);
  }

  override forward(x: torch.Tensor): torch.Tensor {
    return this.norm.forward(this.second.forward(this.first.forward(x))).mul(this.scale);
  }
}

const containers = {
  'modules by name': () => {
    const found = new nn.ModuleDict<torch.nn.Module>({ pool: new nn.MaxPool2d(2), act: new nn.ReLU() });
    found.set('linear', new nn.Linear(2, 1));
    found.update({ act: new nn.GELU() });
    const removed = found.pop('pool');
    return [
      found.keys(),
      [...found],
      found.length,
      found.has('act'),
      String(found),
      String(removed),
      Object.keys(found.state_dict()),
    ];
  },
  'parameters by name': () => {
    const found = new nn.ParameterDict({ b: torch.ones(2), a: new nn.Parameter(torch.zeros(1, 3)) });
    found.set('c', torch.full([2], 2));
    return [
      found.keys(),
      String(found),
      Object.keys(found.state_dict()),
      found.values().map((parameter) => parameter.requires_grad),
    ];
  },
  'lists of parameters': () => {
    const found = new nn.ParameterList([torch.ones(2), new nn.Parameter(torch.zeros(1, 3))]);
    found.append(torch.tensor(1));
    found.extend([torch.zeros(2, { dtype: torch.float64 })]);
    return [found.length, String(found), Object.keys(found.state_dict()), found.at(-2)];
  },
  'shared parameters': () => {
    const net = new Shared();
    return [
      keys(net.named_parameters()),
      keys(net.named_buffers()),
      Object.keys(net.state_dict()),
      Object.keys(net.state_dict({ prefix: 'net.' })),
      Object.values(net.state_dict({ keep_vars: true })).map((value) => value.requires_grad),
    ];
  },
  'look ups': () => {
    const net = new nn.Sequential(new nn.Linear(1, 2), new nn.Sequential(new nn.BatchNorm1d(2)));
    return answersOf(
      () => String(net.get_submodule('1.0')),
      () => (net.get_submodule('') === net ? 'True' : 'False'),
      () => net.get_parameter('0.bias').shape[0],
      () => net.get_buffer('1.0.running_var'),
      () => net.get_submodule('1.2'),
      () => net.get_submodule('0.weight'),
      () => net.get_parameter('1.0.running_mean'),
      () => net.get_buffer('0.weight'),
      () => net.get_parameter('0.scale'),
    );
  },
};

/** Results, and messages of errors. */
const answersOf = (...bodies: (() => unknown)[]): unknown[] =>
  bodies.map((body) => {
    try {
      return body();
    } catch (error) {
      return (error as Error).message;
    }
  });

const dtypes = {
  'other dtypes': () => {
    torch.manual_seed(0);
    const net = new Shared();
    const optimizer = new torch.optim.SGD(net.parameters(), { lr: 0.1 });
    const { weight } = net.first;
    net.forward(torch.randn(3, 2)).sum().backward();
    net.double();
    const same = weight === net.first.weight && net.second.weight === weight;
    const dtypes = Object.values(net.state_dict()).map((value) => String(value.dtype));
    const x = torch.randn(3, 2, { dtype: torch.float64 });
    optimizer.zero_grad();
    net.forward(x).mul(torch.arange(6).reshape(3, 2)).sum().backward();
    optimizer.step();
    net.to(torch.float64);
    net.float();
    const refused = answersOf(() => net.to(torch.int64));
    return [same, dtypes, weight, String(weight.dtype), String(weight.grad?.dtype), refused];
  },
};

const hooks = {
  'hooks of forward': () => {
    torch.manual_seed(0);
    const layer = new nn.Linear(2, 2);
    const seen: unknown[] = [];
    const x = torch.tensor([[1, 2]]);
    const before = layer.register_forward_pre_hook((_, input) => {
      seen.push(['before', input.length, plain(input[0])]);
    });
    const doubled = layer.register_forward_pre_hook((_, input) => (input[0] as torch.Tensor).mul(2));
    const after = layer.register_forward_hook((module, input) => {
      seen.push(['after', plain(input[0]), String(module)]);
    });
    const replaced = layer.register_forward_hook((_module, _input, output) => (output as torch.Tensor).add(1));
    const answers = [new nn.Sequential(layer).forward(x)];
    for (const handle of [before, doubled, after]) handle.remove();
    answers.push(layer.forward(x));
    replaced.remove();
    answers.push(layer.forward(x));
    return [answers, seen];
  },
  'hooks of backward': () => {
    torch.manual_seed(0);
    const layer = new nn.Linear(2, 2);
    const seen: unknown[] = [];
    const handle = layer.register_full_backward_hook((_, grad_input, grad_output) => {
      seen.push([plain(grad_input[0]), plain(grad_output[0])]);
    });
    const x = torch.tensor([[1, 2]], { requires_grad: true });
    const y = layer.forward(x);
    const names = [y.grad_fn?.name()];
    y.mul(torch.tensor([1, 3]))
      .sum()
      .backward();
    const answers = [x.grad?.clone(), layer.weight.grad?.clone()];
    const scaled = layer.register_full_backward_hook((_, [grad]) => [(grad as torch.Tensor).mul(10)]);
    x.grad = null;
    layer.forward(x).sum().backward();
    answers.push(x.grad === null ? undefined : (x.grad as torch.Tensor).clone());
    scaled.remove();
    handle.remove();
    x.grad = null;
    layer.forward(x).sum().backward();
    return [names, answers, x.grad, seen];
  },
  'hooks of backward of several': () => {
    torch.manual_seed(0);
    const layer = new nn.Bilinear(2, 2, 1);
    const seen: unknown[] = [];
    const hook = (_: unknown, grad_input: readonly (torch.Tensor | null)[]): void => {
      seen.push([grad_input.length, plain(grad_input[0])]);
    };
    layer.register_full_backward_hook(hook);
    const x = torch.tensor([[1, 2]], { requires_grad: true });
    layer
      .forward(x, torch.tensor([[3, 4]]))
      .sum()
      .backward();
    const pool = new nn.MaxPool1d(2, { return_indices: true });
    pool.register_full_backward_hook((_module, _input, grad_output) => {
      seen.push(grad_output.length);
    });
    const [values] = pool.forward(x.unsqueeze(0).mul(2));
    values.sum().backward();
    const frozen = new nn.Linear(2, 1);
    frozen.register_full_backward_hook(hook);
    frozen.forward(torch.ones(1, 2)).sum().backward();
    const wrong = new nn.Tanh();
    wrong.register_full_backward_hook((_, [grad]) => [grad, null]);
    return [seen, x.grad, answersOf(() => wrong.forward(x).sum().backward())];
  },
};

const encoders = {
  'an encoder': () => {
    torch.manual_seed(0);
    const layer = new nn.TransformerEncoderLayer(4, 2, { dim_feedforward: 6, dropout: 0.1 });
    const encoder = new nn.TransformerEncoder(layer, 2, new nn.LayerNorm(4));
    const x = torch.randn(3, 2, 4);
    const padding = torch.tensor([
      [false, false, false],
      [false, false, true],
    ]);
    const y = encoder.forward(x, causal(), padding);
    y.square().sum().backward();
    const grads = [...encoder.parameters()].map((parameter) => parameter.grad);
    const evaluated = encoder.eval().forward(x);
    return [
      Object.keys(encoder.state_dict()),
      y,
      String(encoder),
      grads,
      evaluated,
      layer.linear1.weight.grad === null,
    ];
  },
  'an encoder of a module': () => {
    torch.manual_seed(0);
    const activation = new nn.LeakyReLU(0.2);
    const layer = new nn.TransformerEncoderLayer(2, 1, 3, { activation, norm_first: true, batch_first: true });
    return [String(layer), Object.keys(layer.state_dict()), layer.eval().forward(torch.randn(1, 2, 2))];
  },
};

const onParameters = {
  'clipped gradients': () => {
    const answers: unknown[] = [];
    for (const norm_type of [2, 1, Number.POSITIVE_INFINITY]) {
      for (const bound of [1, 100]) {
        const [a, b, free] = [2, 3, 1].map((size) => torch.ones(size, { requires_grad: true }));
        a.grad = torch.tensor([1, -2]);
        b.grad = torch.tensor([3, 0.5, -4]);
        const total = nn.utils.clip_grad_norm_([a, b, free], bound, norm_type);
        answers.push([total, a.grad, b.grad]);
      }
    }
    const a = torch.ones(2, { requires_grad: true });
    a.grad = torch.tensor([1, -2]);
    nn.utils.clip_grad_value_(a, 1.5);
    answers.push([a.grad, nn.utils.clip_grad_norm_([], 1)]);
    a.grad = torch.tensor([1, Number.NaN]);
    const refused = answersOf(() => nn.utils.clip_grad_norm_(a, 1, { error_if_nonfinite: true }));
    return [answers, String(refused[0]).split(',')[0]];
  },
  'parameters as a vector': () => {
    torch.manual_seed(0);
    const net = new nn.Linear(2, 3);
    const vector = nn.utils.parameters_to_vector(net.parameters());
    nn.utils.vector_to_parameters(torch.arange(9).to(torch.float32), net.parameters());
    return [vector, net.weight, net.bias, vector.requires_grad];
  },
};

const refusals = {
  'states of norms': () => {
    torch.manual_seed(0);
    const [norm, other] = [new nn.BatchNorm1d(2), new nn.BatchNorm1d(2)];
    for (let i = 0; i < 3; i++) norm.forward(torch.randn(4, 2));
    other.load_state_dict(norm.state_dict());
    other.eval();
    const x = torch.randn(2, 2);
    const y = other.forward(x);
    norm.reset_running_stats();
    const refused = answersOf(
      () => norm.forward(torch.randn(1, 2)),
      () => new nn.BatchNorm2d(2).forward(x),
      () => new nn.InstanceNorm1d(2).forward(torch.ones(2)),
    );
    return [y, other.num_batches_tracked, norm.running_mean, norm.num_batches_tracked, refused];
  },
  'refused arguments': () =>
    answersOf(
      () => new nn.Conv2d(3, 4, 2, { groups: 2 }),
      () => new nn.Conv2d(4, 3, 2, { groups: 2 }),
      () => new nn.Conv2d(4, 4, 2, { groups: 0 }),
      () => new nn.Conv2d(4, 4, 2, { padding: 'same', stride: 2 }),
      () => new nn.GroupNorm(3, 4),
      () => new nn.Dropout2d(1.5),
      () => new nn.TransformerEncoderLayer(2, 1, { activation: 'tanh' as 'relu' }),
      () => new nn.ConvTranspose2d(1, 1, 2, { padding_mode: 'circular' as 'zeros' }),
      () => new nn.ConvTranspose1d(1, 1, 3, { stride: 2 }).forward(torch.ones(1, 1, 2), [8]),
      () => new nn.MultiheadAttention(4, 2).forward(torch.ones(3, 6), torch.ones(3, 6), torch.ones(3, 6)),
      () =>
        new nn.MultiheadAttention(4, 2).forward(torch.ones(3, 4), torch.ones(3, 4), torch.ones(3, 4), {
          attn_mask: torch.ones(2, 3),
        }),
    ),
};

const programs: Record<string, () => unknown> = {
  ...containers,
  ...dtypes,
  ...hooks,
  ...encoders,
  ...onParameters,
  ...refusals,
};

test('every recorded program is replayed', () => {
  expect(Object.keys(programs)).toEqual(Object.keys(golden));
});

test.each(Object.entries(programs))('%s', (name, body) => {
  expectClose(plain(body()), golden[name]);
});

describe('a module', () => {
  test('is not written to by the copies that an encoder makes', () => {
    const layer = new nn.TransformerEncoderLayer(2, 1, 3);
    const encoder = new nn.TransformerEncoder(layer, 2);
    const [first, second] = [...encoder.layers].map((each) => each.get_parameter('linear1.weight'));
    torch.no_grad(() => first.fill_(0));
    expect(layer.linear1.weight.count_nonzero().item()).toBe(6);
    expect(second.count_nonzero().item()).toBe(6);
    expect(second).toBeInstanceOf(nn.Parameter);
  });

  test('refuses a backward pass through what it was before it was converted', () => {
    const layer = new nn.Linear(2, 1);
    const loss = layer.forward(torch.ones(1, 2, { requires_grad: true })).sum();
    layer.double();
    expect(() => loss.backward()).toThrow('converted to torch.float64 after the graph to it was recorded');
    const slope = new nn.PReLU();
    const x = torch.ones(2, { requires_grad: true });
    const y = x.mul(slope.weight).sum();
    slope.double();
    expect(() => torch.autograd.grad(y, [x])).toThrow('has been modified by an inplace operation');
  });

  test('calls hooks for super.forward no second time', () => {
    class Loud extends nn.Linear {
      override forward(input: torch.Tensor): torch.Tensor {
        return super.forward(input).mul(2);
      }
    }
    const layer = new Loud(1, 1);
    let calls = 0;
    layer.register_forward_hook(() => {
      calls++;
    });
    layer.forward(torch.ones(1, 1));
    expect(calls).toBe(1);
    expect(Object.keys(layer)).not.toContain('forward');
  });

  test.each<[string, () => unknown, string]>([
    [
      'hooks that are none',
      () => new nn.ReLU().register_forward_hook(3 as never),
      "argument 'hook' must be a function",
    ],
    ['a kernel of too many sizes', () => new nn.Conv1d(1, 1, [2, 2]), 'kernel_size must be an int or a list of 1 ints'],
    [
      'an unknown padding',
      () => new nn.Conv2d(1, 1, 2, { padding: 'full' as 'same' }),
      'Invalid padding string "full"',
    ],
    ['padding that is none', () => new nn.Conv2d(1, 1, 2, { padding: {} as never }), "argument 'padding' must be int"],
    [
      'an unknown mode',
      () => new nn.Conv2d(1, 1, 2, { padding_mode: 'odd' as 'zeros' }),
      'padding_mode must be one of',
    ],
    [
      'padding beyond the input',
      () => new nn.Conv1d(1, 1, 2, { padding: 4, padding_mode: 'reflect' }).forward(torch.ones(1, 1, 4)),
      'Padding size should be less than the corresponding input dimension, but got: padding (4, 4)',
    ],
    [
      'padding more than once around',
      () => new nn.Conv1d(1, 1, 2, { padding: 5, padding_mode: 'circular' }).forward(torch.ones(1, 1, 4)),
      'wrapping around more than once',
    ],
    ['another device', () => new nn.ReLU().to('cuda' as 'cpu'), "device must be 'cpu'"],
    ['a dtype that is none', () => new nn.ReLU().to({ dtype: 'float32' as never }), "argument 'dtype'"],
    ['no option', () => new nn.SELU({ alpha: 1 } as never), "SELU() got an unexpected keyword argument 'alpha'"],
    ['an encoder of no module', () => new nn.TransformerEncoder(3 as never, 1), '3 is not a Module subclass'],
    ['a key that is not there', () => new nn.ModuleDict().pop('a'), 'ModuleDict has no key "a"'],
    ['a list of no tensors', () => new nn.ParameterList([3 as never]), 'expected a Tensor, got 3'],
    [
      'a vector that is too short',
      () => nn.utils.vector_to_parameters(torch.ones(1), [torch.ones(2)]),
      'a vector of 2',
    ],
    ['gradients of no tensor', () => nn.utils.clip_grad_norm_([3 as never], 1), "argument 'parameters'"],
  ])('refuses %s', (_, make, message) => {
    expect(make).toThrow(message);
  });
});

test('keywords may stand in the place of an option of any kind', () => {
  expect(new nn.Conv1d(1, 2, 3, 2, { padding: 1 }).padding).toEqual([1]);
  const norm = new nn.LayerNorm(4);
  expect(
    new nn.TransformerEncoder(new nn.TransformerEncoderLayer(4, 2, 4, 0.1, { norm_first: true }), 1, { norm }).norm,
  ).toBe(norm);
});

describe('what modules refuse', () => {
  const wrong = (value: unknown): never => value as never;
  const linear = new nn.Linear(2, 2);
  test.each<[string, () => unknown, string]>([
    ['forward', () => new nn.Sigmoid().forward(wrong(3)), "sigmoid(): argument 'self' must be Tensor, not 3"],
    ['flatten', () => new nn.Flatten().forward(wrong(3)), "Flatten.forward(): argument 'input' must be Tensor, not 3"],
    ['norm', () => new nn.BatchNorm1d(2).forward(wrong(3)), "BatchNorm1d.forward(): argument 'input' must be Tensor"],
    ['apply', () => linear.apply(wrong(3)), "apply(): argument 'fn' must be a function, not 3"],
    ['paths', () => linear.get_submodule(wrong(3)), "get_submodule(): argument 'target' must be str, not 3"],
    ['parameters', () => linear.get_parameter(wrong(null)), "get_parameter(): argument 'target' must be str, not null"],
    ['prefixes', () => [...linear.named_modules(wrong(3))], "named_modules(): argument 'prefix' must be str, not 3"],
    ['keywords', () => linear.zero_grad(wrong({ to_none: true })), 'zero_grad() got an unexpected keyword argument'],
    ['places', () => new nn.ModuleList().at(wrong('x')), 'at(): argument \'index\' must be int, not "x"'],
    [
      'layers without end',
      () => new nn.TransformerEncoder(wrong(linear), 1e12),
      'TransformerEncoder: num_layers must be from 0 to 10000, got 1000000000000',
    ],
    [
      'norms that are none',
      () => new nn.TransformerEncoder(wrong(linear), 1, { norm: wrong(3) }),
      "TransformerEncoder(): argument 'norm' must be a Module or null, not 3",
    ],
    [
      'padding beyond memory',
      () => new nn.Conv1d(1, 1, 1, { padding: 1e12, padding_mode: 'replicate' }).forward(torch.ones(1, 1, 3)),
      "can't allocate memory",
    ],
    [
      'what contains itself',
      () => {
        const list = new nn.ModuleList();
        list.append(new nn.ModuleList([list]));
      },
      "module '0' contains the module that it is added to",
    ],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(message);
  });
});

describe('a module in one of its own fields', () => {
  class Own extends nn.Module {
    linear = new nn.Linear(1, 1);
    self: torch.nn.Module = this;
  }
  const own = new Own();

  test('is found once, and only named when printed', () => {
    expect([...own.named_modules()].map(([name]) => name)).toEqual(['', 'linear']);
    expect([...own.train(false).float().named_parameters()].map(([name]) => name)).toEqual([
      'linear.weight',
      'linear.bias',
    ]);
    expect(String(own)).toBe(
      'Own(\n  (linear): Linear(in_features=1, out_features=1, bias=True)\n  (self): Own(...)\n)',
    );
  });

  test('has no state whose names would end, which is said', () => {
    const below = new nn.ModuleList([own]);
    expect(() => own.apply(() => {})).toThrow('apply: a module contains itself: Own');
    expect(() => own.state_dict()).toThrow('state_dict: a module contains itself: Own');
    expect(() => below.load_state_dict({})).toThrow('load_state_dict: a module contains itself: Own');
  });

  test('is not one that stands in two fields', () => {
    const shared = new nn.Linear(1, 1);
    const twice = new nn.Sequential(shared, shared);
    expect(Object.keys(twice.state_dict())).toEqual(['0.weight', '0.bias', '1.weight', '1.bias']);
    expect(twice.apply(() => {})).toBe(twice);
  });
});
