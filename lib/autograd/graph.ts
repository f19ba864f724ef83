/** torch.autograd.graph: hooks for several gradients, and what becomes of saved tensors. */
import { argumentError, RuntimeError, show, ValueError } from '../base/errors.js';
import { currentPass } from '../graph/backward.js';
import { RemovableHandle } from '../graph/hooks.js';
import { type Mode, withoutSavedTensorHooks, withSavedTensorHooks } from '../graph/modes.js';
import { type Gradient, type GraphNode, gradientEdge, hooksOf } from '../graph/node.js';
import { isListOf, isTensor } from '../op/bind.js';
import type { Tensor } from '../tensor.js';

export type { AccumulateHook, PostHook, PreHook, RemovableHandle, TensorHook } from '../graph/hooks.js';
export { GraphNode as Node } from '../graph/node.js';

/** Where the gradient of a tensor arrives: a node, and which of its results the tensor is. */
export interface GradientEdge {
  readonly node: GraphNode;
  readonly output_nr: number;
}

/** The edge by which gradients reach a tensor. @throws RuntimeError when it requires none. */
export function get_gradient_edge(tensor: Tensor): GradientEdge {
  const edge = isTensor(tensor) ? gradientEdge(tensor) : null;
  if (edge !== null) return { node: edge.node, output_nr: edge.index };
  throw new RuntimeError('It is not possible to get the gradient edge for a Tensor that does not require gradients');
}

/** What has arrived for the tensors of a multi-grad hook in one pass. */
interface Arrivals {
  readonly grads: Gradient[];
  missing: number;
}

/**
 * Calls `fn` once a pass: when the gradients of all `tensors` that the pass reaches are there, with null for others
 * (`mode: 'all'`), or with the first of them (`mode: 'any'`).
 * @example torch.autograd.graph.register_multi_grad_hook([a, b], ([da, db]) => …);
 */
export function register_multi_grad_hook(
  tensors: readonly Tensor[],
  fn: (grads: readonly Gradient[]) => void,
  options?: { mode?: 'all' },
): RemovableHandle;
export function register_multi_grad_hook(
  tensors: readonly Tensor[],
  fn: (grad: Tensor) => void,
  options: { mode: 'any' },
): RemovableHandle;
export function register_multi_grad_hook(
  tensors: readonly Tensor[],
  fn: ((grads: readonly Gradient[]) => void) | ((grad: Tensor) => void),
  options: { mode?: 'all' | 'any' } | null = null,
): RemovableHandle {
  const mode = options?.mode ?? 'all';
  const op = 'register_multi_grad_hook';
  if (!isListOf(tensors, isTensor)) {
    throw argumentError(op, 'tensors', 'a list of Tensors', tensors);
  }
  checkHook(op, 'fn', fn);
  if (mode !== 'all' && mode !== 'any')
    throw new ValueError(`Expects mode to be one of ('all', 'any') but got ${show(mode)}`);
  const edges = tensors.map(get_gradient_edge);
  const known = new WeakMap<object, Arrivals>();
  const arrive = (grad: Gradient, position: number): void => {
    const pass = currentPass();
    if (pass === null || (mode === 'any' && grad === null)) return;
    const arrivals = known.get(pass) ?? {
      grads: edges.map(() => null),
      missing: mode === 'any' ? 1 : edges.filter(({ node }) => pass.visits(node)).length,
    };
    known.set(pass, arrivals);
    arrivals.grads[position] = grad;
    if (--arrivals.missing !== 0) return;
    if (mode === 'any') (fn as (grad: Tensor) => void)(grad as Tensor);
    else (fn as (grads: readonly Gradient[]) => void)(arrivals.grads);
  };
  const handles = edges.map(({ node, output_nr }, i) =>
    hooksOf(node)
      .ofArrival(output_nr)
      .add((grad) => arrive(grad, i)),
  );
  return new RemovableHandle(() => {
    for (const handle of handles) handle.remove();
  });
}

/** Counts a write to the tensor that the library did not see, so that stale saved tensors are noticed. */
export function increment_version(tensor: Tensor): void {
  if (!isTensor(tensor)) throw argumentError('increment_version', 'tensor', 'Tensor', tensor);
  tensor.storage.version++;
}

function checkHook(op: string, name: string, hook: unknown): void {
  if (typeof hook !== 'function') throw argumentError(op, name, 'a function', hook);
}

/**
 * Gives each tensor that is saved for backward to `pack_hook`, keeps what that returns in its place, and has
 * `unpack_hook` make a tensor of it again when backward needs it. Until disposed, or while `body` runs.
 * @example torch.autograd.graph.saved_tensors_hooks((x) => x.to(torch.float32), (x) => x.to(torch.float64), () => f(x))
 */
export function saved_tensors_hooks<P>(pack_hook: (tensor: Tensor) => P, unpack_hook: (packed: P) => Tensor): Mode;
export function saved_tensors_hooks<P, R>(
  pack_hook: (tensor: Tensor) => P,
  unpack_hook: (packed: P) => Tensor,
  body: () => R,
): R;
export function saved_tensors_hooks<P, R>(
  pack_hook: (tensor: Tensor) => P,
  unpack_hook: (packed: P) => Tensor,
  body?: () => R,
): Mode | R {
  checkHook('saved_tensors_hooks', 'pack_hook', pack_hook);
  checkHook('saved_tensors_hooks', 'unpack_hook', unpack_hook);
  const hooks = { pack: pack_hook, unpack: unpack_hook as (packed: unknown) => unknown };
  return withSavedTensorHooks('saved_tensors_hooks', hooks, body);
}

/**
 * Keeps saved tensors in main memory, where sconce's tensors are anyway: what is left of it is that, as for all hooks,
 * later writes to a saved tensor are not noticed.
 */
export function save_on_cpu(pin_memory?: boolean): Mode;
export function save_on_cpu<R>(pin_memory: boolean, body: () => R): R;
export function save_on_cpu<R>(pin_memory = false, body?: () => R): Mode | R {
  if (typeof pin_memory !== 'boolean') throw argumentError('save_on_cpu', 'pin_memory', 'bool', pin_memory);
  const same = (tensor: unknown): unknown => tensor;
  return withSavedTensorHooks('save_on_cpu', { pack: same, unpack: same }, body);
}

/** Makes `saved_tensors_hooks` an Error with this message, until disposed or while `body` runs. */
export function disable_saved_tensors_hooks(error_message: string): Mode;
export function disable_saved_tensors_hooks<R>(error_message: string, body: () => R): R;
export function disable_saved_tensors_hooks<R>(error_message: string, body?: () => R): Mode | R {
  if (typeof error_message !== 'string') {
    throw argumentError('disable_saved_tensors_hooks', 'error_message', 'str', error_message);
  }
  return withoutSavedTensorHooks('disable_saved_tensors_hooks', error_message, body);
}
