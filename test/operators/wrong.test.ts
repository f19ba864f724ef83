/**
 * The check of derivatives finds what is wrong: in a formula, in a tangent, in a batch, and where there are no samples.
 */
import { expect, test } from 'vitest';
import { float64 } from '../../lib/base/dtype.js';
import type { Tensor } from '../../lib/index.js';
import { op } from '../../lib/op/op.js';
import { floating, unary } from '../../lib/op/pointwise.js';
import { random, sample } from '../samples/sample.js';
import { neverDifferentiated, objection } from './derivatives.js';

type Formula = (grad: Tensor, context: { self: Tensor }) => Tensor;

/** Declares the square by a method of its own, with this derivative. */
function declare(name: string, formula: Formula): void {
  op(`${name}(Tensor self) -> Tensor`, {
    forward: unary('square', floating),
    backward: { self: formula },
    saves: { self: ['self'] },
  });
}

declare('right_square', (grad, { self }) => grad.mul(self).mul(2));
declare('wrong_square', (grad, { self }) => grad.mul(self).mul(2.01));
declare('twice_wrong_square', (grad, { self }) => grad.mul(self.detach()).mul(2));
declare('crooked_square', (grad, { self }) => grad.mul(self).mul(2).add(grad.sub(grad.detach())));
declare('offset_square', (grad, { self }) => grad.mul(self).mul(2).add(grad.eq(0)));
declare('read_square', (grad, { self }) => grad.mul(self).mul(Number.isNaN(grad.sum().item()) ? 3 : 2));
declare('forgotten_square', (grad, { self }) => grad.mul(self));

test.each([
  ['right_square', null],
  ['wrong_square', /Jacobian mismatch for output 0 with respect to input 0/],
  ['twice_wrong_square', /Jacobian mismatch/],
  ['crooked_square', /Jacobian mismatch for output 0 with respect to input 1/],
  ['offset_square', /has an undefined tangent value/],
  ['read_square', /While computing batched gradients, got: .*item/],
])('%s', (operator, message) => {
  const found = objection(operator, sample(random([3], { dtype: float64 })), [operator]);
  if (message === null) expect(found).toBeNull();
  else expect(found).toMatch(message);
});

test('an operator without samples', () => {
  const missing = neverDifferentiated();
  expect(missing).toContain('forgotten_square(Tensor self) -> Tensor');
  expect(missing).not.toContain('right_square(Tensor self) -> Tensor');
});
