/** Where `grad` lies: its strides, whose memory it is, and when it is accumulated in place. */
import * as torch from '../../lib/index.js';
import { leaf, replay } from './programs.js';

type Tensor = torch.Tensor;

const parameter = (...shape: number[]): Tensor =>
  torch
    .arange(shape.reduce((product, size) => product * size, 1))
    .float()
    .add(1)
    .view(shape);

const same = (a: Tensor | null, b: Tensor | null): boolean => a?.data_ptr() === b?.data_ptr();
const square = (x: Tensor): Tensor => x.mul(x).sum();

replay('layout of grad', {
  'strides follow the leaf': () => {
    const leaves = [
      parameter(2, 3),
      parameter(2, 3).t(),
      parameter(2, 3, 4).permute(2, 0, 1),
      parameter(4, 6)
        .index(['...', new torch.Slice(null, null, 2)])
        .detach(),
      parameter(3, 1).expand(3, 4).detach(),
    ].map((x) => x.requires_grad_());
    const functions: ((x: Tensor) => Tensor)[] = [
      (x) => x.sum(),
      square,
      (x) => x.mul(2).exp().sum(),
      (x) => x.sum(0).prod(),
      (x) => x.transpose(0, 1).contiguous().pow(2).sum(),
      (x) => x.reshape(-1).cumsum(0).sum(),
    ];
    return leaves.flatMap((x) =>
      functions.map((function_) => {
        x.grad = null;
        function_(x).backward();
        return [[...(x.grad as unknown as Tensor).shape], (x.grad as unknown as Tensor).stride()];
      }),
    );
  },
  'strides of gradients that grad returns': () => {
    const x = parameter(2, 3).t().requires_grad_();
    const functions: ((x: Tensor) => Tensor)[] = [(x) => x.sum(), square, (x) => x.t().exp().sum()];
    return functions.map((function_) => torch.autograd.grad(function_(x), x)[0]?.stride());
  },
  'accumulates in place': () => {
    const x = leaf(1, 2);
    square(x).backward();
    const first = x.grad as Tensor;
    const pointer = first.data_ptr();
    square(x).backward();
    return [x.grad === first, x.grad?.data_ptr() === pointer, first];
  },
  'accumulates into another tensor under create graph': () => {
    const x = leaf(1, 2);
    square(x).backward();
    const first = x.grad as Tensor;
    square(x).backward({ create_graph: true });
    return [x.grad === first, same(x.grad, first), first, x.grad, x.grad?.requires_grad];
  },
  'an assigned gradient keeps its layout': () => {
    const x = parameter(2, 3).requires_grad_();
    x.grad = parameter(3, 2).t();
    const mine = x.grad;
    square(x).backward();
    return [x.grad === mine, x.grad.stride(), mine];
  },
  'a gradient that hooks kept is not taken': () => {
    const x = leaf(1, 2);
    const kept: Tensor[] = [];
    x.register_hook((grad) => {
      kept.push(grad);
    });
    square(x).backward();
    const before = kept[0].clone();
    square(x).backward();
    return [same(x.grad, kept[0]), kept[0].equal(before)];
  },
  'a gradient that was given is not changed': () => {
    const [x, y, g] = [leaf(1, 2), leaf(1, 2), torch.ones(2)];
    x.backward(g);
    x.backward(g);
    y.mul(torch.ones(2)).backward(g);
    y.add(1).backward(g);
    return [g, same(x.grad, g), same(y.grad, g), y.grad];
  },
  'gradients of two leaves do not share': () => {
    const [x, y, z, w] = [leaf(1, 2), leaf(3, 4), leaf(1, 2), leaf(3, 4)];
    x.add(y).sum().backward();
    z.add(w).exp().sum().backward();
    z.grad?.zero_();
    return [same(x.grad, y.grad), same(z.grad, w.grad), w.grad];
  },
  'after zeroing': () => {
    const x = leaf(1, 2);
    square(x).backward();
    const first = x.grad as Tensor;
    first.zero_();
    square(x).backward();
    const kept = x.grad === first;
    x.grad = null;
    square(x).backward();
    return [kept, x.grad === first, x.grad];
  },
  'retained gradients': () => {
    const x = leaf(1, 2);
    const y = x.mul(2);
    y.retain_grad();
    y.sum().backward({ retain_graph: true });
    const strides = y.grad?.stride();
    const first = y.grad;
    y.sum().backward();
    return [strides, y.grad === first, y.grad, x.grad, same(x.grad, y.grad)];
  },
  'dtypes and flags': () => {
    const x = torch.ones(2, { dtype: torch.float64, requires_grad: true });
    x.float().sum().backward();
    const grad = x.grad as Tensor;
    return [String(grad.dtype), grad.requires_grad, grad.is_leaf, grad._version];
  },
});
