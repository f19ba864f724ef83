/** What constructors of modules share. */
import type { DType } from '../base/dtype.js';
import { ValueError } from '../base/errors.js';
import { parseSchema, type Schema } from '../base/schema.js';
import { bind } from '../op/bind.js';
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

/** A parameter of uninitialised elements. @throws RuntimeError for any device but the CPU. */
export function newParameter(sizes: readonly number[], device: unknown, dtype: DType | null): Parameter {
  checkDevice('Module', device);
  return new Parameter(empty([...sizes], { dtype }));
}

/** How many numbers go into one result, and into how many results one number goes. */
export function fans(tensor: Tensor): { fan_in: number; fan_out: number } {
  if (tensor.ndim < 2) {
    throw new ValueError('Fan in and fan out can not be computed for tensor with fewer than 2 dimensions');
  }
  const field = tensor.shape.slice(2).reduce((product, size) => product * size, 1);
  return { fan_in: tensor.shape[1] * field, fan_out: tensor.shape[0] * field };
}

/** Numbers as Python prints floats: 1.0, 1e-05. */
export function pythonFloat(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e16) return `${value}.0`;
  const text = Math.abs(value) < 1e-4 ? value.toExponential() : String(value);
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}

export const pythonBool = (value: boolean): string => (value ? 'True' : 'False');

/** A tuple, as Python prints it. */
export const pythonTuple = (values: readonly number[]): string =>
  values.length === 1 ? `(${values[0]},)` : `(${values.join(', ')})`;
