/** torch.autograd.graph: what becomes of saved tensors. */
import { argumentError } from '../base/errors.js';
import { type Mode, withoutSavedTensorHooks, withSavedTensorHooks } from '../graph/modes.js';
import type { Tensor } from '../tensor.js';

export { GraphNode as Node } from '../graph/node.js';

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
