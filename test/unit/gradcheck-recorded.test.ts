/** gradcheck and gradgradcheck: what they accept, and what they say, as PyTorch. */
import * as torch from '../../lib/index.js';
import type { Ctx } from './custom.js';
import { errorOf, replay } from './programs.js';

const { Function, gradcheck: check, gradgradcheck } = torch.autograd;
type Tensor = torch.Tensor;
type Method = (ctx: Ctx, given: Tensor) => Tensor;

const double = (...values: number[]): Tensor => torch.tensor(values, { dtype: torch.float64, requires_grad: true });
const told = (action: () => unknown): string | null => errorOf(action)?.split('\n')[0] ?? null;

const right: Method = (ctx, g) => g.mul(2).mul(ctx.saved_tensors[0]);
const wrong: Method = (_, g) => g.mul(3);

/** The square, with derivatives of its own. */
function custom(backward: Method, jvp: Method = right) {
  class Custom extends Function {
    static override forward(ctx: Ctx, x: Tensor) {
      ctx.save_for_forward(x);
      ctx.save_for_backward(x);
      return x.mul(x);
    }
    static override backward(ctx: Ctx, grad: Tensor) {
      return backward(ctx, grad);
    }
    static override jvp(ctx: Ctx, tangent: Tensor) {
      return jvp(ctx, tangent);
    }
  }
  return (x: Tensor): Tensor => Custom.apply(x);
}

const sin = (x: Tensor): Tensor => x.sin();
const onlyForward = { check_fwd_over_rev: true, check_rev_over_rev: false };

replay('gradcheck', {
  'right derivatives': () => {
    const x = double(1, 2);
    const square = custom(right);
    return [
      ...[false, true].map((fast_mode) => check(square, x, { fast_mode, check_forward_ad: true })),
      check(square, x, { check_forward_ad: true, check_backward_ad: false }),
      check(sin, x, { check_forward_ad: true, check_batched_grad: true, check_batched_forward_grad: true }),
      gradgradcheck(sin, x, { check_fwd_over_rev: true }),
      gradgradcheck(sin, x, { ...onlyForward, check_undefined_grad: false }),
      gradgradcheck(sin, x, { check_batched_grad: true, gen_non_contig_grad_outputs: true }),
      check((x) => x.gt(0).double(), x),
    ];
  },
  'sentences on failure': () => {
    const x = double(1, 2);
    let calls = 0;
    const drifting: Method = (ctx, g) => right(ctx, g).mul(1 + 1e-5 * ++calls);
    const undefined_: Method = (ctx, g) => right(ctx, g).add(g.eq(0));
    const answers = [false, true].flatMap((fast_mode) => [
      told(() => check(custom(wrong), x, { fast_mode })),
      told(() => check(custom(right, wrong), x, { check_forward_ad: true, fast_mode })),
      told(() => check(custom(right, wrong), x, { fast_mode })),
      told(() =>
        check(
          custom((ctx, g) => right(ctx, g).narrow(0, 0, 1)),
          x,
          { fast_mode },
        ),
      ),
      told(() => check(custom(drifting), x, { fast_mode })),
      told(() => check(custom(drifting), x, { nondet_tol: 1e-2, fast_mode })),
      told(() => check(custom(undefined_), x, { fast_mode: true })),
      told(() => check((x) => x.detach().mul(2), x, { fast_mode })),
    ]);
    return [answers, check(custom(wrong), x, { raise_exception: false })];
  },
  'keywords that need others': () => {
    const x = double(1, 2);
    return [
      () => check(sin, x, { check_backward_ad: false }),
      () => check(sin, x, { check_backward_ad: false, check_forward_ad: true, check_batched_grad: true }),
      () => check(sin, x, { check_batched_forward_grad: true }),
      () => gradgradcheck(sin, x, { check_rev_over_rev: false }),
      () => gradgradcheck(sin, x, onlyForward),
      () => gradgradcheck(sin, x, { ...onlyForward, check_undefined_grad: false, check_batched_grad: true }),
      () => check(sin, x.detach()),
    ].map(told);
  },
  'sentences on failure of second derivatives': () => {
    const x = double(1, 2);
    const square = custom((ctx, g) => g.mul(2).mul(ctx.saved_tensors[0].detach()));
    return [
      check(square, x),
      told(() => gradgradcheck(square, x)),
      told(() => gradgradcheck(square, x, { ...onlyForward, check_undefined_grad: false })),
    ];
  },
});
