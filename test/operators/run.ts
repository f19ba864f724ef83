/** Runs samples on sconce. */
import * as torch from '../../lib/index.js';
import { isKeywords, mapRecipes, type Recipe, type Sample, SliceRecipe } from '../samples/sample.js';

/** The tensor that a recipe describes. */
export function make({ dtype, storage, shape, strides, offset, requires_grad }: Recipe): torch.Tensor {
  const exact = dtype.is_floating_point ? Float64Array.from(storage, Number) : BigInt64Array.from(storage, BigInt);
  const tensor = torch.tensor(exact, { dtype }).as_strided(shape, strides, offset).detach();
  return tensor.requires_grad_(requires_grad);
}

/** The function of this name below torch, else the method of Tensor. */
export function functionOf(operator: string): (...args: unknown[]) => unknown {
  let found: unknown = torch;
  for (const name of operator.split('.')) found = (found as Record<string, unknown> | undefined)?.[name];
  if (typeof found === 'function') return found as (...args: unknown[]) => unknown;
  const method: unknown = Reflect.get(torch.Tensor.prototype, operator);
  if (typeof method !== 'function') throw new Error(`there is no torch.${operator}, and no method of this name`);
  return (self, ...args) => method.apply(self, args);
}

/** Calls that can be made, and the tensors they are made with. */
export class Call {
  /** One for each recipe. */
  readonly operands: readonly torch.Tensor[];
  /** Those that require grad. */
  readonly leaves: readonly torch.Tensor[];
  /** Whether operands are others than the recipes'. */
  private readonly givesOperands: boolean = false;
  /** What the last run passed. */
  args: readonly unknown[] = [];

  constructor(
    readonly operator: string,
    readonly sample: Sample,
  ) {
    this.operands = sample.recipes.map(make);
    this.leaves = this.operands.filter((operand) => operand.requires_grad);
  }

  /** The same call of other tensors. */
  of(operands: readonly torch.Tensor[]): Call {
    return Object.assign(new Call(this.operator, this.sample), { operands, givesOperands: true });
  }

  /** What the function returns, as a list. */
  run(): readonly unknown[] {
    if (this.sample.randomSeed !== null) functionOf('manual_seed')(this.sample.randomSeed);
    this.args = this.arguments();
    const result = functionOf(this.operator)(...this.args);
    return Array.isArray(result) ? result : [result];
  }

  /** The same with other tensors in place of the leaves. */
  runWith(leaves: readonly torch.Tensor[]): readonly unknown[] {
    const operands = this.operands.map((operand) => {
      const at = this.leaves.indexOf(operand);
      return at < 0 ? operand : leaves[at];
    });
    return Object.assign(new Call(this.operator, this.sample), { operands }).run();
  }

  /** The operands as they are passed, but for one that would be written to: that is another on each run. */
  private arguments(): unknown[] {
    const written = this.operator.endsWith('_') && this.sample.failure === null;
    let at = 0;
    const pass = (recipe: Recipe): torch.Tensor => {
      const operand = this.operands[at++];
      if (!written || at > 1) return operand;
      return recipe.requires_grad || this.givesOperands ? operand.clone() : make(recipe);
    };
    return this.sample.args.map((argument) => passed(mapRecipes(argument, pass)));
  }

  /** The tensors among what was passed. */
  get tensors(): torch.Tensor[] {
    return tensorsIn(this.args);
  }
}

/** With sconce's own slices. */
function passed(argument: unknown): unknown {
  if (!(argument instanceof SliceRecipe)) return Array.isArray(argument) ? argument.map(passed) : argument;
  const Slice = Reflect.get(torch, 'Slice');
  return new Slice(argument.start, argument.stop, argument.step);
}

/** The tensors with derivatives among results. */
export const floats = (results: readonly unknown[]): torch.Tensor[] =>
  results.filter((result): result is torch.Tensor => result instanceof torch.Tensor && result.is_floating_point());

function tensorsIn(value: unknown): torch.Tensor[] {
  if (value instanceof torch.Tensor) return [value];
  if (Array.isArray(value)) return value.flatMap(tensorsIn);
  return isKeywords(value) ? Object.values(value).flatMap(tensorsIn) : [];
}

/** Exact in every floating dtype, and nowhere zero; record.py makes the same. */
export function cotangent(result: torch.Tensor): torch.Tensor {
  const elements = Float64Array.from({ length: result.numel() }, (_, i) => (((7 * i) % 11) - 5.5) / 8);
  return torch.tensor(elements, { dtype: result.dtype }).reshape([...result.shape]);
}

/** The gradients of those `leaves` that require one, or null when no result does. */
export function gradients(
  results: readonly unknown[],
  leaves: readonly torch.Tensor[],
): (torch.Tensor | null)[] | null {
  const outputs = results.filter((result) => result instanceof torch.Tensor && result.requires_grad) as torch.Tensor[];
  if (outputs.length === 0 || leaves.length === 0) return null;
  return torch.autograd.grad(outputs, leaves, { grad_outputs: outputs.map(cotangent), allow_unused: true });
}
