/** no_grad, enable_grad and set_grad_enabled: as disposables, around callbacks, and around promises. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { enable_grad, is_grad_enabled, no_grad, ones, set_grad_enabled } from '../../lib/index.js';

describe('a disposable', () => {
  test('holds until it is disposed', () => {
    const outer = no_grad();
    const inner = enable_grad();
    expect(is_grad_enabled()).toBe(true);
    inner[Symbol.dispose]();
    expect(is_grad_enabled()).toBe(false);
    outer[Symbol.dispose]();
    expect(is_grad_enabled()).toBe(true);
  });

  test('is left with its block', () => {
    {
      using _ = set_grad_enabled(false);
      expect(ones(1, { requires_grad: true }).mul(2).requires_grad).toBe(false);
    }
    expect(is_grad_enabled()).toBe(true);
  });
});

describe('a callback', () => {
  test('returns its value', () => {
    expect(no_grad(() => [is_grad_enabled(), enable_grad(is_grad_enabled), is_grad_enabled()])).toEqual([
      false,
      true,
      false,
    ]);
  });

  test('that throws ends the mode', () => {
    const failing = () =>
      no_grad(() => {
        throw new Error('from within');
      });
    expect(failing).toThrow('from within');
    expect(is_grad_enabled()).toBe(true);
  });

  test('cannot leave a mode behind', () => {
    no_grad(() => {
      enable_grad();
      expect(is_grad_enabled()).toBe(true);
    });
    enable_grad(() => set_grad_enabled(false));
    expect(is_grad_enabled()).toBe(true);
  });

  test('does not bind what it starts and does not await', async () => {
    const started: Promise<boolean>[] = [];
    no_grad(() => {
      started.push(sleep(5).then(is_grad_enabled));
    });
    const other = no_grad(() => sleep(10));
    expect(await started[0]).toBe(true);
    await other;
  });

  test('is required, and a mode is a truth value', () => {
    expect(() => no_grad(1 as never)).toThrow(TypeError);
    expect(() => set_grad_enabled(1 as never)).toThrow(TypeError);
    expect(is_grad_enabled()).toBe(true);
  });
});

describe('a promise', () => {
  test('keeps the mode for itself until it settles', async () => {
    const seen: boolean[] = [];
    const task = no_grad(async () => {
      seen.push(is_grad_enabled());
      await sleep(1);
      seen.push(is_grad_enabled());
      return 'done';
    });
    expect(is_grad_enabled()).toBe(true);
    expect(await task).toBe('done');
    expect(seen).toEqual([false, false]);
    expect(is_grad_enabled()).toBe(true);
  });

  test('may nest others', async () => {
    const seen = await no_grad(async () => {
      const inner = await enable_grad(async () => {
        await sleep(1);
        return is_grad_enabled();
      });
      return [inner, is_grad_enabled()];
    });
    expect(seen).toEqual([true, false]);
  });

  test('that rejects ends the mode', async () => {
    const task = no_grad(async () => {
      await sleep(1);
      throw new Error('late');
    });
    await expect(task).rejects.toThrow('late');
    expect(is_grad_enabled()).toBe(true);
  });

  test('does not leak a disposable made before its first await', async () => {
    await no_grad(async () => {
      using _ = enable_grad();
      await sleep(1);
      expect(is_grad_enabled()).toBe(true);
    });
    expect(is_grad_enabled()).toBe(true);
  });

  test('does not disturb tasks that run beside it', async () => {
    const x = ones(1, { requires_grad: true });
    const record = async (seen: boolean[]): Promise<boolean[]> => {
      for (let i = 0; i < 5; i++) {
        seen.push(x.mul(2).requires_grad);
        await sleep(1);
      }
      return seen;
    };
    const tasks = [no_grad(() => record([])), record([]), enable_grad(() => record([])), no_grad(() => record([]))];
    const seen = await Promise.all(tasks);
    expect(seen.map((all) => new Set(all))).toEqual([false, true, true, false].map((one) => new Set([one])));
  });
});
