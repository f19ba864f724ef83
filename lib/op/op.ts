/** Declares operators: one schema line, what it lowers to, and its derivatives. Everything else follows. */
import { can_cast, Kind } from '../base/dtype.js';
import { castError, RuntimeError, show } from '../base/errors.js';
import { type ArgumentKind, parseSchema, type Schema } from '../base/schema.js';
import { sameShape } from '../base/shape.js';
import { is_grad_enabled, withoutGrad } from '../graph/modes.js';
import { type Edge, type Gradient, gradientEdge, needsGradient } from '../graph/node.js';
import { checkInPlace, markView, type Origin, rebaseHistory, setHistory } from '../graph/views.js';
import { Tensor } from '../tensor.js';
import { bind, isKeywords, matches } from './bind.js';
import type { Arguments, Context } from './context.js';
import { copyInto } from './pointwise.js';
import { contextClass, OperatorNode, type SavePlan, savePlan, savePlanOf } from './record.js';

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
  /** Whether there is a twin that writes to its first argument, `name_`; as a string, PyTorch's name of the twin's node. */
  readonly inplace?: boolean | string;
  /** Results show elements of the first argument without copying: 'multiple' when there are several. */
  readonly view?: 'one' | 'multiple';
  /** A twin alone: the operator itself writes to its first argument. */
  readonly writes?: boolean;
  /** Not installed as a method (or not as a function of the module). */
  readonly only?: 'function' | 'method';
}

/** A definition whose schema is not known to the compiler. */
type AnyDefinition = Omit<Definition<string>, 'forward' | 'node'> & {
  readonly forward: (...values: unknown[]) => Tensor | readonly Tensor[];
  readonly node?: string | ((...values: unknown[]) => string);
};

/** A tensor parameter. */
export interface Input {
  readonly name: string;
  readonly position: number;
  readonly isList: boolean;
  readonly formula: Formula<string> | undefined;
}

/** A declared operator, as the suites and the tools see it. */
export interface Operator {
  readonly schema: Schema;
  nodeName(values: readonly unknown[]): string;
  readonly inputs: readonly Input[];
  readonly hasList: boolean;
  readonly differentiable: boolean;
  /** What formulas are given. */
  readonly contextOf: new (
    node: OperatorNode,
    grads: readonly Gradient[],
    wanted: readonly boolean[] | null,
  ) => Context<string>;
  /** For each parameter, what makes its tensor be saved. */
  readonly savedFor: readonly SavePlan[];
  readonly savesResult: SavePlan;
  /** Of the definition, in objects of one form, which the processor's caches like. */
  readonly forward: AnyDefinition['forward'];
  readonly view: AnyDefinition['view'];
  readonly writes: boolean;
  /** By values in the schema's order. */
  call(values: unknown[]): Tensor | readonly Tensor[];
}

/** Every operator by its schema's text, in the order of declaration. */
export const registry = new Map<string, Operator>();

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
  const method = schema.parameters[0]?.name === 'self' && definition.only !== 'function';
  const call = (...args: unknown[]): unknown => operator.call(bind(schema, args));
  if (method && !/\.\w+\(/.test(text)) install(schema.name, call);
  named(call, schema.name);
  Object.assign(call, { schema });
  return (
    definition.inplace
      ? Object.assign(call, { in_place: installTwin(schema, definition as unknown as AnyDefinition) })
      : call
  ) as F;
}

/**
 * Declares a function that only calls operators, so that it needs no node and no derivative of its own, and installs it
 * as a method.
 */
export function method<const S extends string, F>(text: S, body: (...values: Arguments<S>) => unknown): F {
  const schema = parseSchema(text);
  const call = (...args: unknown[]): unknown => body(...(bind(schema, args) as Arguments<S>));
  if (schema.parameters[0]?.name === 'self' && !/\.\w+\(/.test(text)) install(schema.name, call);
  return Object.assign(named(call, schema.name), { schema }) as F;
}

function installTwin(original: Schema, definition: AnyDefinition): Declared {
  const { schema, call: run } = inPlaceTwin(original, definition);
  const call = (...args: unknown[]): unknown => run(bind(schema, args));
  if (definition.only !== 'function') install(schema.name, call);
  return Object.assign(named(call, schema.name), { schema });
}

const named = <F>(call: F, name: string): F => Object.defineProperty(call, 'name', { value: name });

/** Another of PyTorch's names for a function, its method and its in-place twin. */
export function alias<F extends (...args: never[]) => unknown>(name: string, target: F): F {
  const call = (...args: never[]): unknown => target(...args);
  install(name, call as (...args: unknown[]) => unknown);
  const twin = (target as { in_place?: F }).in_place;
  if (twin) Object.assign(call, { in_place: alias(`${name}_`, twin) });
  return Object.assign(named(call, name), { schema: (target as unknown as Declared).schema }) as unknown as F;
}

/** What `op` and `method` return, seen from within. */
type Declared = ((...args: unknown[]) => unknown) & { readonly schema: Schema; readonly in_place?: Declared };

/** Several schemas under one name: the first that takes the arguments is called. */
export function overloaded<F>(name: string, ...overloads: readonly unknown[]): F {
  const candidates = overloads as readonly Declared[];
  const call = (...args: unknown[]): unknown => {
    for (const candidate of candidates) if (matches(candidate.schema, args)) return candidate(...args);
    throw overloadError(name, args, candidates);
  };
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
export function install(name: string, call: (...args: unknown[]) => unknown): void {
  const method = {
    [name](this: Tensor, ...args: unknown[]): unknown {
      return call(this, ...args);
    },
  }[name];
  Object.defineProperty(Tensor.prototype, name, { value: method, writable: true, configurable: true });
}

function declare(schema: Schema, definition: AnyDefinition): Operator {
  const formulas = definition.backward ?? {};
  const node = definition.node ?? nodeNameOf(schema.name);
  const inputs = schema.parameters.flatMap(({ name, kind }, position) =>
    tensorKinds.has(kind) ? [{ name, position, isList: kind === 'Tensor[]', formula: formulas[name] }] : [],
  );
  const operator: Operator = {
    schema,
    nodeName: (values) => (typeof node === 'function' ? node(...values) : node),
    inputs,
    hasList: inputs.some((input) => input.isList),
    differentiable: definition.backward !== undefined,
    contextOf: contextClass(schema),
    savedFor: savePlan(schema, inputs, definition.saves ?? []),
    savesResult: savePlanOf('result', inputs, definition.saves ?? []),
    forward: definition.forward,
    view: definition.view,
    writes: definition.writes ?? false,
    call: (values) => dispatch(operator, values),
  };
  registry.set(schema.text, operator);
  return operator;
}

/** Whether a result must be recorded: some input with a formula needs its gradient. */
function recordsGradient(operator: Operator, values: readonly unknown[]): boolean {
  const { inputs } = operator;
  if (!operator.differentiable || !is_grad_enabled()) return false;
  for (let i = 0; i < inputs.length; i++) {
    const input = inputs[i];
    if (input.formula === undefined) continue;
    const value = values[input.position];
    if (value instanceof Tensor ? needsGradient(value) : input.isList && (value as Tensor[]).some(needsGradient)) {
      return true;
    }
  }
  return false;
}

/** Edges of all tensor inputs; a list has one for each of its tensors. */
function edgesOf(operator: Operator, values: readonly unknown[]): (Edge | null)[] {
  const { inputs, hasList } = operator;
  if (inputs.length === 1 && !hasList) return [gradientEdge(values[inputs[0].position] as Tensor)];
  const edges: (Edge | null)[] = [];
  for (const { position, isList, formula } of inputs) {
    const value = values[position];
    if (isList) for (const item of value as readonly Tensor[]) edges.push(formula ? gradientEdge(item) : null);
    else edges.push(formula && value instanceof Tensor ? gradientEdge(value) : null);
  }
  return edges;
}

/** Runs an operator and, where a gradient is wanted, records it. */
function dispatch(operator: Operator, values: unknown[]): Tensor | readonly Tensor[] {
  if (operator.writes) return write(operator, values);
  const records = recordsGradient(operator, values);
  const result = records ? withoutGrad(operator.forward, values) : operator.forward(...values);
  if (operator.view) markViews(result, values[0] as Tensor, operator.view === 'multiple' ? 'multiple' : 'operator');
  if (records) record(operator, values, edgesOf(operator, values), result);
  return operator.schema.results.length > 0 ? nameResults(operator.schema.results, result as Tensor[]) : result;
}

/** Gives an array of results fields with their names: `const { values, indices } = x.max(1)`. */
const nameResults = (names: readonly string[], results: Tensor[]): Tensor[] =>
  Object.assign(results, Object.fromEntries(names.map((name, i) => [name, results[i]])));

function markViews(result: Tensor | readonly Tensor[], source: Tensor, by: Origin): void {
  if (result instanceof Tensor) markView(result, source, by);
  else for (const view of result) markView(view, source, by);
}

function record(
  operator: Operator,
  values: unknown[],
  edges: readonly (Edge | null)[],
  result: Tensor | readonly Tensor[],
): void {
  const results = result instanceof Tensor ? [result] : result;
  let node: OperatorNode | null = null;
  for (let i = 0; i < results.length; i++) {
    if (results[i].dtype.kind !== Kind.Floating) continue;
    node ??= new OperatorNode(operator, values, edges, results.length);
    results[i].node = node;
    results[i].output_nr = i;
  }
  node?.saveResults(results);
}

/** An operator that changes its first argument. */
function write(operator: Operator, values: unknown[]): Tensor {
  const self = values[0] as Tensor;
  const records = self.dtype.is_floating_point && recordsGradient(operator, values);
  checkInPlace(self, records);
  // Recorded before the write, when the old value of `self` can still be copied for the formulas that read it.
  const node = records ? new OperatorNode(operator, [...values], edgesOf(operator, values), 1) : null;
  withoutGrad(operator.forward, values);
  self.storage.version++;
  if (node !== null) {
    if (operator.view) setHistory(self, node);
    else rebaseHistory(self, node);
    node.saveResults([self]);
  }
  return self;
}

/** The operator `name_`: computes into `self`, or beside it and copies; where the result is a view, `self` becomes it. */
function inPlaceTwin(schema: Schema, definition: AnyDefinition): Operator {
  const name = `${schema.name}_`;
  // Only a tensor can be written to, also where the operator itself takes a number first.
  const [self, ...others] = schema.parameters;
  const parameters = [{ ...self, kind: 'Tensor', takesTensor: true, takesNumber: false } as const, ...others];
  return declare(
    { ...schema, name, parameters, text: schema.text.replace(schema.name, name) },
    {
      ...definition,
      node: typeof definition.inplace === 'string' ? definition.inplace : (definition.node ?? nodeNameOf(schema.name)),
      inplace: false,
      writes: true,
      forward: (...values: unknown[]) => {
        const self = values[0] as Tensor;
        const result = definition.forward(...values, self) as Tensor;
        if (definition.view) self.become(result);
        else if (result !== self) replace(name, self, result);
        return self;
      },
    },
  );
}

function replace(name: string, self: Tensor, result: Tensor): void {
  if (!sameShape(self.sizes, result.sizes)) {
    throw new RuntimeError(
      `${name}: output with shape [${self.sizes.join(', ')}] doesn't match the broadcast shape ` +
        `[${result.sizes.join(', ')}]`,
    );
  }
  if (!can_cast(result.dtype, self.dtype)) throw castError(name, result.dtype, self.dtype);
  copyInto(self, result);
}
