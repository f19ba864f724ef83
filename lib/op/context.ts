/** Types of a schema's arguments, read from its text by the compiler, so that formulas are checked against it. */
import type { DType } from '../base/dtype.js';
import type { Gradient } from '../graph/node.js';
import type { Tensor } from '../tensor.js';
import type { Generator } from './generator.js';

/** A number in an argument; whole numbers count as ints. */
export type Scalar = number | bigint | boolean;

interface KindTypes {
  Tensor: Tensor;
  Scalar: Scalar;
  Operand: Tensor | Scalar;
  int: number;
  float: number;
  bool: boolean;
  str: string;
  ScalarType: DType;
  Generator: Generator;
  'int[]': number[];
  'int[1]': number[];
  'int?[1]': (number | null)[];
  'Tensor[]': Tensor[];
  'Tensor[1]': Tensor[];
  'Tensor?[1]': Gradient[];
  Any: unknown;
}

type ValueOf<Kind extends string> = Kind extends `${infer Base}?`
  ? ValueOf<Base> | null
  : Kind extends keyof KindTypes
    ? KindTypes[Kind]
    : never;

/** `None` as a default admits null even where the kind bears no question mark. */
type ParameterValue<Kind extends string, Rest extends string> = Rest extends `${string}=None`
  ? ValueOf<Kind> | null
  : ValueOf<Kind>;
type NameOf<Rest extends string> = Rest extends `${infer Name}=${string}` ? Name : Rest;

type Values<List extends string> = List extends `${infer Head}, ${infer Tail}`
  ? [...Values<Head>, ...Values<Tail>]
  : List extends `${infer Kind} ${infer Rest}`
    ? [ParameterValue<Kind, Rest>]
    : [];

type Fields<List extends string> = List extends `${infer Head}, ${infer Tail}`
  ? Fields<Head> & Fields<Tail>
  : List extends `${infer Kind} ${infer Rest}`
    ? { readonly [name in NameOf<Rest>]: ParameterValue<Kind, Rest> }
    : unknown;

type ListOf<Schema extends string> = Schema extends `${string}(${infer List}) -> ${string}` ? List : never;

/** The values of all parameters, in order. */
export type Arguments<Schema extends string> = Values<ListOf<Schema>>;

/**
 * What a formula sees: every argument under its name and `result` (`results`, when there are several). A tensor that
 * the entry does not list in `saves` has only its shape, strides and dtype.
 */
export type Context<Schema extends string> = Fields<ListOf<Schema>> & {
  readonly result: Tensor;
  readonly results: readonly Tensor[];
  /** Gradients of all outputs, where there are several. */
  readonly grads: readonly Gradient[];
  /** Whether the gradient of the input of this name is wanted. */
  needs(input: string): boolean;
};
