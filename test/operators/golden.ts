/** PyTorch's answers, and how ours compare with them. */
import { readFileSync } from 'node:fs';
import { contiguousStrides } from '../../lib/base/shape.js';
import { int64, type Tensor } from '../../lib/index.js';
import { portableSample } from '../samples/portable.js';
import type { Aspect, Sample } from '../samples/sample.js';

/** A number, or text where JSON has no number for it. */
export type GoldenElement = number | string;

export interface GoldenTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Absent when they are those of a contiguous tensor. */
  readonly strides?: readonly number[];
  readonly values: readonly GoldenElement[];
  readonly grad_fn?: string;
  /** Which of the tensors passed it shares memory with, and where its first element is. */
  readonly shares?: number;
  readonly offset?: number;
}

export interface GoldenAnswer {
  readonly results?: readonly (GoldenTensor | { readonly value: unknown })[];
  /** Of the tensors that require one. */
  readonly grads?: readonly (readonly GoldenElement[] | null)[];
  /** The name of PyTorch's error. */
  readonly error?: string;
}

type Answers = Readonly<Record<string, Readonly<Record<string, GoldenAnswer>>>>;

/** Finds PyTorch's answer to a sample of the family. @throws Error when it was not recorded. */
export function answersOf(family: string): (operator: string, sample: Sample) => GoldenAnswer {
  const file = new URL(`../golden/${family}.json`, import.meta.url);
  let answers: Answers | null = null;
  return (operator, sample) => {
    answers ??= JSON.parse(readFileSync(file, 'utf8')) as Answers;
    const answer = answers[operator]?.[portableSample(sample).key];
    if (answer !== undefined) return answer;
    throw new Error(`PyTorch was not asked for ${operator}${sample}: run \`npm run golden -- ${family}\``);
  };
}

/** How many units of the dtype's precision two numbers may differ by, relative to the larger of them and `scale`. */
export interface Closeness {
  readonly epsilons: number;
  readonly scale: number;
  /** Whether zeros must agree in their sign. */
  readonly signed: boolean;
}

/** The precision and the smallest normal number of a floating dtype. */
const precision = (dtype: string): readonly [number, number] =>
  dtype === 'float64' ? [2 ** -52, 2 ** -1022] : [2 ** -23, 2 ** -126];

/** The first element that is not close enough to the expected one, described; null when all are. */
export function differingElement(actual: Tensor, expected: readonly GoldenElement[], how: Closeness): string | null {
  const elements = actual.toTypedArray();
  for (let i = 0; i < expected.length; i++) {
    const wanted = parse(expected[i], actual);
    const got = elements[i];
    const close = typeof got === 'number' ? isClose(got, wanted as number, actual.dtype.name, how) : got === wanted;
    if (!close) return `element ${i} is ${show(got)}, not ${show(wanted)}`;
  }
  return null;
}

function parse(element: GoldenElement, { dtype }: Tensor): number | bigint {
  if (dtype === int64) return BigInt(element);
  const number = typeof element === 'number' ? element : Number(element.replace('inf', 'Infinity'));
  return dtype.name === 'float32' ? Math.fround(number) : number;
}

function isClose(got: number, wanted: number, dtype: string, { epsilons, scale, signed }: Closeness): boolean {
  if (Object.is(got, wanted)) return true;
  if (got === 0 && wanted === 0) return !signed;
  if (!dtype.startsWith('float')) return false;
  const [epsilon, smallest] = precision(dtype);
  return Math.abs(got - wanted) <= epsilons * epsilon * Math.max(Math.abs(wanted), scale, smallest);
}

const show = (value: number | bigint): string => (Object.is(value, -0) ? '-0' : String(value));

/** The largest finite magnitude. */
export function magnitude(elements: Iterable<number | bigint | string>): number {
  let largest = 0;
  for (const element of elements) {
    const size = Math.abs(Number(element));
    if (Number.isFinite(size) && size > largest) largest = size;
  }
  return largest;
}

/** What differs besides the elements, but for the exceptions. */
export function differingForm(actual: Tensor, expected: GoldenTensor, except: ReadonlyMap<Aspect, string>): string[] {
  const { dtype, shape, strides = contiguousStrides(shape), grad_fn = null } = expected;
  return [
    ...differing('dtype', actual.dtype.name, dtype),
    ...differing('shape', actual.shape, shape),
    ...(except.has('strides') ? [] : differing('strides', actual.stride(), strides)),
    ...(except.has('grad_fn')
      ? []
      : differing('grad_fn', String(actual.grad_fn), grad_fn === null ? 'null' : `<${grad_fn}>`)),
  ];
}

export function differing(what: string, got: unknown, wanted: unknown): string[] {
  const [ours, theirs] = [JSON.stringify(got), JSON.stringify(wanted)];
  return ours === theirs ? [] : [`${what} is ${ours}, not ${theirs}`];
}
