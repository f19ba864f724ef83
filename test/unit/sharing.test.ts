/** Tensors that share memory: data, set_, detach_, and outputs of functions that return several views. */
import { expect, test } from 'vitest';
import * as torch from '../../lib/index.js';
import { errorOf, errorsOf, leaf, nameOf, replay } from './programs.js';

type Tensor = torch.Tensor;

const whole = (count: number): Tensor => torch.arange(count).float();

const viewsOfSeveral = (base: Tensor): Record<string, Tensor> => ({
  unbind: base.unbind()[0],
  split: base.split(1)[0],
  chunk: base.chunk(3)[1],
  tensor_split: base.tensor_split(3)[2],
  split_with_sizes: base.split_with_sizes([1, 2])[1],
});

const datas = {
  'data has a version of its own': () => {
    const x = leaf(1, 2, 3);
    const y = x.mul(1);
    const z = y.sin();
    const data = y.data;
    const before = data._version;
    data.mul_(2);
    const part = data.narrow(0, 0, 2);
    part.add_(1);
    const versions = [before, y._version, data._version, part._version];
    const error = errorOf(() => z.sum().backward());
    const isView = data.viewOf !== null;
    return [versions, y, error, x.grad, data.requires_grad, data.is_leaf, nameOf(data.grad_fn), isView];
  },
  'writes through data of leaves': () => {
    const x = leaf(1, 2);
    const y = x.mul(x);
    x.data.mul_(10);
    y.sum().backward();
    x.data.index_put_([0], 7);
    x.data.copy_(x.data.flip(0));
    return [x, x._version, x.grad, x.data.data_ptr() === x.data_ptr()];
  },
  'overlapping writes through data': () => {
    const x = whole(4).add(1);
    const [early, late] = [x.narrow(0, 0, 3), x.narrow(0, 1, 3)];
    x.data.narrow(0, 1, 3).copy_(late.mul(early));
    const sentences = errorsOf(
      () => x.data.narrow(0, 1, 3).mul_(early),
      () => late.add_(x.data.narrow(0, 0, 3)),
    );
    return [x, sentences.map((sentence) => sentence?.replace(/^\w+: /, '') ?? null)];
  },
  'data that is assigned': () => {
    const [x, source] = [leaf(1, 2), torch.tensor([5, 5])];
    const y = x.mul(x);
    x.data = source;
    const versions = [x._version];
    source.add_(1);
    versions.push(x._version, source._version);
    const z = x.mul(x).sum();
    x.data = torch.full([2], 7);
    z.backward();
    return [x, versions, x.grad, [...y.shape], source];
  },
};

const sets = {
  'set takes over': () => {
    const [s, t] = [torch.zeros(2), whole(6).view(2, 3).t()];
    const r = s.set_(t);
    const versions = [s._version, t._version];
    t.add_(1);
    versions.push(s._version, t._version);
    const base = torch.ones(4);
    const view = base.narrow(0, 0, 2);
    view.set_(torch.zeros(3));
    const empty = torch.ones(2).set_();
    return [r === s, s, s.stride(), s.data_ptr() === t.data_ptr(), versions, view, base, [...empty.shape]];
  },
  'set is noticed': () => {
    const [x, w] = [torch.ones(3), leaf(1, 2, 3)];
    const y = x.mul(w);
    x.set_(torch.zeros(3));
    return [x._version, errorOf(() => y.sum().backward())];
  },
  'set has no derivative': () => {
    const x = leaf(1, 2).mul(1);
    x.set_(torch.ones(3));
    const y = torch.ones(2);
    y.set_(leaf(1, 2, 3).mul(2));
    const w = leaf(1, 2);
    const sentences = errorsOf(
      () => x.sum().backward(),
      () => y.sum().backward(),
      () => w.set_(torch.ones(3)),
    );
    return [nameOf(x.grad_fn), x.requires_grad, y.requires_grad, sentences];
  },
};

const severalViews = {
  'writes to outputs of several views': () => {
    const x = leaf(1, 2, 3);
    const one = leaf(1);
    const writes: ((view: Tensor) => Tensor)[] = [
      (view) => view.add_(1),
      (view) => view.copy_(one.sum()),
      (view) => view.zero_(),
      (view) => view.detach_(),
    ];
    return writes.map((write) => Object.values(viewsOfSeveral(x.mul(1))).map((view) => errorOf(() => write(view))));
  },
  'writes to outputs of several views without a graph': () => {
    const base = torch.ones(3);
    for (const view of Object.values(viewsOfSeveral(base))) view.mul_(2);
    const x = leaf(4);
    return [base, Object.values(viewsOfSeveral(base)).map((view) => errorOf(() => view.mul_(x.sum())))];
  },
  'writes under no grad to outputs of several views': () => {
    const base = leaf(1, 2, 3).mul(1);
    const { unbind, split } = viewsOfSeveral(base);
    const first = torch.no_grad(() => errorOf(() => unbind.mul_(2)));
    const later = errorsOf(
      () => unbind.grad_fn,
      () => split.sum(),
    );
    return [first, base, later];
  },
  'views of outputs of several views': () => {
    const half = leaf(1, 2, 3, 4).mul(1).split(2)[0];
    return errorsOf(
      () => half.view(2, 1).add_(1),
      () => half.select(0, 0).mul_(2),
      () => half.unbind()[1].mul_(2),
      () => half.detach().mul_(1),
    );
  },
};

const writes = {
  'leaves and views of leaves': () => {
    const [x, one] = [leaf(1, 2, 3, 4), leaf(1)];
    const underNoGrad = (): void =>
      torch.no_grad(() => {
        x.index_put_([0], 9);
        x.view(2, 2).select(0, 1).mul_(2);
        x.copy_(x.add(1));
      });
    const sentences = errorsOf(
      () => x.mul_(2),
      () => x.view(2, 2).t().select(0, 0).mul_(2),
      () => x.narrow(0, 1, 3).select(0, 0).copy_(one.select(0, 0)),
      () => x.unbind()[0].mul_(2),
      () => x.zero_(),
      () => x.detach_(),
      () => x.narrow(0, 0, 2).detach_(),
      () => x.copy_(x),
      () => x.squeeze_(),
      () => x.detach().mul_(1),
      underNoGrad,
    );
    return [sentences, x, x._version, x.requires_grad];
  },
  'detach in place': () => {
    const base = leaf(1, 2, 3).mul(2);
    const view = base.narrow(0, 0, 2);
    const error = errorOf(() => view.detach_());
    const later = base.narrow(0, 1, 2);
    base.detach_();
    const after = [base.requires_grad, base.is_leaf, view.requires_grad, nameOf(later.grad_fn)];
    const x = leaf(1, 2, 3);
    base.mul(x).sum().backward();
    return [error, after, x.grad];
  },
  'copy into views of views': () => {
    const [x, w] = [leaf(1, 2, 3, 4), leaf(10, 20)];
    const base = x.mul(1);
    const row = base.view(2, 2).select(0, 1);
    const last = row.narrow(0, 1, 1);
    row.copy_(w);
    last.copy_(x.narrow(0, 0, 1));
    last.mul_(3);
    base.mul(base).sum().backward();
    return [base, row, last, x.grad, w.grad, ...[base, row, last].map(({ grad_fn }) => nameOf(grad_fn))];
  },
  'views made before and after a write': () => {
    const x = leaf(1, 2, 3, 4);
    const base = x.mul(1);
    const early = base.view(2, 2);
    const inner = early.select(0, 0);
    base.narrow(0, 1, 2).mul_(x.narrow(0, 0, 2));
    const late = base.view(2, 2);
    early.t().add_(1);
    inner.sum().add(late.select(0, 1).sum().mul(10)).backward();
    return [inner, late, x.grad];
  },
};

const constants = {
  'writes to views made by split and chunk': () => {
    const failed = (make: (x: Tensor) => readonly Tensor[]) =>
      errorOf(() => make(torch.arange(6).float().requires_grad_().mul(1))[0].mul_(2));
    return [
      failed((x) => x.split(2)),
      failed((x) => x.chunk(3)),
      failed((x) => x.split([2, 4])),
      failed((x) => x.tensor_split(3)),
      failed((x) => x.view(2, 3).unbind(1)),
      failed((x) => [x.narrow(0, 0, 2)]),
      failed((x) => [x.unfold(0, 2, 2)]),
      failed((x) => [x.diag().diagonal()]),
    ];
  },
  'views made under no grad and written with a graph': () => {
    const x = leaf(1, 2, 3);
    const y = x.mul(1);
    const [view, leafView] = torch.no_grad(() => [y.narrow(0, 0, 2), x.narrow(0, 0, 2)]);
    const factor = leaf(5, 6);
    const failed = errorsOf(
      () => view.mul_(factor),
      () => view.mul_(2),
      () => leafView.mul_(factor),
    );
    torch.no_grad(() => view.mul_(2));
    return [failed, y, nameOf(y.grad_fn)];
  },
  'a write to a view of a constant': () => {
    const base = torch.zeros(4);
    const view = base.narrow(0, 1, 2);
    const w = leaf(2, 3);
    view.copy_(w.mul(2));
    base.mul_(3);
    base.sum().backward();
    return [base, nameOf(base.grad_fn), nameOf(view.grad_fn), base.requires_grad, view.requires_grad, w.grad];
  },
  'flags of views of constants': () => {
    const base = torch.zeros(4);
    const view = base.narrow(0, 1, 2);
    view.requires_grad_();
    const failed = errorsOf(
      () => base.mul_(2),
      () => view.mul_(2),
    );
    torch.no_grad(() => base.add_(leaf(1)));
    return [base.requires_grad, view.requires_grad, view.is_leaf, failed, view];
  },
};

replay('sharing', { ...constants, ...datas, ...sets, ...severalViews, ...writes });

test('memory that is given back is gone for its counterparts too', () => {
  const x = torch.ones(1000);
  const data = x.data;
  data.dispose();
  expect(() => x.add(1)).toThrow('disposed');
  expect(() => data.add(1)).toThrow('disposed');
});

test('data of inference tensors are inference tensors', () => {
  const x = torch.inference_mode(() => torch.ones(2));
  expect(x.data.is_inference()).toBe(true);
});

test('transformations see through data', () => {
  const found = torch.func.vmap((x: Tensor) => x.data.mul(x))(torch.tensor([1, 2, 3]));
  expect(found.tolist()).toEqual([1, 4, 9]);
});

test('set_ takes a part of a storage', () => {
  const source = whole(6);
  const x = torch.ones(1).set_(source, 1, [2, 2], [2, 1]);
  expect(x.tolist()).toEqual([
    [1, 2],
    [3, 4],
  ]);
  expect(
    torch
      .ones(1)
      .set_(source, { storage_offset: 4, size: [2] })
      .tolist(),
  ).toEqual([4, 5]);
  expect(() => x.set_(source, -1, [1], [1])).toThrow('reach beyond the storage of source, which has 24 bytes');
  expect(() => x.set_(torch.ones(1, { dtype: torch.int32 }))).toThrow('source has dtype torch.int32');
});
