import { describe, expect, test, vi } from 'vitest';
import * as torch from '../../lib/index.js';

const { gradcheck, gradgradcheck, GradcheckError } = torch.autograd;

const leaf = (values: number[]): torch.Tensor => torch.tensor(values, { dtype: torch.float64, requires_grad: true });

/** Derivative x instead of 2x. */
const halved = (x: torch.Tensor): torch.Tensor => x.mul(x.detach());

describe.each([false, true])('fast_mode=%s', (fast_mode) => {
  test('accepts right gradients of several inputs and outputs, of first and second order', () => {
    const func = (a: torch.Tensor, b: torch.Tensor): torch.Tensor[] => [a.mul(b).sin(), b.sum()];
    const inputs = [leaf([1, 2, 3]), leaf([0.5])];
    expect(gradcheck(func, inputs, { fast_mode })).toBe(true);
    expect(gradgradcheck(func, inputs, { fast_mode })).toBe(true);
    expect(gradgradcheck(func, inputs, { fast_mode, gen_non_contig_grad_outputs: true })).toBe(true);
  });

  test('refuses a wrong gradient', () => {
    expect(() => gradcheck(halved, leaf([1, 2]), { fast_mode })).toThrow(GradcheckError);
    expect(() => gradcheck(halved, leaf([1, 2]), { fast_mode })).toThrow(
      'Jacobian mismatch for output 0 with respect to input 0,\nnumerical:tensor([[',
    );
    expect(gradcheck(halved, leaf([1, 2]), { fast_mode, raise_exception: false })).toBe(false);
  });

  test('refuses a right gradient whose own gradient is wrong', () => {
    // 2cx - c² with c = x: the value is x², the gradient 2x, but c is a constant to the gradient of that.
    const tangent = (x: torch.Tensor): torch.Tensor => {
      const c = x.detach();
      return c.mul(x).mul(2).add(c.mul(c), { alpha: -1 });
    };
    expect(gradcheck(tangent, leaf([1, 2]), { fast_mode })).toBe(true);
    expect(gradgradcheck(tangent, leaf([1, 2]), { fast_mode, raise_exception: false })).toBe(false);
  });

  test('refuses a function that hides its dependence', () => {
    expect(() => gradcheck((x) => x.detach().sin(), leaf([1]), { fast_mode })).toThrow(
      'Numerical gradient for function expected to be zero',
    );
  });
});

test('leaves inputs as they were, also where the function throws', () => {
  const x = leaf([1, 2]);
  gradcheck((input) => input.sin(), x);
  let calls = 0;
  const throwing = (input: torch.Tensor): torch.Tensor => {
    if (calls++ === 2) throw new RangeError('enough');
    return input.sin();
  };
  expect(() => gradcheck(throwing, x)).toThrow('enough');
  expect(x.tolist()).toEqual([1, 2]);
  expect(x._version).toBe(0);
});

test('follows inputs that the function sees from outside', () => {
  const x = leaf([1, 2]);
  expect(gradcheck(() => x.sin(), x)).toBe(true);
});

test('takes gradients of outputs', () => {
  const x = leaf([1, 2]);
  const given = leaf([0.5, -1]);
  expect(gradgradcheck((input) => input.sin(), x, given)).toBe(true);
  expect(gradgradcheck((input) => input.sin(), x, { grad_outputs: given })).toBe(true);
  expect(() => gradgradcheck((input) => input.sin(), x, leaf([1]))).toThrow('Mismatch in shape');
});

test('refuses inputs that cannot be checked', () => {
  expect(() => gradcheck((x) => x, torch.tensor([1], { dtype: torch.float64 }))).toThrow(
    'gradcheck expects at least one input tensor to require gradient',
  );
  const expanded = leaf([1]).detach().expand(3).requires_grad_();
  expect(() => gradcheck((x) => x.sin(), expanded)).toThrow('The 0th input has a dimension with stride 0');
});

test('warns of single precision', () => {
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  const single = torch.tensor([1, 2], { requires_grad: true });
  gradcheck((x) => x.sin(), single, { eps: 1e-2, atol: 1e-2 });
  expect(warned.mock.calls[0][0]).toContain('Input #0 requires gradient and is not a double precision');
  warned.mockRestore();
});

test('says what is not known', () => {
  const x = leaf([1]);
  expect(() => gradcheck((input) => input, x, { epsilon: 1 } as object)).toThrow(
    "unexpected keyword argument 'epsilon'",
  );
  expect(() => gradcheck(() => 3 as never, x)).toThrow('must return a Tensor or a list of Tensors, not 3');
  expect(() => gradcheck(() => [] as never, 'x' as never)).toThrow("argument 'inputs' must be");
});

test.each([false, true])('forward mode and batches are checked, fast_mode=%s', (fast_mode) => {
  const func = (a: torch.Tensor, b: torch.Tensor): torch.Tensor[] => [a.mul(b).sin(), b.sum(), a.gt(0)];
  const inputs = [leaf([1, 2, 3]), leaf([0.5])];
  const checks = { check_forward_ad: true, check_batched_grad: true, check_batched_forward_grad: true };
  expect(gradcheck(func, inputs, { fast_mode, ...checks })).toBe(true);
  expect(gradcheck(func, inputs, { fast_mode, check_forward_ad: true, check_backward_ad: false })).toBe(true);
  expect(gradgradcheck(func, inputs, { fast_mode, check_fwd_over_rev: true, check_batched_grad: true })).toBe(true);
});

test('a tensor under forward mode that hides its tangent is found', () => {
  const hides = (x: torch.Tensor): torch.Tensor => (x.requires_grad ? x.sin() : x.sin().detach());
  expect(gradcheck(hides, leaf([1, 2]))).toBe(true);
  expect(() => gradcheck((x) => hides(x), leaf([1, 2]), { check_forward_ad: true })).toThrow();
});
