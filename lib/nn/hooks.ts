/** Functions of the user's that see what passes through a module. */
import { CustomFunction } from '../autograd/custom/function.js';
import { RuntimeError } from '../base/errors.js';
import { HookList, type RemovableHandle } from '../graph/hooks.js';
import { is_grad_enabled } from '../graph/modes.js';
import { checkHook, type Gradient, type GraphNode } from '../graph/node.js';
import { isTensor } from '../op/bind.js';
import type { Tensor } from '../tensor.js';

type Inputs = readonly unknown[];
type Gradients = readonly Gradient[];

/** Sees a module's arguments, and may return others: a list, or the only one. */
export type ForwardPreHook<M> = (module: M, input: Inputs) => unknown;
/** Sees a module's arguments and its result, and may return another result. */
export type ForwardHook<M> = (module: M, input: Inputs, output: unknown) => unknown;
/** Sees the gradients of a module's arguments and results, and may return others for the arguments. */
export type FullBackwardHook<M> =
  | ((module: M, grad_input: Gradients, grad_output: Gradients) => Gradients | Gradient | undefined)
  | ((module: M, grad_input: Gradients, grad_output: Gradients) => void);

type AnyHook = (...args: never[]) => unknown;
type Forward = (...args: unknown[]) => unknown;

/** A module whose forward may be replaced. */
interface Hookable {
  forward(...input: never[]): unknown;
}

/** The hooks of one module. */
class ModuleHooks {
  readonly pre = new HookList<ForwardPreHook<unknown>>();
  readonly post = new HookList<ForwardHook<unknown>>();
  readonly backward = new HookList<FullBackwardHook<unknown>>();

  constructor(private readonly module: Hookable) {}

  call(forward: Forward, args: Inputs): unknown {
    let input = args;
    this.pre.each((hook) => {
      const changed = hook(this.module, input);
      if (changed !== undefined && changed !== null) input = Array.isArray(changed) ? changed : [changed];
    });
    const watch = this.backward.isEmpty ? null : new BackwardWatch(this.module, this.backward);
    let output = forward.apply(this.module, [...(watch?.inputs(input) ?? input)]);
    this.post.each((hook) => {
      const changed = hook(this.module, input, output);
      if (changed !== undefined && changed !== null) output = changed;
    });
    return watch === null ? output : watch.outputs(output);
  }
}

const hooks = new WeakMap<Hookable, ModuleHooks>();

/**
 * Adds a hook to a module. The first one gives the module a forward of its own, which calls the hooks around that of
 * its class: modules without hooks pay nothing, and `super.forward` calls none.
 */
export function addHook(module: Hookable, kind: 'pre' | 'post' | 'backward', hook: AnyHook): RemovableHandle {
  checkHook(
    hook,
    { pre: 'register_forward_pre_hook', post: 'register_forward_hook', backward: 'register_full_backward_hook' }[kind],
  );
  let list = hooks.get(module);
  if (list === undefined) {
    const added = new ModuleHooks(module);
    const { forward } = module;
    const value = (...args: unknown[]): unknown => added.call(forward as Forward, args);
    // Not enumerable: it is no field for those who list or copy them.
    Object.defineProperty(module, 'forward', { value, writable: true, configurable: true });
    hooks.set(module, added);
    list = added;
  }
  return (list[kind] as HookList<AnyHook>).add(hook);
}

/** Hands tensors on, so that one node sees the gradients of all. */
class BackwardHookFunction extends CustomFunction {
  static override forward(
    ctx: { mark_non_differentiable(...tensors: Tensor[]): void },
    ...tensors: Tensor[]
  ): Tensor[] {
    ctx.mark_non_differentiable(...tensors.filter((tensor) => !tensor.requires_grad));
    return tensors;
  }

  static override backward(_ctx: unknown, ...grads: Gradient[]): Gradient[] {
    return grads;
  }
}

/** One call of a module: its hooks are called once the gradients of its results and of its arguments are known. */
class BackwardWatch {
  private gradOutputs: Gradients | null = null;
  private inputPlaces: readonly number[] | null = null;
  private inputCount = 0;

  constructor(
    private readonly module: Hookable,
    private readonly list: HookList<FullBackwardHook<unknown>>,
  ) {}

  inputs(args: Inputs): Inputs {
    this.inputCount = args.length;
    const [passed, places] = throughOneNode(args, (node, places) => {
      node.register_hook((gradInputs) => {
        // A second backward pass reaches the arguments without passing by the results.
        if (this.gradOutputs === null) return null;
        const results = this.run(spread(places, gradInputs, args.length), this.gradOutputs);
        this.gradOutputs = null;
        return places.map((place) => results[place]);
      });
    });
    this.inputPlaces = places;
    return passed;
  }

  outputs(output: unknown): unknown {
    const isList = Array.isArray(output);
    const all: Inputs = isList ? output : [output];
    const [passed] = throughOneNode(all, (node, places) => {
      node.register_hook((_, gradOutputs) => {
        const grads = spread(places, gradOutputs, all.length);
        if (this.inputPlaces === null) this.withoutInputs(grads);
        else this.gradOutputs = grads;
      });
    });
    if (!isList) return passed[0];
    // Names of results are kept.
    return passed === all ? output : Object.assign([...passed], namedResults(output, all, passed));
  }

  private withoutInputs(grads: Gradients): void {
    const none = new Array<null>(this.inputCount).fill(null);
    if (this.run(none, grads).some((grad) => grad !== null)) {
      throw new RuntimeError(
        'Backward hook for Modules where no input requires gradient should always return None or None for all gradients.',
      );
    }
  }

  private run(gradInputs: Gradients, gradOutputs: Gradients): Gradients {
    let grads = gradInputs;
    this.list.each((hook) => {
      const returned: unknown = hook(this.module, grads, gradOutputs);
      if (returned === undefined || returned === null) return;
      const changed = (Array.isArray(returned) ? returned : [returned]) as Gradients;
      if (changed.length !== grads.length) {
        throw new RuntimeError(
          `Backward hook returned an invalid number of grad_input, got ${changed.length}, but expected ${grads.length}`,
        );
      }
      grads = changed;
    });
    return grads;
  }
}

/** Gradients of the tensors among values, with null for all else. */
function spread(places: readonly number[], grads: Gradients, length: number): Gradients {
  const all = new Array<Gradient>(length).fill(null);
  places.forEach((place, i) => {
    all[place] = grads[i];
  });
  return all;
}

/** The values, their tensors now results of one node, and where those are; null where none needs a gradient. */
function throughOneNode(
  values: Inputs,
  found: (node: GraphNode, places: readonly number[]) => void,
): [Inputs, readonly number[] | null] {
  const places = [...values.keys()].filter((i) => isTensor(values[i]));
  const tensors = places.map((i) => values[i] as Tensor);
  if (!is_grad_enabled() || !tensors.some((tensor) => tensor.requires_grad)) return [values, null];
  const passed = BackwardHookFunction.apply(...tensors);
  const node = passed.find((tensor) => tensor.grad_fn !== null)?.grad_fn as GraphNode;
  found(node, places);
  const all = [...values];
  places.forEach((place, i) => {
    all[place] = passed[i];
  });
  return [all, places];
}

/** Fields of a list of results that hold one of them, with what stands in its place now. */
function namedResults(output: object, all: Inputs, passed: Inputs): Record<string, unknown> {
  const fields = Object.entries(output).filter(([name, value]) => Number.isNaN(Number(name)) && all.includes(value));
  return Object.fromEntries(fields.map(([name, value]) => [name, passed[all.indexOf(value)]]));
}
