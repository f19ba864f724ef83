/** torch.autograd.gradcheck and gradgradcheck: formulas of derivatives held against finite differences. */
import { argumentError, RuntimeError } from '../base/errors.js';
import { contiguousStrides } from '../base/shape.js';
import { copied, isKeywords } from '../op/bind.js';
import { method } from '../op/op.js';
import { emptyTensor, Tensor } from '../tensor.js';
import { grad, type Tensors } from './backward.js';
import { Check, GradcheckError, type Settings } from './check.js';
import { type Checkable, differentiable, overwrite, tensorsOf } from './differences.js';
import { spread } from './matrix.js';

export { GradcheckError } from './check.js';

interface Common {
  /** How far inputs are moved for finite differences; 1e-6 when left out. */
  eps?: number;
  /** Absolute tolerance; 1e-5 when left out. */
  atol?: number;
  /** Relative tolerance; 1e-3 when left out. */
  rtol?: number;
  /** Whether to throw where the check fails, instead of returning false. */
  raise_exception?: boolean;
  /** How far two backward passes from the same inputs may differ. */
  nondet_tol?: number;
  /** Also check that gradients which were not computed count as zeros. */
  check_undefined_grad?: boolean;
  /** Also check that gradients have the dtype of their inputs. */
  check_grad_dtypes?: boolean;
  /** Batched gradients are not available: false only. */
  check_batched_grad?: false;
  /** Compare along one direction instead of element by element, which is faster for large tensors. */
  fast_mode?: boolean;
}

/** Keywords of `gradcheck`. */
export interface GradcheckOptions extends Common {
  /** Sparse tensors are not available: false only. */
  check_sparse_nnz?: false;
  /** Forward mode is not available: false only. */
  check_batched_forward_grad?: false;
  /** Forward mode is not available: false only. */
  check_forward_ad?: false;
  check_backward_ad?: true;
}

/** Keywords of `gradgradcheck`. */
export interface GradgradcheckOptions extends Common {
  /** Random gradients of outputs have gaps in memory. */
  gen_non_contig_grad_outputs?: boolean;
  /** Forward mode is not available: false only. */
  check_fwd_over_rev?: false;
  check_rev_over_rev?: true;
}

function check(func: Checkable, inputs: readonly Tensor[], settings: Settings, raises: boolean): boolean {
  try {
    new Check(func, inputs, settings).run();
    return true;
  } catch (error) {
    if (!raises && error instanceof GradcheckError) return false;
    throw error;
  }
}

function inputsOf(op: string, inputs: unknown): readonly Tensor[] {
  if (inputs instanceof Tensor) return [inputs];
  if (Array.isArray(inputs)) return copied(inputs) as Tensor[];
  throw argumentError(op, 'inputs', 'a Tensor or a list of Tensors', inputs);
}

function checkFunction(op: string, func: unknown): Checkable {
  if (typeof func === 'function') return func as Checkable;
  throw argumentError(op, 'func', 'a function', func);
}

/** @throws RuntimeError for a keyword whose other value asks for what sconce does not have. */
function refuse(op: string, keywords: Readonly<Record<string, boolean>>, what: string): void {
  for (const [name, given] of Object.entries(keywords)) {
    if (given) throw new RuntimeError(`${op}: ${name} must keep its default: ${what} not available`);
  }
}

/**
 * Whether the gradients that backward computes for `func` agree with finite differences, for each of the inputs that
 * require grad; these should be float64. With `raise_exception` (the default) a disagreement throws.
 * @throws GradcheckError that shows both Jacobians; ValueError when no input requires grad.
 * @example torch.autograd.gradcheck((x) => x.sin(), torch.tensor([1, 2], { dtype: torch.float64, requires_grad: true }))
 */
export const gradcheck: (func: Checkable, inputs: Tensors, options?: GradcheckOptions) => boolean = method(
  'gradcheck(Any func, Any inputs, *, float eps=1e-06, float atol=1e-05, float rtol=0.001, bool raise_exception=True, ' +
    'bool check_sparse_nnz=False, float nondet_tol=0, bool check_undefined_grad=True, bool check_grad_dtypes=False, ' +
    'bool check_batched_grad=False, bool check_batched_forward_grad=False, bool check_forward_ad=False, ' +
    'bool check_backward_ad=True, bool fast_mode=False) -> bool',
  (
    func: unknown,
    inputs: unknown,
    eps: number,
    atol: number,
    rtol: number,
    raise_exception: boolean,
    check_sparse_nnz: boolean,
    nondet_tol: number,
    check_undefined_grad: boolean,
    check_grad_dtypes: boolean,
    check_batched_grad: boolean,
    check_batched_forward_grad: boolean,
    check_forward_ad: boolean,
    check_backward_ad: boolean,
    fast_mode: boolean,
  ) => {
    refuse('gradcheck', { check_sparse_nnz }, 'sparse tensors are');
    refuse('gradcheck', { check_batched_grad }, 'batched gradients are');
    refuse(
      'gradcheck',
      { check_batched_forward_grad, check_forward_ad, check_backward_ad: !check_backward_ad },
      'forward mode is',
    );
    const settings = { eps, atol, rtol, nondet_tol, check_undefined_grad, check_grad_dtypes, fast_mode };
    return check(checkFunction('gradcheck', func), inputsOf('gradcheck', inputs), settings, raise_exception);
  },
);

/** Elements in (-1, 1), every second in memory where gaps are wanted. */
function randomGradient(output: Tensor, gaps: boolean): Tensor {
  const step = gaps && output.numel() > 1 ? 2 : 1;
  const room = emptyTensor([output.numel() * step], output.dtype);
  const strides = contiguousStrides(output.sizes).map((stride) => stride * step);
  const gradient = room.alias(output.sizes, strides, 0);
  overwrite(
    gradient,
    spread(output.numel()).map((value) => 2 * value - 1),
  );
  return gradient.requires_grad_();
}

/** The function from inputs and gradients of the outputs to gradients of the inputs. */
function gradientFunction(func: Checkable, inputs: readonly Tensor[]): Checkable {
  const wanted = inputs.map((input) => input instanceof Tensor && input.requires_grad);
  return (...all) => {
    const given = all.slice(0, inputs.length);
    const outputs = differentiable(tensorsOf('gradgradcheck', func(...given)));
    const grads = grad(
      outputs,
      given.filter((_, i) => wanted[i]),
      { grad_outputs: all.slice(inputs.length), create_graph: true, allow_unused: true },
    );
    return grads.filter((gradient) => gradient !== null);
  };
}

type Gradgradcheck = (
  func: Checkable,
  inputs: Tensors,
  ...args:
    | [options?: GradgradcheckOptions & { grad_outputs?: Tensors | null }]
    | [grad_outputs: Tensors | null, options?: GradgradcheckOptions]
) => boolean;

const checkTwice: (
  func: Checkable,
  inputs: unknown,
  grad_outputs?: readonly Tensor[] | null,
  ...rest: unknown[]
) => boolean = method(
  'gradgradcheck(Any func, Any inputs, Tensor[]? grad_outputs=None, *, float eps=1e-06, float atol=1e-05, ' +
    'float rtol=0.001, bool gen_non_contig_grad_outputs=False, bool raise_exception=True, float nondet_tol=0, ' +
    'bool check_undefined_grad=True, bool check_grad_dtypes=False, bool check_batched_grad=False, ' +
    'bool check_fwd_over_rev=False, bool check_rev_over_rev=True, bool fast_mode=False) -> bool',
  (
    func: unknown,
    inputs: unknown,
    grad_outputs: readonly Tensor[] | null,
    eps: number,
    atol: number,
    rtol: number,
    gen_non_contig_grad_outputs: boolean,
    raise_exception: boolean,
    nondet_tol: number,
    check_undefined_grad: boolean,
    check_grad_dtypes: boolean,
    check_batched_grad: boolean,
    check_fwd_over_rev: boolean,
    check_rev_over_rev: boolean,
    fast_mode: boolean,
  ) => {
    refuse('gradgradcheck', { check_batched_grad }, 'batched gradients are');
    refuse('gradgradcheck', { check_fwd_over_rev, check_rev_over_rev: !check_rev_over_rev }, 'forward mode is');
    const settings = { eps, atol, rtol, nondet_tol, check_undefined_grad, check_grad_dtypes, fast_mode };
    const first = checkFunction('gradgradcheck', func);
    const given = inputsOf('gradgradcheck', inputs);
    const random = (): Tensor[] =>
      differentiable(tensorsOf('gradgradcheck', first(...given))).map((output) =>
        randomGradient(output, gen_non_contig_grad_outputs),
      );
    const all = [...given, ...(grad_outputs ?? random())];
    return check(gradientFunction(first, given), all, settings, raise_exception);
  },
);

/**
 * As `gradcheck`, of the gradients themselves: whether what backward computes can be differentiated once more, with
 * respect to the inputs and to the gradients of the outputs (random ones, where `grad_outputs` is left out).
 */
export const gradgradcheck: Gradgradcheck = (func, inputs, ...rest) => {
  const listed = (value: unknown): unknown => (value instanceof Tensor ? [value] : value);
  const [first, ...others] = rest.map((argument) =>
    isKeywords(argument) && 'grad_outputs' in argument
      ? { ...argument, grad_outputs: listed(argument.grad_outputs) }
      : listed(argument),
  );
  return checkTwice(func, inputs, first as readonly Tensor[], ...others);
};
