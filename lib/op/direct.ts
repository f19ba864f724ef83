/**
 * How an operator is called. Most calls are of one or two tensors or numbers with nobody between: their arguments need
 * no binding, and where nothing is recorded, they go to the operator's forward as they are, without a list of them.
 */
import type { Parameter } from '../base/schema.js';
import { is_grad_enabled } from '../graph/modes.js';
import { needsGradient } from '../graph/node.js';
import type { Tensor } from '../tensor.js';
import { isPlain } from './bind.js';
import { binding, type Call, isCommon } from './call.js';
import { currentInterpreter, dispatch, explained, type Operator, perform, type Results } from './dispatch.js';

/** The function behind an operator's name. */
export function callOf(operator: Operator): Call {
  const { schema, view, writes } = operator;
  const general = binding(schema, (values) => dispatch(operator, values));
  const [, second, third, fourth] = schema.parameters;
  if (!isCommon(schema) || fourth !== undefined || view !== undefined || schema.results.length > 0) return general;
  const isDefault = (parameter: Parameter | undefined) => parameter === undefined || parameter.hasDefault;
  if (second === undefined || (second.keywordOnly && isDefault(second) && isDefault(third))) {
    return writes ? callOfWrite(operator, general) : callOfOne(operator, general);
  }
  if (second.keywordOnly || !isDefault(third)) return general;
  return writes ? callOfWrite(operator, general) : callOfTwo(operator, general);
}

/** For calls of one argument; what follows has its default. */
function callOfOne(operator: Operator, general: Call): Call {
  const { differentiable, forward, schema } = operator;
  const [first, ...others] = schema.parameters;
  const [second, third] = others.map((parameter) => parameter.default);
  return (a, b, c, d, e) => {
    const isAlone = b === undefined && c === undefined && d === undefined;
    if (!isAlone || currentInterpreter() !== null || !isPlain(first, a)) return general(a, b, c, d, e);
    if (isRecorded(a) && differentiable) return perform(operator, valuesOf(others.length + 1, a, second, third));
    try {
      return others.length === 0 ? forward(a) : others.length === 1 ? forward(a, second) : forward(a, second, third);
    } catch (error) {
      throw explained(error, operator);
    }
  };
}

/** For calls of two arguments; a third has its default. */
function callOfTwo(operator: Operator, general: Call): Call {
  const { differentiable, forward, schema } = operator;
  const [first, second, { default: third } = { default: undefined }] = schema.parameters;
  const { length } = schema.parameters;
  return (a, b, c, d, e) => {
    const isPair = c === undefined && d === undefined && isPlain(first, a) && isPlain(second, b);
    if (!isPair || currentInterpreter() !== null) return general(a, b, c, d, e);
    if ((isRecorded(a) || isRecorded(b)) && differentiable) return perform(operator, valuesOf(length, a, b, third));
    try {
      return length === 2 ? forward(a, b) : forward(a, b, third);
    } catch (error) {
      throw explained(error, operator);
    }
  };
}

/** For calls that write to their first argument, and have a second or a default in its place. */
function callOfWrite(operator: Operator, general: Call): Call {
  const { differentiable, schema } = operator;
  const [first, second, third] = schema.parameters;
  const isSecond = (value: unknown): boolean =>
    second === undefined || second.keywordOnly ? value === undefined : isPlain(second, value);
  return (a, b, c, d, e) => {
    const fits = c === undefined && d === undefined && isPlain(first, a) && isSecond(b);
    if (!fits || currentInterpreter() !== null) return general(a, b, c, d, e);
    const other = b === undefined ? second?.default : b;
    if (!concernsMemoryAlone(a as Tensor) || (isRecorded(b) && differentiable)) {
      return perform(operator, valuesOf(schema.parameters.length, a, other, third?.default));
    }
    try {
      return written(operator, a as Tensor, other, third?.default);
    } catch (error) {
      throw explained(error, operator);
    }
  };
}

/** Whether the graph need not know of a write: views and inference tensors have rules of their own. */
const concernsMemoryAlone = (self: Tensor): boolean =>
  self.viewOf === null && self.storage.version >= 0 && !isRecorded(self);

/** A write that concerns nothing but the memory. */
function written({ forward }: Operator, self: Tensor, second: unknown, third: unknown): Results {
  const { version } = self.storage;
  forward(self, second, third);
  if (self.storage.version === version) self.storage.version++;
  return self;
}

/** The list that a node takes over. */
const valuesOf = (count: number, a: unknown, b: unknown, c: unknown): unknown[] =>
  count === 1 ? [a] : count === 2 ? [a, b] : [a, b, c];

const isRecorded = (value: unknown): boolean =>
  typeof value === 'object' && needsGradient(value as Tensor) && is_grad_enabled();
