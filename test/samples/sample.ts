/**
 * Samples: calls of operators, from which all suites are made. Files of samples import nothing from lib/ but base/, so
 * that the answers can be recorded without a native build.
 */
import type { DType } from '../../lib/base/dtype.js';
import { Recipe } from './recipe.js';

export { indices, layouts, Recipe, random, values } from './recipe.js';

/** An argument, as it is passed, but for tensors, which are made from their recipes. */
export type Argument =
  | Recipe
  | SliceRecipe
  | number
  | bigint
  | boolean
  | string
  | null
  | DType
  | Keywords
  | readonly Argument[];
interface Keywords {
  readonly [name: string]: Argument;
}

/** A slice of a dimension, for `index`. */
export class SliceRecipe {
  constructor(
    readonly start: number | null,
    readonly stop: number | null,
    readonly step: number | null,
  ) {}

  toString(): string {
    return [this.start, this.stop, this.step].map((bound) => bound ?? '').join(':');
  }
}
export const slice = (
  start: number | null = null,
  stop: number | null = null,
  step: number | null = null,
): SliceRecipe => new SliceRecipe(start, stop, step);

/** How far from PyTorch's a result may be, and why. */
export interface Tolerance {
  /** In units of the dtype's precision, relative to the largest number in the tensor or among the arguments. */
  readonly epsilons: number;
  readonly reason: string;
}

/** What of PyTorch's answer need not be ours. */
export type Aspect = 'strides' | 'grad_fn' | 'gradients';

/** The errors that a call may end in. */
export type ErrorName = 'RuntimeError' | 'IndexError' | 'ValueError' | 'TypeError' | 'NotImplementedError';

/** One call of an operator. */
export class Sample {
  tolerance: Tolerance | null = null;
  /** Why gradients cannot be checked by finite differences here, if so. */
  roughness: string | null = null;
  /** Aspects in which we differ from PyTorch on purpose, and why. */
  readonly exceptions = new Map<Aspect, string>();
  /** Given to `manual_seed` before the call. */
  randomSeed: number | null = null;

  constructor(
    readonly args: readonly Argument[],
    /** What the Error's message must contain, where the call must fail. */
    readonly failure: string | null = null,
    /** The Error's name where it is not that of PyTorch's. */
    readonly errorName: ErrorName | null = null,
  ) {}

  /** Allows a larger distance from PyTorch's result than a few units in the last place. */
  within(epsilons: number, reason: string): this {
    this.tolerance = { epsilons, reason };
    return this;
  }

  /** Leaves out the checks of gradients by finite differences. */
  rough(reason: string): this {
    this.roughness = reason;
    return this;
  }

  /** Lets an aspect of the answer differ from PyTorch's. */
  ignoring(aspect: Aspect, reason: string): this {
    this.exceptions.set(aspect, reason);
    return this;
  }

  /** Seeds the random numbers that the call draws. */
  seeded(seed: number): this {
    this.randomSeed = seed;
    return this;
  }

  /** All tensors among the arguments, in order. */
  get recipes(): Recipe[] {
    return this.atoms.filter((atom) => atom instanceof Recipe);
  }

  /** The arguments, also those in lists and keyword objects. */
  get atoms(): unknown[] {
    return this.args.flatMap(atoms);
  }

  /** The same call with each tensor replaced. */
  map(change: (recipe: Recipe) => Recipe): Sample {
    const mapped = new Sample(this.args.map((argument) => mapRecipes(argument, change)) as Argument[], this.failure);
    return Object.assign(mapped, { randomSeed: this.randomSeed, tolerance: this.tolerance, roughness: this.roughness });
  }

  toString(): string {
    return `(${this.args.map(showArgument).join(', ')})`;
  }
}

/** By PyTorch's name below `torch`: 'sin', 'copy_' (a method), 'nn.functional.softmax'. */
export type Samples = Readonly<Record<string, readonly Sample[]>>;

/** A call that must succeed; the last argument may be an object of keyword arguments. */
export const sample = (...args: readonly Argument[]): Sample => new Sample(args);

/**
 * A call that must fail with a message that contains `message`, in an Error of the same name as PyTorch's. Pass
 * `errorName` where PyTorch does not fail, or otherwise.
 */
export const failing = (args: readonly Argument[], message: string, errorName: ErrorName | null = null): Sample =>
  new Sample(args, message, errorName);

/** A plain object: keyword arguments, as opposed to a dtype or another instance of a class. */
export function isKeywords(argument: unknown): argument is Keywords {
  return typeof argument === 'object' && argument !== null && Object.getPrototypeOf(argument) === Object.prototype;
}

/** Everything in an argument that is no list and no keyword object. */
function atoms(argument: unknown): unknown[] {
  if (Array.isArray(argument)) return argument.flatMap(atoms);
  return isKeywords(argument) ? Object.values(argument).flatMap(atoms) : [argument];
}

/** The same arguments with something else in place of each recipe. */
export function mapRecipes(argument: unknown, change: (recipe: Recipe) => unknown): unknown {
  if (argument instanceof Recipe) return change(argument);
  if (Array.isArray(argument)) return argument.map((item) => mapRecipes(item, change));
  if (!isKeywords(argument)) return argument;
  return Object.fromEntries(Object.entries(argument).map(([name, value]) => [name, mapRecipes(value, change)]));
}

function showArgument(argument: unknown): string {
  if (Array.isArray(argument)) return `[${argument.map(showArgument).join(', ')}]`;
  if (!isKeywords(argument)) return typeof argument === 'string' ? `'${argument}'` : String(argument);
  return `{ ${Object.entries(argument).map(([name, value]) => `${name}: ${showArgument(value)}`)} }`;
}
