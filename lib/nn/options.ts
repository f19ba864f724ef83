/** What constructors of modules share. */
import type { DType } from '../base/dtype.js';
import { argumentError, showShape, ValueError } from '../base/errors.js';
import { parseSchema, type Schema } from '../base/schema.js';
import { repeated } from '../base/shape.js';
import { bind, copied, isTensor } from '../op/bind.js';
import type { Arguments } from '../op/context.js';
import { checkDevice } from '../op/factory.js';
import { empty } from '../ops/index.js';
import type { Tensor } from '../tensor.js';
import { Parameter } from './parameter.js';

/** Keywords of modules that have parameters. */
export interface ModuleOptions {
  dtype?: DType | null;
  device?: 'cpu' | null;
}

/** Reads the arguments of a constructor by PyTorch's signature, 'Linear(int in_features, …) -> ()'. */
export function signature<const S extends string>(text: S): (args: readonly unknown[]) => Arguments<S> {
  const schema: Schema = parseSchema(text);
  return (args) => bind(schema, args) as unknown as Arguments<S>;
}

/**
 * Arguments by position, in the order of `Names`; from any place on they may stand in one object instead. A class with
 * `...options: Given<{ p?: number; inplace?: boolean }, ['p', 'inplace']>` takes `(0.5, true)`,
 * `(0.5, { inplace: true })` and `({ p: 0.5 })`.
 */
export type Given<Options, Names extends readonly PropertyKey[]> =
  | [options?: Options]
  | (Names extends readonly [infer Name extends keyof Options, ...infer Rest extends readonly PropertyKey[]]
      ? [Required<Options>[Name], ...Given<Omit<Options, Name>, Rest>]
      : never);

const schemas = new Map<string, Schema>();

/**
 * Reads the arguments of classes that share a constructor, so that errors name the class at hand:
 * `family('bool inplace=False')('SELU', args)`.
 */
export function family<const S extends string>(
  parameters: S,
): (name: string, args: readonly unknown[]) => Arguments<`Module(${S}) -> ()`> {
  return (name, args) => {
    const text = `${name}(${parameters}) -> ()`;
    const schema = schemas.get(text) ?? parseSchema(text);
    schemas.set(text, schema);
    return bind(schema, args) as unknown as Arguments<`Module(${S}) -> ()`>;
  };
}

/** A number for each of `dims` dimensions, of which one may stand for all. @throws ValueError for another count. */
export function forEachDim(name: string, argument: string, values: readonly number[], dims: number): readonly number[] {
  if (values.length === dims) return values;
  if (values.length === 1) return repeated(values[0], dims);
  throw new ValueError(`${name}: ${argument} must be an int or a list of ${dims} ints, got ${showShape(values)}`);
}

/** @throws TypeError, which names the module's class, unless the input of its forward is a tensor. */
export function checkInput(module: object, input: unknown): asserts input is Tensor {
  if (!isTensor(input)) throw argumentError(`${module.constructor.name}.forward`, 'input', 'Tensor', input);
}

/** A parameter of uninitialised elements. @throws RuntimeError for any device but the CPU. */
export function newParameter(sizes: readonly number[], device: unknown, dtype: DType | null): Parameter {
  checkDevice('Module', device);
  return new Parameter(empty([...sizes], { dtype }));
}

/** The tensors of an iterable, or the only one. @throws TypeError at the first item that is none. */
export function tensorsOf(op: string, argument: string, given: unknown): Tensor[] {
  if (isTensor(given)) return [given];
  const expected = 'a Tensor or an iterable of Tensors';
  if (typeof (given as Iterable<unknown> | null)?.[Symbol.iterator] !== 'function') {
    throw argumentError(op, argument, expected, given);
  }
  const tensors: Tensor[] = [];
  // Not spread: a list of four thousand million holes ends at its first.
  for (const item of Array.isArray(given) ? copied(given) : (given as Iterable<unknown>)) {
    if (!isTensor(item)) throw argumentError(op, argument, expected, item);
    tensors.push(item);
  }
  return tensors;
}

/** How many numbers go into one result, and into how many results one number goes. */
export function fans(tensor: Tensor): { fan_in: number; fan_out: number } {
  if (tensor.ndim < 2) {
    throw new ValueError('Fan in and fan out can not be computed for tensor with fewer than 2 dimensions');
  }
  const field = tensor.shape.slice(2).reduce((product, size) => product * size, 1);
  return { fan_in: tensor.shape[1] * field, fan_out: tensor.shape[0] * field };
}
