/** torch.func: gradients, products and Jacobians of functions, alone and in one another, and vmap. */
import { expect, test } from 'vitest';
import * as torch from '../../lib/index.js';

const { func } = torch;
type Tensor = torch.Tensor;

const t = (data: number | number[] | number[][] | number[][][]): Tensor => torch.tensor(data, { dtype: torch.float64 });
const close = (actual: Tensor, expected: Tensor): void => {
  expect(actual.shape).toEqual(expected.shape);
  expect(torch.allclose(actual, expected.to(actual.dtype), 1e-9, 1e-12), `${actual}, not ${expected}`).toBe(true);
};

test('grad, value_and_grad and grad_and_value', () => {
  const square = (x: Tensor, y: Tensor): Tensor => x.mul(x).mul(y).sum();
  const [x, y] = [t([1, 2]), t([3, 4])];
  close(func.grad(square)(x, y), t([6, 16]));
  const [dx, dy] = func.grad(square, [0, 1])(x, y);
  close(dx, t([6, 16]));
  close(dy, t([1, 4]));
  const [value, gradient] = func.value_and_grad(square, 1)(x, y);
  close(value, t(19));
  close(gradient, t([1, 4]));
  expect([value.requires_grad, gradient.requires_grad, x.requires_grad]).toEqual([false, false, false]);
  const [found, [again, aux]] = func.grad_and_value((x: Tensor) => [x.sum(), x.mul(2)] as const, { has_aux: true })(x);
  close(found, t([1, 1]));
  close(again, t(3));
  close(aux, t([2, 4]));
});

test('gradients of nested arguments have their structure', () => {
  const loss = (p: { w: Tensor; layers: { b: Tensor }[] }, x: Tensor): Tensor => x.mul(p.w).add(p.layers[0].b).sum();
  const found = func.grad(loss)({ w: t([2, 3]), layers: [{ b: t([0, 0]) }] }, t([5, 7]));
  close(found.w, t([5, 7]));
  close(found.layers[0].b, t([1, 1]));
});

test('gradients of gradients', () => {
  const sin = (x: Tensor): Tensor => x.sin();
  close(func.grad(func.grad(sin))(t(0.5)), t(0.5).sin().neg());
  close(func.grad(func.grad(func.grad(sin)))(t(0.5)), t(0.5).cos().neg());
  const both = (x: Tensor): Tensor => x.mul(func.grad((y: Tensor) => x.mul(y).mul(y))(t(3)));
  // x · 2·3·x, whose derivative is 12 x.
  close(func.grad(both)(t(2)), t(24));
});

test('what is seen from outside stays differentiable', () => {
  const w = t([2, 3]).requires_grad_();
  const gradient = func.grad((x: Tensor) => x.mul(x).mul(w).sum())(t([1, 2]));
  gradient.sum().backward();
  close(w.grad as Tensor, t([2, 4]));
  expect(torch.no_grad(() => func.grad((x: Tensor) => x.mul(w).sum())(t([1, 2]))).requires_grad).toBe(false);
});

test('vjp, jvp and linearize agree with the Jacobian', () => {
  const f = (x: Tensor): Tensor[] => [x.sin().mul(x.sum()), x.pow(3).sum()];
  const [x, v] = [t([0.5, 1, 2]), t([1, -2, 0.5])];
  const jacobians = torch.autograd.functional.jacobian(f, x) as Tensor[];
  const [outputs, pull] = func.vjp(f, x);
  close(outputs[1], x.pow(3).sum());
  const [gradient] = pull([v, t(2)]);
  close(gradient, v.matmul(jacobians[0]).add(jacobians[1].mul(2)));
  close(pull([v, t(0)])[0], v.matmul(jacobians[0]));
  const [again, tangents] = func.jvp(f, [x], [v]);
  close(again[0], outputs[0]);
  close(tangents[0], jacobians[0].matmul(v));
  const [, push] = func.linearize(f, x);
  close(push(v)[0], jacobians[0].matmul(v));
  close(push(v.mul(2))[1], jacobians[1].dot(v).mul(2));
});

test('jvp of jvp, grad of jvp, jvp of grad', () => {
  const cube = (x: Tensor): Tensor => x.pow(3);
  const tangent = (x: Tensor): Tensor => func.jvp(cube, [x], [t(1)])[1];
  close(tangent(t(2)), t(12));
  close(func.jvp(tangent, [t(2)], [t(1)])[1], t(12));
  close(func.grad(tangent)(t(2)), t(12));
  close(func.jvp(func.grad(cube), [t(2)], [t(5)])[1], t(60));
  // A tangent of one level is a constant of the other.
  const confusing = (x: Tensor): Tensor => x.mul(func.jvp((y: Tensor) => x.add(y), [t(1)], [t(1)])[1]);
  close(func.jvp(confusing, [t(1)], [t(1)])[1], t(1));
});

test('jacrev, jacfwd and hessian', () => {
  const f = (x: Tensor, y: Tensor): Tensor => x.sin().unsqueeze(1).mul(y).matmul(y.t());
  const [x, y] = [
    t([0.5, 1]),
    t([
      [1, 2, 3],
      [4, 5, 6],
    ]),
  ];
  const expected = torch.autograd.functional.jacobian(f, [x, y]) as Tensor[];
  for (const jacobian of [func.jacrev, func.jacfwd]) {
    close(jacobian(f)(x, y) as Tensor, expected[0]);
    close(jacobian(f, 1)(x, y), expected[1]);
    const [a, b] = jacobian(f, [0, 1])(x, y) as Tensor[];
    close(a, expected[0]);
    close(b, expected[1]);
  }
  close(func.jacrev(f, { chunk_size: 1 })(x, y) as Tensor, expected[0]);
  close(func.jacfwd(f, { chunk_size: 1 })(x, y) as Tensor, expected[0]);
  const withAux = (x: Tensor) => [x.sin(), x.sum()] as const;
  const [jacobian, aux] = func.jacfwd(withAux, { chunk_size: 1, has_aux: true })(x) as unknown as [Tensor, Tensor];
  close(jacobian, x.cos().diag());
  close(aux, x.sum());
  const g = (x: Tensor): Tensor => x.pow(3).sum().mul(x.select(0, 0));
  close(func.hessian(g)(x), torch.autograd.functional.hessian(g, x));
  close(func.jacrev(func.jacfwd(g))(x), torch.autograd.functional.hessian(g, x));
  close(func.jacfwd(func.jacfwd(g))(x), torch.autograd.functional.hessian(g, x));
  close(func.jacrev(func.jacrev(g))(x), torch.autograd.functional.hessian(g, x));
});

test('per-sample gradients', () => {
  const loss = (w: Tensor, x: Tensor, y: Tensor): Tensor => x.matmul(w).sub(y).pow(2).sum();
  const [w, xs, ys] = [
    t([
      [1, 2],
      [3, 4],
      [5, 6],
    ]),
    t([
      [1, 0, 2],
      [0.5, 1, -1],
      [2, 2, 1],
      [3, 0, 1],
    ]),
    t([
      [1, 2],
      [0, 1],
      [3, 1],
      [2, 2],
    ]),
  ];
  const found = func.vmap(func.grad(loss), { in_dims: [null, 0, 0] })(w, xs, ys);
  const expected = torch.stack([0, 1, 2, 3].map((i) => func.grad(loss)(w, xs.select(0, i), ys.select(0, i))));
  close(found, expected);
});

test('vmap of vmap, of jvp and of hessian; grad of vmap', () => {
  const [a, b] = [
    t([
      [1, 2],
      [3, 4],
      [5, 6],
    ]),
    t([
      [1, 0],
      [0, 1],
      [2, 2],
      [3, 1],
    ]),
  ];
  const dots = func.vmap((x: Tensor) => func.vmap((y: Tensor) => x.dot(y))(b))(a);
  close(dots, a.matmul(b.t()));
  const tangents = func.vmap((x: Tensor, v: Tensor) => func.jvp((x: Tensor) => x.sin(), [x], [v])[1])(a, a);
  close(tangents, a.cos().mul(a));
  const hessians = func.vmap(func.hessian((x: Tensor) => x.pow(3).sum()))(a);
  close(hessians, a.mul(6).diag_embed());
  const total = func.grad((x: Tensor) =>
    func
      .vmap((row: Tensor) => row.dot(row))(x)
      .sum(),
  );
  close(total(a), a.mul(2));
  const w = a.clone().requires_grad_();
  const rows = func.vmap((row: Tensor) => func.grad((r: Tensor) => r.pow(3).sum())(row))(w);
  rows.sum().backward();
  close(w.grad as Tensor, a.mul(6));
});

test('in_dims, out_dims, structures and chunks', () => {
  const a = t([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  close(func.vmap((x: Tensor) => x.mul(2), { in_dims: 1, out_dims: 1 })(a), a.mul(2));
  close(func.vmap((x: Tensor) => x.mul(2), { in_dims: -1, out_dims: -1 })(a), a.mul(2));
  const nested = func.vmap((p: { x: Tensor; y: Tensor }) => [p.x.sum(), { both: p.x.add(p.y) }], {
    in_dims: [{ x: 0, y: null }],
  });
  const [sum, { both }] = nested({ x: a, y: t([1, 1, 1]) }) as [Tensor, { both: Tensor }];
  close(sum, a.sum(1));
  close(both, a.add(1));
  close(func.vmap((x: Tensor) => x.cumsum(0), { chunk_size: 1 })(a), a.cumsum(1));
  const constant = func.vmap((_x: Tensor) => t([1, 2]), { out_dims: null })(a);
  close(constant, t([1, 2]));
  close(
    func.vmap((_x: Tensor) => t([1, 2]))(a),
    t([
      [1, 2],
      [1, 2],
    ]),
  );
});

test('writes in place inside of vmap', () => {
  const a = t([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  const f = (x: Tensor): Tensor => {
    const y = x.clone();
    y.mul_(2).select(0, 0).add_(x.select(0, 1));
    return y;
  };
  close(func.vmap(f)(a), torch.stack([f(a.select(0, 0)), f(a.select(0, 1))]));
  const plain = t([0, 0, 0]);
  expect(() => func.vmap((x: Tensor) => plain.add_(x))(a)).toThrow('vmap: add_(self, *extra_args) is not possible');
});

test('random operators', () => {
  const a = torch.zeros(4, 3);
  const noise = (x: Tensor): Tensor => x.add(torch.rand(3));
  expect(() => func.vmap(noise)(a)).toThrow('called random operation while in randomness error mode');
  const same = func.vmap(noise, { randomness: 'same' })(a);
  expect(torch.equal(same.select(0, 0), same.select(0, 3))).toBe(true);
  const different = func.vmap(noise, { randomness: 'different' })(a);
  expect(torch.equal(different.select(0, 0), different.select(0, 3))).toBe(false);
  torch.manual_seed(1);
  const whole = torch.rand(4, 3);
  torch.manual_seed(1);
  close(func.vmap(noise, { randomness: 'different' })(a), whole);
  expect(func.vmap((x: Tensor) => torch.randperm(5).add(x.sum().long()), { randomness: 'different' })(a).shape).toEqual(
    [4, 5],
  );
});

test('what vmap refuses', () => {
  const a = torch.ones(2, 3);
  const { vmap } = func;
  expect(() => vmap((x: Tensor) => x.nonzero())(a)).toThrow('vmap: there is no batching rule for _nonzero');
  expect(() => vmap((x: Tensor) => torch.tensor(x.sum().item() as number))(a)).toThrow(
    "you're calling .item() on a Tensor",
  );
  expect(() => vmap((x: Tensor) => x, { in_dims: 3 })(a)).toThrow('Got in_dim=3 for some input');
  expect(() => vmap((x: Tensor, y: Tensor) => x.add(y))(a, torch.ones(4))).toThrow(
    'got sizes [2, 4] for the mapped dimension',
  );
  expect(() => vmap((x: Tensor) => x, { in_dims: null })(a)).toThrow('at least one input');
  expect(() => vmap((x: Tensor) => x, { out_dims: null })(a)).toThrow(
    'can not return a BatchedTensor when out_dim is None',
  );
  expect(() => vmap((_x: Tensor) => 3)(a)).toThrow('must only return Tensors, got 3');
  expect(() => vmap(async (x: Tensor) => x)(a)).toThrow('must not return a promise');
  let kept = a;
  vmap((x: Tensor) => {
    kept = x;
    return x;
  })(a);
  expect(() => kept.add(1)).toThrow('after the vmap in which it was made had ended');
});

test('what grad, jvp and vjp refuse', () => {
  const a = torch.ones(2);
  expect(() => func.grad((x: Tensor) => x)(a)).toThrow(
    'Expected f(*args) to return a scalar tensor, got tensor with 1 dims',
  );
  expect(() => func.grad((x: Tensor) => x.sum(), 2 as 0)(a)).toThrow('Got argnum=2, but only 1 positional inputs');
  expect(() => func.grad((x: Tensor) => x.sum())(a.long())).toThrow('only Tensors of floating point dtype');
  expect(() => func.jvp((x: Tensor) => x, [a], [torch.ones(3)])).toThrow(
    'jvp: expected tangents of sizes [2], got [3]',
  );
  expect(() => func.grad(3 as never)).toThrow("argument 'func' must be a function");
});

test('jacobian and hessian of autograd.functional at once, and in forward mode', () => {
  const { hessian, jacobian } = torch.autograd.functional;
  const f = (x: Tensor, y: Tensor): Tensor[] => [x.sin().mul(y.sum()), y.pow(2), torch.ones(1)];
  const inputs = [t([0.5, 1, 2]), t([[1, 2]])];
  const expected = jacobian(f, inputs) as Tensor[][];
  for (const options of [{ vectorize: true }, { vectorize: true, strategy: 'forward-mode' }]) {
    const found = jacobian(f, inputs, options) as Tensor[][];
    found.forEach((row, i) => {
      row.forEach((block, k) => {
        close(block, expected[i][k]);
      });
    });
  }
  const cube = (x: Tensor): Tensor => x.pow(3).sum().mul(x.select(0, 0));
  const whole = hessian(cube, inputs[0]);
  close(hessian(cube, inputs[0], { vectorize: true }), whole);
  close(hessian(cube, inputs[0], { vectorize: true, outer_jacobian_strategy: 'forward-mode' }), whole);
  expect(() => jacobian(f, inputs, { strategy: 'forward-mode' })).toThrow('implemented for `vectorize=True`');
});

test('a batch of gradients in one call of torch.autograd.grad', () => {
  const x = t([1, 2, 3]).requires_grad_();
  const y = x.pow(2);
  const grad_outputs = t([
    [1, 0, 0],
    [0, 1, 1],
  ]);
  const [found] = torch.autograd.grad(y, x, { grad_outputs, is_grads_batched: true, retain_graph: true });
  close(found as Tensor, grad_outputs.mul(x.detach().mul(2)));
  expect(() => torch.autograd.grad(y, x, { grad_outputs: t([1, 1, 1]), is_grads_batched: true })).toThrow(
    'we interpret the first dimension of each grad_output as the batch dimension',
  );
});

test('structures that contain themselves are refused by name', () => {
  const cyclic: unknown[] = [t(1)];
  cyclic.push(cyclic);
  const call = (make: (...args: never[]) => unknown, ...args: unknown[]): (() => unknown) => {
    return () => Reflect.apply(make, undefined, args);
  };
  const first = (x: unknown[]): unknown => x[0];
  const back = (): unknown => cyclic;
  const end = 'contains itself, or is nested more than 500 deep';
  expect(call(func.linearize, first, cyclic)).toThrow(`linearize: an argument ${end}`);
  expect(call(func.vjp, first, cyclic)).toThrow(`vjp: an argument ${end}`);
  expect(call(func.jvp, first, [cyclic], [cyclic])).toThrow(`jvp: an argument ${end}`);
  expect(call(func.grad(first), cyclic)).toThrow(`grad: an argument ${end}`);
  expect(call(func.jacrev(first), cyclic)).toThrow(`vjp: an argument ${end}`);
  expect(call(func.jacfwd(first), cyclic)).toThrow(`jacfwd: an argument ${end}`);
  expect(call(func.vmap(first), cyclic)).toThrow(`vmap: an argument or its in_dims ${end}`);
  expect(call(func.vmap(back as never), t([1]))).toThrow(`vmap: what func returned, or its out_dims ${end}`);
  expect(call(func.linearize, back, t(1))).toThrow(`linearize: what func returned ${end}`);
  const [, pull] = func.vjp((x: Tensor) => x.sin(), t(1));
  expect(call(pull, cyclic)).toThrow(`vjp_fn: cotangents ${end}`);
});

test('structures whose parts are found again and again are refused, not walked through for ever', () => {
  let shared: unknown[] = [t(1)];
  for (let i = 0; i < 60; i++) shared = [shared, shared];
  const often = 'has more than 250000 items, or the same ones too often';
  expect(() => func.grad((_: unknown) => t(1) as never)(shared as never)).toThrow(`grad: an argument ${often}`);
  expect(() => func.vmap((x: Tensor) => [x, shared] as never)(t([1]))).toThrow(
    `vmap: what func returned, or its out_dims ${often}`,
  );
});

test('argnums are ints', () => {
  const of = (argnums: unknown): (() => unknown) => {
    return () => func.grad((x: Tensor) => x.sum(), argnums as never)(t([1]));
  };
  expect(of('x')).toThrow('grad(): argument \'argnums\' must be int or a list of ints, not "x"');
  expect(of(new Array(2 ** 32 - 1))).toThrow("grad(): argument 'argnums' must be int or a list of ints, not undefined");
});

test('what only looks like a list is read once', () => {
  const odd = new Proxy([t(1)], { get: (list, key) => (key === 'map' ? 3 : Reflect.get(list, key)) });
  close(func.grad((x: Tensor[]) => x[0].sin())(odd)[0], t(1).cos());
});
