/** torch.autograd: accumulation, retained graphs and gradients, the graph as it shows, modes and errors. */
import * as torch from '../../lib/index.js';
import { errorOf, errorsOf, leaf, nameOf, replay } from './programs.js';

const { backward, grad } = torch.autograd;

const accumulation = {
  'backward twice adds up': () => {
    const x = leaf(1, 2, 3);
    x.mul(x).sum().backward();
    const first = x.grad?.clone();
    x.mul(3).sum().backward();
    return [first, x.grad];
  },
  'retained graph can run again': () => {
    const x = leaf(1, 2);
    const y = x.mul(x).mul(x).sum();
    y.backward({ retain_graph: true });
    y.backward();
    return [x.grad, errorOf(() => y.backward())];
  },
  'a graph that saves nothing can run again': () => {
    const x = leaf(1, 2);
    const y = x.add(1).sum();
    y.backward();
    y.backward();
    return x.grad;
  },
  'a factor counts as saved': () => {
    const y = leaf(1, 2).mul(2).sum();
    y.backward();
    return errorOf(() => y.backward());
  },
  'several roots': () => {
    const x = leaf(1, 2);
    const y = x.mul(x);
    const s = y.sum();
    backward([s, y, s], [null, torch.tensor([1, 10]), torch.tensor(100)]);
    return x.grad;
  },
  'gradient of another dtype is converted': () => {
    const x = leaf(1, 2);
    x.mul(2).backward(torch.tensor([true, false]));
    x.mul(2).backward(torch.tensor([1, 2], { dtype: torch.int64 }));
    x.mul(2).backward(torch.tensor([0.5, 0.25], { dtype: torch.float64 }));
    return [x.grad, String(x.grad?.dtype)];
  },
  'the same tensor twice': () => {
    const x = leaf(1, 2);
    const y = x.add(x);
    y.mul(y).sum().backward();
    return x.grad;
  },
  'a diamond': () => {
    const x = leaf(0.5, 1.5);
    const a = x.sin();
    const b = a.mul(x);
    b.mul(a.add(b)).add(a).sum().backward();
    return x.grad;
  },
  'broadcasting is summed back': () => {
    const x = leaf(1, 2, 3);
    const w = torch.tensor([[2], [3]], { requires_grad: true });
    const s = torch.tensor(4, { requires_grad: true });
    x.mul(w).mul(s).add(w).sum().backward();
    return [x.grad, w.grad, s.grad];
  },
  'order of accumulation': () =>
    [
      [1e8, 1, -1e8],
      [1, 1e8, -1e8],
      [1e8, -1e8, 1],
    ].map((factors) => {
      const x = leaf(1);
      const y = factors.reduce((sum, factor) => sum.add(x.mul(factor)), x.mul(0));
      y.sum().backward();
      return x.grad;
    }),
  'inputs alone receive gradients': () => {
    const [x, w] = [leaf(1, 2), leaf(3, 4)];
    const y = x.mul(w);
    y.mul(y)
      .sum()
      .backward({ inputs: [w, y, w] });
    return [x.grad, w.grad, y.grad, y.retains_grad];
  },
  'a leaf that stopped requiring grad receives none': () => {
    const [x, w] = [leaf(1, 2), leaf(3, 4)];
    const y = x.mul(w).sum();
    x.requires_grad_(false);
    y.backward();
    return [x.grad, w.grad];
  },
  'gradients of identity and of views': () => {
    const x = leaf(1, 2, 3, 4);
    const g = torch.tensor([
      [1, 2],
      [3, 4],
    ]);
    x.view(2, 2).t().backward(g);
    const [whole] = grad(x, x, torch.tensor([5, 6, 7, 8]));
    x.expand(2, 4)
      .select(0, 0)
      .narrow(0, 1, 2)
      .backward(torch.tensor([10, 20]));
    return [x.grad, whole, g];
  },
};

const retained = {
  'retained gradients add up': () => {
    const x = leaf(1, 2);
    const y = x.mul(2);
    y.retain_grad();
    const s = y.mul(y).sum();
    const before = y.retains_grad;
    s.backward(null, true);
    const first = y.grad?.clone();
    s.backward();
    return [before, first, y.grad, x.grad, x.retains_grad];
  },
  'retain grad before a write in place': () => {
    const x = leaf(1, 2);
    const y = x.mul(2);
    y.retain_grad();
    y.mul_(3);
    y.sum().backward();
    return [y.grad, x.grad];
  },
  'grad fills retained gradients on its way': () => {
    const x = leaf(1, 2);
    const y = x.mul(2);
    y.retain_grad();
    const z = y.mul(3);
    z.retain_grad();
    const [dx] = grad(z.sum(), x);
    const filled = [y.grad, z.grad, x.grad];
    const w = x.mul(2);
    w.retain_grad();
    grad(w.sum(), w);
    return [dx, filled, w.grad];
  },
  'retain grad on a view': () => {
    const x = leaf(1, 2, 3);
    const v = x.mul(2).narrow(0, 1, 2);
    v.retain_grad();
    v.mul(v).sum().backward();
    return [v.grad, x.grad];
  },
};

const higher = {
  'hessian by hand': () => {
    const x = leaf(0.5, 1.5);
    const y = x.mul(x).mul(x.sin()).sum();
    const [dx] = grad(y, x, { create_graph: true }) as torch.Tensor[];
    const rows = [0, 1].map((i) => grad(dx.select(0, i), x, { retain_graph: true })[0]);
    return [dx, rows, x.grad];
  },
  'backward with create graph': () => {
    const x = leaf(1, 2);
    x.mul(x).sum().backward({ create_graph: true });
    const held = x.grad as torch.Tensor;
    const answer = [held.clone(), held.requires_grad, nameOf(held.grad_fn)];
    x.grad = null;
    held.mul(held).sum().backward();
    return [...answer, x.grad];
  },
  'third derivative': () => {
    const x = leaf(0.7);
    let y = x.sin();
    for (let i = 0; i < 3; i++) y = grad(y, x, null, null, true)[0] as torch.Tensor;
    return [y, y.requires_grad];
  },
  'results of grad without create graph': () => {
    const x = leaf(1, 2);
    const [dx] = grad(x.mul(x).sum(), x) as torch.Tensor[];
    return [dx.requires_grad, dx.is_leaf, nameOf(dx.grad_fn)];
  },
};

const graph = {
  'names of nodes': () => {
    const x = leaf(1, 2, 3, 4);
    const m = x.view(2, 2);
    const computed = [x.add(1), x.mul(2), x.neg(), x.sin(), x.cos(), x.sum()];
    const views = [m, m.t(), m.transpose(0, 1), m.sum(0), x.expand(2, 4), m.select(0, 0), x.narrow(0, 1, 3), x.clone()];
    const results = [...computed, ...views, x.unsqueeze(0), x.unsqueeze(0).squeeze(0)];
    return results.map((result) => nameOf(result.grad_fn));
  },
  'next functions': () => {
    const [x, w] = [leaf(1, 2), leaf(3, 4)];
    const edges = (result: torch.Tensor) =>
      result.grad_fn?.next_functions.map(([node, index]) => [nameOf(node), index]);
    return [x.mul(w), x.mul(2), x.mul(w).sum(), w.add(torch.ones(2)), x.sin().mul(x)].map(edges);
  },
  leaves: () => {
    const x = leaf(1, 2);
    const y = x.mul(2);
    const z = torch.no_grad(() => x.mul(2));
    const tensors = [x, y, z, torch.ones(2), y.detach(), y.detach().requires_grad_(), y.clone()];
    return tensors.map((tensor) => [tensor.is_leaf, tensor.requires_grad]);
  },
  'detach in place': () => {
    const x = leaf(1, 2);
    const y = x.mul(2);
    const z = y.mul(3);
    y.detach_();
    z.sum().backward();
    return [y.requires_grad, y.is_leaf, nameOf(y.grad_fn), x.grad];
  },
  'detach shares memory and history ends': () => {
    const x = leaf(1, 2);
    const d = x.detach();
    d.mul_(3);
    return [x, d.requires_grad, x._version];
  },
};

const modes = {
  'modes nest': () => {
    const x = leaf(1);
    const seen: boolean[][] = [];
    const look = () => seen.push([torch.is_grad_enabled(), x.mul(2).requires_grad]);
    torch.no_grad(() => {
      look();
      torch.enable_grad(() => {
        look();
        torch.set_grad_enabled(false, look);
        look();
      });
      look();
    });
    look();
    return seen;
  },
  'leaves may be written under no grad': () => {
    const x = leaf(1, 2);
    x.mul(x).sum().backward();
    const step = x.grad as torch.Tensor;
    torch.no_grad(() => {
      x.add_(step, { alpha: -0.1 });
      x.select(0, 0).mul_(2);
    });
    step.zero_();
    x.mul(x).sum().backward();
    return [x, x.requires_grad, x.is_leaf, x.grad];
  },
};

const errors = {
  'errors of backward': () => {
    const x = leaf(1, 2, 3);
    return errorsOf(
      () => x.mul(2).backward(),
      () => torch.ones(1).backward(),
      () => torch.ones(3).backward(),
      () => x.mul(2).backward(torch.ones(2)),
      () => x.mul(2).backward(torch.ones(1, 3)),
      () => backward([x.sum(), x.sum()], [torch.tensor(1)]),
      () => backward([x.sum(), torch.ones(1)]),
      () => backward([x.mul(2)], [null]),
      () => x.sum().backward({ inputs: [] }),
      () => x.sum().backward({ inputs: [torch.ones(1)] }),
      () => backward([]),
    );
  },
  'errors of grad': () => {
    const x = leaf(1, 2, 3);
    return errorsOf(
      () => grad(x.sum(), []),
      () => grad([], [x]),
      () => grad(x.sum(), torch.ones(1)),
      () => grad(x.sum(), [x, leaf(1)]),
      () => grad(x.mul(2), x),
      () => grad(x.mul(2), x, torch.ones(4)),
      () => grad(torch.ones(1), x),
    );
  },
  'unused inputs may be allowed': () => {
    const [x, w] = [leaf(1, 2), leaf(3)];
    return grad(x.mul(x).sum(), [w, x], { allow_unused: true });
  },
  'errors of requires grad': () => {
    const x = leaf(1, 2);
    const assign = (tensor: torch.Tensor, value: boolean) => () => {
      tensor.requires_grad = value;
    };
    return errorsOf(
      assign(x.mul(1), true),
      assign(x.mul(1), false),
      () => x.mul(1).requires_grad_(),
      () => x.mul(1).requires_grad_(false),
      assign(torch.tensor([1n]), true),
      () => torch.ones(1).retain_grad(),
      () => x.mul(1).narrow(0, 0, 1).detach_(),
    );
  },
  'errors of assigning grad': () => {
    const x = leaf(1, 2);
    const assign = (value: torch.Tensor | null) => () => {
      x.grad = value;
    };
    return errorsOf(
      assign(torch.ones(3)),
      assign(torch.ones(2, { dtype: torch.float64 })),
      assign(x),
      assign(torch.ones(2)),
      assign(null),
    );
  },
  'an error in backward leaves all usable': () => {
    const x = leaf(1, 2);
    const y = x.mul(1);
    const z = y.sin();
    y.mul_(2);
    const failed = errorOf(() => z.mul(z).sum().backward());
    x.mul(5).sum().backward();
    return [failed !== null, torch.is_grad_enabled(), x.grad];
  },
};

replay('autograd', { ...accumulation, ...retained, ...higher, ...graph, ...modes, ...errors });
