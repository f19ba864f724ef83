/** Hooks of tensors and nodes. */
import { describe, expect, test } from 'vitest';
import * as torch from '../../lib/index.js';
import { errorOf, errorsOf, leaf, replay } from './programs.js';

const { grad } = torch.autograd;
type Gradients = readonly (torch.Tensor | null)[];
type Node = NonNullable<torch.Tensor['grad_fn']>;

const nodeOf = (tensor: torch.Tensor): Node => tensor.grad_fn as Node;
/** The node that accumulates into a leaf. */
const accumulator = (x: torch.Tensor) =>
  nodeOf(x.mul(2)).next_functions[0][0] as Node & { readonly variable: torch.Tensor };
const failing = (): never => {
  throw new Error('from within');
};

replay('hooks', {
  'order of hooks': () => {
    const log: unknown[] = [];
    const see =
      <A extends readonly unknown[], R>(name: string, result?: (...args: A) => R) =>
      (...args: A): R | undefined => {
        log.push([name, args.map((arg) => (arg instanceof torch.Tensor ? arg.clone() : [...(arg as Gradients)]))]);
        return result?.(...args);
      };
    const x = leaf(1, 2);
    const y = x.mul(2);
    y.register_hook(see('first', (g: torch.Tensor) => g.mul(10)));
    y.register_hook(see('second'));
    nodeOf(y).register_prehook(see('before', ([g]: Gradients) => [(g as torch.Tensor).add(1)]));
    nodeOf(y).register_hook(see('after', ([g]: Gradients, _: Gradients) => [(g as torch.Tensor).mul(2), null]));
    x.register_hook(see('leaf', (g: torch.Tensor) => g.add(0.5)));
    y.sum().backward();
    return [log, x.grad];
  },
  'removed hooks are silent': () => {
    const log: string[] = [];
    const x = leaf(1, 2);
    const handles = [...'abc'].map((name) => x.register_hook(() => void log.push(name)));
    handles[1].remove();
    handles[1].remove();
    x.mul(2).sum().backward();
    handles[0].remove();
    x.mul(2).sum().backward();
    return [log, x.grad];
  },
  'a hook of a leaf sees the sum once': () => {
    const log: torch.Tensor[] = [];
    const x = leaf(1, 2);
    x.register_hook((g) => void log.push(g.clone()));
    x.mul(2).add(x.mul(3)).sum().backward();
    return [log, x.grad];
  },
  'hooks of one of several results': () => {
    const log: torch.Tensor[] = [];
    const x = torch.tensor(
      [
        [1, 2],
        [3, 4],
      ],
      { requires_grad: true },
    );
    const [a, b] = x.unbind();
    b.register_hook((g) => {
      log.push(g.clone());
      return g.mul(10);
    });
    a.register_hook((g) => g.mul(100));
    a.mul(2).add(b.mul(3)).sum().backward();
    return [log, x.grad];
  },
  'hooks around accumulation': () => {
    const log: unknown[] = [];
    const x = leaf(1, 2);
    const node = accumulator(x);
    node.register_prehook((go) => void log.push(['before', go, x.grad]));
    node.register_hook((gi, go) => void log.push(['after', gi, go, x.grad?.clone()]));
    x.mul(2).sum().backward();
    return [node.variable === x, log, x.grad];
  },
  'hooks under create graph': () => {
    const x = leaf(1, 2);
    const modes: boolean[][] = [];
    const y = x.mul(1);
    y.register_hook((g) => {
      modes.push([torch.is_grad_enabled(), g.requires_grad]);
      return g.mul(y);
    });
    const [dx] = grad(y.mul(y).sum(), x, { create_graph: true }) as torch.Tensor[];
    const [ddx] = grad(dx.sum(), x, { retain_graph: true });
    y.mul(y).sum().backward();
    return [dx, ddx, x.grad, modes];
  },
  'errors of hooks': () => {
    const x = leaf(1, 2);
    const z = x.mul(3);
    const node = nodeOf(z);
    const good = torch.ones(2);
    const register = {
      tensor: x.register_hook.bind(x),
      post: node.register_hook.bind(node),
      pre: node.register_prehook.bind(node),
    };
    const run = (kind: keyof typeof register, result: unknown) => () => {
      function hook(): never {
        return result as never;
      }
      using _ = register[kind](hook);
      z.sum().backward({ retain_graph: true });
    };
    return errorsOf(
      () => torch.ones(1).register_hook((g) => g),
      run('tensor', 3),
      run('tensor', torch.ones(3)),
      run('tensor', torch.ones(2, { dtype: torch.float64 })),
      run('tensor', torch.ones(1)),
      run('post', [good, null, null]),
      run('post', good),
      run('post', [torch.ones(3), null]),
      run('pre', good),
      run('pre', [good, good]),
      run('pre', [torch.ones(3)]),
    );
  },
  'an error in a hook leaves all usable': () => {
    const x = leaf(1, 2);
    const y = x.mul(2);
    const node = nodeOf(y);
    const handles = [
      x.register_hook(failing),
      y.register_hook(failing),
      node.register_hook(failing),
      node.register_prehook(failing),
    ];
    const answers: (string | null)[] = [];
    while (handles.length > 0) {
      answers.push(errorOf(() => y.sum().backward({ retain_graph: true })));
      handles.pop()?.remove();
    }
    x.grad = null;
    y.sum().backward();
    return [answers, torch.is_grad_enabled(), x.grad];
  },
  'saved attributes': () => {
    const [x, w] = [leaf(1, 2), leaf(3, 4)];
    const attribute = (result: torch.Tensor, name: string) => Reflect.get(nodeOf(result), name);
    const product = x.mul(w);
    return [
      attribute(product, '_saved_self'),
      attribute(product, '_saved_other'),
      attribute(x.exp(), '_saved_result'),
      attribute(x.sum(0, { keepdim: true }), '_saved_keepdim'),
      Object.keys(nodeOf(product).metadata).length === 0,
      attribute(product, '_saved_result') !== undefined,
    ];
  },
});

describe('as in PyTorch 2', () => {
  test('gradients that grad returns have been seen by hooks', () => {
    const x = leaf(1, 2);
    const y = x.mul(2);
    x.register_hook((g) => g.mul(10));
    y.register_hook((g) => g.add(1));
    expect(grad(y.sum(), y, { retain_graph: true })[0]?.tolist()).toEqual([2, 2]);
    expect(grad(y.sum(), x)[0]?.tolist()).toEqual([40, 40]);
  });

  test('a retained gradient is what the last hook of the tensor left', () => {
    const y = leaf(1, 2).mul(2);
    y.retain_grad();
    y.register_hook((g) => g.mul(10));
    nodeOf(y).register_prehook(([g]) => [(g as torch.Tensor).add(1)]);
    y.sum().backward();
    expect(y.grad?.tolist()).toEqual([10, 10]);
  });

  test('hooks from before a write in place see the gradient of the old value', () => {
    const log: unknown[] = [];
    const y = leaf(1, 2).mul(1);
    y.register_hook((g) => void log.push(['before', g.tolist()]));
    y.mul_(3);
    y.register_hook((g) => void log.push(['after', g.tolist()]));
    y.sum().backward();
    expect(log).toEqual([
      ['after', [1, 1]],
      ['before', [3, 3]],
    ]);
  });

  test('a hook after accumulation may use up the gradient', () => {
    const x = leaf(1, 2);
    const handle = x.register_post_accumulate_grad_hook((x) => {
      torch.no_grad(() => x.sub_(x.grad as torch.Tensor));
      x.grad = null;
    });
    x.mul(2).sum().backward();
    expect([x.tolist(), x.grad]).toEqual([[-1, 0], null]);
    handle.remove();
    x.mul(2).sum().backward();
    expect(x.grad?.tolist()).toEqual([2, 2]);
    expect(errorsOf(() => x.mul(2).register_post_accumulate_grad_hook(() => {}))).toEqual([
      'post accumulate grad hooks cannot be registered on non-leaf tensors',
    ]);
  });

  test('a hook for several gradients is called once a pass', () => {
    const { register_multi_grad_hook } = torch.autograd.graph;
    const [x, w, b] = [leaf(1, 2), leaf(3, 4), leaf(5)];
    const log: unknown[] = [];
    const all = register_multi_grad_hook([x, w, b], (grads) => void log.push(grads.map((g) => g?.tolist() ?? null)));
    const any = register_multi_grad_hook([x, b], (grad: torch.Tensor) => void log.push(grad.tolist()), { mode: 'any' });
    x.mul(w).sum().backward();
    x.mul(w).add(b).sum().backward();
    all.remove();
    any.remove();
    x.mul(w).sum().backward();
    expect(log.filter((entry) => Array.isArray((entry as unknown[])[0] ?? []))).toEqual([
      [[3, 4], [1, 2], null],
      [[3, 4], [1, 2], [2]],
    ]);
    expect(log).toHaveLength(4);
  });
});

test('a hook may keep what it sees', () => {
  const kept: torch.Tensor[] = [];
  const x = torch.ones(1000, { requires_grad: true });
  const y = x.mul(2);
  y.register_hook((g) => void kept.push(g));
  nodeOf(y).register_hook(([g]) => void kept.push(g as torch.Tensor));
  x.register_hook((g) => void kept.push(g.view(1000)));
  y.mul(3).sum().backward();
  x.grad?.zero_();
  const expected = [3, 6, 6].map((value) => new Array(1000).fill(value));
  expect(kept.map((tensor) => tensor.tolist())).toEqual(expected);
});

test('hooks may be added and removed by hooks', () => {
  const log: string[] = [];
  const x = leaf(1);
  const first = x.register_hook(() => {
    log.push('first');
    first.remove();
    x.register_hook(() => void log.push('added'));
  });
  x.mul(2).sum().backward();
  x.mul(2).sum().backward();
  expect(log).toEqual(['first', 'added']);
});

test('nodes are Nodes, whose edges can be asked for', () => {
  const x = leaf(1);
  const y = x.mul(2);
  const { Node, get_gradient_edge, increment_version } = torch.autograd.graph;
  expect(y.grad_fn).toBeInstanceOf(Node);
  expect(get_gradient_edge(y)).toEqual({ node: y.grad_fn, output_nr: 0 });
  expect(get_gradient_edge(x).node).toBe(nodeOf(y).next_functions[0][0]);
  expect(() => get_gradient_edge(torch.ones(1))).toThrow('It is not possible to get the gradient edge');
  const z = y.sin();
  increment_version(y);
  expect(() => z.backward()).toThrow('is at version 1; expected version 0');
});

test('hooks are functions', () => {
  const x = leaf(1);
  expect(
    errorsOf(
      () => x.register_hook(3 as never),
      () => nodeOf(x.mul(2)).register_prehook(null as never),
      () => x.register_post_accumulate_grad_hook({} as never),
      () => torch.autograd.graph.register_multi_grad_hook([3 as never], () => {}),
      () => torch.autograd.graph.register_multi_grad_hook([x], () => {}, { mode: 'some' as never }),
    ),
  ).toEqual([
    "register_hook(): argument 'hook' must be a function, not 3",
    "register_prehook(): argument 'hook' must be a function, not null",
    "register_post_accumulate_grad_hook(): argument 'hook' must be a function, not Object",
    "register_multi_grad_hook(): argument 'tensors' must be a list of Tensors, not [3]",
    "Expects mode to be one of ('all', 'any') but got \"some\"",
  ]);
});
