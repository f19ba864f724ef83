/** Custom functions: torch.autograd.Function. */
import { describe, expect, expectTypeOf, test } from 'vitest';
import * as torch from '../../lib/index.js';
import { type Ctx, custom, double, type Grads, same } from './custom.js';
import { errorOf, errorsOf, leaf, nameOf, replay } from './programs.js';

const { grad, Function, gradcheck, gradgradcheck } = torch.autograd;
const { once_differentiable } = torch.autograd.function;

class Exp extends Function {
  static override forward(ctx: Ctx, x: torch.Tensor) {
    const result = x.exp();
    ctx.save_for_backward(result);
    return result;
  }
  static override backward(ctx: Ctx, grad: torch.Tensor) {
    const [result] = ctx.saved_tensors;
    return grad.mul(result);
  }
}

class Scale extends Function {
  static override forward(ctx: Ctx<{ factor: number }>, x: torch.Tensor, w: torch.Tensor, factor: number) {
    ctx.save_for_backward(x, w, null);
    ctx.factor = factor;
    return x.mul(w).mul(factor);
  }
  static override backward(ctx: Ctx<{ factor: number }>, grad: torch.Tensor): Grads {
    const [x, w, nothing] = ctx.saved_tensors;
    const [needsX, needsW] = ctx.needs_input_grad;
    return [needsX ? grad.mul(w).mul(ctx.factor) : null, needsW ? grad.mul(x).mul(ctx.factor) : null, nothing];
  }
}

/** The user's node, which PyTorch lets one read saved tensors from. */
const node = (result: torch.Tensor) =>
  result.grad_fn as unknown as { saved_tensors: torch.Tensor[]; needs_input_grad: readonly boolean[] };

const calls = {
  'exp and its second derivative': () => {
    const x = leaf(0.5, 1.5);
    const y = Exp.apply(x);
    const [dx] = grad(y.sum(), x, { create_graph: true }) as torch.Tensor[];
    const [ddx] = grad(dx.sum(), x);
    return [y, nameOf(y.grad_fn), dx, nameOf(dx.grad_fn), ddx];
  },
  'several arguments': () => {
    const [x, w] = [leaf(1, 2), leaf(3, 4)];
    const y = Scale.apply(x, w, 5);
    const needs = node(y).needs_input_grad;
    const edges = y.grad_fn?.next_functions.map(([next, index]) => [nameOf(next), index]);
    const saved = node(y).saved_tensors;
    y.sum().backward();
    const plain = Scale.apply(x.detach(), w, 2);
    plain.sum().backward();
    return [y, needs, edges, saved, x.grad, w.grad, node(plain).needs_input_grad];
  },
  'nothing is recorded without need': () => {
    const [x, w] = [leaf(1, 2), leaf(3, 4)];
    const hidden = torch.no_grad(() => Scale.apply(x, w, 2));
    const free = Scale.apply(x.detach(), w.detach(), 2);
    return [hidden.requires_grad, free.requires_grad, free];
  },
  'modes within': () => {
    const seen: unknown[] = [];
    const forward = (ctx: Ctx, x: torch.Tensor) => {
      seen.push([torch.is_grad_enabled(), ctx.saved_tensors, ctx.needs_input_grad]);
      return x.mul(2);
    };
    const backward = (ctx: Ctx, grad: torch.Tensor) => {
      seen.push([torch.is_grad_enabled(), ctx.saved_tensors]);
      return grad.mul(2);
    };
    const y = custom(forward, backward).apply(leaf(1));
    y.sum().backward({ retain_graph: true });
    y.sum().backward({ create_graph: true });
    return seen;
  },
  'saved tensors are freed and checked': () => {
    const [x, w] = [leaf(1, 2), leaf(3, 4)];
    const y = Scale.apply(x, w, 1);
    y.sum().backward();
    const stale = x.mul(1);
    const ofStale = Scale.apply(stale, w, 1);
    stale.add_(1);
    const result = Exp.apply(x);
    result.add_(1);
    return errorsOf(
      () => y.sum().backward(),
      () => node(y).saved_tensors,
      () => ofStale.sum().backward(),
      () => result.sum().backward(),
    );
  },
  'errors of wrong gradients': () => {
    const [x, w] = [leaf(1, 2), leaf(3, 4)];
    const run = (backward: (ctx: Ctx, g: torch.Tensor) => unknown, forward = double, ...others: unknown[]) =>
      errorOf(() =>
        custom(forward as (ctx: Ctx, ...args: unknown[]) => torch.Tensor, backward)
          .apply(x, ...others)
          .sum()
          .backward(),
      );
    return [
      run((_, g) => [g, g]),
      run((_, g) => [g, null, null]),
      run(() => []),
      run(() => null),
      run((_, g) => g, double, w),
      run(() => torch.ones(3)),
      run(() => torch.ones(3, 2)),
      run(() => 3),
      run(() => 'text'),
      run((_, g) => [g, g], double, 2),
    ];
  },
  'gradients are summed and converted': () => {
    const x = leaf(1, 2);
    custom(double, () => torch.ones(3, 2, { dtype: torch.float64 }))
      .apply(x)
      .sum()
      .backward();
    return [x.grad, String(x.grad?.dtype)];
  },
  'errors of the context': () => {
    const run = (tells: (ctx: Ctx, x: torch.Tensor) => void) =>
      errorOf(() =>
        custom((ctx, x: torch.Tensor) => {
          tells(ctx, x);
          return x.mul(2);
        }, same).apply(leaf(1, 2)),
      );
    return [
      run((ctx) => ctx.save_for_backward(3 as never)),
      run((ctx, x) => ctx.save_for_backward([x] as never)),
      run((ctx) => ctx.mark_dirty(3 as never)),
      run((ctx) => ctx.mark_non_differentiable('text' as never)),
    ];
  },
  'errors of what is missing': () => {
    const x = leaf(1);
    class OnlyForward extends Function {
      static override forward(_: Ctx, x: torch.Tensor) {
        return x.mul(2);
      }
    }
    class Nothing extends Function {}
    class Both extends OnlyForward {
      static override backward(_: Ctx, grad: torch.Tensor) {
        return grad;
      }
      static vjp(_: Ctx, grad: torch.Tensor) {
        return grad;
      }
    }
    return errorsOf(
      () => OnlyForward.apply(x).sum().backward(),
      () => (Nothing.apply as (x: torch.Tensor) => unknown)(x),
      () => (Function.apply as (x: torch.Tensor) => unknown)(x),
      () => Both.apply(x).sum().backward(),
    );
  },
  'an error within leaves all usable': () => {
    const failing = (): torch.Tensor => {
      throw new Error('from within');
    };
    const x = leaf(1, 2);
    const answers = errorsOf(
      () => custom(failing as (ctx: Ctx, x: torch.Tensor) => torch.Tensor, failing).apply(x),
      () => custom(double, failing).apply(x.mul(1)).sum().backward(),
    );
    x.mul(5).sum().backward();
    return [answers, torch.is_grad_enabled(), x.grad];
  },
};

replay('function', calls);

describe('a custom function', () => {
  test('is typed by its forward', () => {
    expectTypeOf<Parameters<typeof Scale.apply<typeof Scale>>>().toEqualTypeOf<[torch.Tensor, torch.Tensor, number]>();
    expectTypeOf<ReturnType<typeof Exp.apply<typeof Exp>>>().toEqualTypeOf<torch.Tensor>();
    expect(String(Exp.apply(leaf(0)))).toBe('tensor([1.], grad_fn=<ExpBackward>)');
  });

  test('may set up its context apart', () => {
    class Power extends Function {
      static override forward(x: torch.Tensor, exponent: number) {
        return x.pow(exponent);
      }
      static setup_context(
        ctx: Ctx<{ exponent: number }>,
        [x, exponent]: [torch.Tensor, number],
        output: torch.Tensor,
      ) {
        expect(output.requires_grad).toBe(false);
        ctx.save_for_backward(x);
        ctx.exponent = exponent;
      }
      static override backward(ctx: Ctx<{ exponent: number }>, grad: torch.Tensor): Grads {
        const [x] = ctx.saved_tensors;
        return [
          x
            .pow(ctx.exponent - 1)
            .mul(ctx.exponent)
            .mul(grad),
          null,
        ];
      }
    }
    expectTypeOf<Parameters<typeof Power.apply<typeof Power>>>().toEqualTypeOf<[torch.Tensor, number]>();
    const x = leaf(1, 2);
    Power.apply(x, 3).sum().backward();
    expect(x.grad?.tolist()).toEqual([3, 12]);
  });

  test('may write to a view that is not its first argument', () => {
    const [x, w] = [leaf(1, 2), leaf(3)];
    const z = x.mul(1);
    const forward = (ctx: Ctx, w: torch.Tensor, part: torch.Tensor) => {
      ctx.mark_dirty(part);
      ctx.save_for_backward(w);
      return part.mul_(w);
    };
    custom(forward, (ctx, g) => [g.mul(100), g.mul(ctx.saved_tensors[0])]).apply(w, z.narrow(0, 0, 1));
    z.sum().backward();
    expect([x.grad?.tolist(), w.grad?.tolist()]).toEqual([[3, 1], [100]]);
  });

  test('passes gradcheck to second order', () => {
    const x = torch.tensor([0.5, 1.5], { dtype: torch.float64, requires_grad: true });
    expect(gradcheck((x) => Exp.apply(x), x)).toBe(true);
    expect(gradgradcheck((x) => Exp.apply(x), x)).toBe(true);
  });

  test('keeps its gradients: they are never given back under it', () => {
    const kept: torch.Tensor[] = [];
    const keeping = custom(double, (_, g) => {
      kept.push(g);
      return g;
    });
    const x = torch.ones(1000, { requires_grad: true });
    keeping.apply(x.mul(2)).mul(3).sum().backward();
    (x.grad as torch.Tensor).zero_();
    expect(kept[0].tolist()).toEqual(new Array(1000).fill(3));
  });

  test('is no constructor', () => {
    expect(() => new Exp()).toThrow('Legacy autograd function with non-static forward method is deprecated');
  });

  test('refuses what is no function', () => {
    expect(() => once_differentiable(3 as never)).toThrow("argument 'backward' must be a function, not 3");
  });
});
