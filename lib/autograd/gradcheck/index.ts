/** torch.autograd.gradcheck and gradgradcheck: formulas of derivatives held against finite differences. */
import { argumentError, ValueError } from '../../base/errors.js';
import { contiguousStrides } from '../../base/shape.js';
import { copied, isKeywords } from '../../op/bind.js';
import { method } from '../../op/op.js';
import { emptyTensor, Tensor } from '../../tensor.js';
import { grad, type Tensors } from '../backward.js';
import { check } from './check.js';
import { overwrite } from './differences.js';
import { spread } from './matrix.js';
import { type Checkable, differentiable, GradcheckError, type Settings, Subject, tensorsOf } from './subject.js';

export { GradcheckError } from './subject.js';

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
  /** Also check that vmap over backward passes gives the gradients of each. */
  check_batched_grad?: boolean;
  /** Compare along one direction instead of element by element, which is faster for large tensors. */
  fast_mode?: boolean;
}

/** Keywords of `gradcheck`. */
export interface GradcheckOptions extends Common {
  /** Allow gradients of zeros to be almost zero, as PyTorch does for sparse tensors. */
  check_sparse_nnz?: boolean;
  /** Also check that vmap over forward mode gives the tangents of each run. */
  check_batched_forward_grad?: boolean;
  /** Check tangents of forward mode; `func` must compute from the inputs that it is given. */
  check_forward_ad?: boolean;
  /** Check gradients of backward passes: true when left out. */
  check_backward_ad?: boolean;
}

/** Keywords of `gradgradcheck`. */
export interface GradgradcheckOptions extends Common {
  /** Random gradients of outputs have gaps in memory. */
  gen_non_contig_grad_outputs?: boolean;
  /** Check tangents of gradients: forward over reverse mode. */
  check_fwd_over_rev?: boolean;
  /** Check gradients of gradients: true when left out. */
  check_rev_over_rev?: boolean;
}

function run(func: Checkable, inputs: readonly Tensor[], settings: Settings, raises: boolean): boolean {
  try {
    check(new Subject(func, inputs, settings));
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

/** @throws ValueError unless at least one of two keywords is true. */
function expectOne(keywords: Readonly<Record<string, boolean>>): void {
  if (Object.values(keywords).includes(true)) return;
  throw new ValueError(`Expected at least one of ${Object.keys(keywords).join(' or ')} to be True`);
}

/** @throws ValueError where the first keyword is true and the second is not. */
function demand(name: string, value: boolean, needed: string, given: boolean): void {
  if (value && !given) throw new ValueError(`Setting ${name}=True requires ${needed} to be True`);
}

/**
 * Whether the derivatives of `func` agree with finite differences, for each of the inputs that require grad; these
 * should be float64. Gradients of backward passes are checked and, where keywords ask for them, tangents of forward
 * mode and derivatives of batches. With `raise_exception` (the default) a disagreement throws.
 * @throws GradcheckError that shows both Jacobians; ValueError when no input requires grad.
 * @example torch.autograd.gradcheck((x) => x.sin(), torch.ones(2, { dtype: torch.float64, requires_grad: true }))
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
    expectOne({ check_forward_ad, check_backward_ad });
    demand('check_batched_grad', check_batched_grad, 'check_backward_ad', check_backward_ad);
    demand('check_batched_forward_grad', check_batched_forward_grad, 'check_forward_ad', check_forward_ad);
    const derivatives = { check_forward_ad, check_backward_ad, check_batched_grad, check_batched_forward_grad };
    const forms = { check_sparse_nnz, check_undefined_grad, check_grad_dtypes };
    const settings = { eps, atol, rtol, nondet_tol, fast_mode, ...derivatives, ...forms };
    return run(checkFunction('gradcheck', func), inputsOf('gradcheck', inputs), settings, raise_exception);
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

/** For each value, whether it is a tensor that requires grad. */
const recordedOnes = (values: readonly unknown[]): boolean[] =>
  values.map((value) => value instanceof Tensor && value.requires_grad);

/** The function from inputs and gradients of the outputs to gradients of the inputs. */
function gradientFunction(func: Checkable, inputs: readonly Tensor[], cotangents: readonly Tensor[]): Checkable {
  const records = recordedOnes([...inputs, ...cotangents]);
  return (...given) => {
    // Forward mode is given tensors that require no grad.
    const all = given.map((value, i) => (records[i] ? value.requires_grad_() : value));
    const own = all.slice(0, inputs.length);
    const outputs = differentiable(tensorsOf('gradgradcheck', func(...own)));
    const grads = grad(
      outputs,
      own.filter((_, i) => records[i]),
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
    expectOne({ check_fwd_over_rev, check_rev_over_rev });
    demand('check_undefined_grad', check_undefined_grad, 'check_rev_over_rev', check_rev_over_rev);
    demand('check_batched_grad', check_batched_grad, 'check_rev_over_rev', check_rev_over_rev);
    const derivatives = {
      check_forward_ad: check_fwd_over_rev,
      check_backward_ad: check_rev_over_rev,
      check_batched_grad,
      check_batched_forward_grad: false,
    };
    const forms = { check_sparse_nnz: false, check_undefined_grad, check_grad_dtypes };
    const settings = { eps, atol, rtol, nondet_tol, fast_mode, ...derivatives, ...forms };
    const first = checkFunction('gradgradcheck', func);
    const given = inputsOf('gradgradcheck', inputs);
    const random = (): Tensor[] =>
      differentiable(tensorsOf('gradgradcheck', first(...given))).map((output) =>
        randomGradient(output, gen_non_contig_grad_outputs),
      );
    const all = [...given, ...(grad_outputs ?? random())];
    return run(gradientFunction(first, given, all.slice(given.length)), all, settings, raise_exception);
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
