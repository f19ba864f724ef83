/** detect_anomaly. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import * as torch from '../../lib/index.js';
import { errorOf, leaf, replay } from './programs.js';

const { detect_anomaly, set_detect_anomaly, grad } = torch.autograd;

/** The first line of an error's message; the forward call's stack follows. */
const sentence = (action: () => unknown): string | null => errorOf(action)?.split('\n')[0] ?? null;

function squareRoot(): torch.Tensor {
  return leaf(0).sqrt().mul(0).sum();
}

replay('anomaly', {
  'not a number in a gradient': () => {
    const x = leaf(0);
    x.sqrt().mul(0).sum().backward();
    const failing = (check_nan: boolean) =>
      sentence(() => detect_anomaly({ check_nan }, () => squareRoot().backward()));
    const second = () => detect_anomaly(() => leaf(2).mul(leaf(0).sqrt()).mul(0).sum().backward());
    return [x.grad?.isnan().item(), failing(true), failing(false), sentence(second)];
  },
  'modes of anomaly detection': () => {
    const seen = [torch.is_anomaly_enabled()];
    detect_anomaly(() => {
      seen.push(torch.is_anomaly_enabled());
      const inner = set_detect_anomaly(false);
      seen.push(torch.is_anomaly_enabled());
      inner[Symbol.dispose]();
      seen.push(torch.is_anomaly_enabled());
    });
    return [...seen, torch.is_anomaly_enabled()];
  },
});

test('the message has the stack of the forward call, from the first line outside of the library', () => {
  const message = errorOf(() => detect_anomaly(() => squareRoot().backward())) ?? '';
  expect(message).toMatch(
    /Error detected in SqrtBackward0\. Traceback of forward call that caused the error:\n +at squareRoot /,
  );
});

test('an error of a formula is told with its stack too', () => {
  function stale(): torch.Tensor {
    const y = leaf(1).mul(1);
    const z = y.sin();
    y.mul_(2);
    return z.sum();
  }
  const message = errorOf(() => detect_anomaly(() => stale().backward())) ?? '';
  expect(message).toMatch(/^one of the variables needed for gradient computation/);
  expect(message).toMatch(/Error detected in SinBackward0\. Traceback .*\n +at stale /);
  const unknown = stale();
  expect(errorOf(() => detect_anomaly(() => unknown.backward()))).toContain('No forward pass information available.');
});

test('of a gradient of a gradient, the message has the calculation that induced it', () => {
  const twice = (): void => {
    const x = leaf(0);
    const [dx] = grad(x.pow(1.5).sum(), x, { create_graph: true }) as torch.Tensor[];
    const [ddx] = grad(dx.sum(), x, { create_graph: true }) as torch.Tensor[];
    ddx.mul(0).sum().backward();
  };
  const message = errorOf(() => detect_anomaly(twice)) ?? '';
  expect(message).toContain('Previous calculation was induced by PowBackward0. Traceback of forward call that induced');
});

test('an error leaves all usable, and a promise keeps detection on', async () => {
  errorOf(() => detect_anomaly(() => squareRoot().backward()));
  expect(torch.is_anomaly_enabled()).toBe(false);
  const seen = await detect_anomaly(async () => {
    await sleep(1);
    return [torch.is_anomaly_enabled(), torch.is_anomaly_check_nan_enabled()];
  });
  expect(seen).toEqual([true, true]);
  expect(torch.is_anomaly_enabled()).toBe(false);
  expect(() => set_detect_anomaly(1 as never)).toThrow("argument 'mode' must be bool, not 1");
  expect(() => detect_anomaly({ check_nan: 1 as never })).toThrow("argument 'check_nan' must be bool, not 1");
  expect(() => detect_anomaly(3 as never)).toThrow("argument 'callback' must be a function, not 3");
});
