/** How arguments are read: sizes as a list or spread, and keywords behind them. */
import { describe, expect, test } from 'vitest';
import * as torch from '../../lib/index.js';

describe('keywords behind spread sizes', () => {
  const { float64, int64 } = torch;
  test.each<[string, () => torch.Tensor, number[], torch.dtype]>([
    ['randn of four', () => torch.randn(2, 3, 8, 8, { dtype: float64 }), [2, 3, 8, 8], float64],
    ['randn of one', () => torch.randn(3, { dtype: float64 }), [3], float64],
    ['rand of a list', () => torch.rand([2, 3], { dtype: float64 }), [2, 3], float64],
    ['zeros of none', () => torch.zeros([], { dtype: int64 }), [], int64],
    ['zeros of six', () => torch.zeros(1, 2, 1, 2, 1, 2, { dtype: int64 }), [1, 2, 1, 2, 1, 2], int64],
    ['ones by name', () => torch.ones({ size: [2, 2], dtype: float64 } as never), [2, 2], float64],
    ['empty of two', () => torch.empty(2, 0, { dtype: int64 }), [2, 0], int64],
    ['a method', () => torch.ones(1).new_zeros(2, 3, 4, { dtype: int64 }), [2, 3, 4], int64],
    ['a view of three', () => torch.ones(6).view(1, 2, 3), [1, 2, 3], torch.float32],
  ])('%s', (_, make, shape, dtype) => {
    const made = make();
    expect([made.shape, made.dtype]).toEqual([shape, dtype]);
  });

  test('have their effect', () => {
    const generator = new torch.Generator().manual_seed(3);
    torch.manual_seed(3);
    const x = torch.randn(2, 3, { requires_grad: true });
    expect(x.requires_grad).toBe(true);
    expect(torch.randn(2, 3, { generator, dtype: torch.float32 } as never).tolist()).toEqual(x.tolist());
  });

  test.each<[string, () => unknown, string]>([
    ['unknown', () => torch.randn(2, 3, 8, 8, { type: 1 } as never), "unexpected keyword argument 'type'"],
    ['given twice', () => torch.zeros(2, 3, { size: [1] } as never), "multiple values for argument 'size'"],
    ['of the wrong kind', () => torch.zeros(2, 3, 4, { dtype: 1 as never }), "argument 'dtype' must be torch.dtype"],
    ['before a size', () => torch.zeros(2, { dtype: torch.float64 } as never, 3), 'positional arguments'],
    [
      'after half a size',
      () => torch.zeros(2, 0.5, { dtype: torch.float64 }),
      "argument 'size' must be a list of ints",
    ],
  ])('refuse what is %s', (_, call, message) => {
    expect(call).toThrow(message);
  });
});

describe('arguments behind the third', () => {
  const x = torch.ones(2, 2);

  test('are keywords of methods too', () => {
    expect(x.norm(2, [0], true, { dtype: torch.float64 }).dtype).toBe(torch.float64);
    expect(torch.norm(x, 2, [0], true, { dtype: torch.float64 }).dtype).toBe(torch.float64);
  });

  test.each<[string, (...args: unknown[]) => unknown, unknown[]]>([
    ['one schema', x.add as never, [1, { alpha: 1 }, 3, 4]],
    ['several schemas', x.sum as never, [[0], true, { dtype: torch.float64 }, 4]],
    ['several schemas of many', x.norm as never, [2, [0], true, { dtype: torch.float64 }, 4]],
  ])('are refused where they are too many for %s', (_, method, args) => {
    expect(() => method.apply(x, args)).toThrow(TypeError);
  });
});
