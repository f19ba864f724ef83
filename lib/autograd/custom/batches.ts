/** Custom functions inside of vmap: by their own rule, or by one made of their other methods. */
import { RuntimeError, show } from '../../base/errors.js';
import { BatchedTensor, type Randomness } from '../../func/batched.js';
import { BatchLevel } from '../../func/level.js';
import { is_grad_enabled, withGrad } from '../../graph/modes.js';
import type { Gradient } from '../../graph/node.js';
import { sharingGradients } from '../../graph/sharing.js';
import { isTensor } from '../../op/bind.js';
import { currentInterpreter } from '../../op/dispatch.js';
import { through } from '../../op/levels.js';
import type { Tensor } from '../../tensor.js';
import { CallState, FunctionCtx, stateOf } from './context.js';
import { backwardOf, type Called, listOf, type Methods, unimplemented } from './methods.js';

/** What a vmap rule is told of the vmap. */
export interface BatchInfo {
  /** The number of examples. */
  readonly batch_size: number;
  readonly randomness: Randomness;
}

/** How a call is made of others. */
interface Calls {
  /** Calls below the vmap. */
  readonly beneath: (methods: Methods, values: readonly unknown[]) => Called;
  /** Joins what `forward` computes to the graph of the examples. */
  readonly recorded: (methods: Methods, args: readonly unknown[], forward: Methods['forward']) => Called;
}

/** Results that are batches along dimension 0 where `dims` has 0, and else the same for all examples. */
interface Batches {
  readonly values: readonly unknown[];
  readonly dims: readonly (number | null)[];
  readonly isList: boolean;
}

/** Calls on the batches behind the examples, and records the call on the examples. */
export function callBatched(
  level: BatchLevel,
  methods: Methods,
  args: readonly unknown[],
  { beneath, recorded }: Calls,
): Called {
  const examples = args.map((value) => (isExampleOf(value, level) ? value : null));
  if (examples.every((example) => example === null)) return beneath(methods, args);
  const values = args.map((value, i) => examples[i]?.value ?? value);
  const in_dims = examples.map((example) => (example?.batched ? 0 : null));
  const rule = ruleOf(methods, in_dims);
  checkContext(methods);
  const records = is_grad_enabled();
  const forward = (): unknown => {
    const before = withGrad(records);
    try {
      const { values: found, dims, isList } = rule(level, values, beneath);
      const wrapped = found.map((value, i) => (isTensor(value) ? level.wrap(value, dims[i] === 0) : value));
      return isList ? wrapped : wrapped[0];
    } finally {
      withGrad(before);
    }
  };
  return recorded(methods, args, forward);
}

const isExampleOf = (value: unknown, level: BatchLevel): value is BatchedTensor =>
  value instanceof BatchedTensor && value.level === level;

type VmapRule = (level: BatchLevel, values: readonly unknown[], beneath: Calls['beneath']) => Batches;

const more = 'For more details, please see https://pytorch.org/docs/main/notes/extending.func.html';

/** @throws RuntimeError where a function has no rule, or two. */
function ruleOf(methods: Methods, in_dims: readonly (number | null)[]): VmapRule {
  const { name, generate_vmap_rule, vmap } = methods;
  const hasOwn = vmap !== (unimplemented.vmap as unknown);
  if (generate_vmap_rule && hasOwn) {
    throw new RuntimeError(
      `You tried to vmap over ${name}, but it has both generate_vmap_rule=True and an overriden vmap staticmethod. Please ` +
        `set generate_vmap_rule=False or delete the overriden vmap staticmethod to avoid ambiguity. ${more}`,
    );
  }
  const isBatched = in_dims.includes(0);
  if (!isBatched) {
    return (_, values, beneath) => {
      const { outputs, isList } = beneath(methods, values);
      return { values: outputs, dims: outputs.map(() => null), isList };
    };
  }
  if (hasOwn) return (level, values) => ownRule(level, methods, in_dims, values);
  if (generate_vmap_rule) {
    return (level, values, beneath) => {
      const generated = new Generated(methods, in_dims, level);
      const { outputs, isList } = beneath(generated, values);
      return { values: outputs, dims: generated.outDims, isList };
    };
  }
  throw new RuntimeError(
    `You tried to vmap over ${name}, but it does not have vmap support. Please override and implement the vmap ` +
      `staticmethod or set generate_vmap_rule=True. ${more}`,
  );
}

/** @throws RuntimeError for a function whose forward makes its context, which batches have none of. */
function checkContext({ setup_context }: Methods): void {
  if (setup_context !== undefined) return;
  throw new RuntimeError(
    'In order to use an autograd.Function with functorch transforms (vmap, grad, jvp, jacrev, ...), it must override ' +
      `the setup_context staticmethod. ${more}`,
  );
}

/** By the function's own vmap. @throws RuntimeError unless it returns results and their dimensions. */
function ownRule(
  level: BatchLevel,
  { name, vmap }: Methods,
  in_dims: readonly (number | null)[],
  values: readonly unknown[],
): Batches {
  const info = { batch_size: level.size, randomness: level.randomness };
  const returned = through(level.outer, () => vmap(info, in_dims, ...values));
  if (!Array.isArray(returned) || returned.length !== 2) {
    const got = Array.isArray(returned) ? `${returned.length} returns instead.` : `a ${show(returned)} instead.`;
    throw new RuntimeError(
      `Expected the vmap staticmethod of ${name} to have two returns, an output and out_dims with structure compatible ` +
        `with the output. Got ${got} ${more}`,
    );
  }
  const [output, out_dims] = returned as [unknown, unknown];
  const found = listOf(output);
  const dims = Array.isArray(out_dims) ? out_dims : found.map(() => out_dims);
  const fits = dims.length === found.length && dims.every((dim) => dim === null || Number.isSafeInteger(dim));
  if (!fits) {
    throw new RuntimeError(
      `The vmap staticmethod of ${name} returned an incompatible (output, out_dims) tuple. Expected out_dims=` +
        `${show(out_dims)} to be compatible with the structure of \`output\`, which has ${found.length} results. ${more}`,
    );
  }
  const front = (value: unknown, i: number): unknown =>
    isTensor(value) && dims[i] !== null ? through(level.outer, () => value.movedim(dims[i] as number, 0)) : value;
  return {
    values: found.map(front),
    dims: found.map((value, i) => (isTensor(value) && dims[i] !== null ? 0 : null)),
    isList: Array.isArray(output),
  };
}

/** Tensors kept beside whether they are batches. */
interface Kept {
  readonly values: readonly (Tensor | null)[];
  readonly batched: readonly boolean[];
}

/** A function of batches, each of whose methods is vmap of the original's. It lives for one call. */
class Generated implements Methods {
  readonly name: string;
  readonly generate_vmap_rule = true;
  readonly vmap = unimplemented.vmap as Methods['vmap'];
  /** Of the results, known once forward ran. */
  outDims: readonly (number | null)[] = [];
  private ctx: FunctionCtx | null = null;
  private saved: readonly boolean[] = [];
  private savedForJvp: readonly boolean[] = [];

  constructor(
    private readonly original: Methods,
    private readonly inDims: readonly (number | null)[],
    private readonly outer: BatchLevel,
  ) {
    this.name = `Vmapped${original.name}`;
  }

  readonly forward = (...values: unknown[]): unknown =>
    this.withExamples((level) => {
      const output = this.original.forward(...values.map((value, i) => wrapped(level, value, this.inDims[i] === 0)));
      const found = listOf(output).map((value) => unwrapped(level, value));
      this.outDims = found.map(({ batched }) => (batched ? 0 : null));
      const results = found.map(({ value }) => value);
      return Array.isArray(output) ? results : results[0];
    });

  readonly setup_context = (own: FunctionCtx, values: readonly unknown[], output: unknown): void =>
    this.withExamples((level) => {
      const state = new CallState(own.needs_input_grad);
      this.ctx = new FunctionCtx(state);
      const inputs = values.map((value, i) => wrapped(level, value, this.inDims[i] === 0));
      const results = listOf(output).map((value, i) => wrapped(level, value, this.outDims[i] === 0));
      this.original.setup_context?.(this.ctx, inputs, Array.isArray(output) ? results : results[0]);
      if (state.dirty.length > 0) {
        throw new RuntimeError(`${this.original.name}: mark_dirty is not supported for a generated vmap rule`);
      }
      const [forBackward, forJvp] = [kept(level, state.toSave), kept(level, state.forJvp)];
      [this.saved, this.savedForJvp] = [forBackward.batched, forJvp.batched];
      own.save_for_backward(...forBackward.values);
      own.save_for_forward(...forJvp.values);
      own.set_materialize_grads(state.materializes);
      const without = state.nonDifferentiable.map((tensor) => unwrapped(level, tensor).value as Tensor);
      own.mark_non_differentiable(...without);
    });

  readonly backward = (own: FunctionCtx, ...grads: Gradient[]): unknown =>
    this.withExamples((level) => {
      const examples = grads.map((grad, i) => wrapped(level, grad, this.outDims[i] === 0) as Gradient);
      const returned = this.showing(level, own.saved_tensors, this.saved, (ctx) =>
        backwardOf(this.original)(ctx, ...examples),
      );
      return listOf(returned).map((grad, i) => this.gathered(unwrapped(level, grad), this.inDims[i] === 0));
    });

  readonly jvp = (own: FunctionCtx, ...tangents: Gradient[]): unknown =>
    this.withExamples((level) => {
      const examples = tangents.map((tangent, i) => wrapped(level, tangent, this.inDims[i] === 0) as Gradient);
      const returned = this.showing(level, own.saved_tensors, this.savedForJvp, (ctx) =>
        this.original.jvp(ctx, ...examples),
      );
      return listOf(returned).map((tangent, i) => this.gathered(unwrapped(level, tangent), this.outDims[i] === 0));
    });

  /** A derivative by what is a batch, or by what all examples share, to which each contributes. */
  private gathered({ value, batched }: Unwrapped, wanted: boolean): unknown {
    if (!isTensor(value) || batched === wanted) return value;
    return through(currentInterpreter(), () =>
      wanted ? value.unsqueeze(0).expand([this.outer.size, ...value.sizes]) : value.sum(0),
    );
  }

  private showing<R>(
    level: BatchLevel,
    values: readonly (Tensor | null)[],
    batched: readonly boolean[],
    body: (ctx: FunctionCtx) => R,
  ): R {
    const ctx = this.ctx as FunctionCtx;
    const examples = values.map((value, i) => wrapped(level, value, batched[i]) as Tensor | null);
    return stateOf(ctx).showing(examples, () => body(ctx));
  }

  private withExamples<R>(body: (level: BatchLevel) => R): R {
    const level = new BatchLevel(currentInterpreter(), this.outer.size, this.outer.randomness);
    try {
      return through(level, () => sharingGradients(() => body(level)));
    } finally {
      level.active = false;
    }
  }
}

const wrapped = (level: BatchLevel, value: unknown, batched: boolean): unknown =>
  isTensor(value) ? level.wrap(value, batched) : value;

interface Unwrapped {
  readonly value: unknown;
  readonly batched: boolean;
}

const unwrapped = (level: BatchLevel, value: unknown): Unwrapped =>
  isExampleOf(value, level) ? { value: value.value, batched: value.batched } : { value, batched: false };

/** What was saved for the call's other methods: the batches behind it, and which are batches. */
function kept(level: BatchLevel, tensors: readonly unknown[]): Kept {
  const found = tensors.map((tensor) => unwrapped(level, tensor));
  return {
    values: found.map(({ value }) => (value ?? null) as Tensor | null),
    batched: found.map(({ batched }) => batched),
  };
}
