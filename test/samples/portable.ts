/** Samples as plain JSON, by which they are sent to PyTorch and known again among its answers. */
import { createHash } from 'node:crypto';
import { DType } from '../../lib/base/dtype.js';
import { isKeywords, Recipe, type Sample, SliceRecipe } from './sample.js';

/** A number that JSON has no form for is written as text; record.py reads it by the key. */
function portableNumber(value: number | bigint): unknown {
  if (typeof value === 'bigint') return { int: String(value) };
  return Number.isFinite(value) && !Object.is(value, -0)
    ? value
    : { float: Object.is(value, -0) ? '-0.0' : String(value) };
}

function portable(argument: unknown): unknown {
  if (typeof argument === 'number' || typeof argument === 'bigint') return portableNumber(argument);
  if (Array.isArray(argument)) return argument.map(portable);
  if (argument instanceof DType) return { dtype: argument.name };
  if (argument instanceof Recipe) return { tensor: portableRecipe(argument) };
  if (argument instanceof SliceRecipe) return { slice: [argument.start, argument.stop, argument.step] };
  if (!isKeywords(argument)) return argument;
  return { keywords: Object.fromEntries(Object.entries(argument).map(([name, value]) => [name, portable(value)])) };
}

const portableRecipe = ({ storage, dtype, shape, strides, offset, requires_grad }: Recipe): unknown => ({
  storage: storage.map(portableNumber),
  dtype: dtype.name,
  shape,
  strides,
  offset,
  requires_grad,
});

export interface PortableSample {
  /** Differs between calls that differ. */
  readonly key: string;
  readonly args: unknown;
  readonly seed: number | null;
  readonly fails: boolean;
}

export function portableSample(sample: Sample): PortableSample {
  const call = { args: portable(sample.args), seed: sample.randomSeed, fails: sample.failure !== null };
  const key = createHash('sha1').update(JSON.stringify(call)).digest('hex').slice(0, 10);
  return { key, ...call };
}
