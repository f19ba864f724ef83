/** When hooks of tensors and nodes are called, and what becomes of what they return. */
import { expect, test } from 'vitest';
import * as torch from '../../lib/index.js';
import { type Ctx, custom } from './custom.js';
import { errorOf, errorsOf, leaf, replay } from './programs.js';

const { grad } = torch.autograd;
type Gradients = readonly (torch.Tensor | null)[];
type Node = NonNullable<torch.Tensor['grad_fn']>;

const nodeOf = (tensor: torch.Tensor): Node => tensor.grad_fn as Node;
const first = ([g]: Gradients): torch.Tensor => g as torch.Tensor;
const stop = custom(
  (_, x: torch.Tensor) => x.mul(2),
  () => null,
);

replay('hook calls', {
  'the same hook twice': () => {
    const log: torch.Tensor[] = [];
    const x = leaf(1, 2);
    const hook = (g: torch.Tensor) => {
      log.push(g.clone());
      return g.mul(2);
    };
    const handle = x.register_hook(hook);
    x.register_hook(hook);
    x.mul(3).sum().backward();
    handle.remove();
    x.mul(3).sum().backward();
    return [log, x.grad];
  },
  'two passes over one graph': () => {
    const log: unknown[] = [];
    const x = leaf(1, 2);
    const y = x.mul(2);
    y.register_hook((g) => {
      log.push(['y', g.clone()]);
      return g.mul(10);
    });
    x.register_hook((g) => void log.push(['x', g.clone()]));
    nodeOf(y).register_hook((gi, go) => void log.push(['node', first(gi).clone(), first(go).clone()]));
    const loss = y.mul(3).sum();
    loss.backward({ retain_graph: true });
    loss.backward();
    return [log, x.grad];
  },
  'hooks that write to the gradient': () => {
    const x = leaf(1, 2);
    const y = x.mul(2);
    y.register_hook((g) => void g.mul_(5));
    x.register_hook((g) => void g.add_(1));
    y.mul(3).sum().backward();
    return x.grad;
  },
  'hooks where no gradient arrives': () => {
    const log: unknown[] = [];
    const [x, w] = [leaf(1, 2), leaf(1)];
    const [y, z] = [x.mul(2), x.mul(3)];
    z.register_hook(() => void log.push('z'));
    y.register_hook(() => void log.push('y'));
    y.sum().backward();
    w.register_hook(() => void log.push('w'));
    const v = w.mul(2);
    nodeOf(v).register_prehook((go) => void log.push(go));
    nodeOf(v).register_hook((gi, go) => void log.push([gi, go]));
    stop.apply(v).sum().backward();
    return [log, w.grad];
  },
  'functions where no gradient arrives': () => {
    const answers: unknown[] = [];
    for (const materialize of [true, false]) {
      const forward = (ctx: Ctx, x: torch.Tensor) => {
        ctx.set_materialize_grads(materialize);
        return x.mul(2);
      };
      const x = leaf(1, 2);
      const y = custom(forward, (_, g) => {
        answers.push(g);
        return g === null ? null : (g as torch.Tensor).add(1);
      }).apply(x);
      nodeOf(y).register_hook((gi, go) => void answers.push([gi, go]));
      stop.apply(y).sum().backward();
      answers.push(x.grad);
    }
    return answers;
  },
  'node hooks that return nothing for a gradient': () => {
    const [x, w] = [leaf(1, 2), leaf(3, 4)];
    const y = x.mul(w);
    nodeOf(y).register_hook(([, g]) => [null, (g as torch.Tensor).mul(2)]);
    y.sum().backward();
    const before = [x.grad, w.grad];
    const z = x.mul(w);
    nodeOf(z).register_prehook(() => [null]);
    z.sum().backward();
    return [before, x.grad, w.grad];
  },
  'node hooks that return a gradient for none': () => {
    const [x, c] = [leaf(1, 2), torch.ones(2)];
    const y = x.mul(c);
    const seen: boolean[][] = [];
    nodeOf(y).register_hook((gi) => {
      seen.push(gi.map((g) => g === null));
      return [gi[0], first(gi).mul(7)];
    });
    return [errorOf(() => y.sum().backward()), seen, x.grad];
  },
  'several hooks of a node see each others results': () => {
    const log: unknown[] = [];
    const x = leaf(1, 2);
    const y = x.mul(2);
    const node = nodeOf(y);
    const after = (name: string, change: (g: torch.Tensor) => torch.Tensor) => (gi: Gradients, go: Gradients) => {
      log.push([name, first(gi).clone(), first(go).clone()]);
      return [change(first(gi)), null];
    };
    const before = (name: string, change: (g: torch.Tensor) => torch.Tensor) => (go: Gradients) => {
      log.push([name, first(go).clone()]);
      return [change(first(go))];
    };
    node.register_hook(after('first', (g) => g.mul(2)));
    node.register_hook(after('second', (g) => g.add(1)));
    node.register_prehook(before('before', (g) => g.mul(10)));
    node.register_prehook(before('before too', (g) => g.add(5)));
    y.sum().backward();
    return [log, x.grad];
  },
  'a hook that runs a pass of its own': () => {
    const log: torch.Tensor[] = [];
    const [x, w] = [leaf(1, 2), leaf(3, 4)];
    const y = x.mul(2);
    y.register_hook((g) => {
      torch.enable_grad(() => w.mul(w).sum().backward());
      log.push((w.grad as torch.Tensor).clone());
      return g.add(w.grad as torch.Tensor);
    });
    y.mul(y).sum().backward();
    return [log, x.grad, w.grad];
  },
  'hooks of views and of what they view': () => {
    const log: unknown[] = [];
    const x = leaf(1, 2, 3, 4);
    const y = x.mul(1);
    const view = y.view(2, 2);
    view.register_hook((g) => {
      log.push(['view', g.clone()]);
      return g.mul(2);
    });
    y.register_hook((g) => void log.push(['base', g.clone()]));
    view.mul(3).sum().backward({ retain_graph: true });
    y.mul(5).sum().backward();
    return [log, x.grad];
  },
  'hooks of a leaf after its gradient was turned off': () => {
    const log: torch.Tensor[] = [];
    const x = leaf(1, 2);
    x.register_hook((g) => void log.push(g.clone()));
    x.requires_grad_(false);
    const w = leaf(3, 4);
    x.mul(w).sum().backward();
    x.requires_grad_(true);
    x.mul(w).sum().backward();
    return [log, x.grad, w.grad];
  },
  'where hooks may be registered': () => {
    const x = leaf(1, 2);
    const y = torch.no_grad(() => x.mul(2));
    const hook = (g: torch.Tensor) => g;
    return errorsOf(
      () => y.register_hook(hook),
      () => x.detach().register_hook(hook),
      () => torch.tensor([1]).register_hook(hook),
      () => y.retain_grad(),
      () => x.retain_grad(),
      () => x.register_hook(hook),
    );
  },
  'results of node hooks of the wrong kind': () => {
    const run = (result: unknown, before = false) =>
      errorOf(() => {
        const y = leaf(1, 2).mul(2);
        function hook(): never {
          return result as never;
        }
        if (before) nodeOf(y).register_prehook(hook);
        else nodeOf(y).register_hook(hook);
        y.sum().backward();
      });
    const other = torch.ones(2, { dtype: torch.float64 });
    return [
      run([other, null]),
      run([other], true),
      run([3, null]),
      run([3], true),
      run('text'),
      run([torch.ones(2, 1), null]),
      run([]),
      run([], true),
    ];
  },
  'a retained gradient adds up': () => {
    const x = leaf(1, 2);
    const y = x.mul(2);
    const before = y.retains_grad;
    y.retain_grad();
    y.retain_grad();
    const loss = y.mul(3).sum();
    loss.backward({ retain_graph: true });
    const once = (y.grad as torch.Tensor).clone();
    loss.backward();
    return [before, y.retains_grad, x.retains_grad, once, y.grad];
  },
  'a hook of the root': () => {
    const log: torch.Tensor[] = [];
    const x = leaf(1, 2);
    const loss = x.mul(2).sum();
    loss.register_hook((g) => {
      log.push(g.clone());
      return g.mul(4);
    });
    loss.backward();
    return [log, x.grad];
  },
  'hooks under gradients of gradients': () => {
    const log: torch.Tensor[] = [];
    const x = leaf(2, 3);
    const y = x.pow(3);
    y.register_hook((g) => {
      log.push(g.detach().clone());
      return g.mul(x);
    });
    const [dx] = grad(y.sum(), x, { create_graph: true }) as torch.Tensor[];
    const [ddx] = grad(dx.sum(), x, { create_graph: true }) as torch.Tensor[];
    return [dx, ddx, grad(ddx.sum(), x), log.length];
  },
});

test('a hook that another one removes is still called in this pass, and one that it adds is not', () => {
  const log: string[] = [];
  const x = leaf(1);
  const y = x.mul(2);
  y.register_hook(() => {
    log.push('first');
    second.remove();
    y.register_hook(() => void log.push('third'));
  });
  const second = y.register_hook(() => void log.push('second'));
  const loss = y.sum();
  loss.backward({ retain_graph: true });
  expect(log).toEqual(['first', 'second']);
  loss.backward();
  expect(log).toEqual(['first', 'second', 'first', 'third']);
});

test('a hook for several gradients does not wait for one that never arrives', () => {
  const log: unknown[] = [];
  const [x, w] = [leaf(1, 2), leaf(3, 4)];
  torch.autograd.graph.register_multi_grad_hook(
    [x, w],
    (grads) => void log.push(grads.map((g) => g?.tolist() ?? null)),
  );
  stop.apply(x.mul(2)).add(w).sum().backward();
  expect(log).toEqual([[null, [1, 1]]]);
});
