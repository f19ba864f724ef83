/** torch.utils.checkpoint: intermediate values computed anew in the backward pass. */
import { describe, expect, test } from 'vitest';
import * as torch from '../../lib/index.js';
import { errorOf, errorsOf, leaf, nameOf, replay } from './programs.js';

const { grad } = torch.autograd;
const { checkpoint, checkpoint_sequential } = torch.utils.checkpoint;
type Unary = (x: torch.Tensor) => torch.Tensor;

const both = (body: (use_reentrant: boolean) => unknown): unknown[] => [body(true), body(false)];

replay('checkpoint', {
  'the same gradients': () =>
    both((use_reentrant) => {
      const [x, w] = [leaf(0.5, 1.5), leaf(2, 3)];
      const runs: number[] = [];
      const body = (a: torch.Tensor, factor: number) => {
        runs.push(factor);
        return a.mul(w).sin().mul(a).mul(factor);
      };
      const y = checkpoint(body, x, 3, { use_reentrant });
      const before = runs.length;
      y.sum().backward();
      return [y, nameOf(y.grad_fn), before, runs.length, x.grad, w.grad];
    }),
  'random numbers are drawn again': () =>
    both((use_reentrant) => {
      const x = leaf(...new Array<number>(20).fill(1));
      const seen: torch.Tensor[] = [];
      const body: Unary = (a) => {
        seen.push(torch.rand(20));
        return a.sin().mul(seen[seen.length - 1]);
      };
      torch.manual_seed(0);
      const y = checkpoint(body, x, { use_reentrant });
      const after = torch.rand(1);
      y.sum().backward();
      return [seen, after, torch.rand(1), x.grad];
    }),
  'several results': () =>
    both((use_reentrant) => {
      const x = leaf(1, 2);
      const body = (a: torch.Tensor): [torch.Tensor, torch.Tensor, number] => [a.sin(), a.detach(), 5];
      const [first, other, number] = checkpoint(body, x, { use_reentrant });
      first.sum().backward();
      return [first, other, number, x.grad];
    }),
  'inputs without gradient': () =>
    both((use_reentrant) => {
      const [x, w] = [leaf(1, 2), leaf(3, 4)];
      const y = checkpoint((a: torch.Tensor) => a.mul(w).mul(a), x.detach(), { use_reentrant });
      if (y.requires_grad) y.sum().backward();
      return [y.requires_grad, w.grad];
    }),
  'errors of checkpoint': () => [
    both((use_reentrant) => {
      const x = leaf(1, 2);
      const sine: Unary = (a) => a.sin();
      const y = checkpoint(sine, x, { use_reentrant });
      y.sum().backward();
      const unrecorded: Unary = (a) => torch.no_grad(() => a.mul(2));
      return errorsOf(
        () => y.sum().backward(),
        () => grad(checkpoint(sine, x, { use_reentrant }).sum(), x),
        () => checkpoint(unrecorded, x, { use_reentrant }).sum().backward(),
      );
    }),
    errorOf(() => checkpoint((a: torch.Tensor) => a, leaf(1), { foo: 3, use_reentrant: true } as never)),
  ],
  'second derivatives without reentering': () => {
    const x = leaf(0.5, 1.5);
    const y = checkpoint((a: torch.Tensor) => a.sin().mul(a), x, { use_reentrant: false });
    const [dx] = grad(y.sum(), x, { create_graph: true }) as torch.Tensor[];
    return [dx, grad(dx.sum(), x)];
  },
  'a sequence': () => {
    const run = (segments: number) => {
      const x = leaf(0.5, 1.5);
      const runs: string[] = [];
      const names = ['sin', 'cos', 'exp', 'sin', 'tanh'] as const;
      const steps = names.map((name) => (a: torch.Tensor) => {
        runs.push(name);
        return a[name]();
      });
      const y = checkpoint_sequential(steps, segments, x);
      y.sum().backward();
      return [y, nameOf(y.grad_fn), runs, x.grad];
    };
    const failed = errorOf(() => checkpoint_sequential([torch.sin], 1, leaf(1), { foo: 2 } as never));
    return [run(1), run(2), run(3), failed];
  },
  'checkpoints within checkpoints': () =>
    both((use_reentrant) => {
      const x = leaf(0.5, 1.5);
      const runs: string[] = [];
      const inner: Unary = (a) => {
        runs.push('inner');
        return a.sin();
      };
      const outer: Unary = (a) => {
        runs.push('outer');
        return checkpoint(inner, a.mul(2), { use_reentrant }).exp();
      };
      checkpoint(outer, x, { use_reentrant }).sum().backward();
      return [runs.sort(), x.grad];
    }),
  'random numbers that are not preserved': () =>
    both((use_reentrant) => {
      const x = leaf(...new Array<number>(5).fill(1));
      const seen: torch.Tensor[] = [];
      const body: Unary = (a) => {
        seen.push(torch.rand(5));
        return a.sin().mul(seen[seen.length - 1]);
      };
      torch.manual_seed(3);
      checkpoint(body, x, { use_reentrant, preserve_rng_state: false }).sum().backward();
      return [seen, torch.rand(1)];
    }),
  'dropout is drawn again': () =>
    both((use_reentrant) => {
      torch.manual_seed(7);
      const x = torch.ones(50, { requires_grad: true });
      const y = checkpoint((a: torch.Tensor) => torch.nn.functional.dropout(a.mul(2), 0.4), x, { use_reentrant });
      y.sum().backward();
      return [y.equal(x.grad as torch.Tensor), y, torch.rand(1)];
    }),
  'an error within leaves all usable': () =>
    both((use_reentrant) => {
      const x = leaf(1, 2);
      let runs = 0;
      const failing: Unary = (a) => {
        if (++runs === 2) throw new Error('from within');
        return a.sin();
      };
      const failed = errorOf(() => checkpoint(failing, x, { use_reentrant }).sum().backward());
      checkpoint((a: torch.Tensor) => a.cos(), x, { use_reentrant })
        .sum()
        .backward();
      return [failed === 'from within', torch.is_grad_enabled(), x.grad];
    }),
  'a checkpoint where nothing is recorded': () =>
    both((use_reentrant) => {
      const runs: boolean[] = [];
      const body: Unary = (a) => {
        runs.push(torch.is_grad_enabled());
        return a.sin();
      };
      const y = torch.no_grad(() => checkpoint(body, leaf(1, 2), { use_reentrant }));
      return [y.requires_grad, runs];
    }),
});

describe('a checkpoint', () => {
  const other = { use_reentrant: false };

  test('hands keywords on to a function that is recorded', () => {
    const scaled = (x: torch.Tensor, { factor }: { factor: number }) => x.mul(factor);
    const y = checkpoint(scaled as (x: torch.Tensor) => torch.Tensor, leaf(1), { ...other, factor: 3 } as never);
    expect(y.tolist()).toEqual([3]);
  });

  test('may draw new random numbers', () => {
    const body: Unary = (x) => x.mul(torch.rand(3));
    for (const use_reentrant of [true, false]) {
      torch.manual_seed(0);
      const x = leaf(1, 1, 1);
      const y = checkpoint(body, x, { use_reentrant, preserve_rng_state: false });
      y.sum().backward();
      expect(x.grad?.tolist()).not.toEqual(y.tolist());
    }
  });

  test('runs again for every pass over a retained graph', () => {
    let runs = 0;
    const x = leaf(1, 2);
    const body: Unary = (a) => {
      runs++;
      return a.sin().exp();
    };
    const y = checkpoint(body, x, other).sum();
    y.backward({ retain_graph: true });
    y.backward();
    expect(runs).toBe(3);
  });

  test('nests', () => {
    const gradient = (use_reentrant: boolean) => {
      const x = leaf(0.5, 1.5);
      const inner: Unary = (a) => checkpoint((b: torch.Tensor) => b.sin().exp(), a.mul(2), { use_reentrant });
      checkpoint(inner, x, { use_reentrant }).sum().backward();
      return x.grad?.tolist();
    };
    const x = leaf(0.5, 1.5);
    x.mul(2).sin().exp().sum().backward();
    expect([gradient(true), gradient(false)]).toEqual([x.grad?.tolist(), x.grad?.tolist()]);
  });

  test('objects to a function that does not repeat itself', () => {
    const changing = (then: Unary): Unary => {
      let first = true;
      return (x) => {
        const result = first ? x.sin() : then(x);
        first = false;
        return result;
      };
    };
    const run = (then: Unary, determinism_check: 'default' | 'none' = 'default') =>
      errorOf(() =>
        checkpoint(changing(then), leaf(1, 2), { ...other, determinism_check })
          .sum()
          .backward(),
      );
    expect(run((x) => x.sin().cos())).toMatch(/forward: 1\nNumber of tensors saved during recomputation: 2$/);
    expect(run((x) => x.narrow(0, 0, 1).sin())).toMatch(/saved metadata: .*\[2\].*\nrecomputed metadata: .*\[1\]/);
    expect(run((x) => x.mul(1).sin(), 'none')).toBe(null);
  });

  test('refuses arguments of the wrong kind', () => {
    const step: Unary = (x) => x;
    const sentences = errorsOf(
      () => checkpoint(3 as never),
      () => checkpoint(step, leaf(1), { use_reentrant: 1 as never }),
      () => checkpoint(step, leaf(1), { use_reentrant: false, determinism_check: 'all' as never }),
      () => checkpoint_sequential([3 as never], 1, leaf(1)),
      () => checkpoint_sequential([step], 1.5, leaf(1)),
      () => checkpoint_sequential([step], 2, leaf(1)),
    );
    expect(sentences).toEqual([
      "checkpoint(): argument 'function' must be a function, not 3",
      "checkpoint(): argument 'use_reentrant' must be bool, not 1",
      "determinism_check should be one of 'default', 'none', but got \"all\"",
      "checkpoint_sequential(): argument 'functions' must be a list of functions or modules, not [3]",
      "checkpoint_sequential(): argument 'segments' must be int, not 1.5",
      'checkpoint_sequential: expected 1 to 1 segments, but got 2',
    ]);
  });
});
