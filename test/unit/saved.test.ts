/** Hooks that pack what is saved for backward. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import * as torch from '../../lib/index.js';
import { type Ctx, custom } from './custom.js';
import { errorOf, leaf, nameOf, replay } from './programs.js';

const { grad } = torch.autograd;
const { disable_saved_tensors_hooks, save_on_cpu, saved_tensors_hooks } = torch.autograd.graph;
const same = (tensor: torch.Tensor): torch.Tensor => tensor;
const times = (factor: number) => (tensor: torch.Tensor) => tensor.mul(factor);

replay('saved tensors', {
  'hooks see what is saved': () => {
    const [x, w] = [leaf(1, 2), leaf(3, 4)];
    const packed: [torch.Tensor, boolean, string | null, boolean][] = [];
    const unpacked: [number, boolean][] = [];
    const pack = (tensor: torch.Tensor): number => {
      packed.push([tensor.clone(), tensor.requires_grad, nameOf(tensor.grad_fn), torch.is_grad_enabled()]);
      return packed.length - 1;
    };
    const unpack = (position: number): torch.Tensor => {
      unpacked.push([position, torch.is_grad_enabled()]);
      return packed[position][0];
    };
    const y = saved_tensors_hooks(pack, unpack, () => x.mul(w).exp().sum());
    const before = unpacked.length;
    y.backward();
    return [packed, before, unpacked.sort(([a], [b]) => a - b), x.grad, w.grad];
  },
  'hooks change what is saved': () => {
    const x = leaf(1, 2);
    saved_tensors_hooks(
      times(10),
      (tensor) => tensor.add(1),
      () => x.mul(x).sum(),
    ).backward();
    return x.grad;
  },
  'the innermost hooks hold': () => {
    const x = leaf(1, 2);
    const outer = saved_tensors_hooks(times(10), same);
    const inner = saved_tensors_hooks(times(100), same);
    const y = x.mul(x);
    inner[Symbol.dispose]();
    const z = y.mul(y);
    outer[Symbol.dispose]();
    z.sum().backward();
    return x.grad;
  },
  'second derivatives through hooks': () => {
    const x = leaf(0.5, 1.5);
    const copy = (tensor: torch.Tensor) => tensor.clone();
    const [dx] = saved_tensors_hooks(copy, copy, () =>
      grad(x.sin().mul(x).exp().sum(), x, { create_graph: true }),
    ) as torch.Tensor[];
    return [dx, grad(dx.sum(), x)];
  },
  'writes are not noticed': () => {
    const x = leaf(1, 2);
    const y = x.mul(1);
    const z = saved_tensors_hooks(
      (tensor) => tensor.clone(),
      same,
      () => y.sin(),
    );
    y.mul_(0);
    z.sum().backward();
    return x.grad;
  },
  'hooks of custom functions': () => {
    const forward = (ctx: Ctx, x: torch.Tensor) => {
      ctx.save_for_backward(x);
      return x.mul(x);
    };
    const square = custom(forward, (ctx, g) => g.mul(2).mul(ctx.saved_tensors[0]));
    const x = leaf(1, 2);
    saved_tensors_hooks(times(10), same, () => square.apply(x))
      .sum()
      .backward();
    return x.grad;
  },
  'hooks in a second pass': () => {
    const x = leaf(1, 2);
    let count = 0;
    const counting = (tensor: torch.Tensor) => {
      count++;
      return tensor;
    };
    const y = saved_tensors_hooks(same, counting, () => x.sin().sum());
    y.backward({ retain_graph: true });
    y.backward();
    return [count, x.grad];
  },
  'errors of hooks': () => {
    const x = leaf(1, 2);
    const failing = (): never => {
      throw new Error('from within');
    };
    const run = (pack: (tensor: torch.Tensor) => torch.Tensor, unpack: (tensor: torch.Tensor) => torch.Tensor) =>
      errorOf(() =>
        saved_tensors_hooks(pack, unpack, () => x.mul(1).sin())
          .sum()
          .backward(),
      );
    const answers = [
      run(failing, failing) === 'from within',
      run(same, failing) === 'from within',
      run(same, () => 3 as never),
      run((tensor) => tensor.mul_(2), same),
      errorOf(() => disable_saved_tensors_hooks('not here', () => saved_tensors_hooks(same, same, () => null))),
      errorOf(() => saved_tensors_hooks(same, same, () => disable_saved_tensors_hooks('not here either', () => null))),
    ];
    x.mul(x).sum().backward();
    return [answers, torch.is_grad_enabled(), x.grad];
  },
  'saving on the cpu': () => {
    const x = leaf(1, 2);
    save_on_cpu(false, () => x.sin().exp())
      .sum()
      .backward();
    return x.grad;
  },
});

test('saved tensors may wait on disk', () => {
  const folder = mkdtempSync(join(tmpdir(), 'saved-'));
  let count = 0;
  const pack = (tensor: torch.Tensor) => {
    const file = join(folder, String(count++));
    writeFileSync(file, tensor.toTypedArray());
    return { file, shape: tensor.shape };
  };
  const unpack = ({ file, shape }: { file: string; shape: readonly number[] }) => {
    const { buffer, byteOffset, length } = readFileSync(file);
    return torch.tensor(new Float32Array(buffer.slice(byteOffset, byteOffset + length))).view([...shape]);
  };
  const x = torch.ones(2, 3, { requires_grad: true });
  const y = saved_tensors_hooks(pack, unpack, () => x.mul(2).sin().exp().sum());
  expect(count).toBeGreaterThan(0);
  y.backward();
  rmSync(folder, { recursive: true });
  const again = torch.ones(2, 3, { requires_grad: true });
  again.mul(2).sin().exp().sum().backward();
  expect(x.grad?.tolist()).toEqual(again.grad?.tolist());
});

test('hooks hold for a promise and for no other task', async () => {
  const x = leaf(1, 2);
  let packed = 0;
  const pack = (tensor: torch.Tensor) => {
    packed++;
    return tensor;
  };
  const task = saved_tensors_hooks(pack, same, async () => {
    await sleep(1);
    return x.sin();
  });
  x.sin();
  expect(packed).toBe(0);
  await task;
  expect(packed).toBe(1);
});

test('hooks are functions', () => {
  expect(() => saved_tensors_hooks(3 as never, same)).toThrow("argument 'pack_hook' must be a function, not 3");
  expect(() => saved_tensors_hooks(same, null as never)).toThrow("argument 'unpack_hook' must be a function, not null");
  expect(() => saved_tensors_hooks(same, same, 3 as never)).toThrow("argument 'callback' must be a function, not 3");
  expect(() => save_on_cpu(1 as never)).toThrow("argument 'pin_memory' must be bool, not 1");
  expect(() => disable_saved_tensors_hooks(1 as never)).toThrow("argument 'error_message' must be str, not 1");
});
