/** Functions of the user's that see gradients pass by. */
import { RuntimeError, typeName } from '../base/errors.js';
import { sameShape } from '../base/shape.js';
import { Tensor } from '../tensor.js';
import type { Gradient } from './node.js';

/** Sees the gradient of a tensor, and may return another in its place. */
export type TensorHook = ((grad: Tensor) => Tensor | null | undefined) | ((grad: Tensor) => void);
/** Sees the gradients of a node's results before it runs, and may return others in their place. */
export type PreHook =
  | ((grad_outputs: readonly Gradient[]) => readonly Gradient[] | null | undefined)
  | ((grad_outputs: readonly Gradient[]) => void);
/** Sees the gradients of a node's inputs and results after it ran, and may return others for the inputs. */
export type PostHook =
  | ((grad_inputs: readonly Gradient[], grad_outputs: readonly Gradient[]) => readonly Gradient[] | null | undefined)
  | ((grad_inputs: readonly Gradient[], grad_outputs: readonly Gradient[]) => void);
/** Sees a leaf whose `grad` was just accumulated. */
export type AccumulateHook = (tensor: Tensor) => void;

/** What registering a hook returns. */
export class RemovableHandle implements Disposable {
  /** @internal */
  constructor(private readonly forget: () => void) {}

  /** Removes the hook; a second time does nothing. */
  remove(): void {
    this.forget();
  }

  [Symbol.dispose](): void {
    this.forget();
  }
}

/** Hooks of one kind, called in the order in which they were added. */
export class HookList<H> {
  private hooks: readonly { readonly hook: H }[] = [];

  add(hook: H): RemovableHandle {
    const entry = { hook };
    this.hooks = [...this.hooks, entry];
    return new RemovableHandle(() => {
      this.hooks = this.hooks.filter((other) => other !== entry);
    });
  }

  get isEmpty(): boolean {
    return this.hooks.length === 0;
  }

  /** Calls each hook; those added or removed meanwhile count from the next time on. */
  each(call: (hook: H) => void): void {
    for (const { hook } of this.hooks) call(hook);
  }
}

/** The hooks of a node, and the tensors that keep its gradients. */
export class NodeHooks {
  /** Output index -> hooks of the tensors there. */
  readonly tensors = new Map<number, HookList<TensorHook>>();
  readonly pre = new HookList<PreHook>();
  readonly post = new HookList<PostHook>();
  /** Output index -> who wants to be told, once a pass, what has arrived there, be it nothing. */
  readonly arrivals = new Map<number, HookList<(grad: Gradient) => void>>();
  /** Of an AccumulateGrad alone. */
  readonly accumulated = new HookList<AccumulateHook>();
  /** Output index -> the tensor that keeps its gradient by `retain_grad`. */
  readonly retaining = new Map<number, Tensor>();

  ofTensor(index: number): HookList<TensorHook> {
    return listAt(this.tensors, index);
  }

  ofArrival(index: number): HookList<(grad: Gradient) => void> {
    return listAt(this.arrivals, index);
  }

  /** Lets hooks of tensors see, and replace, the gradients that have arrived. */
  runTensorHooks(grads: Gradient[]): void {
    for (const [index, hooks] of this.tensors) {
      hooks.each((hook) => {
        const grad = grads[index];
        if (grad === null || grad === undefined) return;
        giveUp(grad);
        const result: unknown = hook(grad);
        if (result !== undefined && result !== null) grads[index] = checked(result, grad, hook);
      });
    }
    for (const [index, hooks] of this.arrivals) {
      giveUp(grads[index]);
      hooks.each((hook) => hook(grads[index]));
    }
  }

  /** Lets prehooks see, and replace, the gradients that the node is about to be given. */
  runPreHooks(grads: Gradient[]): void {
    this.pre.each((hook) => {
      grads.forEach(giveUp);
      replace(grads, hook(grads.slice()), hook);
    });
  }

  /** Lets hooks see, and replace, the gradients that the node computed. */
  runPostHooks(results: Gradient[], grads: readonly Gradient[]): void {
    this.post.each((hook) => {
      grads.forEach(giveUp);
      results.forEach(giveUp);
      replace(results, hook(results.slice(), grads.slice()), hook);
    });
  }
}

function listAt<H>(lists: Map<number, HookList<H>>, index: number): HookList<H> {
  const known = lists.get(index);
  if (known !== undefined) return known;
  const added = new HookList<H>();
  lists.set(index, added);
  return added;
}

/** What a hook has seen it may keep: no pass may steal or return its memory. */
function giveUp(grad: Gradient): void {
  if (grad !== null) grad.storage.owner = null;
}

type AnyHook = (...args: never[]) => unknown;

const nameOf = (hook: AnyHook): string => hook.name || '<lambda>';

/** @throws TypeError or RuntimeError unless a hook's result can stand for the gradient. */
function checked(result: unknown, grad: Gradient, hook: AnyHook): Tensor {
  if (!(result instanceof Tensor)) throw new TypeError(`expected Variable, but hook returned '${typeName(result)}'`);
  if (grad === null) throw new RuntimeError("can't replace a None gradient with a non-None value");
  if (result.dtype !== grad.dtype) {
    const type = ({ dtype }: Tensor): string => `torch.${dtype.scalarName}Tensor`;
    throw new RuntimeError(
      `hook '${nameOf(hook)}' has changed the type of value (was ${type(grad)} got ${type(result)})`,
    );
  }
  if (!sameShape(result.sizes, grad.sizes)) {
    throw new RuntimeError(`hook '${nameOf(hook)}' has changed the size of value`);
  }
  return result;
}

/** Puts what a hook returned in the place of `grads`. @throws TypeError or RuntimeError when it cannot. */
function replace(grads: Gradient[], returned: unknown, hook: AnyHook): void {
  if (returned === null || returned === undefined) return;
  if (!Array.isArray(returned)) throw new TypeError(`expected tuple, but hook returned '${typeName(returned)}'`);
  if (returned.length !== grads.length) {
    throw new RuntimeError(
      `hook '${nameOf(hook)}' has returned an incorrect number of values (got ${returned.length}, but expected ` +
        `${grads.length})`,
    );
  }
  returned.forEach((result: unknown, i) => {
    grads[i] = result === null || result === undefined ? null : checked(result, grads[i], hook);
  });
}
