/** Calls of declared operators: the common ones, of few arguments that are what the schema wants, without a loop. */
import { type Parameter, type Schema, Takes } from '../base/schema.js';
import { bind, copied, isInts, isPlain, matches } from './bind.js';

/**
 * A function of arguments as the user passes them. Where all of its schemas are common ones, it has five parameters: one
 * more than they take, so that whoever passes too many is told.
 */
export type Call = (...args: unknown[]) => unknown;

/** An argument that `bind` must look at. Told from others by its type: comparing values of any kind is slow. */
const unusual = Symbol('unusual');
const isUnusual = (value: unknown): boolean => typeof value === 'symbol';

/** A value for one parameter, or `unusual`; what is left out has its default. */
function taken(parameter: Parameter, value: unknown): unknown {
  if (value === undefined) return parameter.hasDefault ? parameter.default : unusual;
  if (parameter.keywordOnly) return unusual;
  if (value === null) return parameter.optional ? null : unusual;
  if (isPlain(parameter, value)) return value;
  if (typeof value === 'boolean') return (parameter.takes & Takes.Bool) !== 0 ? value : unusual;
  return (parameter.takes & Takes.Ints) !== 0 ? intsOf(parameter, value) : unusual;
}

/** A list of ints as `bind` would have it: a copy, or one int alone where the kind admits that. */
function intsOf({ kind }: Parameter, value: unknown): unknown {
  if (!Array.isArray(value)) return kind === 'int[1]' && Number.isSafeInteger(value) ? [value] : unusual;
  const list = copied(value);
  return isInts(list) ? list : unusual;
}

/** The values of the first three parameters, before the others' defaults; null where `bind` must find them. */
function commonValues({ parameters }: Schema, a: unknown, b: unknown, c: unknown): unknown[] | null {
  const first = taken(parameters[0], a);
  if (parameters.length === 1) return isUnusual(first) || b !== undefined || c !== undefined ? null : [first];
  const second = taken(parameters[1], b);
  if (isUnusual(first) || isUnusual(second)) return null;
  if (parameters.length === 2) return c === undefined ? [first, second] : null;
  const third = taken(parameters[2], c);
  if (isUnusual(third)) return null;
  const values = [first, second, third];
  for (let i = values.length; i < parameters.length; i++) values.push(parameters[i].default);
  return values;
}

/** Whether `commonValues` finds any. */
const takesCommon = ({ parameters }: Schema, a: unknown, b: unknown, c: unknown): boolean =>
  !isUnusual(taken(parameters[0], a)) &&
  (parameters.length > 1 ? !isUnusual(taken(parameters[1], b)) : b === undefined) &&
  (parameters.length > 2 ? !isUnusual(taken(parameters[2], c)) : c === undefined);

/** The place of a list of ints that may be spread, as in `view(2, 3)`, where the rest has defaults; -1 for none. */
function spreadPlace({ parameters }: Schema): number {
  const at = parameters.findIndex(({ kind }) => kind === 'int[]');
  return at <= 1 && parameters.every(({ hasDefault }, i) => i <= at || hasDefault) ? at : -1;
}

/** The values where all that was given from `at` on are ints; null where `bind` must find them. */
function spreadValues({ parameters }: Schema, at: number, args: readonly unknown[]): unknown[] | null {
  if (at === 1 && !isPlain(parameters[0], args[0])) return null;
  const list = args.slice(at);
  if (!isInts(list)) return null;
  const values = at === 1 ? [args[0], list] : [list];
  for (let i = values.length; i < parameters.length; i++) values.push(parameters[i].default);
  return values;
}

/** The values of all parameters where a glance at each argument tells; null where `bind` must find them. */
function valuesAtAGlance({ parameters }: Schema, args: readonly unknown[]): unknown[] | null {
  if (args.length > parameters.length) return null;
  const values = new Array<unknown>(parameters.length);
  for (let i = 0; i < parameters.length; i++) {
    values[i] = taken(parameters[i], i < args.length ? args[i] : undefined);
    if (isUnusual(values[i])) return null;
  }
  return values;
}

/** Whether calls have at most three arguments before keywords, of which none is spread, and the rest may be left out. */
export const isCommon = ({ parameters, positional }: Schema): boolean =>
  parameters.length > 0 &&
  positional <= 3 &&
  parameters.every(({ kind, keywordOnly, hasDefault }, i) => {
    return (kind !== 'Any' || keywordOnly) && (i < 3 || hasDefault) && kind !== 'int[]';
  });

/** The arguments in a list, without those at the end that were left out. */
function passed(...args: unknown[]): unknown[] {
  while (args.length > 0 && args[args.length - 1] === undefined) args.pop();
  return args;
}

/** The function that binds its arguments to a schema and calls `run` with the values. */
export function binding(schema: Schema, run: (values: unknown[]) => unknown): Call {
  if (isCommon(schema)) {
    return (a, b, c, d, e) =>
      run((d === undefined ? commonValues(schema, a, b, c) : null) ?? bind(schema, passed(a, b, c, d, e)));
  }
  const at = spreadPlace(schema);
  return (...args) => {
    const isSpread = at >= 0 && typeof args[at] === 'number';
    return run((isSpread ? spreadValues(schema, at, args) : valuesAtAGlance(schema, args)) ?? bind(schema, args));
  };
}

/** A function of (self, …) as a method of its first argument. */
export function methodOf(name: string, call: Call): Call {
  const method = call.length === 0 ? spreadMethod(call) : fixedMethod(call);
  return Object.defineProperty(method, 'name', { value: name });
}

const spreadMethod = (call: Call): Call =>
  function (this: unknown, ...args) {
    return call(this, ...args);
  };

const fixedMethod = (call: Call): Call =>
  function (this: unknown, b, c, d, e) {
    return call(this, b, c, d, e);
  };

/** What may be called under one name. */
interface Candidate {
  readonly schema: Schema;
  readonly call: Call;
}

/** A function under several schemas: the first that takes the arguments is called. */
export function choosing(candidates: readonly Candidate[], otherwise: Call): Call {
  const common = candidates.filter(({ schema }) => isCommon(schema));
  const choose = chooseCommon(common);
  const general: Call = (...args) => {
    for (const { schema, call } of candidates) {
      if (valuesAtAGlance(schema, args) !== null || matches(schema, args)) return call(...args);
    }
    return otherwise(...args);
  };
  if (common.length === candidates.length) {
    return (a, b, c, d, e) => {
      const chosen = d === undefined ? choose(a, b, c) : null;
      return chosen === null ? general(...passed(a, b, c, d, e)) : chosen(a, b, c);
    };
  }
  return (...args) => {
    const chosen = args.length <= 3 ? choose(args[0], args[1], args[2]) : null;
    return chosen === null ? general(...passed(...args)) : chosen(args[0], args[1], args[2]);
  };
}

/** The call of the first candidate that takes these arguments at a glance, or null. */
function chooseCommon(candidates: readonly Candidate[]): (a: unknown, b: unknown, c: unknown) => Call | null {
  const lone = candidates.find(({ schema }) => schema.required <= 1);
  return (a, b, c) => {
    // A tensor alone, as in `x.sum()`, is the commonest of all.
    if (b === undefined && c === undefined && lone !== undefined && isPlain(lone.schema.parameters[0], a)) {
      return lone.call;
    }
    for (const { schema, call } of candidates) if (takesCommon(schema, a, b, c)) return call;
    return null;
  };
}
