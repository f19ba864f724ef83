/** How backward and grad take their arguments, and what `grad` of a tensor accepts. */
import { describe, expect, test } from 'vitest';
import * as torch from '../../lib/index.js';
import { leaf } from './programs.js';

const { backward, grad } = torch.autograd;

/** Gradients by calling `run` on x², a vector, and the vector it comes from. */
function gradientBy(run: (y: torch.Tensor, x: torch.Tensor) => void): unknown {
  const x = leaf(1, 2);
  run(x.mul(x), x);
  return x.grad?.tolist();
}

describe('arguments by position and by name', () => {
  const ones = torch.ones(2);

  test.each([
    ['backward(gradient)', (y: torch.Tensor) => y.backward(ones)],
    ['backward({gradient})', (y: torch.Tensor) => y.backward({ gradient: ones })],
    ['backward(gradient, {…})', (y: torch.Tensor) => y.backward(ones, { retain_graph: true })],
    ['backward(gradient, false, true)', (y: torch.Tensor) => y.backward(ones, false, true)],
    ['backward(…, inputs)', (y: torch.Tensor, x: torch.Tensor) => y.backward(ones, null, false, [x])],
    ['autograd.backward(y, gradient)', (y: torch.Tensor) => backward(y, ones)],
    ['autograd.backward([y], [gradient])', (y: torch.Tensor) => backward([y], [ones], true)],
    ['autograd.backward(y, {…})', (y: torch.Tensor, x: torch.Tensor) => backward(y, { grad_tensors: ones, inputs: x })],
  ])('%s', (_name, run) => {
    expect(gradientBy(run)).toEqual([2, 4]);
  });

  test.each([
    ['grad(y, x, gradient)', (y: torch.Tensor, x: torch.Tensor) => grad(y, x, ones)],
    ['grad(y, x, {…})', (y: torch.Tensor, x: torch.Tensor) => grad(y, [x], { grad_outputs: [ones] })],
    ['grad(…) in full', (y: torch.Tensor, x: torch.Tensor) => grad([y], x, [ones], true, false, true, true)],
  ])('%s', (_name, run) => {
    const x = leaf(1, 2);
    expect(run(x.mul(x), x).map((found) => found?.tolist())).toEqual([[2, 4]]);
  });

  test.each<[RegExp, (y: torch.Tensor) => unknown]>([
    [/'retain'/, (y) => y.backward({ retain: true } as never)],
    [/'gradient'/, (y) => backward(y, { gradient: null } as never)],
    [/'is_grads_batched' must be bool/, (y) => grad(y, y, { is_grads_batched: 1 } as never)],
    [/'gradient' must be Tensor/, (y) => y.backward('a' as never)],
    [/'gradient' must be Tensor/, (y) => y.backward({ gradient: 1 } as never)],
    [/'retain_graph' must be bool/, (y) => y.backward(null, 1 as never)],
    [/'tensors' must be Tensor or a list of Tensors/, () => backward('a' as never)],
    [/'inputs' must be Tensor or a list of Tensors/, (y) => grad(y, [y, 1] as never)],
    [/'grad_outputs' must be Tensor or a list of Tensors and nulls/, (y) => grad(y, y, [undefined] as never)],
  ])('what is unknown or of the wrong kind is named: %s', (sentence, call) => {
    const y = leaf(1).sum();
    expect(() => call(y)).toThrow(TypeError);
    expect(() => call(y)).toThrow(sentence);
  });
});

describe('grad of a tensor', () => {
  test('is zeroed, dropped and replaced', () => {
    const x = leaf(1, 2);
    x.mul(3).sum().backward();
    const held = x.grad;
    held?.zero_();
    expect(x.grad?.tolist()).toEqual([0, 0]);
    x.grad = null;
    x.mul(3).sum().backward();
    expect([x.grad, held].map((grad) => (grad as torch.Tensor | null)?.tolist())).toEqual([
      [3, 3],
      [0, 0],
    ]);
    x.grad = torch.tensor([10, 20]);
    x.mul(3).sum().backward();
    expect((x.grad as torch.Tensor).tolist()).toEqual([13, 23]);
  });

  test('is a Tensor or null', () => {
    const x = leaf(1);
    expect(() => {
      x.grad = 5 as never;
    }).toThrow(TypeError);
    expect(x.grad).toBe(null);
  });
});

test('only what leads to the inputs is computed', () => {
  const [x, w] = [leaf(1, 2), leaf(3, 4)];
  const stale = w.mul(1);
  const y = x.mul(stale.sin());
  stale.mul_(2);
  expect(() => grad(y.sum(), w, { retain_graph: true })).toThrow(/modified by an inplace operation/);
  expect(grad(y.sum(), x)[0]?.tolist()).toEqual(w.sin().tolist());
});

test('is_tensor', () => {
  expect([leaf(1), [1], null, undefined, { sizes: [] }].map(torch.is_tensor)).toEqual([
    true,
    false,
    false,
    false,
    false,
  ]);
});
