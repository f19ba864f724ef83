/** Tangents of forward mode held against finite differences. */
import { zerosOf } from '../../op/factory.js';
import type { Tensor } from '../../tensor.js';
import { dual_level, make_dual, unpack_dual } from '../forward_ad.js';
import { differences, elementsOf, fromElements, numericalJacobians, oneHot } from './differences.js';
import { isClose, type Matrix, matrix, row, sum, unitVector } from './matrix.js';
import { GradcheckError, inSlowMode, mismatch, type Subject } from './subject.js';

const mode = 'computed with forward mode ';

/** For each result the elements of its tangent, of one tangent for each wanted input; null: no tangent at all. */
function pushed(subject: Subject, tangents: readonly (Tensor | null)[]): Float64Array[] {
  return dual_level(() => {
    const duals = subject.wanted.map((input, i) => {
      const tangent = tangents[i];
      return tangent === null ? input.detach() : make_dual(input.detach(), tangent);
    });
    return subject.evaluateAt(duals).map((result) => {
      const { primal, tangent } = unpack_dual(result);
      if (tangent === null) return new Float64Array(result.numel());
      if (subject.settings.check_grad_dtypes && tangent.dtype !== primal.dtype) {
        throw new GradcheckError('Forward AD gradient has dtype mismatch.');
      }
      return elementsOf(tangent);
    });
  });
}

/** The same along a direction of one input, while the others stand still. */
function along(subject: Subject, position: number, direction: Float64Array): Float64Array[] {
  const tangents = subject.wanted.map((input, i) => (i === position ? fromElements(direction, input) : zerosOf(input)));
  return pushed(subject, tangents);
}

/** For each result its Jacobian by one input: a row for each element of the input. */
function jacobians(subject: Subject, position: number, all: readonly Tensor[]): Matrix[] {
  const count = subject.wanted[position].numel();
  const found = all.map((output) => matrix(count, output.numel()));
  for (let at = 0; at < count; at++) {
    along(subject, position, oneHot(count, at)).forEach((change, k) => {
      found[k].values.set(change, at * change.length);
    });
  }
  return found;
}

/** @throws GradcheckError where a Jacobian by forward mode is not that of finite differences. */
export function compareJacobians(subject: Subject, all: readonly Tensor[]): void {
  const { eps, rtol, atol } = subject.settings;
  subject.wanted.forEach((wanted, input) => {
    const numerical = numericalJacobians(subject.evaluate, wanted, all, eps);
    const analytical = jacobians(subject, input, all);
    recordedOnes(all).forEach((k, output) => {
      const [found, expected] = [analytical[k], numerical[k]];
      if (!isClose(found, expected, rtol, atol)) throw mismatch({ found, expected, output, input, mode });
    });
  });
}

/** @throws GradcheckError where the product of a Jacobian with a direction is not that of finite differences. */
export function compareDirections(subject: Subject, all: readonly Tensor[]): void {
  const { eps, rtol, atol } = subject.settings;
  subject.wanted.forEach((wanted, input) => {
    const direction = unitVector(wanted.numel());
    const expected = differences(subject.evaluate, wanted, direction, eps);
    const found = along(subject, input, direction);
    recordedOnes(all).forEach((k, output) => {
      const both = { found: row(found[k]), expected: row(expected[k]) };
      if (isClose(both.found, both.expected, rtol, atol * sum(direction))) return;
      const numerical = numericalJacobians(subject.evaluate, wanted, all, eps)[k];
      const analytical = jacobians(subject, input, all)[k];
      const more = inSlowMode(numerical, analytical, isClose(analytical, numerical, rtol, atol));
      throw mismatch({ ...both, output, input, mode }, more);
    });
  });
}

/** Positions of the outputs that gradients flow from: the others are constants to every mode. */
const recordedOnes = (all: readonly Tensor[]): number[] =>
  all.flatMap(({ requires_grad }, k) => (requires_grad ? [k] : []));

/** @throws GradcheckError where an input without a tangent is not taken as one whose tangent is zero. */
export function checkUndefined(subject: Subject): void {
  const directions = subject.wanted.map((input) => fromElements(unitVector(input.numel()), input));
  subject.wanted.forEach((input, at) => {
    const withZeros = pushed(subject, directions.with(at, zerosOf(input)));
    const without = pushed(subject, (directions as (Tensor | null)[]).with(at, null));
    withZeros.forEach((expected, k) => {
      if (isClose(row(without[k]), row(expected), 1e-5, 1e-8)) return;
      throw new GradcheckError(
        `Mismatch in tangent values for output with index: ${k} when input: ${at} has an undefined tangent value. ` +
          `Got: [${without[k].join(', ')}] but expected: [${expected.join(', ')}]`,
      );
    });
  });
}
