/** Writes in place: their history through bases and views, and the errors that keep gradients right. */
import * as torch from '../../lib/index.js';
import { errorOf, errorsOf, leaf, nameOf, replay } from './programs.js';

const { grad } = torch.autograd;

const errors = {
  'errors of writes to leaves and views': () => {
    const x = leaf(1, 2, 3);
    const freeView = torch.zeros(3).narrow(0, 0, 2).requires_grad_();
    const base = x.mul(1);
    const [hidden, freeHidden] = torch.no_grad(() => [base.narrow(0, 0, 2), torch.zeros(3).narrow(0, 0, 2)]);
    const sentences = errorsOf(
      () => x.add_(1),
      () => x.select(0, 0).add_(1),
      () => x.view(3, 1).mul_(2),
      () => freeView.add_(1),
      () => hidden.add_(1),
      () => freeHidden.mul_(x.narrow(0, 0, 2)),
      () => freeHidden.mul_(2),
    );
    return [sentences, x, base];
  },
  'errors of writes to one of several views': () => {
    const base = leaf(1, 2, 3).mul(1);
    const first = base.unbind()[0];
    const sentence = errorOf(() => first.add_(1));
    const later = base.unbind()[1];
    base.mul_(2);
    return [sentence, later.requires_grad, errorOf(() => later.grad_fn)];
  },
  'stale values are reported': () => {
    const x = leaf(1, 2, 3);
    /** Writes to the input of a sine that was already taken. */
    const afterSine = (write: (y: torch.Tensor) => void) => () => {
      const y = x.mul(1);
      const z = y.sin();
      write(y);
      z.sum().backward();
    };
    const inputOfALeaf = () => {
      const w = torch.ones(2, 3, { requires_grad: true });
      const y = w.sin();
      torch.no_grad(() => w.mul_(2));
      y.sum().backward();
    };
    const factorThatIsWritten = () => {
      const y = x.mul(1);
      y.mul_(y);
      y.sum().backward();
    };
    const result = () => {
      const z = x.mul(1).exp();
      z.mul_(2);
      z.sum().backward();
    };
    const resultThatIsAView = () => {
      const y = x.mul(1);
      y.narrow(0, 0, 2).exp_();
      y.mul_(2);
      y.sum().backward();
    };
    const harmless = () => {
      const y = x.mul(1);
      const z = y.add(1);
      y.mul_(2);
      z.sum().backward();
    };
    return errorsOf(
      inputOfALeaf,
      afterSine((y) => y.mul_(2)),
      afterSine((y) => y.select(0, 0).mul_(2)),
      afterSine((y) => y.detach().mul_(2).mul_(2)),
      factorThatIsWritten,
      result,
      resultThatIsAView,
      harmless,
    );
  },
  'expanded views cannot be written': () => {
    const y = leaf(1).mul(1);
    return [errorOf(() => y.expand(3).mul_(2))?.replace('mul_: ', ''), y];
  },
};

const results = {
  'write to a result': () => {
    const [x, w] = [leaf(1, 2), leaf(3, 4)];
    const y = x.mul(1);
    y.mul_(w);
    y.sum().backward();
    return [y, x.grad, w.grad, nameOf(y.grad_fn)];
  },
  'write that needs the old value': () => {
    const x = leaf(0.5, 1.5);
    const y = x.mul(1);
    y.sin_();
    y.cos_();
    y.sum().backward();
    return [y, x.grad];
  },
  'old value in a second derivative': () => {
    const x = leaf(0.5, 1.5);
    const y = x.mul(x);
    y.sin_();
    const [dx] = grad(y.sum(), x, { create_graph: true }) as torch.Tensor[];
    return [dx, grad(dx.sum(), x)];
  },
  'write under no grad is not seen': () => {
    const x = leaf(1, 2, 3);
    const y = x.mul(2);
    const v = y.narrow(0, 1, 2);
    torch.no_grad(() => y.mul_(10));
    v.sum().backward();
    return [v, x.grad, nameOf(v.grad_fn)];
  },
};

const views = {
  'write through a view': () => {
    const [x, w] = [leaf(1, 2, 3, 4), leaf(10, 20)];
    const y = x.mul(2);
    const v = y.narrow(0, 1, 2);
    v.mul_(w);
    const names = [nameOf(y.grad_fn), nameOf(v.grad_fn)];
    y.mul(y).sum().backward();
    return [...names, y, x.grad, w.grad];
  },
  'write to the base of a view': () => {
    const x = leaf(1, 2, 3);
    const y = x.mul(2);
    const v = y.narrow(0, 1, 2);
    const before = nameOf(v.grad_fn);
    y.mul_(3);
    const after = nameOf(v.grad_fn);
    v.mul(v).sum().backward();
    return [before, after, v, x.grad];
  },
  'siblings see each other': () => {
    const x = leaf(1, 2, 3, 4);
    const y = x.mul(1);
    const m = y.view(2, 2);
    const [column, row] = [m.t().select(0, 0), m.select(0, 0)];
    column.mul_(3);
    row.sin_();
    row.mul(row).sum().backward();
    return [y, x.grad, nameOf(column.grad_fn)];
  },
  'view of a view': () => {
    const x = leaf(1, 2, 3, 4);
    const y = x.mul(1);
    y.view(2, 2)
      .select(0, 1)
      .narrow(0, 1, 1)
      .mul_(x.narrow(0, 0, 1));
    y.sum().backward();
    return [y, x.grad];
  },
  'overwritten values receive nothing': () => {
    const [x, w] = [leaf(1, 2, 3), leaf(5)];
    const y = x.mul(2);
    y.select(0, 1).copy_(w.select(0, 0));
    y.narrow(0, 2, 1).zero_();
    y.sum().backward();
    return [y, x.grad, w.grad];
  },
  'second derivative through a written view': () => {
    const x = leaf(0.5, 1.5, 2.5);
    const y = x.mul(x);
    y.narrow(0, 1, 2).mul_(x.narrow(0, 0, 2));
    y.narrow(0, 0, 2).sin_();
    const [dx] = grad(y.sum(), x, { create_graph: true }) as torch.Tensor[];
    return [dx, grad(dx.mul(dx).sum(), x)[0]];
  },
};

const retained = {
  'retained gradient of a written view': () => {
    const x = leaf(1, 2, 3);
    const v = x.mul(1).narrow(0, 0, 2);
    v.mul_(2);
    v.retain_grad();
    v.mul(v).sum().backward();
    return [v.grad, x.grad];
  },
  'retained gradients move with the history': () => {
    /** The retained gradients of a result and of a view of it, after a write to one of them. */
    const after = (retains: 'base' | 'view', writes: 'base' | 'view', ends: 'base' | 'view') => {
      const base = leaf(1, 2, 3).mul(2);
      const tensors = { base, view: base.narrow(0, 0, 2) };
      tensors[retains].retain_grad();
      tensors[writes].mul_(3);
      tensors[ends].sum().backward();
      return tensors[retains].grad;
    };
    return [
      after('view', 'view', 'base'),
      after('view', 'view', 'view'),
      after('view', 'base', 'view'),
      after('base', 'view', 'base'),
      after('base', 'base', 'base'),
    ];
  },
};

const bases = {
  'write into a tensor that needed no gradient': () => {
    const x = leaf(1, 2);
    const b = torch.zeros(4);
    const early = b.narrow(0, 0, 1);
    b.narrow(0, 1, 2).copy_(x.mul(x));
    const late = b.select(0, 2);
    const state = [b.requires_grad, early.requires_grad, late.requires_grad, b.is_leaf];
    b.mul(3).sum().backward({ retain_graph: true });
    const first = x.grad?.clone();
    late.backward();
    return [...state, b, first, x.grad];
  },
  'factor for a tensor that needed no gradient': () => {
    const x = leaf(1, 2);
    const b = torch.tensor([1, 2, 3]);
    b.narrow(0, 1, 2).mul_(x);
    b.sum().backward();
    return [b, x.grad];
  },
  'copy broadcasts and converts': () => {
    const x = torch.tensor([1, 2], { dtype: torch.float64, requires_grad: true });
    const b = torch.zeros(3, 2);
    b.copy_(x);
    b.mul(torch.tensor([[1], [2], [3]]))
      .sum()
      .backward();
    return [b, x.grad, String(x.grad?.dtype), String(b.dtype)];
  },
  'many writes to one base': () => {
    const x = leaf(1, 2, 3, 4);
    const b = torch.zeros(4);
    for (let i = 0; i < 4; i++) {
      const element = x.select(0, i);
      b.select(0, i).copy_(element.mul(element));
      b.mul_(2);
    }
    b.sum().backward();
    return [b, x.grad];
  },
  'scaled sum in place': () => {
    const [x, w] = [leaf(1, 2), torch.tensor([[1], [2]], { requires_grad: true })];
    const y = torch.zeros(2, 2);
    y.add_(x, { alpha: 3 });
    y.t().add_(w, { alpha: -2 });
    y.mul(y).sum().backward();
    return [y, x.grad, w.grad];
  },
};

replay('inplace', { ...errors, ...results, ...views, ...retained, ...bases });
