/** Custom functions of two closures, for tests. */
import * as torch from '../../lib/index.js';

export type Ctx<Fields = unknown> = torch.autograd.function.FunctionCtx<Fields>;
export type Grads = readonly (torch.Tensor | null)[];

/** A function class of two closures. */
export function custom<Args extends unknown[], R>(
  forward: (ctx: Ctx, ...args: Args) => R,
  backward: (ctx: Ctx, ...grads: torch.Tensor[]) => unknown,
) {
  class Custom extends torch.autograd.Function {
    static override forward(ctx: Ctx, ...args: Args): R {
      return forward(ctx, ...args);
    }
    static override backward(ctx: Ctx, ...grads: torch.Tensor[]): unknown {
      return backward(ctx, ...grads);
    }
  }
  return { apply: (...args: Args): R => Custom.apply(...(args as never)) as R };
}

export const double = (_: Ctx, x: torch.Tensor): torch.Tensor => x.mul(2);
export const same = (_: Ctx, ...grads: torch.Tensor[]): torch.Tensor => grads[0];
