/** vmap of neural networks: per-sample gradients against a loop, random numbers, and writes through views. */
import { expect, test } from 'vitest';
import * as torch from '../../lib/index.js';

const { func } = torch;
const F = torch.nn.functional;
type Tensor = torch.Tensor;
type Params = Readonly<Record<string, Tensor>>;
type Loss = (params: Params, x: Tensor, y: Tensor) => Tensor;

const close = (actual: Tensor, expected: Tensor): void => {
  expect(actual.shape).toEqual(expected.shape);
  expect(torch.allclose(actual, expected, 1e-4, 1e-5), `${actual}, not ${expected}`).toBe(true);
};

const rows = (tensor: Tensor): Tensor[] => Array.from({ length: tensor.shape[0] }, (_, i) => tensor.select(0, i));

/** Gradients of every sample's loss at once are those of a loop over samples. */
function checkPerSample(loss: Loss, params: Params, xs: Tensor, ys: Tensor): void {
  const labels = rows(ys);
  const each = rows(xs).map((x, i) => func.grad(loss)(params, x, labels[i]));
  for (const chunk_size of [null, 2]) {
    const found = func.vmap(func.grad(loss), { in_dims: [null, 0, 0], chunk_size })(params, xs, ys);
    for (const name of Object.keys(params)) close(found[name], torch.stack(each.map((gradients) => gradients[name])));
  }
}

const randomly = (shapes: Readonly<Record<string, readonly number[]>>): Params =>
  Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, torch.randn(shape).mul(0.5)]));

const network = {
  conv: [6, 3, 3, 3],
  convBias: [6],
  scale: [6],
  shift: [6],
  grouped: [4, 3, 2, 2],
  gain: [4, 3, 3],
  offset: [4, 3, 3],
  out: [5, 16],
  outBias: [5],
};

/** Convolution, group norm, relu, pooling; convolution of groups, layer norm, gelu, pooling; a linear layer. */
function logits(p: Params, x: Tensor): Tensor {
  const wide = F.conv2d(x.unsqueeze(0), p.conv, p.convBias, { padding: 1 });
  const pooled = F.max_pool2d(F.group_norm(wide, 3, p.scale, p.shift).relu(), 2);
  const narrow = F.conv2d(pooled, p.grouped, null, { groups: 2 });
  const normal = F.gelu(F.layer_norm(narrow, [4, 3, 3], p.gain, p.offset));
  return F.linear(F.adaptive_avg_pool2d(normal, 2).flatten(1), p.out, p.outBias);
}

const classLoss: Loss = (p, x, y) => F.cross_entropy(logits(p, x), y.unsqueeze(0));

test('per-sample gradients of a convolutional network', () => {
  torch.manual_seed(0);
  const [xs, ys] = [torch.randn(5, 3, 8, 8), torch.tensor([0, 3, 1, 4, 3], { dtype: torch.int64 })];
  checkPerSample(classLoss, randomly(network), xs, ys);
});

test('per-sample gradients of a network with transposed convolution, batch norm and mean pooling', () => {
  torch.manual_seed(1);
  const params = randomly({ up: [2, 3, 3], upBias: [3], weight: [3], bias: [3], out: [2, 9] });
  const loss: Loss = (p, x, y) => {
    const wide = F.conv_transpose1d(x, p.up, p.upBias, { stride: 2 });
    const normal = F.batch_norm(wide, null, null, p.weight, p.bias, true);
    return F.mse_loss(F.linear(F.avg_pool1d(F.silu(normal), 3).flatten(1), p.out), y);
  };
  checkPerSample(loss, params, torch.randn(4, 3, 2, 4), torch.randn(4, 3, 2));
});

test('per-sample gradients of attention', () => {
  torch.manual_seed(2);
  const params = randomly({ query: [6, 6], key: [6, 6], value: [6, 6], mask: [5, 5], gain: [6], offset: [6] });
  const heads = (x: Tensor, w: Tensor): Tensor => F.linear(x, w).view(5, 2, 3).transpose(0, 1);
  const loss =
    (options: (p: Params) => { attn_mask?: Tensor; is_causal?: boolean }): Loss =>
    (p, x, y) => {
      const [q, k, v] = [p.query, p.key, p.value].map((w) => heads(x, w));
      const seen = F.scaled_dot_product_attention(q, k, v, options(p)).transpose(0, 1).reshape(5, 6);
      return F.layer_norm(seen.add(x), [6], p.gain, p.offset).sub(y).square().mean();
    };
  const [xs, ys] = [torch.randn(4, 5, 6), torch.randn(4, 5, 6)];
  checkPerSample(
    loss(() => ({})),
    params,
    xs,
    ys,
  );
  checkPerSample(
    loss(() => ({ is_causal: true })),
    params,
    xs,
    ys,
  );
  checkPerSample(
    loss(({ mask }) => ({ attn_mask: mask.detach().gt(-0.2).logical_or(torch.eye(5).gt(0)) })),
    params,
    xs,
    ys,
  );
  checkPerSample(
    loss(({ mask }) => ({ attn_mask: mask })),
    params,
    xs,
    ys,
  );
});

test('per-sample gradients of embeddings and losses of classes', () => {
  torch.manual_seed(3);
  const params = randomly({ table: [7, 4], out: [5, 4] });
  const options = [{}, { padding_idx: 2 }, { scale_grad_by_freq: true }, { padding_idx: 1, scale_grad_by_freq: true }];
  const words = torch.tensor([0, 2, 2, 6, 1, 1, 5, 2, 3, 3, 3, 0], { dtype: torch.int64 }).view(3, 4);
  const classes = torch.tensor([0, 1, 2, 4, 4, 0, 3, 1, 2, 2, 2, 0], { dtype: torch.int64 }).view(3, 4);
  const weight = torch.tensor([1, 2, 0.5, 1, 3]);
  for (const option of options) {
    for (const reduction of ['mean', 'sum']) {
      for (const label_smoothing of [0, 0.2]) {
        const loss: Loss = (p, x, y) => {
          const found = F.linear(F.embedding(x, p.table, option), p.out);
          return F.cross_entropy(found, y, { weight, reduction, label_smoothing, ignore_index: 4 });
        };
        checkPerSample(loss, params, words, classes);
      }
    }
  }
});

test('each model of an ensemble, whose weights differ, and what it is differentiated by from outside', () => {
  torch.manual_seed(4);
  const models = [0, 1, 2].map(() => randomly(network));
  const stacked = Object.fromEntries(
    Object.keys(network).map((name) => [name, torch.stack(models.map((model) => model[name])).requires_grad_()]),
  );
  const x = torch.randn(3, 8, 8);
  const found = func.vmap(logits, { in_dims: [0, null] })(stacked, x);
  close(found, torch.stack(models.map((model) => logits(model, x))));
  const names = Object.keys(network);
  const gradients = torch.autograd.grad(
    found.square().sum(),
    names.map((name) => stacked[name]),
  );
  const each = models.map((model) => func.grad((p: Params) => logits(p, x).square().sum())(model));
  names.forEach((name, i) => {
    close(gradients[i] as Tensor, torch.stack(each.map((gradient) => gradient[name])));
  });
});

test('per-sample Hessians, by forward over reverse mode', () => {
  torch.manual_seed(5);
  const [params, xs] = [randomly({ w: [2, 1, 3], out: [3, 8] }), torch.randn(3, 1, 6)];
  const y = torch.tensor(1, { dtype: torch.int64 });
  const loss = (w: Tensor, x: Tensor): Tensor =>
    F.cross_entropy(F.linear(F.conv1d(x, w).tanh().flatten(), params.out), y);
  const found = func.vmap(func.hessian(loss), { in_dims: [null, 0] })(params.w, xs);
  close(found, torch.stack(rows(xs).map((x) => func.hessian(loss)(params.w, x))));
});

test('running statistics of a batch norm are those of each example', () => {
  torch.manual_seed(6);
  const [xs, means, variances] = [torch.randn(3, 4, 2), torch.randn(3, 2), torch.rand(3, 2).add(0.5)];
  const expected = rows(xs).map((x, i) => {
    const [mean, variance] = [means.select(0, i).clone(), variances.select(0, i).clone()];
    return [F.batch_norm(x, mean, variance, { training: true }), mean, variance];
  });
  const found = func.vmap((x: Tensor, mean: Tensor, variance: Tensor) => {
    const [own, spread] = [mean.clone(), variance.clone()];
    return [F.batch_norm(x, own, spread, { training: true }), own, spread];
  })(xs, means, variances);
  found.forEach((each, i) => {
    close(each, torch.stack(expected.map((results) => results[i])));
  });
  expect(() =>
    func.vmap((x: Tensor) => F.batch_norm(x, torch.zeros(2), torch.ones(2), { training: true }))(xs),
  ).toThrow('which will be updated in place, were not batched');
});

test('dropout draws for each example, or the same for all, or not at all', () => {
  const xs = torch.ones(4, 50);
  const drop = (randomness: 'error' | 'different' | 'same') => () =>
    func.vmap((x: Tensor) => F.dropout(x, 0.5), { randomness })(xs);
  expect(drop('error')).toThrow('called random operation while in randomness error mode');
  torch.manual_seed(0);
  const whole = F.dropout(xs, 0.5);
  torch.manual_seed(0);
  close(drop('different')(), whole);
  torch.manual_seed(0);
  const one = F.dropout(torch.ones(50), 0.5);
  torch.manual_seed(0);
  close(drop('same')(), one.expand(4, 50));
  const shared = func.vmap((_: Tensor) => F.dropout(torch.ones(50), 0.5), { randomness: 'different' })(xs);
  expect(shared.select(0, 0).eq(shared.select(0, 1)).all().item()).toBe(false);
  // Its gradient is zero where it is.
  const gradient = func.vmap(
    func.grad((x: Tensor) => F.dropout(x, 0.5).sum()),
    { randomness: 'different' },
  )(xs);
  expect(gradient.eq(0).logical_or(gradient.eq(2)).all().item()).toBe(true);
  const channels = func.vmap((x: Tensor) => F.dropout2d(x), { randomness: 'different' })(torch.ones(3, 2, 5, 4, 4));
  expect(
    channels
      .amax([-2, -1])
      .eq(channels.amin([-2, -1]))
      .all()
      .item(),
  ).toBe(true);
  const attended = func.vmap((x: Tensor) => F.scaled_dot_product_attention(x, x, x, { dropout_p: 0.5 }), {
    randomness: 'different',
  })(torch.ones(3, 4, 2));
  expect(attended.shape).toEqual([3, 4, 2]);
});

test('normal numbers obey randomness', () => {
  const xs = torch.zeros(3, 4);
  const draw = (randomness: 'error' | 'different' | 'same') => (): [Tensor, Tensor] =>
    func.vmap((x: Tensor) => [torch.normal(x, 1), torch.normal(0, 1, [4])] as [Tensor, Tensor], { randomness })(xs);
  expect(draw('error')).toThrow('called random operation');
  const isSame = (tensor: Tensor): unknown => tensor.select(0, 0).eq(tensor.select(0, 1)).all().item();
  expect(draw('same')().map(isSame)).toEqual([true, true]);
  expect(draw('different')().map(isSame)).toEqual([false, false]);
});

test('writes through views are differentiated for each example', () => {
  const functions: ((x: Tensor, y: Tensor) => Tensor)[] = [
    (x, y) => {
      const z = x.clone();
      z.select(0, 1).mul_(y.select(0, 0));
      return z.square().sum();
    },
    (x, y) => {
      const z = x.mul(y);
      z.select(0, 2).copy_(y.select(0, 1));
      z.narrow(0, 0, 2).add_(3).exp_();
      return z.mul(x).sum();
    },
    (x, y) => {
      const z = x.clone().view(2, 2);
      z.t().select(0, 0).sin_();
      z.select(1, 1).zero_();
      return z.flatten().dot(y).add(z.sum());
    },
    // All examples have the gradient 1 of what follows the write.
    (x, y) => {
      const z = x.clone();
      z.select(0, 0).mul_(y.sum());
      return z.sum();
    },
    (x, y) => {
      const z = x.clone();
      z.index_put_([torch.tensor([0, 2], { dtype: torch.int64 })], y.narrow(0, 0, 2));
      return z.square().mul(y).sum();
    },
  ];
  torch.manual_seed(7);
  const [xs, ys] = [torch.randn(3, 4), torch.randn(3, 4)];
  for (const f of functions) {
    const first = func.grad(f, [0, 1]);
    const second = func.grad((x: Tensor, y: Tensor) => func.grad(f)(x, y).sin().sum(), [0, 1]);
    for (const gradient of [first, second]) {
      const each = rows(xs).map((x, i) => gradient(x, ys.select(0, i)));
      const columns = func.vmap(gradient, { in_dims: [1, 0] })(xs.t().contiguous(), ys);
      const both = func.vmap(gradient)(xs, ys);
      for (const i of [0, 1]) {
        close(both[i], torch.stack(each.map((found) => found[i])));
        close(columns[i], torch.stack(each.map((found) => found[i])));
      }
      const shared = func.vmap(gradient, { in_dims: [0, null] })(xs, ys.select(0, 0));
      const loop = rows(xs).map((x) => gradient(x, ys.select(0, 0)));
      for (const i of [0, 1]) close(shared[i], torch.stack(loop.map((found) => found[i])));
    }
  }
});

test('a batch of no examples has results of the form of one example', () => {
  const [xs, w] = [torch.ones(0, 2, 3, 4, 4), torch.ones(5, 3, 2, 2).requires_grad_()];
  const convolved = func.vmap((x: Tensor) => F.conv2d(x, w))(xs);
  expect(convolved.shape).toEqual([0, 2, 5, 3, 3]);
  close(torch.autograd.grad(convolved.sum(), w)[0] as Tensor, torch.zeros_like(w));
  const gradients = func.vmap(
    func.grad((own: Tensor, x: Tensor) => F.conv2d(x, own).sum()),
    { in_dims: [null, 0] },
  );
  expect(gradients(w.detach(), xs).shape).toEqual([0, 5, 3, 2, 2]);
  expect(func.vmap((x: Tensor) => F.max_pool2d(x, 2))(xs).shape).toEqual([0, 2, 3, 2, 2]);
  const masks = func.vmap((x: Tensor) => x.gt(0).logical_not().all())(xs);
  expect([masks.shape, masks.dtype]).toEqual([[0], torch.bool]);
});

test('examples are computed in chunks of a whole number of them, and of so many as a list may have', () => {
  const chunked = (chunk_size: unknown, x: Tensor) => () =>
    func.vmap((x: Tensor) => x.sin(), { chunk_size: chunk_size as number })(x);
  for (const size of [0, -1, 1.5, Number.NaN, 'all']) {
    expect(chunked(size, torch.ones(3))).toThrow('vmap: chunk_size should be null or greater than 0.');
  }
  expect(chunked(1, torch.ones(1).expand(1e12))).toThrow('vmap');
  expect((chunked(1e12, torch.ones(3))() as Tensor).shape).toEqual([3]);
});
