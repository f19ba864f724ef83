/** Declares operators: one schema line, what it lowers to, and its derivatives. Everything else follows. */
import { can_cast } from '../base/dtype.js';
import { castError, RuntimeError, show, showShape } from '../base/errors.js';
import { type ArgumentKind, parseSchema, type Schema, Takes } from '../base/schema.js';
import { sameShape } from '../base/shape.js';
import type { Gradient } from '../graph/node.js';
import { Tensor } from '../tensor.js';
import { isKeywords } from './bind.js';
import { binding, type Call, choosing, methodOf } from './call.js';
import type { Arguments, Context } from './context.js';
import { callOf } from './direct.js';
import type { Operator, Results } from './dispatch.js';
import { copyInto, isElementwise } from './pointwise.js';
import { savePlan, savePlanOf, showParameters } from './record.js';

/** The gradient of one input from that of the result; for a list of tensors, a list. */
export type Formula<S extends string> = (grad: Tensor, context: Context<S>) => Gradient | readonly Gradient[];

/** What an operator is, beyond its schema. */
export interface Definition<S extends string> {
  /** Computes the results; its Error, if any, comes before the first write. The in-place twin passes where to. */
  readonly forward: (...values: [...Arguments<S>, into?: Tensor]) => Tensor | readonly Tensor[];
  /** For each differentiable input, its formula, written with operators. Absent: not differentiable. */
  readonly backward?: { readonly [input: string]: Formula<S> };
  /** Tensors whose elements the formulas read, 'result' included; as a record, for each formula its own. */
  readonly saves?: readonly string[] | { readonly [input: string]: readonly string[] };
  /** PyTorch's node name where it is not the operator's name with 'Backward0', or how it follows from the arguments. */
  readonly node?: string | ((...values: Arguments<S>) => string);
  /**
   * Whether there is a twin that writes to its first argument, `name_`; as a string, PyTorch's name of the twin's node.
   */
  readonly inplace?: boolean | string;
  /** Results show elements of the first argument without copying: 'multiple' when there are several. */
  readonly view?: 'one' | 'multiple';
  /**
   * How tangents of results follow from those of arguments, where that is known: 'pointwise', elements depend on the
   * same elements of arguments (so are what `unary`, `binary` and `ternary` make); 'linear' in each tensor argument
   * alone.
   */
  readonly tangents?: 'pointwise' | 'linear';
  /** A twin alone: the operator itself writes to its first argument. */
  readonly writes?: boolean;
  /** Not installed as a method (or not as a function of the module). */
  readonly only?: 'function' | 'method';
}

/** A definition whose schema is not known to the compiler. */
type AnyDefinition = Omit<Definition<string>, 'forward' | 'node'> & {
  readonly forward: (...values: unknown[]) => Results;
  readonly node?: string | ((...values: unknown[]) => string);
};

/** Every operator by its schema's text, in the order of declaration. */
export const registry = new Map<string, Operator>();

/** The operator whose in-place twin this is, or null. */
export const originalOf = ({ schema: { name, text } }: Operator): Operator | null =>
  (name.endsWith('_') && registry.get(text.replace(name, name.slice(0, -1)))) || null;

const tensorKinds = new Set<ArgumentKind>(['Tensor', 'Operand', 'Tensor[]']);

/** 'floor_divide' -> 'FloorDivideBackward0', 'log1p' -> 'Log1PBackward0', 'log_normal_' -> 'LogNormalBackward0'. */
const nodeNameOf = (name: string): string =>
  `${name.replace(/_$/, '').replace(/(?:^|_|(?<=\d))([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())}Backward0`;

/**
 * Declares an operator and installs it as a method of Tensor, with its in-place twin.
 * @returns the function, typed by the annotation of the constant that receives it.
 */
export function op<const S extends string, F>(text: S, definition: Definition<S>): F {
  const schema = parseSchema(text);
  const operator = declare(schema, definition as unknown as AnyDefinition);
  const call = named(callOf(operator), schema.name);
  if (hasMethod(schema) && definition.only !== 'function') install(schema.name, call);
  Object.assign(call, { schema });
  return (
    definition.inplace
      ? Object.assign(call, { in_place: installTwin(schema, definition as unknown as AnyDefinition) })
      : call
  ) as F;
}

/** Whether calls go by the schema's name as a method; those of overloads are installed by `overloaded`. */
const hasMethod = ({ parameters, text }: Schema): boolean => parameters[0]?.name === 'self' && !/\.\w+\(/.test(text);

/**
 * Declares a function that only calls operators, so that it needs no node and no derivative of its own, and installs it
 * as a method.
 */
export function method<const S extends string, F>(text: S, body: (...values: Arguments<S>) => unknown): F {
  const schema = parseSchema(text);
  const call = named(
    binding(schema, (values) => body(...(values as Arguments<S>))),
    schema.name,
  );
  if (hasMethod(schema)) install(schema.name, call);
  return Object.assign(call, { schema }) as F;
}

function installTwin(original: Schema, definition: AnyDefinition): Declared {
  const operator = inPlaceTwin(original, definition);
  const { schema } = operator;
  const call = named(callOf(operator), schema.name);
  if (definition.only !== 'function') install(schema.name, call);
  return Object.assign(call, { schema });
}

const named = <F>(call: F, name: string): F => Object.defineProperty(call, 'name', { value: name });

/** Another of PyTorch's names for a function, its method and its in-place twin. */
export function alias<F extends (...args: never[]) => unknown>(name: string, target: F): F {
  const call = (...args: never[]): unknown => target(...args);
  install(name, call as Call);
  const twin = (target as { in_place?: F }).in_place;
  if (twin) Object.assign(call, { in_place: alias(`${name}_`, twin) });
  return Object.assign(named(call, name), { schema: (target as unknown as Declared).schema }) as unknown as F;
}

/** What `op` and `method` return, seen from within. */
type Declared = Call & { readonly schema: Schema; readonly in_place?: Declared };

/** Several schemas under one name: the first that takes the arguments is called. */
export function overloaded<F>(name: string, ...overloads: readonly unknown[]): F {
  const candidates = overloads as readonly Declared[];
  const call = choosing(
    candidates.map((candidate) => ({ schema: candidate.schema, call: candidate })),
    (...args) => {
      throw overloadError(name, args, candidates);
    },
  );
  if (candidates[0].schema.parameters[0]?.name === 'self') install(name, call);
  const twins = candidates.flatMap(({ in_place }) => in_place ?? []);
  if (twins.length > 0) Object.assign(call, { in_place: overloaded(`${name}_`, ...twins) });
  return named(call, name) as F;
}

/** Keywords by their names, as one of them may be what is wrong. */
function showArgument(value: unknown): string {
  if (!isKeywords(value)) return show(value);
  return Object.entries(value)
    .map(([name, item]) => `${name}=${show(item)}`)
    .join(', ');
}

function overloadError(name: string, args: readonly unknown[], candidates: readonly Declared[]): Error {
  const expected = candidates.map((candidate) => ` * ${candidate.schema.text}`).join('\n');
  return new TypeError(
    `${name}() received an invalid combination of arguments - got (${args.map(showArgument).join(', ')}), but expected one of:\n` +
      expected,
  );
}

/** Makes a function of (self, …) a method of Tensor. */
export function install(name: string, call: Call): void {
  Object.defineProperty(Tensor.prototype, name, { value: methodOf(name, call), writable: true, configurable: true });
}

function declare(schema: Schema, definition: AnyDefinition): Operator {
  const formulas = definition.backward ?? {};
  const node = definition.node ?? nodeNameOf(schema.name);
  const inputs = schema.parameters.flatMap(({ name, kind }, position) =>
    tensorKinds.has(kind) ? [{ name, position, isList: kind === 'Tensor[]', formula: formulas[name] }] : [],
  );
  const operator: Operator = {
    schema,
    nodeName: node,
    inputs,
    hasList: inputs.some((input) => input.isList),
    differentiable: definition.backward !== undefined,
    readsContext: inputs.some(({ formula }) => formula !== undefined && formula.length !== 1),
    positions: new Map(schema.parameters.map(({ name }, i) => [name, i])),
    savedFor: savePlan(schema, inputs, definition.saves ?? []),
    savesResult: savePlanOf('result', inputs, definition.saves ?? []),
    forward: definition.forward,
    view: definition.view,
    tangents: definition.tangents ?? (isElementwise(definition.forward) ? 'pointwise' : undefined),
    writes: definition.writes ?? false,
  };
  showParameters(schema);
  registry.set(schema.text, operator);
  return operator;
}

/**
 * The operator `name_`: computes into `self`, or beside it and copies; where the result is a view, `self` becomes it.
 */
function inPlaceTwin(schema: Schema, definition: AnyDefinition): Operator {
  const name = `${schema.name}_`;
  // Only a tensor can be written to, also where the operator itself takes a number first.
  const [self, ...others] = schema.parameters;
  const written = { ...self, kind: 'Tensor', takes: Takes.Tensor } as const;
  const parameters = [written, ...others];
  return declare(
    { ...schema, name, parameters, text: schema.text.replace(schema.name, name) },
    {
      ...definition,
      node: typeof definition.inplace === 'string' ? definition.inplace : (definition.node ?? nodeNameOf(schema.name)),
      inplace: false,
      tangents: isElementwise(definition.forward) ? 'pointwise' : definition.tangents,
      writes: true,
      forward: twinForward(name, definition, parameters.length),
    },
  );
}

/** The forward of an in-place twin of so many parameters, behind which the original's takes where to write. */
function twinForward(name: string, { forward, view }: AnyDefinition, parameters: number): Operator['forward'] {
  const settle = (self: unknown, result: Results): Tensor => {
    if (view) (self as Tensor).become(result as Tensor);
    else if (result !== self) replace(name, self as Tensor, result as Tensor);
    return self as Tensor;
  };
  switch (parameters) {
    case 1:
      return (self) => settle(self, forward(self, self));
    case 2:
      return (self, second) => settle(self, forward(self, second, self));
    case 3:
      return (self, second, third) => settle(self, forward(self, second, third, self));
    default:
      return (...values) => settle(values[0], forward(...values, values[0]));
  }
}

function replace(name: string, self: Tensor, result: Tensor): void {
  if (!sameShape(self.sizes, result.sizes)) {
    throw new RuntimeError(
      `${name}: output with shape ${showShape(self.sizes)} doesn't match the broadcast shape ${showShape(result.sizes)}`,
    );
  }
  if (!can_cast(result.dtype, self.dtype)) throw castError(name, result.dtype, self.dtype);
  copyInto(self, result);
}
