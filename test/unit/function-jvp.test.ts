/** Custom functions under forward mode. */
import * as torch from '../../lib/index.js';
import type { Ctx } from './custom.js';
import { errorsOf, leaf, replay } from './programs.js';

const { forward_ad: fw, grad, Function } = torch.autograd;
type Tensor = torch.Tensor;
type Tangent = Tensor | null;

/** A function class of two closures. */
function custom<Args extends unknown[]>(
  forward: (ctx: Ctx, ...args: Args) => unknown,
  jvp: (ctx: Ctx, ...tangents: Tensor[]) => unknown,
) {
  class Custom extends Function {
    static override forward(ctx: Ctx, ...args: Args) {
      return forward(ctx, ...args);
    }
    static override backward(_: Ctx, grad: Tensor) {
      return grad;
    }
    static override jvp(ctx: Ctx, ...tangents: Tensor[]) {
      return jvp(ctx, ...tangents);
    }
  }
  return { apply: (...args: Args) => Custom.apply(...(args as never)) as Tensor };
}

const dual = (): Tensor => fw.make_dual(torch.tensor([1, 2]), torch.tensor([1, 10]));
const tangent = (x: Tensor): Tangent => fw.unpack_dual(x).tangent;

let seen: unknown[] = [];

class Scaled extends Function {
  static override forward(ctx: Ctx<{ factor: number }>, x: Tensor, factor: number, y: Tensor) {
    ctx.save_for_forward(x, y);
    ctx.save_for_backward(y, x);
    ctx.factor = factor;
    return [x.mul(y).mul(factor), x.add(y)];
  }
  static override backward(ctx: Ctx<{ factor: number }>, g: Tensor, h: Tensor) {
    const [y, x] = ctx.saved_tensors;
    return [g.mul(y).mul(ctx.factor).add(h), null, g.mul(x).mul(ctx.factor).add(h)];
  }
  static override jvp(ctx: Ctx<{ factor: number }>, xt: Tensor, factor: null, yt: Tensor) {
    const [x, y] = ctx.saved_tensors;
    seen.push([xt, factor, yt, torch.is_grad_enabled()]);
    return [xt.mul(y).add(yt.mul(x)).mul(ctx.factor), xt.add(yt)];
  }
}

class Cube extends Function {
  static override forward(ctx: Ctx, x: Tensor) {
    ctx.save_for_forward(x);
    ctx.save_for_backward(x);
    return x.pow(3);
  }
  static override backward(ctx: Ctx, g: Tensor) {
    const [x] = ctx.saved_tensors;
    return g.mul(3).mul(x.pow(2));
  }
  static override jvp(ctx: Ctx, t: Tensor) {
    const [x] = ctx.saved_tensors;
    return t.mul(3).mul(x.pow(2));
  }
}

class NoJvp extends Function {
  static override forward(_: Ctx, x: Tensor) {
    return x.mul(2);
  }
}

const double = (_: Ctx, x: Tensor): Tensor => x.mul(2);
const dirty = (ctx: Ctx, x: Tensor): Tensor => {
  ctx.mark_dirty(x);
  return x.mul_(2);
};
const saves = (ctx: Ctx, x: Tensor): Tensor => {
  ctx.save_for_forward(3 as never);
  return x.mul(2);
};

replay('function jvp', {
  'tangents come from jvp': () => {
    seen = [];
    return fw.dual_level(() => {
      const [first, second] = Scaled.apply(dual(), 3, torch.tensor([5, 6]));
      return [tangent(first), tangent(second), seen];
    });
  },
  'without tangents it is not called': () => {
    seen = [];
    return fw.dual_level(() => {
      const [first] = Scaled.apply(torch.ones(2), 3, torch.ones(2));
      return [tangent(first), seen.length];
    });
  },
  'tangents that are not materialized': () => {
    const seen: unknown[] = [];
    const forward = (ctx: Ctx, x: Tensor, _: Tensor) => {
      ctx.set_materialize_grads(false);
      return x.mul(2);
    };
    const own = custom(forward, (_, xt, yt) => {
      seen.push([xt, yt]);
      return xt.mul(2);
    });
    return fw.dual_level(() => [tangent(own.apply(dual(), torch.ones(2))), seen]);
  },
  'integers have tangents of zeros': () => {
    const seen: unknown[] = [];
    const own = custom(
      (_, x: Tensor, y: Tensor) => x.mul(y),
      (_, xt, yt) => {
        seen.push([yt, String(yt.dtype)]);
        return xt.mul(2);
      },
    );
    const ints = torch.tensor([2, 2], { dtype: torch.int64 });
    return fw.dual_level(() => [tangent(own.apply(dual(), ints)), seen]);
  },
  'saved for backward is not seen': () => {
    const seen: number[] = [];
    const forward = (ctx: Ctx, x: Tensor) => {
      ctx.save_for_backward(x);
      return x.mul(2);
    };
    const own = custom(forward, (ctx, t) => {
      seen.push(ctx.saved_tensors.length);
      return t;
    });
    return fw.dual_level(() => {
      own.apply(dual());
      return seen;
    });
  },
  'views and writes': () =>
    fw.dual_level(() => {
      const view = custom(
        (_, x: Tensor) => x.view(2, 1),
        (_, t) => t.view(2, 1),
      );
      const column = view.apply(dual());
      const written = dual().clone();
      const result = custom(dirty, (_, t) => t.mul_(2)).apply(written);
      return [tangent(column), tangent(result), tangent(written)];
    }),
  'jvp can be differentiated': () => {
    const [x, v] = [leaf(1, 2), leaf(1, 10)];
    return fw.dual_level(() => {
      const t = tangent(Cube.apply(fw.make_dual(x, v))) as Tensor;
      return [t, grad(t.sum(), [x, v])];
    });
  },
  'forward over reverse': () => {
    const x = leaf(1, 2);
    return fw.dual_level(() => {
      const d = fw.make_dual(x, torch.tensor([1, 10]));
      const [g] = grad(Cube.apply(d).sum(), d, { create_graph: true }) as Tensor[];
      return [g, tangent(g)];
    });
  },
  errors: () =>
    fw.dual_level(() =>
      errorsOf(
        () => NoJvp.apply(dual()),
        () => custom(double, (_, t) => [t, t]).apply(dual()),
        () =>
          custom(
            (_, x: Tensor) => [x.mul(2), x.mul(3)],
            (_, t) => t,
          ).apply(dual()),
        () => custom(double, () => 3).apply(dual()),
        () => custom(double, () => torch.ones(3)).apply(dual()),
        () =>
          custom(
            (_, x: Tensor) => x,
            (_, t) => t,
          ).apply(dual()),
        () =>
          custom(
            (_, x: Tensor) => x.view(2, 1),
            (_, t) => t.view(2, 1).clone(),
          ).apply(dual()),
        () => custom(dirty, (_, t) => t.mul(2)).apply(dual().clone()),
        () => custom(saves, (_, t) => t).apply(dual()),
      ),
    ),
});
