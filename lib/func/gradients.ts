/** torch.func's gradients: functions from functions. */
import { grad as gradientsOf } from '../autograd/backward.js';
import { RuntimeError, showShape } from '../base/errors.js';
import { sameShape } from '../base/shape.js';
import { enable_grad } from '../graph/modes.js';
import { needsGradient } from '../graph/node.js';
import { currentInterpreter } from '../op/dispatch.js';
import { DualLevel } from '../op/dual.js';
import { through } from '../op/levels.js';
import type { Tensor } from '../tensor.js';
import {
  type Argnums,
  type AuxOption,
  callerRecords,
  checkFunction,
  given,
  handedOut,
  type Inputs,
  inputsOf,
  isWatched,
  orZeros,
  outputsOf,
  returned,
  withAux,
} from './inputs.js';
import { leaves, type MapTree, mapTree, unflatten } from './pytree.js';

/** What is differentiated by `argnums`: one argument, or an array of several. */
export type Chosen<A extends unknown[], N> = N extends readonly number[] ? A[number][] : N extends number ? A[N] : A[0];

/** A gradient for each tensor. */
export type GradientTree<T> = MapTree<T, Tensor>;

/** Gradients of `outputs`, of which none may need one, by `variables`; zeros where there are none. */
function pulledBack(
  outputs: readonly Tensor[],
  variables: readonly Tensor[],
  cotangents: readonly Tensor[] | null,
  options: { create_graph: boolean; retain_graph: boolean },
): Tensor[] {
  const at = outputs.flatMap((output, i) => (needsGradient(output) ? [i] : []));
  if (at.length === 0 || variables.length === 0)
    return orZeros(
      variables.map(() => null),
      variables,
    );
  const grad_outputs = cotangents && at.map((i) => cotangents[i]);
  const chosenOutputs = at.map((i) => outputs[i]);
  return orZeros(gradientsOf(chosenOutputs, variables, { grad_outputs, allow_unused: true, ...options }), variables);
}

/** @throws RuntimeError unless `output` is one tensor without dimensions. */
function scalarOf(op: string, output: unknown): Tensor {
  const [only, ...others] = outputsOf(op, output);
  if (only !== output || others.length > 0)
    throw new RuntimeError(`${op}: Expected f(*args) to return a single tensor`);
  if (only.ndim === 0) return only;
  throw new RuntimeError(
    `${op}: Expected f(*args) to return a scalar tensor, got tensor with ${only.ndim} dims. Maybe you wanted to use the ` +
      'vjp or jacrev APIs instead?',
  );
}

interface Found {
  readonly gradients: unknown;
  readonly value: unknown;
  readonly aux: unknown;
}

function differentiated(
  op: string,
  func: (...args: never[]) => unknown,
  argnums: Argnums,
  has_aux: boolean,
  args: unknown[],
): Found {
  const records = callerRecords();
  return enable_grad(() => {
    const inputs = inputsOf(op, argnums, args);
    const { output, aux } = withAux(op, func(...(inputs.args as never[])), has_aux);
    const scalar = scalarOf(op, output);
    const watched = records && isWatched([scalar], inputs.variables);
    const found = pulledBack([scalar], inputs.variables, null, { create_graph: watched, retain_graph: watched });
    return {
      gradients: unflatten(given(op), inputs.tree, found),
      value: handedOut(op, scalar, watched),
      aux: handedOut(op, aux, watched),
    };
  });
}

/** Keywords of `grad` and `value_and_grad`. */
export interface GradOptions<N extends Argnums = Argnums> extends AuxOption {
  /** By which arguments: 0 when left out. */
  argnums?: N;
}

const optionsOf = (given: Argnums | GradOptions | undefined): { argnums: Argnums; has_aux: boolean } => {
  const options =
    typeof given === 'object' && given !== null && !Array.isArray(given)
      ? (given as GradOptions)
      : { argnums: given as Argnums };
  return { argnums: options.argnums ?? 0, has_aux: options.has_aux ?? false };
};

/**
 * The function that computes the gradient of `func`, which returns one element, by its first argument (or `argnums`):
 * one tensor for each of the argument's, in the same nested arrays and objects.
 * @example torch.func.grad((x) => x.sin())(torch.tensor(0))   // tensor(1.)
 */
export function grad<A extends unknown[], const N extends Argnums = 0>(
  func: (...args: A) => unknown,
  options?: N | (GradOptions<N> & { has_aux?: false }),
): (...args: A) => GradientTree<Chosen<A, N>>;
export function grad<A extends unknown[], X, const N extends Argnums = 0>(
  func: (...args: A) => readonly [Tensor, X],
  options: GradOptions<N> & { has_aux: true },
): (...args: A) => [gradients: GradientTree<Chosen<A, N>>, aux: X];
export function grad(
  func: (...args: never[]) => unknown,
  options?: Argnums | GradOptions,
): (...args: unknown[]) => unknown {
  checkFunction('grad', func);
  const { argnums, has_aux } = optionsOf(options);
  return (...args) => {
    const { gradients, aux } = differentiated('grad', func, argnums, has_aux, args);
    return has_aux ? [gradients, aux] : gradients;
  };
}

/** As `grad`, with the value: the function returns `[gradients, value]`, or `[gradients, [value, aux]]`. */
export function grad_and_value<A extends unknown[], const N extends Argnums = 0>(
  func: (...args: A) => Tensor,
  options?: N | GradOptions<N>,
): (...args: A) => [gradients: GradientTree<Chosen<A, N>>, value: Tensor];
export function grad_and_value<A extends unknown[], X, const N extends Argnums = 0>(
  func: (...args: A) => readonly [Tensor, X],
  options: GradOptions<N> & { has_aux: true },
): (...args: A) => [gradients: GradientTree<Chosen<A, N>>, value: [Tensor, X]];
export function grad_and_value(
  func: (...args: never[]) => unknown,
  options?: Argnums | GradOptions,
): (...args: unknown[]) => unknown {
  checkFunction('grad_and_value', func);
  const { argnums, has_aux } = optionsOf(options);
  return (...args) => {
    const { gradients, value, aux } = differentiated('grad_and_value', func, argnums, has_aux, args);
    return [gradients, has_aux ? [value, aux] : value];
  };
}

/** As `grad`, with the value first: the function returns `[value, gradients]`, or `[[value, aux], gradients]`. */
export function value_and_grad<A extends unknown[], const N extends Argnums = 0>(
  func: (...args: A) => Tensor,
  options?: N | GradOptions<N>,
): (...args: A) => [value: Tensor, gradients: GradientTree<Chosen<A, N>>];
export function value_and_grad<A extends unknown[], X, const N extends Argnums = 0>(
  func: (...args: A) => readonly [Tensor, X],
  options: GradOptions<N> & { has_aux: true },
): (...args: A) => [value: [Tensor, X], gradients: GradientTree<Chosen<A, N>>];
export function value_and_grad(
  func: (...args: never[]) => unknown,
  options?: Argnums | GradOptions,
): (...args: unknown[]) => unknown {
  checkFunction('value_and_grad', func);
  const { argnums, has_aux } = optionsOf(options);
  return (...args) => {
    const { gradients, value, aux } = differentiated('value_and_grad', func, argnums, has_aux, args);
    return [has_aux ? [value, aux] : value, gradients];
  };
}

/** What `vjp` and `linearize` keep of a call. */
interface Recorded {
  readonly inputs: Inputs;
  readonly output: unknown;
  readonly outputs: readonly Tensor[];
  readonly aux: unknown;
  readonly watched: boolean;
}

function recorded(
  op: string,
  func: (...args: never[]) => unknown,
  primals: readonly unknown[],
  has_aux: boolean,
): Recorded {
  const records = callerRecords();
  return enable_grad(() => {
    const inputs = inputsOf(
      op,
      primals.map((_, i) => i),
      primals,
    );
    const { output, aux } = withAux(op, func(...(inputs.args as never[])), has_aux);
    const outputs = outputsOf(op, output);
    return { inputs, output, outputs, aux, watched: records && isWatched(outputs, inputs.variables) };
  });
}

/** @throws RuntimeError unless the tree has as many tensors, of the same sizes. */
function matching(op: string, what: string, tree: unknown, like: readonly Tensor[]): Tensor[] {
  const found = leaves(`${op}: ${what}`, tree);
  if (found.length === like.length && found.every((tensor, i) => sameShape(tensor.sizes, like[i].sizes))) {
    return found;
  }
  const sizes = (tensors: readonly Tensor[]): string => tensors.map(({ sizes }) => showShape(sizes)).join(', ');
  throw new RuntimeError(`${op}: expected ${what} of sizes ${sizes(like)}, got ${sizes(found)}`);
}

/** Whether the last argument is the keyword, which no input can be. */
const isAux = (value: unknown): value is AuxOption =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 1 && 'has_aux' in value;

function splitAux(args: unknown[]): { primals: unknown[]; has_aux: boolean } {
  const last = args.at(-1);
  return isAux(last)
    ? { primals: args.slice(0, -1), has_aux: last.has_aux ?? false }
    : { primals: args, has_aux: false };
}

/** From a gradient of each output to a gradient of each input: an array with one for each argument. */
export type PullBack<A extends unknown[], R> = (cotangents: GradientTree<R>) => GradientTree<A>;

/**
 * `[output, vjp_fn]`: the function's value, and the function from gradients of the output to those of the inputs, which
 * may be called again and again. `{ has_aux: true }` as the last argument adds `aux`.
 * @example const [y, pull] = torch.func.vjp((x) => x.sin(), x);   // pull(cotangent) is [gradient of x]
 */
export function vjp<A extends unknown[], R>(
  func: (...args: A) => R,
  ...primals: A
): [output: R, vjp_fn: PullBack<A, R>];
export function vjp<A extends unknown[], R, X>(
  func: (...args: A) => readonly [R, X],
  ...primals: [...A, { has_aux: true }]
): [output: R, vjp_fn: PullBack<A, R>, aux: X];
export function vjp(func: (...args: never[]) => unknown, ...args: unknown[]): unknown[] {
  checkFunction('vjp', func);
  const { primals, has_aux } = splitAux(args);
  const { inputs, output, outputs, aux, watched } = recorded('vjp', func, primals, has_aux);
  const pullBack = (cotangents: unknown): unknown => {
    const vectors = matching('vjp_fn', 'cotangents', cotangents, outputs);
    const create_graph = callerRecords() && (watched || vectors.some(needsGradient));
    const pulled = pulledBack(outputs, inputs.variables, vectors, { create_graph, retain_graph: true });
    return unflatten(given('vjp'), inputs.tree, pulled);
  };
  const results = [handedOut('vjp', output, watched), pullBack];
  return has_aux ? [...results, handedOut('vjp', aux, watched)] : results;
}

/**
 * `[output, tangents]`: the function's value at `primals`, and the product of its Jacobian with `tangents`, by forward
 * mode. Both lists have one entry for each argument. With `has_aux`, `aux` is the third.
 * @throws RuntimeError unless tangents have the sizes of the primals.
 * @example const [y, tangent] = torch.func.jvp((x) => x.sin(), [x], [v]);
 */
export function jvp<A extends unknown[], R>(
  func: (...args: A) => R,
  primals: readonly [...A],
  tangents: GradientTree<A>,
  options?: { has_aux?: false },
): [output: R, tangents: GradientTree<R>];
export function jvp<A extends unknown[], R, X>(
  func: (...args: A) => readonly [R, X],
  primals: readonly [...A],
  tangents: GradientTree<A>,
  options: { has_aux: true },
): [output: R, tangents: GradientTree<R>, aux: X];
export function jvp(
  func: (...args: never[]) => unknown,
  primals: readonly unknown[],
  tangents: unknown,
  options: AuxOption | null = null,
): unknown[] {
  const has_aux = options?.has_aux ?? false;
  checkFunction('jvp', func);
  const places = Array.isArray(primals) ? leaves(given('jvp'), primals) : [];
  if (places.length === 0) {
    throw new RuntimeError('jvp(f, primals, tangents): Expected primals to be an array of Tensors');
  }
  const level = new DualLevel(currentInterpreter());
  const directions = matching('jvp', 'tangents', tangents, places);
  let at = 0;
  const duals = mapTree(given('jvp'), primals, (primal) => {
    const dual = primal.view(primal.sizes);
    level.setTangent(dual, directions[at++]);
    return dual;
  }) as never[];
  const { output, aux } = withAux(
    'jvp',
    through(level, () => func(...duals)),
    has_aux,
  );
  outputsOf('jvp', output);
  const plain = (tree: unknown): unknown => mapTree(returned('jvp'), tree, (tensor) => tensor.view(tensor.sizes));
  const derivative = mapTree(returned('jvp'), output, (tensor) => orZeros([level.tangentOf(tensor)], [tensor])[0]);
  return has_aux ? [plain(output), derivative, plain(aux)] : [plain(output), derivative];
}

/**
 * `[output, jvp_fn]`: the function's value, and the linear function from tangents (one for each argument) to the
 * product of the Jacobian with them. `func` runs once, however often `jvp_fn` is called.
 * @example const [y, push] = torch.func.linearize((x) => x.sin(), x);   // push(v)
 */
export function linearize<A extends unknown[], R>(
  func: (...args: A) => R,
  ...primals: A
): [output: R, jvp_fn: (...tangents: GradientTree<A>) => GradientTree<R>];
export function linearize(func: (...args: never[]) => unknown, ...primals: unknown[]): unknown[] {
  checkFunction('linearize', func);
  const { inputs, output, outputs, watched } = recorded('linearize', func, primals, false);
  const { cotangents, pulled } = enable_grad(() => {
    const cotangents = orZeros(
      outputs.map(() => null),
      outputs,
    ).map((zeros) => zeros.requires_grad_());
    const options = { create_graph: true, retain_graph: true };
    return { cotangents, pulled: pulledBack(outputs, inputs.variables, cotangents, options) };
  });
  const push = (...tangents: unknown[]): unknown => {
    const directions = matching('jvp_fn', 'tangents', tangents, inputs.variables);
    const create_graph = callerRecords() && (watched || directions.some(needsGradient));
    const pushed = pulledBack(pulled, cotangents, directions, { create_graph, retain_graph: true });
    return unflatten(returned('linearize'), output, pushed);
  };
  return [handedOut('linearize', output, watched), push];
}
