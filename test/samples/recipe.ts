/**
 * Recipes of tensors: shape, dtype, elements and layout in memory, from which sconce and PyTorch make the same tensor.
 */
import { bool, type DType, float32, int64, uint8 } from '../../lib/base/dtype.js';

export type Shape = readonly number[];
/** An element as a number; an int64 beyond a number's precision as a bigint. */
export type Element = number | bigint;

/**
 * How the elements lie in memory:
 * contiguous; transposed: dimensions in reverse order; sliced: every second element, behind a first one that is
 * skipped; expanded: dimension 0 repeats one row (stride 0).
 */
export type Layout = 'contiguous' | 'transposed' | 'sliced' | 'expanded';
export const layouts: readonly Layout[] = ['contiguous', 'transposed', 'sliced', 'expanded'];

/** What lies between the elements of a sliced tensor: a value that is seen in a result if it is read by mistake. */
const gap = 99;

export interface Traits {
  /** Defaults to float32. */
  readonly dtype?: DType;
  readonly layout?: Layout;
  /** Defaults to true for floating dtypes. */
  readonly requires_grad?: boolean;
}

export interface RandomTraits extends Traits {
  /** Elements are in [low, high); 0 and up for uint8. */
  readonly low?: number;
  readonly high?: number;
  /** Another seed gives other elements. */
  readonly seed?: number;
}

export class Recipe {
  readonly dtype: DType;
  readonly layout: Layout;
  readonly requires_grad: boolean;

  constructor(
    readonly shape: Shape,
    /** In row-major order, at least as many as the shape has. */
    readonly elements: readonly Element[],
    readonly traits: Traits,
    /** Whether derivatives by finite differences make sense here. */
    readonly smooth: boolean,
  ) {
    this.dtype = traits.dtype ?? float32;
    this.layout = traits.layout ?? 'contiguous';
    this.requires_grad = traits.requires_grad ?? this.dtype.is_floating_point;
  }

  /** The same elements with other traits. */
  with(traits: Traits): Recipe {
    return new Recipe(this.shape, this.elements, { ...this.traits, ...traits }, this.smooth);
  }

  get strides(): number[] {
    const { shape, layout } = this;
    const strides = new Array<number>(shape.length);
    let stride = layout === 'sliced' ? 2 : 1;
    for (let k = 0; k < shape.length; k++) {
      const dim = layout === 'transposed' ? k : shape.length - 1 - k;
      strides[dim] = stride;
      stride *= Math.max(shape[dim], 1);
    }
    if (layout === 'expanded' && shape.length > 0) strides[0] = 0;
    return strides;
  }

  get offset(): number {
    return this.layout === 'sliced' ? 1 : 0;
  }

  /** The elements in the order of memory. */
  get storage(): Element[] {
    const { shape, strides, offset, elements } = this;
    const count = product(shape);
    const last = shape.reduce((position, size, dim) => position + (size - 1) * strides[dim], offset);
    const storage = new Array<Element>(count === 0 ? offset : last + 1).fill(gap);
    // Backwards, so that of rows that share memory the first remains.
    for (let i = count - 1; i >= 0; i--) storage[positionOf(i, shape, strides, offset)] = elements[i];
    return storage;
  }

  toString(): string {
    const layout = this.layout === 'contiguous' ? '' : ` ${this.layout}`;
    return `${this.dtype.name}[${this.shape.join(', ')}]${layout}`;
  }
}

export const product = (shape: Shape): number => shape.reduce((count, size) => count * size, 1);

function positionOf(index: number, shape: Shape, strides: Shape, offset: number): number {
  let position = offset;
  for (let dim = shape.length - 1; dim >= 0; dim--) {
    position += (index % shape[dim]) * strides[dim];
    index = Math.floor(index / shape[dim]);
  }
  return position;
}

/** The fractions of the multiples of an irrational number are spread evenly. */
function fraction(index: number, seed: number): number {
  const x = (index + 1) * 0.6180339887498949 + seed * 0.7548776662466927;
  return x - Math.floor(x);
}

const defaultHigh = (dtype: DType): number => (dtype.is_floating_point ? 2 : 8);

/**
 * Elements spread over [low, high), the same on every run.
 * @example random([3, 4], { low: 0.1, layout: 'transposed' })
 */
export function random(shape: Shape, traits: RandomTraits = {}): Recipe {
  const { dtype = float32, seed = 0 } = traits;
  const high = traits.high ?? defaultHigh(dtype);
  const low = dtype === uint8 ? Math.max(traits.low ?? 0, 0) : (traits.low ?? -defaultHigh(dtype));
  const element = (index: number): number => {
    const x = fraction(index, seed);
    if (dtype === bool) return x < 0.5 ? 0 : 1;
    const value = low + (high - low) * x;
    return dtype.is_floating_point ? value : Math.floor(value);
  };
  return new Recipe(
    shape,
    Array.from({ length: product(shape) }, (_, i) => element(i)),
    traits,
    true,
  );
}

type Nested = Element | boolean | readonly Nested[];

/**
 * Exactly these elements, nested as the shape wants.
 * @example values([[1, NaN], [-0, Infinity]], { dtype: float64 })
 */
export function values(nested: Nested, traits: Traits = {}): Recipe {
  const shape: number[] = [];
  for (let level = nested; Array.isArray(level); level = level[0]) shape.push(level.length);
  const flat = flatten(nested);
  const elements = flat.map((element) => (typeof element === 'boolean' ? Number(element) : element));
  return new Recipe(shape, elements, traits, false);
}

const flatten = (nested: Nested): (Element | boolean)[] =>
  Array.isArray(nested) ? nested.flatMap(flatten) : [nested as Element];

/** Indices for a dimension of this size. */
export const indices = (shape: Shape, size: number, traits: RandomTraits = {}): Recipe =>
  random(shape, { dtype: int64, low: 0, high: size, ...traits });
