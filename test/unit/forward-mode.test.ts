/** torch.autograd.forward_ad: what has tangents, and what becomes of them. */
import { expect, test } from 'vitest';
import * as torch from '../../lib/index.js';
import { errorsOf, leaf, replay } from './programs.js';

const { forward_ad: fw, grad } = torch.autograd;
type Tensor = torch.Tensor;

const tangent = (x: Tensor): Tensor | null => fw.unpack_dual(x).tangent;
const duals = (): Tensor => fw.make_dual(torch.tensor([1, 2, 3]), torch.tensor([1, 0.5, -2]));
const ones = (): Tensor => torch.ones(3);

replay('forward mode', {
  'a dual and what is made of it': () =>
    fw.dual_level(() => {
      const x = duals();
      const [primal, dual] = fw.unpack_dual(x.sin().mul(x));
      const outside = tangent(torch.ones(2));
      return [primal, dual, tangent(x), outside, tangent(x.detach()), tangent(primal), tangent(x.gt(1))];
    }),
  'several results and arguments': () =>
    fw.dual_level(() => {
      const x = duals();
      const { values, indices } = x.view(1, 3).max(1);
      const both = torch.stack([x, ones(), x.mul(2)]);
      return [tangent(values), tangent(indices), tangent(both), x.unbind().map(tangent)];
    }),
  'broadcasting and promotion': () =>
    fw.dual_level(() => {
      const x = duals();
      const y = x.view(3, 1).add(torch.tensor([1, 2], { dtype: torch.float64 }));
      const dtype = String(tangent(y)?.dtype);
      return [tangent(y), dtype, tangent(x.add(1)), tangent(x.double()), tangent(x.sum().mul(torch.ones(2)))];
    }),
  'nothing remains after the level': () => {
    const [x, y] = fw.dual_level(() => {
      const x = duals();
      return [x, x.mul(2)];
    });
    const after = [tangent(x), tangent(y)];
    return fw.dual_level(() => [after, tangent(x), tangent(y)]);
  },
  'writes in place': () =>
    fw.dual_level(() => {
      const x = duals().clone();
      x.mul_(x.clone());
      const y = torch.zeros(3).add_(x);
      return [tangent(x), tangent(y), tangent(duals().clone().zero_())];
    }),
  'writes through views': () =>
    fw.dual_level(() => {
      const x = duals().clone();
      x.select(0, 0).mul_(10);
      const base = torch.zeros(2, 3);
      base.select(0, 1).copy_(x);
      const y = duals().clone();
      const first = y.select(0, 0);
      y.mul_(3);
      return [x, tangent(x), tangent(base), tangent(first)];
    }),
  'an operand stays as it is': () =>
    fw.dual_level(() => {
      const x = duals();
      const y = x.clone().mul_(5);
      const z = x.add(0).mul_(7);
      return [tangent(x), tangent(y), tangent(z)];
    }),
  'forward over reverse': () => {
    const x = leaf(1, 2, 3);
    return fw.dual_level(() => {
      const dual = fw.make_dual(x, torch.tensor([1, 0.5, -2]));
      const y = dual.pow(3).sum();
      const g = grad(y, x)[0] as Tensor;
      return [dual.requires_grad, g, tangent(g), tangent(y)];
    });
  },
  'reverse over forward': () => {
    const [x, v] = [leaf(1, 2, 3), leaf(1, 0.5, -2)];
    return fw.dual_level(() => {
      const dual = tangent(fw.make_dual(x, v).pow(3)) as Tensor;
      return [dual, dual.requires_grad, grad(dual.sum(), [x, v])];
    });
  },
  'without recording': () =>
    torch.no_grad(() =>
      fw.dual_level(() => {
        const y = duals().exp();
        return [tangent(y), y.requires_grad];
      }),
    ),
  'entering and leaving': () => {
    const level = fw.enter_dual_level();
    const x = duals();
    const found = tangent(x.mul(2));
    fw.exit_dual_level();
    return [level, found, tangent(x)];
  },
  errors: () => {
    const x = ones();
    const ints = torch.ones(3, { dtype: torch.int64 });
    const outside = errorsOf(
      () => fw.make_dual(x, x),
      () => fw.exit_dual_level({ level: 3 }),
    );
    return fw.dual_level(() => {
      const dual = duals();
      return [
        outside,
        errorsOf(
          () => fw.make_dual(x, torch.ones(2)),
          () => fw.make_dual(x, ints),
          () => fw.make_dual(ints, x),
          () => fw.make_dual(dual, x),
          () => fw.make_dual(x, dual),
          () => fw.enter_dual_level(),
        ),
      ];
    });
  },
});

test('a level ends when its callback throws or its promise is settled', async () => {
  expect(() =>
    fw.dual_level(() => {
      throw new Error('no');
    }),
  ).toThrow('no');
  const found = await fw.dual_level(async () => {
    const x = duals();
    await null;
    return tangent(x.mul(2))?.tolist();
  });
  expect(found).toEqual([2, 1, -4]);
  const scope = fw.dual_level();
  scope[Symbol.dispose]();
  scope[Symbol.dispose]();
  expect(() => fw.exit_dual_level()).toThrow('Dual level must be a positive number.');
});

test('what is no tensor, or no level, is refused', () => {
  const wrong = (value: unknown) => value as Tensor;
  expect(() => fw.make_dual(wrong(1), ones())).toThrow("make_dual(): argument 'tensor' must be Tensor");
  expect(() => fw.unpack_dual(wrong('x'))).toThrow("unpack_dual(): argument 'tensor' must be Tensor");
  expect(() => fw.dual_level(3 as never)).toThrow("argument 'callback' must be a function");
  fw.dual_level(() => expect(() => fw.make_dual(ones(), ones(), { level: 1 })).toThrow('no forward AD level 1'));
});
