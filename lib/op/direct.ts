/**
 * How an operator is called. Most calls are of one or two tensors or numbers, with nothing to record and nobody between:
 * their arguments go to the operator's forward as they are, without a list of them.
 */
import type { Parameter } from '../base/schema.js';
import { is_grad_enabled } from '../graph/modes.js';
import { needsGradient } from '../graph/node.js';
import { Tensor } from '../tensor.js';
import { binding, type Call, isCommon } from './call.js';
import { currentInterpreter, dispatch, explained, type Operator } from './dispatch.js';

/** The function behind an operator's name. */
export function callOf(operator: Operator): Call {
  const general = binding(operator.schema, (values) => dispatch(operator, values));
  if (!isDirect(operator)) return general;
  return operator.schema.parameters.length === 1 ? callOfOne(operator, general) : callOfTwo(operator, general);
}

/** Whether `forward` may be given one or two arguments as they come; a third parameter then has its default. */
function isDirect({ schema, writes, view }: Operator): boolean {
  const [, second, third] = schema.parameters;
  const isShort = isCommon(schema) && !second?.keywordOnly && third?.hasDefault !== false;
  return isShort && !writes && view === undefined && schema.results.length === 0;
}

function callOfOne(operator: Operator, general: Call): Call {
  const { forward, differentiable, schema } = operator;
  const [first] = schema.parameters;
  return (a, b, c, d) => {
    const isAlone = b === undefined && c === undefined && d === undefined;
    if (!isAlone || currentInterpreter() !== null || !isPlain(first, a) || (differentiable && isRecorded(a))) {
      return general(a, b, c, d);
    }
    try {
      return forward(a);
    } catch (error) {
      throw explained(error, operator);
    }
  };
}

function callOfTwo(operator: Operator, general: Call): Call {
  const { forward, differentiable, schema } = operator;
  const [first, second, third] = schema.parameters;
  const rest = third?.default;
  return (a, b, c, d) => {
    const isPair = c === undefined && d === undefined && isPlain(first, a) && isPlain(second, b);
    if (!isPair || currentInterpreter() !== null || (differentiable && (isRecorded(a) || isRecorded(b)))) {
      return general(a, b, c, d);
    }
    try {
      return third === undefined ? forward(a, b) : forward(a, b, rest);
    } catch (error) {
      throw explained(error, operator);
    }
  };
}

/** Whether a value is one that the parameter takes without a second look. */
function isPlain(parameter: Parameter, value: unknown): boolean {
  if (typeof value === 'number') {
    return parameter.takesNumber || (parameter.takesInt && Number.isSafeInteger(value));
  }
  return value instanceof Tensor && parameter.takesTensor && value.storage !== undefined;
}

const isRecorded = (value: unknown): boolean =>
  typeof value === 'object' && needsGradient(value as Tensor) && is_grad_enabled();
