/** torch.autograd.forward_ad: tensors with tangents, from which every operator derives those of its results. */
import { argumentError, RuntimeError, ValueError } from '../base/errors.js';
import type { Gradient } from '../graph/node.js';
import { isTensor } from '../op/bind.js';
import { currentInterpreter, setInterpreter } from '../op/dispatch.js';
import { DualLevel } from '../op/dual.js';
import { through } from '../op/levels.js';
import type { Tensor } from '../tensor.js';

/** A tensor taken apart; `tangent` is null where it depends on nothing that has one. */
export type UnpackedDualTensor = [primal: Tensor, tangent: Gradient] & { primal: Tensor; tangent: Gradient };

/** The level under way: there is one at most. */
let current: DualLevel | null = null;

/** Enters a level of forward mode; returns its number, 0. @throws RuntimeError where one is under way. */
export function enter_dual_level(): number {
  if (current !== null) throw new RuntimeError('Nested forward mode AD is not supported at the moment');
  current = new DualLevel(currentInterpreter());
  setInterpreter(current);
  return 0;
}

/** Ends the level; tensors made in it have no tangents any more. @throws RuntimeError where none is under way. */
export function exit_dual_level(options: LevelOption | null = null): void {
  const level = options?.level ?? null;
  const number = current === null ? -1 : 0;
  if (level !== null && level !== number) {
    throw new RuntimeError(
      'Trying to exit a forward AD level that was not the last one that was created. This is not supported.',
    );
  }
  if (current === null) throw new RuntimeError('Dual level must be a positive number.');
  if (currentInterpreter() !== current) {
    throw new RuntimeError('exit_dual_level: what began inside of the level must end first');
  }
  setInterpreter(current.outer);
  current = null;
}

/** A level of forward mode that ends with its disposal. */
export class DualLevelScope implements Disposable {
  private readonly entered: DualLevel;

  /** @internal */
  constructor() {
    enter_dual_level();
    this.entered = current as DualLevel;
  }

  [Symbol.dispose](): void {
    if (current === this.entered) exit_dual_level();
  }
}

/**
 * Forward mode until disposed, or while `body` runs, whose result it returns.
 * @example
 * forward_ad.dual_level(() => {
 *   const y = forward_ad.make_dual(x, v).sin();
 *   return forward_ad.unpack_dual(y).tangent;   // the product of the Jacobian at x with v
 * });
 */
export function dual_level(): DualLevelScope;
export function dual_level<R>(body: () => R): R;
export function dual_level<R>(body?: () => R): DualLevelScope | R {
  if (body !== undefined && typeof body !== 'function') {
    throw argumentError('dual_level', 'callback', 'a function', body);
  }
  const scope = new DualLevelScope();
  if (body === undefined) return scope;
  let waits = false;
  try {
    const result = body();
    waits = result instanceof Promise;
    return waits ? (ended(result as Promise<unknown>, scope) as R) : result;
  } finally {
    if (!waits) scope[Symbol.dispose]();
  }
}

async function ended(result: Promise<unknown>, scope: DualLevelScope): Promise<unknown> {
  try {
    return await result;
  } finally {
    scope[Symbol.dispose]();
  }
}

/** Which level is meant; the one under way where it is left out. */
export interface LevelOption {
  level?: number | null;
}

function levelOf(op: string, level: number | null | undefined): DualLevel | null {
  if (level === null || level === undefined || level < 0 || (level === 0 && current !== null)) return current;
  throw new RuntimeError(`${op}: there is no forward AD level ${level}`);
}

function checkTensor(op: string, argument: string, value: unknown): asserts value is Tensor {
  if (!isTensor(value)) throw argumentError(op, argument, 'Tensor', value);
}

function checkFloating(what: string, { dtype }: Tensor): void {
  if (dtype.is_floating_point) return;
  throw new ValueError(`Expected ${what} to be floating point or complex, but got: ${dtype}`);
}

/**
 * A view of `tensor` with this tangent beside it, from which results of operators get theirs. Can be differentiated
 * backward too.
 * @throws RuntimeError where no level is under way, or the tangent has another size.
 */
export function make_dual(tensor: Tensor, tangent: Tensor, options: LevelOption | null = null): Tensor {
  const level = options?.level ?? null;
  checkTensor('make_dual', 'tensor', tensor);
  checkTensor('make_dual', 'tangent', tangent);
  const entered = levelOf('make_dual', level);
  if (entered === null) {
    throw new RuntimeError(
      'Trying to create a dual Tensor for forward AD but no level exists, make sure to enter_dual_level() first.',
    );
  }
  checkFloating('primal', tensor);
  checkFloating('tangent', tangent);
  if (entered.tangentOf(tensor) !== null) {
    throw new RuntimeError(
      'Making a dual Tensor based on a Tensor that already has a forward gradient at the same level 0 is not supported.',
    );
  }
  if (entered.tangentOf(tangent) !== null) {
    throw new RuntimeError(
      'Setting a forward grad that itself has a forward gradient at the same level0 is not supported.',
    );
  }
  const dual = through(entered.outer, () => tensor.view(tensor.sizes));
  entered.setTangent(dual, tangent);
  return dual;
}

/** A view of a dual tensor without its tangent, and the tangent; they have names and stand in this order. */
export function unpack_dual(tensor: Tensor, options: LevelOption | null = null): UnpackedDualTensor {
  const level = options?.level ?? null;
  checkTensor('unpack_dual', 'tensor', tensor);
  const entered = levelOf('unpack_dual', level);
  const tangent = entered?.tangentOf(tensor) ?? null;
  const primal =
    entered === null || tangent === null ? tensor : through(entered.outer, () => tensor.view(tensor.sizes));
  return Object.assign([primal, tangent] as [Tensor, Gradient], { primal, tangent });
}
