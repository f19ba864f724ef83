/** Over dimensions: those of an example, which lie behind the batch. */
import type { DType } from '../../base/dtype.js';
import { repeated } from '../../base/shape.js';
import type { Results } from '../../op/dispatch.js';
import { valueOfRows } from '../../op/shared.js';
import type { Tensor } from '../../tensor.js';
import { type BatchCall, behindBatch, eachResult, type Rule } from '../call.js';

/** An example without dimensions has one in its batch while a rule runs. */
export function withDimension(call: BatchCall, self: Tensor, body: (self: Tensor, rank: number) => Results): Results {
  const rank = call.rank(self);
  if (rank > 0) return body(self, rank);
  return eachResult(body(self.unsqueeze(1), 1), (result) => (result.ndim > 1 ? result.squeeze(1) : result));
}

/** `dim` of the schema, one or several, none of which stands for all. */
const overDims: Rule = (call, self: Tensor, ...rest: unknown[]): Results => {
  const { parameters } = call.operator.schema;
  const at = parameters.findIndex(({ name }) => name === 'dim');
  const { kind } = parameters[at];
  const single = kind === 'int';
  return withDimension(call, self, (batch, rank) => {
    const values: unknown[] = [batch, ...rest];
    const dim = values[at] as number | readonly number[] | null;
    const given = dim === null ? [] : typeof dim === 'number' ? [dim] : dim;
    const dims = given.length > 0 ? given : Array.from({ length: rank }, (_, i) => i);
    const shifted = dims.map((each) => behindBatch(each, rank));
    return call.run(...values.with(at, single ? shifted[0] : shifted));
  });
};

/** All elements of an example, as one dimension. */
const overAll =
  (reduce: (flat: Tensor, argument: never) => Tensor): Rule =>
  (call, self: Tensor, argument: never): Tensor =>
    reduce(call.flat(self), argument);

/** Over one dimension, or the position among all elements. */
const positions: Rule = (call, self: Tensor, dim: number | null, keepdim: boolean): Results => {
  if (dim !== null) return overDims(call, self as never, dim as never, keepdim as never);
  const found = call.run(call.flat(self), 1, false) as Tensor;
  return keepdim ? found.view([call.size, ...repeated(1, call.rank(self))]) : found;
};

/** Of gradient and output, either of which may be the same for all examples. */
const slopes: Rule = (call, grad_output: Tensor, output: Tensor, dim: number): Results => {
  const rank = call.rank(output);
  const [slope, value] = [grad_output, output].map((tensor) =>
    rank > 0 ? call.each(tensor) : call.each(tensor).unsqueeze(1),
  );
  const found = call.run(slope, value, behindBatch(dim, Math.max(1, rank))) as Tensor;
  return rank > 0 ? found : found.squeeze(1);
};

/** The median of no elements is that of no examples' elements. */
const median: Rule = (call, self: Tensor): Results => {
  const [flat, elements] = [call.flat(self), call.flat(self.detach())];
  if (flat.sizes[1] === 0) return (call.run(flat.flatten()) as Tensor).expand([call.size]);
  const [found] = call.operator.schema.name === 'median' ? elements.median(1) : elements.nanmedian(1);
  return valueOfRows(flat, found);
};

const dimNames =
  'sum.dim_IntList mean.dim var.dim var.correction std.dim std.correction amax amin logsumexp norm any.dim all.dim ' +
  'max.dim min.dim prod.dim cumsum _sum_from_end cumprod softmax log_softmax sort kthvalue mode median.dim nanmedian.dim';

/** Rules by the operators' names. */
export const reductionRules: Readonly<Record<string, Rule>> = {
  ...Object.fromEntries(dimNames.split(' ').map((name) => [name, overDims])),
  _softmax_backward_data: slopes,
  _log_softmax_backward_data: slopes,
  // Without dimensions there is one element, of which one is taken even where none is asked for.
  topk: (call, self: Tensor, k: number, ...rest: never[]) =>
    overDims(call, self as never, (k === 0 && call.rank(self) === 0 ? 1 : k) as never, ...rest),
  argmax: positions,
  argmin: positions,
  sum: overAll((flat, dtype: DType | null) => flat.sum(1, { dtype })),
  mean: overAll((flat, dtype: DType | null) => flat.mean(1, { dtype })),
  prod: overAll((flat, dtype: DType | null) => flat.prod(1, { dtype })),
  any: overAll((flat) => flat.any(1)),
  all: overAll((flat) => flat.all(1)),
  max: overAll((flat) => valueOfRows(flat, flat.detach().amax(1))),
  min: overAll((flat) => valueOfRows(flat, flat.detach().amin(1))),
  _value_of_rows: (call, self: Tensor, value: Tensor) => call.run(call.each(self), call.each(value)),
  median,
  nanmedian: median,
  var: overAll((flat, unbiased: boolean) => flat.var(1, unbiased)),
  std: overAll((flat, unbiased: boolean) => flat.std(1, unbiased)),
};
