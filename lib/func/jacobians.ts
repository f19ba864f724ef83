/** torch.func's Jacobians and Hessians: products with all unit vectors at once, by vmap. */
import { RuntimeError } from '../base/errors.js';
import { numel } from '../base/shape.js';
import { eye } from '../ops/index.js';
import type { Tensor } from '../tensor.js';
import type { Randomness } from './batched.js';
import { type Chosen, jvp, vjp } from './gradients.js';
import { type Argnums, type AuxOption, checkFunction, chosen, given, outputsOf, replaced, returned } from './inputs.js';
import { leaves, type MapTree, mapTree, unflatten } from './pytree.js';
import { vmap } from './vmap.js';

/** For each tensor of the result, a tensor for each of the argument's, in its structure. */
export type JacobianTree<T, R> = MapTree<R, MapTree<T, Tensor>>;

/** Keywords of `jacrev`. */
export interface JacrevOptions<N extends Argnums = Argnums> extends AuxOption {
  /** By which arguments: 0 when left out. */
  argnums?: N;
  /** How many rows are computed at once; all when left out. */
  chunk_size?: number | null;
}

/** Keywords of `jacfwd`. */
export interface JacfwdOptions<N extends Argnums = Argnums> extends AuxOption {
  /** By which arguments: 0 when left out. */
  argnums?: N;
  /** How many columns are computed at once; all when left out. */
  chunk_size?: number | null;
  /** As in `vmap`. */
  randomness?: Randomness;
}

/** The unit vectors of the space of all `tensors` together: for each tensor, its part of every one. */
export function unitVectors(tensors: readonly Tensor[]): Tensor[] {
  const counts = tensors.map(({ sizes }) => numel(sizes));
  const total = counts.reduce((sum, count) => sum + count, 0);
  let start = 0;
  return tensors.map(({ sizes, dtype }, i) => {
    const part = eye(total, { dtype }).narrow(1, start, counts[i]);
    start += counts[i];
    return part.reshape([total, ...sizes]);
  });
}

/** Rows of each output in a tensor with a row for each element of all outputs: shaped as the output. */
export function splitRows(rows: Tensor, outputs: readonly Tensor[]): Tensor[] {
  const counts = outputs.map(({ sizes }) => numel(sizes));
  return rows.split_with_sizes(counts, 0).map((part, i) => part.reshape([...outputs[i].sizes, ...rows.sizes.slice(1)]));
}

/**
 * Columns of each input in a tensor whose last dimension has one for each element of all inputs: shaped as the input.
 */
export function splitColumns(columns: Tensor, inputs: readonly Tensor[]): Tensor[] {
  const counts = inputs.map(({ sizes }) => numel(sizes));
  const lead = columns.sizes.slice(0, -1);
  return columns.split_with_sizes(counts, -1).map((part, i) => part.reshape([...lead, ...inputs[i].sizes]));
}

const optionsOf = <O extends object>(given: Argnums | O | null | undefined): O & { argnums: Argnums } =>
  typeof given === 'object' && given !== null && !Array.isArray(given)
    ? { ...(given as O), argnums: (given as { argnums?: Argnums }).argnums ?? 0 }
    : ({ argnums: given ?? 0 } as O & { argnums: Argnums });

/**
 * The function that computes the Jacobian of `func` by its first argument (or `argnums`), in reverse mode: a tensor of
 * the output's shape followed by the input's; nested as the output, and within that as the input.
 * @example torch.func.jacrev((x) => x.pow(2))(torch.tensor([1, 2]))   // [[2, 0], [0, 4]]
 */
export function jacrev<A extends unknown[], R, const N extends Argnums = 0>(
  func: (...args: A) => R,
  options?: N | JacrevOptions<N>,
): (...args: A) => JacobianTree<Chosen<A, N>, R>;
export function jacrev(
  func: (...args: never[]) => unknown,
  options?: Argnums | JacrevOptions,
): (...args: unknown[]) => unknown {
  checkFunction('jacrev', func);
  const { argnums, has_aux = false, chunk_size = null } = optionsOf(options);
  return (...args) => {
    const tree = chosen('jacrev', argnums, args);
    const of = (inputs: unknown): unknown => func(...(replaced(argnums, args, inputs) as never[]));
    const [output, pullBack, aux] = has_aux
      ? vjp(of as (inputs: unknown) => readonly [unknown, unknown], tree, { has_aux: true })
      : [...vjp(of, tree), undefined];
    const outputs = outputsOf('jacrev', output);
    const pull = (...cotangents: Tensor[]): Tensor[] =>
      leaves(given('jacrev'), pullBack(unflatten(returned('jacrev'), output, cotangents) as never));
    const rows = vmap(pull, { chunk_size })(...unitVectors(outputs));
    const blocks = rows.map((each) => splitRows(each, outputs));
    const jacobian = unflatten(
      returned('jacrev'),
      output,
      outputs.map((_, i) =>
        unflatten(
          given('jacrev'),
          tree,
          blocks.map((block) => block[i]),
        ),
      ),
    );
    return has_aux ? [jacobian, aux] : jacobian;
  };
}

/**
 * The function that computes the Jacobian of `func` by its first argument (or `argnums`), in forward mode, which is the
 * cheaper one for few inputs and many outputs. Shaped as by `jacrev`.
 * @throws RuntimeError when there is no tensor to differentiate by.
 */
export function jacfwd<A extends unknown[], R, const N extends Argnums = 0>(
  func: (...args: A) => R,
  options?: N | JacfwdOptions<N>,
): (...args: A) => JacobianTree<Chosen<A, N>, R>;
export function jacfwd(
  func: (...args: never[]) => unknown,
  options?: Argnums | JacfwdOptions,
): (...args: unknown[]) => unknown {
  checkFunction('jacfwd', func);
  const { argnums, has_aux = false, chunk_size = null, randomness = 'error' } = optionsOf(options);
  return (...args) => {
    const tree = chosen('jacfwd', argnums, args);
    const inputs = leaves(given('jacfwd'), tree);
    if (inputs.length === 0) throw new RuntimeError('jacfwd: Expected at least one Tensor among the inputs');
    let results: { output: unknown; aux: unknown } = { output: undefined, aux: undefined };
    const of = (each: unknown): unknown => func(...(replaced(argnums, args, each) as never[]));
    const push = (...tangents: Tensor[]): unknown => {
      const directions = [unflatten(given('jacfwd'), tree, tangents)] as never;
      const [output, derivative, aux] = has_aux
        ? jvp(of as (each: unknown) => readonly [unknown, unknown], [tree], directions, { has_aux: true })
        : [...jvp(of, [tree], directions), undefined];
      results = { output, aux };
      return has_aux ? [derivative, aux] : derivative;
    };
    const out_dims = has_aux ? [-1, null] : -1;
    const found = vmap(push, { randomness, out_dims, chunk_size })(...unitVectors(inputs));
    const columns = has_aux ? (found as unknown[])[0] : found;
    const jacobian = mapTree(returned('jacfwd'), columns, (each) =>
      unflatten(given('jacfwd'), tree, splitColumns(each, inputs)),
    );
    return has_aux ? [jacobian, (found as unknown[])[1] ?? results.aux] : jacobian;
  };
}

/**
 * The function that computes the Hessian of `func` by its first argument (or `argnums`): forward over reverse mode.
 * @example torch.func.hessian((x) => x.pow(3).sum())(torch.tensor([1, 2]))   // [[6, 0], [0, 12]]
 */
export function hessian<A extends unknown[], R, const N extends Argnums = 0>(
  func: (...args: A) => R,
  argnums?: N,
): (...args: A) => MapTree<R, MapTree<Chosen<A, N>, MapTree<Chosen<A, N>, Tensor>>> {
  checkFunction('hessian', func);
  const inner = jacrev(func as (...args: unknown[]) => unknown, argnums as Argnums);
  return jacfwd(inner, argnums as Argnums) as never;
}
