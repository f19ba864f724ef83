/** One check: what is asked of a function's derivatives, in PyTorch's order. */
import type { Tensor } from '../../tensor.js';
import { BackwardCheck, checkUndefined as checkUndefinedBackward, checkZero } from './backward.js';
import { checkBatchedBackward, checkBatchedForward } from './batched.js';
import { numericalJacobians } from './differences.js';
import {
  checkUndefined as checkUndefinedForward,
  compareDirections as compareForwardDirections,
  compareJacobians as compareForwardJacobians,
} from './forward.js';
import { differentiable, GradcheckError, type Subject } from './subject.js';

/** @throws GradcheckError for the first derivative that is not right. */
export function check(subject: Subject): void {
  const { settings } = subject;
  const all = subject.evaluate();
  const outputs = differentiable(all);
  if (outputs.length === 0) return checkConstant(subject, all);
  if (settings.check_backward_ad) compareBackward(subject, all);
  if (settings.check_forward_ad) compareForward(subject, all);
  if (settings.check_batched_forward_grad) checkBatchedForward(subject);
  if (!settings.check_backward_ad) return;
  if (settings.check_batched_grad) {
    outputs.forEach((output, i) => {
      checkBatchedBackward(subject, output, i);
    });
  }
  checkZero(subject, outputs);
  if (settings.check_undefined_grad) checkUndefinedBackward(subject, outputs.length);
}

function compareBackward(subject: Subject, all: readonly Tensor[]): void {
  const backward = new BackwardCheck(subject, all);
  if (subject.settings.fast_mode) backward.compareDirections();
  else backward.compareJacobians();
}

function compareForward(subject: Subject, all: readonly Tensor[]): void {
  if (subject.settings.fast_mode) compareForwardDirections(subject, all);
  else compareForwardJacobians(subject, all);
  if (subject.settings.check_undefined_grad) checkUndefinedForward(subject);
}

/** Functions whose results need no gradient must not depend on their inputs. */
function checkConstant({ wanted, evaluate, settings }: Subject, all: readonly Tensor[]): void {
  for (const input of wanted) {
    const jacobians = numericalJacobians(evaluate, input, all, settings.eps);
    if (jacobians.every(({ values }) => values.every((value) => value === 0))) continue;
    throw new GradcheckError('Numerical gradient for function expected to be zero');
  }
}
