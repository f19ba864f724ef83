/** torch.autograd.functional: Jacobians, Hessians and products with them, of one and of several inputs and outputs. */
import * as torch from '../../lib/index.js';
import { errorOf, errorsOf, leaf, replay } from './programs.js';

const { grad } = torch.autograd;
const { hessian, hvp, jacobian, jvp, vhp, vjp } = torch.autograd.functional;
type Tensor = torch.Tensor;

const polynomial = (x: Tensor): Tensor => x.pow(3).mul(2).add(x.pow(2).mul(5)).add(x.mul(7)).add(10);
const matrix = (): Tensor =>
  torch.tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]);

const jacobians = {
  'jacobian of one input and output': () => {
    const x = matrix().requires_grad_();
    const result = jacobian(polynomial, x);
    return [result, result.requires_grad, x.grad];
  },
  'jacobian of several': () => {
    const x = leaf(1, 2);
    const w = torch.tensor([
      [1, 2],
      [3, 4],
    ]);
    return [
      jacobian((x, w) => x.mul(w), [x, w]),
      jacobian((x) => [x.sin(), x.sum(), torch.ones(2)], x),
      jacobian((x, w) => [w.sum(0), x.mul(2)], [x, w]),
      jacobian((x) => [x.mul(x)], [x]),
    ];
  },
  'jacobian of a transposed and expanded input': () => {
    const x = torch.tensor([0, 1, 2, 3, 4, 5]).view(2, 3).t();
    return [jacobian((x) => x.sum(1).mul(x.select(1, 0)), x), jacobian((x) => x.mul(x), torch.tensor([2]).expand(3))];
  },
  'jacobian in another dtype': () => {
    const result = jacobian((x) => x.mul(2).to(torch.float32), torch.tensor([1, 2], { dtype: torch.float64 }));
    return [result, String(result.dtype)];
  },
  'jacobian vectorized': () => jacobian((x) => [x.mul(x.sin()), torch.ones(1)], leaf(0.5, 1.5), { vectorize: true }),
  'jacobian that can be differentiated': () => {
    const x = leaf(1, 2);
    const result = jacobian((x) => x.pow(3), x, true);
    result.sum().backward();
    const free = jacobian((x) => x.pow(3), torch.tensor([1, 2]), { create_graph: true });
    return [result, result.requires_grad, x.grad, free.requires_grad];
  },
  'jacobian under no grad': () => torch.no_grad(() => jacobian((x) => x.mul(x), leaf(1, 2))),
  'jacobian of a function that uses the input from outside': () => {
    const x = leaf(1, 2);
    return [jacobian((y) => x.mul(y), x), jacobian(() => x.mul(2), x)];
  },
  'errors of jacobian': () => {
    const [x, w] = [leaf(1, 2), leaf(3)];
    const double = (x: Tensor) => x.mul(2);
    return errorsOf(
      () => jacobian((x) => x.detach(), x, { strict: true }),
      () => jacobian(double, [x, w], { strict: true }),
      () => jacobian(double, x, { strict: true }),
      () => jacobian(double, x, { create_graph: true, strict: true }),
      () => jacobian(double, x, { strict: true, vectorize: true }),
      () => jacobian(double, x, { strategy: 'sideways' }),
    );
  },
};

const hessians = {
  'hessian of one input': () => [
    hessian((x) => polynomial(x).sum(), matrix()),
    hessian((x) => x.sum().view(1, 1), matrix()),
  ],
  'hessian of several inputs': () => {
    const [x, w] = [leaf(0.5, 1.5), leaf(2)];
    return [hessian((x, w) => x.mul(x).mul(w.sin()).sum(), [x, w]), hessian((x) => x.pow(3).sum(), [x])];
  },
  'hessian that can be differentiated': () => {
    const x = leaf(0.5, 1.5);
    const result = hessian((x) => x.sin().sum(), x, { create_graph: true });
    result.sum().backward();
    return [result, x.grad];
  },
  'errors of hessian': () => {
    const x = leaf(1, 2);
    return errorsOf(
      () => hessian((x) => x.mul(2), x),
      () => hessian((x) => [x.sum()] as never, x),
      () => hessian((x) => x.detach().sum(), x, { strict: true }),
      () => hessian((x) => x.mul(2).sum(), x, { strict: true }),
    );
  },
};

const products = {
  'products with a jacobian': () => {
    const [x, w, v] = [leaf(0.5, 1.5), leaf(2), torch.tensor([1, 10])];
    return [
      vjp((x) => x.sin(), x, v),
      vjp((x) => x.sin().sum(), x),
      vjp((x, w) => [x.mul(w), w.sum()], [x, w], [v, torch.tensor(3)]),
      jvp((x) => x.sin(), x, v),
      jvp((w) => [w.mul(w), w.sin()], w),
      jvp((x, w) => x.mul(w), [x, w], [v, torch.tensor([3])]),
    ];
  },
  'products with a hessian': () => {
    const [x, w, v] = [leaf(0.5, 1.5), leaf(2), torch.tensor([1, 10])];
    const cubes = (x: Tensor) => x.pow(3).sum();
    const both = (x: Tensor, w: Tensor) => x.mul(x.sin()).sum().mul(w.sum().pow(3));
    return [
      vhp(cubes, x, v),
      vhp(both, [x, w], [v, torch.tensor([3])]),
      hvp(cubes, x, v),
      hvp(both, [x, w], [v, torch.tensor([3])]),
      vhp(cubes, w),
      hvp((w) => w.sum(), w),
    ];
  },
  'products that can be differentiated': () => {
    const [x, v] = [leaf(0.5, 1.5), leaf(1, 10)];
    const first = [vjp, jvp].map((product) => product((x) => x.sin(), x, v, { create_graph: true })[1]);
    const second = [vhp, hvp].map((product) => product((x) => x.pow(3).sum(), x, v, true)[1]);
    return [...first, ...second].flatMap((result) => [result, grad(result.sum(), [x, v])]);
  },
  'errors of products': () => {
    const [x, w, v] = [leaf(1, 2), leaf(3), torch.ones(2)];
    const double = (x: Tensor) => x.mul(2);
    const strict = { strict: true };
    return errorsOf(
      () => vjp(double, x),
      () => vjp(double, x, torch.ones(3)),
      () => vjp(double, x, [v, v]),
      () => vjp((x) => [x.mul(2), x], x, [v]),
      () => vjp((x) => [x.mul(2), x], x, [v, torch.ones(3)]),
      () => vjp((x) => x.detach(), x, v, strict),
      () => vjp(double, [x, w], v, strict),
      () => vjp(double, x, v, { strict: true, create_graph: true }),
      () => jvp(double, x),
      () => jvp(double, x, torch.ones(3)),
      () => jvp((x) => x.detach(), x, v, strict),
      () => vhp(double, x, v),
      () => vhp((x) => x.mul(2).sum(), x, v, strict),
      () => hvp((x) => [x.sum()] as never, x, v),
      () => hvp((x) => x.mul(2).sum(), x, v, strict),
    );
  },
};

/** Each result with whether it requires grad, or the sentence of the error. */
function resultsOf(product: () => unknown): unknown {
  const described = (result: unknown): unknown[] =>
    Array.isArray(result) ? result.map(described) : [result, (result as Tensor).requires_grad];
  let answer: unknown = null;
  const error = errorOf(() => {
    answer = described(product());
  });
  return error ?? answer;
}

const flags = [{}, { strict: true }, { strict: true, create_graph: true }, { create_graph: true }];
type Func = (...inputs: Tensor[]) => Tensor;
type Case = [func: Func, inputs: Tensor | Tensor[], ...vectors: (Tensor | Tensor[])[]];

const strictness = {
  'strictness of products with a jacobian': () => {
    const [x, w, v, one] = [leaf(1, 2), leaf(3), torch.ones(2), torch.ones(1)];
    const cases: Case[] = [
      [(x) => x.detach(), x, v, v],
      [(x) => x.mul(2), x, v, v],
      [(x) => x.pow(2), x, v, v],
      [(x, _) => x.pow(2), [x, w], v, [v, one]],
      [(x, w) => x.mul(w), [x, w], v, [v, one]],
      [(x) => [x.mul(2), torch.ones(2)] as never, x, [v, v], v],
      [(x) => [x.pow(2), x.sum()] as never, x, [v, torch.tensor(1)], v],
    ];
    return cases.map(([func, inputs, back, forth]) =>
      flags.map((each) => [
        resultsOf(() => vjp(func, inputs, back, each)),
        resultsOf(() => jvp(func, inputs, forth, each)),
      ]),
    );
  },
  'strictness of products with a hessian': () => {
    const [x, w, v, one] = [leaf(1, 2), leaf(3), torch.ones(2), torch.ones(1)];
    const cubes = (x: Tensor): Tensor => x.pow(3).sum();
    const cases: Case[] = [
      [(x) => x.detach().sum(), x, v],
      [(x) => x.mul(2).sum(), x, v],
      [(x) => x.pow(2).sum(), x, v],
      [cubes, x, v],
      [(x, _) => cubes(x), [x, w], [v, one]],
      [(x, w) => cubes(x).mul(w.sum()), [x, w], [v, one]],
      [(x, w) => cubes(x).add(w.sum()), [x, w], [v, one]],
      [(x, w) => cubes(x).add(w.mul(w).sum()), [x, w], [v, one]],
    ];
    return cases.map(([func, inputs, v]) =>
      flags.map((each) => [vhp, hvp].map((product) => resultsOf(() => product(func, inputs, v, each)))),
    );
  },
  'strictness of jacobians and hessians': () => {
    const [x, w] = [leaf(1, 2), leaf(3)];
    const ofJacobian: Case[] = [
      [(x) => x.mul(2), x],
      [(x) => x.pow(2), x],
      [(x, _) => x.pow(2), [x, w]],
      [(x, w) => x.mul(w), [x, w]],
      [(x) => [x.pow(2), torch.ones(1)] as never, x],
    ];
    const ofHessian: Case[] = [
      [(x) => x.mul(2).sum(), x],
      [(x) => x.pow(2).sum(), x],
      [(x, w) => x.pow(3).sum().mul(w.sum()), [x, w]],
      [(x, w) => x.pow(3).sum().add(w.mul(w).sum()), [x, w]],
    ];
    return [
      ofJacobian.map(([func, inputs]) => flags.map((each) => resultsOf(() => jacobian(func, inputs, each)))),
      ofHessian.map(([func, inputs]) => flags.map((each) => resultsOf(() => hessian(func, inputs, each)))),
    ];
  },
};

replay('functional', { ...jacobians, ...hessians, ...products, ...strictness });
