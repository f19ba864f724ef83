/** Pooling: planes, perhaps in a batch, which becomes larger. */
import type { Results } from '../../op/dispatch.js';
import { Tensor } from '../../tensor.js';
import { type BatchCall, eachResult, type Rule } from '../call.js';
import { folded, unfolded } from '../fold.js';

/** Windows over `dims` dimensions: an example has one or two more, and with its batch all become a batch of planes. */
const pooling =
  (dims: number): Rule =>
  (call: BatchCall, ...values: unknown[]): Results => {
    const { parameters } = call.operator.schema;
    const isWhole = call.rank(values[0] as Tensor) > dims + 1;
    const fold = (tensor: Tensor): Tensor => (isWhole ? folded(call.each(tensor), 0) : call.each(tensor));
    const results = call.run(
      ...values.map((value, i) => {
        if (value instanceof Tensor) return fold(value);
        if (parameters[i].name !== 'size') return value;
        const [first, ...rest] = value as readonly number[];
        return isWhole ? [call.size * first, ...rest] : [call.size, first, ...rest];
      }),
    );
    return eachResult(results, (result) => (isWhole ? unfolded(result, 0, call.size) : result));
  };

const names = (dims: number): string[] =>
  ['_adaptive_avg_pool?', 'adaptive_max_pool?', 'max_pool?_with_indices', 'avg_pool?']
    .map((name) => name.replace('?', `${dims}d`))
    .flatMap((name) => [name, `${name}_backward`]);

/** Rules by the operators' names. */
export const planeRules: Readonly<Record<string, Rule>> = Object.fromEntries(
  [2, 3].flatMap((dims) => names(dims).map((name) => [name, pooling(dims)])),
);
