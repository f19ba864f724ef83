/** Gradients of backward passes held against finite differences, and what else is asked of backward formulas. */
import { type Gradient, GraphNode, gradientEdge } from '../../graph/node.js';
import { zerosOf } from '../../op/factory.js';
import type { Tensor } from '../../tensor.js';
import { grad } from '../backward.js';
import {
  analyticalJacobians,
  differences,
  elementsOf,
  type Misfit,
  misfit,
  numericalJacobians,
  pullBack,
} from './differences.js';
import { dot, hasNaN, isClose, type Matrix, row, sum, unitVector } from './matrix.js';
import { differentiable, GradcheckError, inSlowMode, isZero, mismatch, type Subject } from './subject.js';

/** The check of one function's backward passes. */
export class BackwardCheck {
  constructor(
    private readonly subject: Subject,
    /** What the function returned. */
    private readonly all: readonly Tensor[],
  ) {}

  private numerical(input: Tensor): Matrix[] {
    const { evaluate, settings } = this.subject;
    return numericalJacobians(evaluate, input, this.all, settings.eps).filter((_, k) => this.all[k].requires_grad);
  }

  /** @throws GradcheckError where a Jacobian is not that of finite differences. */
  compareJacobians(): void {
    const { wanted, settings } = this.subject;
    const numerical = wanted.map((input) => this.numerical(input));
    differentiable(this.all).forEach((from, output) => {
      this.analytical(from).forEach((found, input) => {
        const expected = numerical[input][output];
        if (isClose(found, expected, settings.rtol, settings.atol)) return;
        throw mismatch({ found, expected, output, input, mode: '' });
      });
    });
  }

  /** The Jacobians of one output, computed twice: the backward pass must give the same again. */
  private analytical(output: Tensor): Matrix[] {
    const { wanted } = this.subject;
    const compute = (): Matrix[] => analyticalJacobians(output, wanted, (kind) => this.objectTo(kind));
    const [first, second] = [compute(), compute()];
    this.checkReentrant(first, second);
    return first;
  }

  private objectTo(kind: Misfit): void {
    if (kind === 'dtype' && this.subject.settings.check_grad_dtypes) {
      throw new GradcheckError('Gradient has dtype mismatch');
    }
    if (kind === 'size') throw new GradcheckError('Analytical gradient has incorrect size');
  }

  private checkReentrant(first: readonly Matrix[], second: readonly Matrix[]): void {
    const { nondet_tol } = this.subject.settings;
    const tolerance = Number.isInteger(nondet_tol) ? nondet_tol.toFixed(1) : String(nondet_tol);
    if (first.every((found, i) => isClose(found, second[i], 0, nondet_tol) || hasNaN(found))) return;
    throw new GradcheckError(
      'Backward is not reentrant, i.e., running backward with same input and grad_output multiple times gives different ' +
        `values, although analytical gradient matches numerical gradient.The tolerance for nondeterminism was ${tolerance}.`,
    );
  }

  /** vᵀJu along a direction u of each input and a weighting v of each output, from both sides. */
  compareDirections(): void {
    const { wanted, evaluate, settings } = this.subject;
    const directions = wanted.map((input) => unitVector(input.numel()));
    const changes = wanted.map((input, i) =>
      differences(evaluate, input, directions[i], settings.eps).filter((_, k) => this.all[k].requires_grad),
    );
    differentiable(this.all).forEach((from, output) => {
      const weights = unitVector(from.numel());
      this.projections(from, weights, directions).forEach((found, input) => {
        const expected = row([dot(changes[input][output], weights)]);
        const atol = settings.atol * sum(directions[input]) * sum(weights);
        if (isClose(found, expected, settings.rtol, atol)) return;
        throw mismatch({ found, expected, output, input, mode: '' }, this.inDetail(from, output, input));
      });
    });
  }

  private projections(output: Tensor, weights: Float64Array, directions: readonly Float64Array[]): Matrix[] {
    const { wanted } = this.subject;
    const compute = (): Matrix[] =>
      pullBack(output, wanted, weights).map((gradient, i) => {
        this.objectTo(misfit(gradient, wanted[i]));
        return row([gradient === null ? 0 : dot(elementsOf(gradient), directions[i])]);
      });
    const [first, second] = [compute(), compute()];
    this.checkReentrant(first, second);
    return first;
  }

  private inDetail(from: Tensor, output: number, input: number): string {
    const { wanted, settings } = this.subject;
    const numerical = this.numerical(wanted[input])[output];
    const analytical = this.analytical(from)[input];
    return inSlowMode(numerical, analytical, isClose(analytical, numerical, settings.rtol, settings.atol));
  }
}

/** Gradients are multiples of the gradients of the outputs, so that zeros give zeros. */
export function checkZero({ wanted, settings }: Subject, outputs: readonly Tensor[]): void {
  const zeros = outputs.map(zerosOf);
  const grads = grad(outputs, wanted, { grad_outputs: zeros, retain_graph: true, allow_unused: true });
  const isNothing = settings.check_sparse_nnz ? isAlmostZero : isZero;
  grads.forEach((gradient, i) => {
    if (!isNothing(gradient)) throw new GradcheckError('backward not multiplied by grad_output');
    const kind = misfit(gradient, wanted[i]);
    if (kind !== null) throw new GradcheckError(`grad is incorrect ${kind === 'dtype' ? 'type' : 'size'}`);
  });
}

const isAlmostZero = (gradient: Gradient): boolean =>
  gradient === null || elementsOf(gradient).every((value) => Math.abs(value) <= 1e-8);

/** A node that hands on no gradient, whatever arrives. */
class UndefinedGrad extends GraphNode {
  name(): string {
    return 'UndefinedGradBackward';
  }

  apply(): Gradient[] {
    return [null];
  }
}

function withoutGradient(output: Tensor): Tensor {
  const hidden = output.alias(output.sizes, output.strides, output.offset);
  hidden.node = new UndefinedGrad([gradientEdge(output)], 1);
  return hidden;
}

/** Backward passes work when gradients of all outputs, or of one of several, were not computed. */
export function checkUndefined({ wanted, evaluate }: Subject, count: number): void {
  const hideAll = (): boolean => true;
  const hideOne = count > 1 ? Array.from({ length: count }, (_, hidden) => (k: number) => k === hidden) : [];
  for (const hides of [hideAll, ...hideOne]) {
    const outputs = differentiable(evaluate()).map((output, k) => (hides(k) ? withoutGradient(output) : output));
    if (gradientsOfZeros(outputs, wanted).every(isZero)) continue;
    throw new GradcheckError(
      'Expected all input grads to be undefined or zero when all output grads are undefined or zero.',
    );
  }
}

function gradientsOfZeros(outputs: readonly Tensor[], inputs: readonly Tensor[]): Gradient[] {
  try {
    return grad(outputs, inputs, { grad_outputs: outputs.map(zerosOf), allow_unused: true });
  } catch (error) {
    throw new GradcheckError('Expected backward function to handle undefined output grads.', { cause: error });
  }
}
