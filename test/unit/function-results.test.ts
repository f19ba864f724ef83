/** What custom functions may return: inputs, views, what they wrote to, several tensors and what is none. */
import * as torch from '../../lib/index.js';
import { type Ctx, custom, same } from './custom.js';
import { errorOf, errorsOf, leaf, nameOf, replay } from './programs.js';

const { grad, Function } = torch.autograd;
const { once_differentiable } = torch.autograd.function;

const written = (ctx: Ctx, x: torch.Tensor): torch.Tensor => {
  ctx.mark_dirty(x);
  return x.mul_(2);
};

const results = {
  'an input returned as it is': () => {
    const x = leaf(1, 2);
    const identity = custom(
      (_, a: torch.Tensor) => a,
      (_, g) => g.mul(3),
    );
    const y = identity.apply(x);
    const ofResult = identity.apply(x.mul(1));
    const hidden = torch.no_grad(() => identity.apply(x));
    y.sum().backward();
    const failed = errorsOf(
      () => y.add_(1),
      () => ofResult.add_(1),
    );
    return [y === x, nameOf(y.grad_fn), x.grad, failed, hidden === x, hidden.requires_grad];
  },
  'a view of an input': () => {
    const x = leaf(1, 2);
    const first = custom(
      (_, a: torch.Tensor) => a.narrow(0, 0, 1),
      (_, g) => torch.cat([g, g]),
    );
    const z = x.mul(1);
    const y = first.apply(z);
    y.sum().backward();
    const failed = errorOf(() => y.mul_(2));
    z.mul_(2);
    return [x.grad, nameOf(first.apply(x).grad_fn), failed, errorOf(() => y.grad_fn)];
  },
  'one view of several results': () => {
    const two = custom(
      (_, a: torch.Tensor) => [a.narrow(0, 0, 1), a.mul(2)],
      (_, _g, h) => h,
    );
    const [first] = two.apply(leaf(1, 2).mul(1));
    return errorOf(() => first.mul_(2));
  },
  'a write to an input': () => {
    const x = leaf(1, 2);
    const write = custom(written, (_, g) => g.mul(2));
    const z = x.mul(1);
    const y = write.apply(z);
    y.sum().backward();
    return [y === z, z._version, nameOf(z.grad_fn), z, x.grad, errorOf(() => write.apply(x))];
  },
  'a write to a view': () => {
    const x = leaf(1, 2);
    const z = x.mul(1);
    const part = z.narrow(0, 0, 1);
    const y = custom(written, (_, g) => g.mul(5)).apply(part);
    const names = [nameOf(part.grad_fn), nameOf(z.grad_fn)];
    z.sum().backward();
    return [y === part, names, z, x.grad];
  },
  'a write to the second argument': () => {
    const forward = (ctx: Ctx, w: torch.Tensor, x: torch.Tensor) => {
      ctx.mark_dirty(x);
      return x.mul_(w);
    };
    const [x, w] = [leaf(1, 2), leaf(3)];
    const z = x.mul(1);
    custom(forward, (_, g) => [g.narrow(0, 0, 1).mul(3), g.mul(2)]).apply(w, z);
    z.sum().backward();
    return [z, x.grad, w.grad];
  },
  'a write that is one of several results': () => {
    const forward = (ctx: Ctx, x: torch.Tensor) => {
      ctx.mark_dirty(x);
      x.mul_(2);
      return [x.clone(), x];
    };
    const write = custom(forward, (_, g, h) => g.mul(10).add(h.mul(2)));
    const x = leaf(1, 2);
    const z = x.mul(1);
    const [copy, again] = write.apply(z);
    again.mul(3).add(copy).sum().backward();
    return [again === z, again.output_nr, x.grad, errorOf(() => write.apply(x.mul(1).narrow(0, 0, 1)))];
  },
  'errors of writes': () => {
    const run = (forward: (ctx: Ctx, x: torch.Tensor) => torch.Tensor) =>
      errorOf(() => custom(forward, same).apply(leaf(1).mul(1)));
    return [
      run((ctx, x) => {
        ctx.mark_dirty(x);
        return x.mul_(2).clone();
      }),
      run((ctx, x) => {
        const result = x.mul(2);
        ctx.mark_dirty(result);
        return result;
      }),
    ];
  },
  'results without gradient': () => {
    const seen: unknown[] = [];
    const forward = (ctx: Ctx, x: torch.Tensor) => {
      const [first, index, other] = [x.mul(2), x.argmax(), x.mul(3)];
      ctx.mark_non_differentiable(other);
      return [first, index, other];
    };
    const backward = (_: Ctx, ...grads: torch.Tensor[]) => {
      seen.push(grads);
      return grads[0];
    };
    const inputItself = (ctx: Ctx, x: torch.Tensor) => {
      ctx.mark_non_differentiable(x);
      return x;
    };
    const x = leaf(1, 2);
    const all = custom(forward, backward).apply(x);
    all[0].sum().backward();
    const again = custom(inputItself, backward).apply(x);
    return [all.map((result) => result.requires_grad), seen, again.requires_grad, again === x, x.requires_grad];
  },
  'gradients that nobody computed': () => {
    const seen: unknown[] = [];
    const x = leaf(1, 2);
    for (const materializes of [true, false]) {
      const forward = (ctx: Ctx, x: torch.Tensor) => {
        ctx.set_materialize_grads(materializes);
        return [x.mul(2), x.mul(3)];
      };
      const backward = (_: Ctx, ...grads: torch.Tensor[]) => {
        seen.push(grads);
        return grads[0];
      };
      custom(forward, backward).apply(x)[0].sum().backward();
    }
    return [seen, x.grad];
  },
  'results that are no tensors': () => {
    const seen: unknown[] = [];
    const backward = (_: Ctx, ...grads: torch.Tensor[]) => {
      seen.push(grads);
      return grads[0];
    };
    const x = leaf(1, 2);
    const several = custom(
      (_, a: torch.Tensor): [torch.Tensor, number, string, null] => [a.mul(2), 5, 'text', null],
      backward,
    );
    const all = several.apply(x);
    all[0].sum().backward();
    return [all, seen, custom((_, _a: torch.Tensor) => 5, backward).apply(x)];
  },
  'differentiable once': () => {
    class Sin extends Function {
      static override forward(ctx: Ctx, x: torch.Tensor) {
        ctx.save_for_backward(x);
        return x.sin();
      }
      static override backward = once_differentiable((ctx: Ctx, grad: torch.Tensor) => {
        const [x] = ctx.saved_tensors;
        return grad.mul(x.cos());
      });
    }
    const x = leaf(0.5, 1.5);
    const derivative = (y: torch.Tensor) => grad(y.sum(), x, { create_graph: true })[0] as torch.Tensor;
    const constant = derivative(Sin.apply(x));
    const dx = derivative(Sin.apply(x).mul(x));
    const through = derivative(Sin.apply(x).square());
    const failed = errorOf(() => through.sum().backward());
    return [constant, constant.requires_grad, dx, dx.requires_grad, through, failed];
  },
  'a detached result': () => {
    const x = leaf(1, 2);
    const y = custom(
      (_, a: torch.Tensor) => a.detach(),
      (_, g) => g.mul(3),
    ).apply(x);
    y.sum().backward();
    return [x.grad, nameOf(y.grad_fn)];
  },
  'a result of integers': () => {
    const y = custom((_, a: torch.Tensor) => a.long(), same).apply(leaf(1, 2));
    return [y.requires_grad, String(y.dtype)];
  },
  'saving what is neither argument nor result': () => {
    const forward = (ctx: Ctx, x: torch.Tensor) => {
      const between = x.exp();
      ctx.save_for_backward(between);
      return between.mul(x);
    };
    const x = leaf(0.5, 1.5);
    const y = custom(forward, (ctx, g) => g.mul(ctx.saved_tensors[0])).apply(x);
    const [dx] = grad(y.sum(), x, { create_graph: true }) as torch.Tensor[];
    return [dx, dx.requires_grad, errorOf(() => grad(dx.sum(), x))];
  },
  'saving an argument and the result': () => {
    const forward = (ctx: Ctx, x: torch.Tensor) => {
      const y = x.exp();
      ctx.save_for_backward(x, y);
      return y;
    };
    const exp = custom(forward, (ctx, g) => {
      const [x, y] = ctx.saved_tensors;
      return g.mul(y).add(x.mul(0));
    });
    const x = leaf(0.5, 1.5);
    const [dx] = grad(exp.apply(x).sum(), x, { create_graph: true }) as torch.Tensor[];
    const [ddx] = grad(dx.sum(), x, { create_graph: true }) as torch.Tensor[];
    const stale = exp.apply(x);
    stale.mul_(2);
    return [dx, ddx, grad(ddx.sum(), x), errorOf(() => stale.sum().backward())];
  },
  'one tensor as two results': () => {
    const forward = (_: Ctx, x: torch.Tensor) => {
      const y = x.mul(2);
      return [y, y];
    };
    const x = leaf(1, 2);
    const [a, b] = custom(forward, (_, g, h) => g.mul(3).add(h.mul(5))).apply(x);
    a.add(b.mul(10)).sum().backward();
    return [a === b, nameOf(a.grad_fn), nameOf(b.grad_fn), a.output_nr, b.output_nr, x.grad];
  },
  'one tensor as two arguments': () => {
    const counts: unknown[] = [];
    const sum = custom(
      (_, a: torch.Tensor, b: torch.Tensor) => a.add(b),
      (ctx, g) => {
        counts.push(ctx.needs_input_grad);
        return [g.mul(2), g.mul(3)];
      },
    );
    const x = leaf(1, 2);
    sum.apply(x, x).sum().backward();
    sum.apply(x, x.detach()).sum().backward();
    return [counts, x.grad];
  },
  'a function within a function': () => {
    const inner = custom(
      (_, x: torch.Tensor) => x.mul(2),
      (_, g) => g.mul(100),
    );
    const outer = custom(
      (_, x: torch.Tensor) => inner.apply(x).add(1),
      (_, g) => inner.apply(g).mul(2),
    );
    const x = leaf(1, 2);
    const y = outer.apply(x);
    y.sum().backward();
    return [y, nameOf(y.grad_fn), x.grad];
  },
};

replay('function results', results);
