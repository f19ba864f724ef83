/** PyTorch's schema lines, read: `add(Tensor self, Scalar other, *, Scalar alpha=1) -> Tensor`. */

/** Types of arguments, as schemas write them; a `?` behind one admits null. */
export type ArgumentKind =
  | 'Tensor'
  | 'Scalar'
  | 'Operand' // a Tensor or a Scalar
  | 'int'
  | 'float'
  | 'bool'
  | 'str'
  | 'ScalarType'
  | 'Generator'
  | 'int[]' // as the first argument it may be spread: reshape(2, 3)
  | 'int[1]' // a list or one int
  | 'int?[1]' // the same, whose entries may be null
  | 'Tensor[]'
  | 'Tensor[1]' // a list or one Tensor
  | 'Tensor?[1]' // the same, whose entries may be null
  | 'Any'; // checked by the operator itself

/** Values that most arguments are, as bits. */
export enum Takes {
  Tensor = 1,
  /** Every number. */
  Number = 2,
  /** Every whole number. */
  Int = 4,
  Bool = 8,
  /** A list of whole numbers. */
  Ints = 16,
}

/** What a kind of argument takes. */
const takesOf = (kind: string): number => {
  switch (kind) {
    case 'Tensor':
      return Takes.Tensor;
    case 'Operand':
      return Takes.Tensor + Takes.Number + Takes.Int + Takes.Bool;
    case 'Scalar':
      return Takes.Number + Takes.Int + Takes.Bool;
    case 'float':
      return Takes.Number + Takes.Int;
    case 'int':
      return Takes.Int;
    case 'bool':
      return Takes.Bool;
    default:
      return kind === 'int[]' || kind === 'int[1]' ? Takes.Ints : 0;
  }
};

/** One argument of a schema. */
export interface Parameter {
  readonly name: string;
  readonly kind: ArgumentKind;
  /** What it takes without a second look: the sum of some of `Takes`, as a bit is tested sooner than a boolean field. */
  readonly takes: number;
  readonly optional: boolean;
  readonly hasDefault: boolean;
  readonly default: unknown;
  readonly keywordOnly: boolean;
}

/** A schema line, read. */
export interface Schema {
  /** Without the overload: 'max' for 'max.dim'. */
  readonly name: string;
  readonly parameters: readonly Parameter[];
  /** How many parameters may be given by position. */
  readonly positional: number;
  /** How many must be given: the rest have defaults. */
  readonly required: number;
  /** Names of the results where there are several: ['values', 'indices']. */
  readonly results: readonly string[];
  /** As it was written. */
  readonly text: string;
}

const kinds = new Set<string>([
  'Tensor',
  'Scalar',
  'Operand',
  'int',
  'float',
  'bool',
  'str',
  'ScalarType',
  'Generator',
  'int[]',
  'int[1]',
  'int?[1]',
  'Tensor[]',
  'Tensor[1]',
  'Tensor?[1]',
  'Any',
]);

function parseDefault(text: string): unknown {
  if (text === 'None') return null;
  if (text === 'True' || text === 'False') return text === 'True';
  if (text === 'inf') return Number.POSITIVE_INFINITY;
  if (text.startsWith("'")) return text.slice(1, -1);
  return JSON.parse(text);
}

function parseParameter(text: string, keywordOnly: boolean, schema: string): Parameter {
  const match = /^([A-Za-z]+(?:\??\[1?\])?)(\?)? (\w+)(?:=(.+))?$/.exec(text);
  if (!match || !kinds.has(match[1])) throw new Error(`schema: cannot read '${text}' in '${schema}'`);
  const [, kind, question, name, value] = match;
  const optional = question !== undefined;
  const hasDefault = value !== undefined || optional;
  const parsed = value === undefined ? null : parseDefault(value);
  return {
    name,
    kind: kind as ArgumentKind,
    takes: takesOf(kind),
    optional,
    hasDefault,
    default: parsed,
    keywordOnly,
  };
}

/** Reads a schema line. Defaults of lists are written without blanks: `int[] dims=[0,1]`. */
export function parseSchema(text: string): Schema {
  const match = /^(\w+)(?:\.\w+)?\((.*)\) -> (.+)$/.exec(text);
  if (!match) throw new Error(`schema: cannot read '${text}'`);
  const [, name, list, result] = match;
  const parameters: Parameter[] = [];
  let positional = -1;
  for (const part of list === '' ? [] : list.split(', ')) {
    if (part === '*') positional = parameters.length;
    else parameters.push(parseParameter(part, positional >= 0, text));
  }
  const results = [...result.matchAll(/Tensor (\w+)/g)].map((found) => found[1]);
  if (positional < 0) positional = parameters.length;
  const required = parameters.reduce((count, parameter, i) => (parameter.hasDefault ? count : i + 1), 0);
  return { name, parameters, positional, required, results, text };
}
