/** One check of a function's gradients. */
import { float64 } from '../base/dtype.js';
import { RuntimeError, ValueError } from '../base/errors.js';
import { type Gradient, GraphNode, gradientEdge } from '../graph/node.js';
import { copyInto } from '../op/pointwise.js';
import { emptyTensor, Tensor } from '../tensor.js';
import { grad } from './backward.js';
import {
  analyticalJacobians,
  type Checkable,
  checkDistinct,
  differences,
  differentiable,
  elementsOf,
  type Misfit,
  misfit,
  numericalJacobians,
  pullBack,
  tensorsOf,
} from './differences.js';
import { distance, dot, hasNaN, isClose, type Matrix, scalar, showMatrix, sum, unitVector } from './matrix.js';

/** A derivative that is not what finite differences say, or otherwise breaks a rule of gradcheck. */
export class GradcheckError extends RuntimeError {
  override name = 'GradcheckError';
}

/** What the options say, without those that admit one value only. */
export interface Settings {
  readonly eps: number;
  readonly atol: number;
  readonly rtol: number;
  readonly nondet_tol: number;
  readonly check_undefined_grad: boolean;
  readonly check_grad_dtypes: boolean;
  readonly fast_mode: boolean;
}

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

const slowText = (numerical: Matrix, analytical: Matrix): string =>
  '\nThe above quantities relating the numerical and analytical jacobians are computed in fast mode. Below, we ' +
  `recompute numerical and analytical jacobians in slow mode:\n\nNumerical:\n ${showMatrix(numerical)}\nAnalytical:\n` +
  `${showMatrix(analytical)}\n\nThe max per-element difference (slow mode) is: ${distance(analytical, numerical)}.\n`;

/** One check of one function. */
export class Check {
  private readonly wanted: readonly Tensor[];

  constructor(
    private readonly func: Checkable,
    private readonly inputs: readonly Tensor[],
    private readonly settings: Settings,
  ) {
    this.wanted = inputs.filter((input, i) => input instanceof Tensor && input.requires_grad && prepare(input, i));
    if (this.wanted.length === 0) {
      throw new ValueError(
        'gradcheck expects at least one input tensor to require gradient, but none of the them have requires_grad=True.',
      );
    }
  }

  run(): void {
    const all = this.evaluate();
    const outputs = differentiable(all);
    if (outputs.length === 0) return this.checkConstant(all);
    if (this.settings.fast_mode) this.compareDirections(all);
    else this.compareJacobians(all);
    this.checkZero(outputs);
    if (this.settings.check_undefined_grad) this.checkUndefined(outputs.length);
  }

  private readonly evaluate = (): readonly Tensor[] => tensorsOf('gradcheck', this.func(...this.inputs));

  private numerical(input: Tensor, all: readonly Tensor[]): Matrix[] {
    return numericalJacobians(this.evaluate, input, all, this.settings.eps);
  }

  /** Functions whose results need no gradient must not depend on their inputs. */
  private checkConstant(all: readonly Tensor[]): void {
    for (const input of this.wanted) {
      if (this.numerical(input, all).every(({ values }) => values.every((value) => value === 0))) continue;
      throw new GradcheckError('Numerical gradient for function expected to be zero');
    }
  }

  private compareJacobians(all: readonly Tensor[]): void {
    const numerical = this.wanted.map((input) => this.numerical(input, all).filter((_, k) => all[k].requires_grad));
    const { rtol, atol } = this.settings;
    differentiable(all).forEach((output, k) => {
      this.analytical(output).forEach((found, i) => {
        if (!isClose(found, numerical[i][k], rtol, atol)) throw mismatch(found, numerical[i][k], k, i);
      });
    });
  }

  /** The Jacobians of one output, computed twice: the backward pass must give the same again. */
  private analytical(output: Tensor): Matrix[] {
    const compute = (): Matrix[] => analyticalJacobians(output, this.wanted, (kind) => this.objectTo(kind));
    const [first, second] = [compute(), compute()];
    this.checkReentrant(first, second);
    return first;
  }

  private objectTo(kind: Misfit): void {
    if (kind === 'dtype' && this.settings.check_grad_dtypes) throw new GradcheckError('Gradient has dtype mismatch');
    if (kind === 'size') throw new GradcheckError('Analytical gradient has incorrect size');
  }

  private checkReentrant(first: readonly Matrix[], second: readonly Matrix[]): void {
    const { nondet_tol } = this.settings;
    if (first.every((found, i) => isClose(found, second[i], 0, nondet_tol) || hasNaN(found))) return;
    throw new GradcheckError(
      'Backward is not reentrant, i.e., running backward with same input and grad_output multiple times gives different ' +
        `values, although analytical gradient matches numerical gradient.The tolerance for nondeterminism was ${nondet_tol}.`,
    );
  }

  /** vᵀJu along a direction u of each input and a weighting v of each output, from both sides. */
  private compareDirections(all: readonly Tensor[]): void {
    const directions = this.wanted.map((input) => unitVector(input.numel()));
    const changes = this.wanted.map((input, i) =>
      differences(this.evaluate, input, directions[i], this.settings.eps).filter((_, k) => all[k].requires_grad),
    );
    differentiable(all).forEach((output, k) => {
      const weights = unitVector(output.numel());
      this.projections(output, weights, directions).forEach((found, i) => {
        const expected = scalar(dot(changes[i][k], weights));
        const atol = this.settings.atol * sum(directions[i]) * sum(weights);
        if (!isClose(found, expected, this.settings.rtol, atol))
          throw this.directionMismatch(found, expected, all, k, i);
      });
    });
  }

  private projections(output: Tensor, weights: Float64Array, directions: readonly Float64Array[]): Matrix[] {
    const compute = (): Matrix[] =>
      pullBack(output, this.wanted, weights).map((gradient, i) => {
        this.objectTo(misfit(gradient, this.wanted[i]));
        return scalar(gradient === null ? 0 : dot(elementsOf(gradient), directions[i]));
      });
    const [first, second] = [compute(), compute()];
    this.checkReentrant(first, second);
    return first;
  }

  private directionMismatch(found: Matrix, expected: Matrix, all: readonly Tensor[], k: number, i: number): Error {
    const numerical = this.numerical(this.wanted[i], all).filter((_, at) => all[at].requires_grad)[k];
    const analytical = this.analytical(differentiable(all)[k])[i];
    return mismatch(found, expected, k, i, slowText(numerical, analytical));
  }

  /** Gradients are multiples of the gradients of the outputs, so that zeros give zeros. */
  private checkZero(outputs: readonly Tensor[]): void {
    const zeros = outputs.map((output) => zerosLike(output));
    const grads = grad(outputs, this.wanted, { grad_outputs: zeros, retain_graph: true, allow_unused: true });
    grads.forEach((gradient, i) => {
      if (!isZero(gradient)) throw new GradcheckError('backward not multiplied by grad_output');
      const kind = misfit(gradient, this.wanted[i]);
      if (kind !== null) throw new GradcheckError(`grad is incorrect ${kind === 'dtype' ? 'type' : 'size'}`);
    });
  }

  /** Backward passes work when gradients of all outputs, or of one of several, were not computed. */
  private checkUndefined(count: number): void {
    const hideAll = (): boolean => true;
    const hideOne = count > 1 ? Array.from({ length: count }, (_, hidden) => (k: number) => k === hidden) : [];
    for (const hides of [hideAll, ...hideOne]) {
      const outputs = differentiable(this.evaluate()).map((output, k) => (hides(k) ? withoutGradient(output) : output));
      for (const gradient of this.gradientsOfZeros(outputs)) {
        if (isZero(gradient)) continue;
        throw new GradcheckError(
          'Expected all input grads to be undefined or zero when all output grads are undefined or zero.',
        );
      }
    }
  }

  private gradientsOfZeros(outputs: readonly Tensor[]): Gradient[] {
    try {
      return grad(outputs, this.wanted, { grad_outputs: outputs.map(zerosLike), allow_unused: true });
    } catch (error) {
      throw new GradcheckError('Expected backward function to handle undefined output grads.', { cause: error });
    }
  }
}

function mismatch(found: Matrix, expected: Matrix, output: number, input: number, more = ''): GradcheckError {
  return new GradcheckError(
    `Jacobian mismatch for output ${output} with respect to input ${input},\nnumerical:${showMatrix(expected)}\n` +
      `analytical:${showMatrix(found)}\n${more}`,
  );
}

/** Keeps the input's gradient and warns of little precision. @throws RuntimeError when its elements share memory. */
function prepare(input: Tensor, position: number): boolean {
  if (input.dtype !== float64) {
    process.emitWarning(
      `Input #${position} requires gradient and is not a double precision floating point or complex. This check will ` +
        'likely fail if all the inputs are not of double precision floating point or complex. ',
    );
  }
  checkDistinct(input, position);
  input.retain_grad();
  return true;
}

const isZero = (gradient: Gradient): boolean => gradient === null || elementsOf(gradient).every((value) => value === 0);

function zerosLike(output: Tensor): Tensor {
  const zeros = emptyTensor(output.sizes, output.dtype);
  copyInto(zeros, 0);
  return zeros;
}
