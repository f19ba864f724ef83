/** Inference mode. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import * as torch from '../../lib/index.js';
import { errorOf, errorsOf, leaf, replay } from './programs.js';

const { inference_mode } = torch;

replay('inference', {
  'what is an inference tensor': () => {
    const x = leaf(1, 2);
    const { made, computed, view, modes, requires } = inference_mode(() => ({
      made: torch.ones(2),
      computed: x.mul(2),
      view: x.narrow(0, 0, 1),
      modes: [torch.is_inference_mode_enabled(), torch.is_grad_enabled()],
      requires: torch.ones(2, { requires_grad: true }),
    }));
    const tensors = [x, made, computed, made.mul(2), made.view(2), made.clone(), made.detach(), requires];
    const seen = tensors.map((tensor) => [tensor.is_inference(), tensor.requires_grad]);
    return [modes, torch.is_inference_mode_enabled(), view.is_inference(), seen];
  },
  'modes within inference mode': () => {
    const x = leaf(1);
    const [forced, normal, again] = inference_mode(() => [
      torch.enable_grad(() => x.mul(2).requires_grad),
      inference_mode(false, () => [x.mul(2).requires_grad, torch.is_inference_mode_enabled(), torch.is_grad_enabled()]),
      [torch.is_inference_mode_enabled(), torch.is_grad_enabled(), x.add_(1)].slice(0, 2),
    ]);
    const outside = inference_mode(false, () => x.mul(2).requires_grad);
    return [forced, normal, again, x, x.requires_grad, outside];
  },
  'errors outside of inference mode': () => {
    const x = leaf(1, 2);
    const y = x.mul(1);
    const { a, view, version } = inference_mode(() => {
      const a = torch.ones(2);
      const view = y.narrow(0, 0, 1);
      a.add_(1);
      return { a, view, version: errorOf(() => a._version) };
    });
    const assign = () => {
      a.requires_grad = true;
    };
    const sentences = errorsOf(
      () => a.add_(1),
      () => a.view(2).add_(1),
      () => a.t_(),
      () => a.requires_grad_(),
      assign,
      () => a.mul(x),
      () => y.clone().mul_(a),
      () => x.add(a),
      () => y.clone().copy_(a),
      () => a._version,
      () => view.add_(1),
      () => a.sum().backward(),
    );
    return [version, sentences];
  },
  'inference tensors in a graph': () => {
    const x = leaf(1, 2);
    const a = inference_mode(() => torch.ones(2).mul(3));
    x.add(a).sum().backward();
    x.mul(a.clone()).sum().backward();
    return x.grad;
  },
});

test('inference mode as a disposable', () => {
  {
    using _ = inference_mode();
    expect(torch.ones(1).is_inference()).toBe(true);
  }
  expect(torch.ones(1).is_inference()).toBe(false);
  expect(torch.is_inference_mode_enabled()).toBe(false);
});

test('inference mode holds for a promise and for no other task', async () => {
  const task = inference_mode(async () => {
    await sleep(1);
    return torch.ones(1);
  });
  expect(torch.ones(1).is_inference()).toBe(false);
  expect((await task).is_inference()).toBe(true);
});

test('the mode is a truth value', () => {
  expect(() => inference_mode(3 as never)).toThrow("inference_mode(): argument 'mode' must be bool, not 3");
});
