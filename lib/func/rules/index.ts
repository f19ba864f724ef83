/** Batching rules by operator. */
import { RuntimeError } from '../../base/errors.js';
import type { Operator } from '../../op/dispatch.js';
import type { Rule } from '../call.js';
import { convolutionRules } from './convolutions.js';
import { elementwiseRules } from './elementwise.js';
import { indexingRules } from './indexing.js';
import { joiningRules } from './joining.js';
import { lossRules } from './losses.js';
import { normalizationRules } from './normalization.js';
import { planeRules } from './planes.js';
import { productRules } from './products.js';
import { reductionRules } from './reductions.js';
import { shapeRules } from './shapes.js';

const rules: Readonly<Record<string, Rule>> = {
  ...elementwiseRules,
  ...reductionRules,
  ...shapeRules,
  ...productRules,
  ...joiningRules,
  ...indexingRules,
  ...convolutionRules,
  ...planeRules,
  ...normalizationRules,
  ...lossRules,
};

/** The schema's name with that of its overload: 'sum.dim_IntList'. */
const fullName = ({ schema }: Operator): string => schema.text.slice(0, schema.text.indexOf('('));

/** Whether `vmap` knows the operator. */
export const hasRule = (operator: Operator): boolean => Object.hasOwn(rules, fullName(operator));

const found = new WeakMap<Operator, Rule>();

/** @throws RuntimeError that names the operator where it has none. */
export function ruleOf(operator: Operator): Rule {
  const rule = found.get(operator) ?? lookUp(operator);
  found.set(operator, rule);
  return rule;
}

function lookUp(operator: Operator): Rule {
  const name = fullName(operator);
  if (Object.hasOwn(rules, name)) return rules[name];
  throw new RuntimeError(
    `vmap: there is no batching rule for ${name}. The size of its result may depend on elements, or nobody has written ` +
      'one; compute it outside of vmap, or for each example in a loop.',
  );
}
