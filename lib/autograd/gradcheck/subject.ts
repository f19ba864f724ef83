/** What a check is about: a function at its inputs, and how strictly it is held to its derivatives. */
import { float64 } from '../../base/dtype.js';
import { RuntimeError, show, ValueError } from '../../base/errors.js';
import { Tensor } from '../../tensor.js';
import { checkDistinct, elementsOf } from './differences.js';
import { distance, type Matrix, showMatrix } from './matrix.js';

/** A function to be checked. */
export type Checkable = (...inputs: Tensor[]) => Tensor | readonly Tensor[];

/** A derivative that is not what finite differences say, or otherwise breaks a rule of gradcheck. */
export class GradcheckError extends RuntimeError {
  override name = 'GradcheckError';
}

/** What the options say. */
export interface Settings {
  readonly eps: number;
  readonly atol: number;
  readonly rtol: number;
  readonly nondet_tol: number;
  readonly check_sparse_nnz: boolean;
  readonly check_undefined_grad: boolean;
  readonly check_grad_dtypes: boolean;
  readonly check_batched_grad: boolean;
  readonly check_batched_forward_grad: boolean;
  readonly check_forward_ad: boolean;
  readonly check_backward_ad: boolean;
  readonly fast_mode: boolean;
}

/** @throws TypeError when the function returned something else than tensors. */
export function tensorsOf(op: string, result: unknown): readonly Tensor[] {
  const list = Array.isArray(result) ? result : [result];
  const wrong = list.find((item) => !(item instanceof Tensor));
  if (wrong === undefined && !list.includes(undefined)) return list as Tensor[];
  throw new TypeError(`${op}(): argument 'func' must return a Tensor or a list of Tensors, not ${show(wrong)}`);
}

/** A function, its inputs, and what is asked of its derivatives. */
export class Subject {
  /** The inputs that it is differentiated by. */
  readonly wanted: readonly Tensor[];
  private readonly positions: readonly number[];

  /** @throws ValueError when no input requires grad; RuntimeError for one whose elements share memory. */
  constructor(
    private readonly func: Checkable,
    private readonly inputs: readonly Tensor[],
    readonly settings: Settings,
  ) {
    this.positions = inputs.flatMap((input, i) => (input instanceof Tensor && input.requires_grad ? [i] : []));
    this.wanted = this.positions.map((position) => prepared(inputs[position], position));
    if (this.wanted.length > 0) return;
    throw new ValueError(
      'gradcheck expects at least one input tensor to require gradient, but none of the them have requires_grad=True.',
    );
  }

  /** What the function returns for its inputs. */
  readonly evaluate = (): readonly Tensor[] => tensorsOf('gradcheck', this.func(...this.inputs));

  /** What it returns with others in place of the wanted inputs, and with the rest cut off from the graph. */
  evaluateAt(others: readonly Tensor[]): readonly Tensor[] {
    const inputs = this.inputs.map((input, i) => {
      const at = this.positions.indexOf(i);
      if (at >= 0) return others[at];
      return input instanceof Tensor ? input.detach() : input;
    });
    return tensorsOf('gradcheck', this.func(...inputs));
  }
}

/** Keeps the input's gradient and warns of little precision. */
function prepared(input: Tensor, position: number): Tensor {
  if (input.dtype !== float64) {
    process.emitWarning(
      `Input #${position} requires gradient and is not a double precision floating point or complex. This check will ` +
        'likely fail if all the inputs are not of double precision floating point or complex. ',
    );
  }
  checkDistinct(input, position);
  input.retain_grad();
  return input;
}

/** Outputs that gradients flow from. */
export const differentiable = (outputs: readonly Tensor[]): Tensor[] =>
  outputs.filter(({ requires_grad }) => requires_grad);

export const isZero = (gradient: Tensor | null): boolean =>
  gradient === null || elementsOf(gradient).every((value) => value === 0);

/** The Jacobians that differ, and of which output by which input. */
interface Mismatch {
  readonly found: Matrix;
  readonly expected: Matrix;
  readonly output: number;
  readonly input: number;
  /** 'computed with forward mode ', or nothing. */
  readonly mode: string;
}

/** The error of Jacobians that differ; `more` is told behind them. */
export function mismatch({ found, expected, output, input, mode }: Mismatch, more = ''): GradcheckError {
  return new GradcheckError(
    `Jacobian ${mode}mismatch for output ${output} with respect to input ${input},\nnumerical:${showMatrix(expected)}\n` +
      `analytical:${showMatrix(found)}\n${more}`,
  );
}

/** What is told of whole Jacobians where they were compared along one direction only. */
export const inSlowMode = (numerical: Matrix, analytical: Matrix, isClose: boolean): string =>
  '\nThe above quantities relating the numerical and analytical jacobians are computed in fast mode. Below, we ' +
  `recompute numerical and analytical jacobians in slow mode:\n\nNumerical:\n ${showMatrix(numerical)}\nAnalytical:\n` +
  `${showMatrix(analytical)}\n\nThe max per-element difference (slow mode) is: ${distance(analytical, numerical)}.\n` +
  (isClose
    ? "Fast gradcheck failed but element-wise differences are small. This means that the test might've passed in slow_mode!"
    : '');
