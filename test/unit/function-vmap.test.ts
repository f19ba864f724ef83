/**
 * Custom functions inside of vmap: by a rule of their own, or by a generated one; alone, and with derivatives around.
 */
import { describe, expect, test } from 'vitest';
import * as torch from '../../lib/index.js';
import type { Ctx } from './custom.js';

const { Function } = torch.autograd;
const { grad, jacfwd, jacrev, jvp, vmap } = torch.func;
type Tensor = torch.Tensor;
type Info = torch.autograd.function.BatchInfo;

/** x³·k, whose derivatives are ten times as large, so that they are told from those of the operators inside. */
class Generated extends Function {
  static override readonly generate_vmap_rule: boolean = true;
  static override forward(x: Tensor, k: Tensor) {
    return x.pow(3).mul(k);
  }
  static setup_context(ctx: Ctx, [x, k]: readonly Tensor[]) {
    ctx.save_for_backward(x, k);
    ctx.save_for_forward(x, k);
  }
  static override backward(ctx: Ctx, g: Tensor) {
    const [x, k] = ctx.saved_tensors;
    return [
      g.mul(x.pow(2)).mul(k).mul(30),
      g
        .mul(x.pow(3))
        .sum_to_size([...k.shape])
        .mul(10),
    ];
  }
  static override jvp(ctx: Ctx, xt: Tensor, kt: Tensor) {
    const [x, k] = ctx.saved_tensors;
    return xt.mul(x.pow(2)).mul(k).mul(30).add(x.pow(3).mul(kt).mul(10));
  }
}

let told: unknown[] = [];

class Own extends Generated {
  static override readonly generate_vmap_rule: boolean = false;
  static override vmap(info: Info, in_dims: readonly (number | null)[], x: Tensor, k: Tensor) {
    told.push([info.batch_size, info.randomness, in_dims]);
    const rows = (value: Tensor, dim: number | null): Tensor =>
      dim === null ? value.unsqueeze(-1) : value.movedim(dim, -1);
    return [Own.apply(rows(x, in_dims[0]), rows(k, in_dims[1])), -1];
  }
}

const xs = (): Tensor => torch.tensor([0.5, 1, 2]);
const two = (): Tensor => torch.tensor(2);
const cube = (factor: number): number[] => [0.125, 1, 8].map((value) => value * factor);
const slope = (factor: number): number[] => [0.25, 1, 4].map((value) => value * 30 * factor);

describe.each([
  ['generated', Generated],
  ['its own rule', Own],
])('%s', (_, Cube) => {
  test('alone', () => {
    expect(vmap((x: Tensor) => Cube.apply(x, two()))(xs()).tolist()).toEqual(cube(2));
    expect(vmap((k: Tensor) => Cube.apply(two(), k))(xs()).tolist()).toEqual([4, 8, 16]);
    expect(vmap((x: Tensor, k: Tensor) => Cube.apply(x, k))(xs(), xs()).tolist()).toEqual([0.0625, 1, 16]);
  });

  test('derivatives inside of it', () => {
    expect(vmap(grad((x: Tensor) => Cube.apply(x, two())))(xs()).tolist()).toEqual(slope(2));
    const push = (x: Tensor): Tensor => jvp((x: Tensor) => Cube.apply(x, two()), [x], [torch.tensor(1)])[1] as Tensor;
    expect(vmap(push)(xs()).tolist()).toEqual(slope(2));
  });

  test('derivatives around it', () => {
    const batched = (x: Tensor): Tensor => vmap((x: Tensor) => Cube.apply(x, two()))(x);
    const x = xs().requires_grad_();
    batched(x).sum().backward();
    expect(x.grad?.tolist()).toEqual(slope(2));
    expect(grad((x: Tensor) => batched(x).sum())(xs()).tolist()).toEqual(slope(2));
    expect(jvp(batched, [xs()], [torch.ones(3)])[1].tolist()).toEqual(slope(2));
    const diagonal = torch.diag(torch.tensor(slope(2))).tolist();
    expect(jacrev(batched)(xs()).tolist()).toEqual(diagonal);
    expect(jacfwd(batched)(xs()).tolist()).toEqual(diagonal);
  });

  test('what all examples share has the sum of their gradients', () => {
    const k = two().requires_grad_();
    vmap((x: Tensor) => Cube.apply(x, k))(xs())
      .sum()
      .backward();
    expect(k.grad?.tolist()).toBe(91.25);
  });

  test('vmap of vmap, and gradients of gradients', () => {
    const pairs = vmap((x: Tensor) => vmap((k: Tensor) => Cube.apply(x, k))(torch.tensor([1, 2])))(xs());
    expect(pairs.tolist()).toEqual(cube(1).map((value) => [value, 2 * value]));
    const twice = vmap(grad(grad((x: Tensor) => Cube.apply(x, two()))))(xs());
    expect(twice.tolist()).toEqual([60, 120, 240]);
  });
});

test('a rule is told of the vmap', () => {
  told = [];
  vmap((x: Tensor) => Own.apply(x, two()), { in_dims: 1, randomness: 'same' })(torch.ones(2, 3));
  expect(told).toEqual([[3, 'same', [0, null]]]);
});

test('several results, some of them the same for all examples', () => {
  class Both extends Function {
    static override readonly generate_vmap_rule: boolean = true;
    static override forward(x: Tensor, y: Tensor) {
      return [x.mul(2), y.mul(3)];
    }
    static setup_context() {}
    static override backward(_: Ctx, g: Tensor, h: Tensor) {
      return [g.mul(2), h.mul(3)];
    }
  }
  const [x, y] = [xs().requires_grad_(), two().requires_grad_()];
  const [a, b] = vmap((x: Tensor) => Both.apply(x, y))(x);
  expect([a.tolist(), b.tolist()]).toEqual([
    [1, 2, 4],
    [6, 6, 6],
  ]);
  a.sum().add(b.sum()).backward();
  expect([x.grad?.tolist(), y.grad?.tolist()]).toEqual([[2, 2, 2], 9]);
});

test('errors', () => {
  class Plain extends Function {
    static override forward(_: Ctx, x: Tensor) {
      return x.mul(2);
    }
  }
  class NoContext extends Plain {
    static override readonly generate_vmap_rule: boolean = true;
  }
  class Two extends Own {
    static override readonly generate_vmap_rule: boolean = true;
  }
  class Wrong extends Own {
    static override vmap(_info: Info, _dims: readonly (number | null)[], x: Tensor) {
      return [x];
    }
  }
  class Dims extends Own {
    static override vmap(_info: Info, _dims: readonly (number | null)[], x: Tensor): [Tensor, number] {
      return [x, [0, 0] as never];
    }
  }
  expect(() => vmap((x: Tensor) => Plain.apply(x))(xs())).toThrow(
    'You tried to vmap over Plain, but it does not have vmap support. Please override and implement the vmap ' +
      'staticmethod or set generate_vmap_rule=True.',
  );
  expect(() => vmap((x: Tensor) => NoContext.apply(x))(xs())).toThrow(
    'it must override the setup_context staticmethod.',
  );
  expect(() => vmap((x: Tensor) => Two.apply(x, x))(xs())).toThrow(
    'You tried to vmap over Two, but it has both generate_vmap_rule=True and an overriden vmap staticmethod.',
  );
  expect(() => vmap((x: Tensor) => Wrong.apply(x, x))(xs())).toThrow('to have two returns, an output and out_dims');
  expect(() => vmap((x: Tensor) => Dims.apply(x, x))(xs())).toThrow(
    'returned an incompatible (output, out_dims) tuple',
  );
  expect(vmap((x: Tensor) => x.mul(Plain.apply(two())))(xs()).tolist()).toEqual([2, 4, 8]);
});
