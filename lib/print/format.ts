/** The printed form of a tensor: its elements in nested brackets, and what they do not tell. */
import { type Element, floatingColumn, integralColumn } from './elements.js';
import { type PrintOptions, printOptions } from './options.js';

/** What the printer needs to know of a tensor. */
export interface Printable {
  readonly shape: readonly number[];
  readonly dtype: { readonly name: string; readonly is_floating_point: boolean };
  readonly requires_grad: boolean;
  /** The gradient function, whose name is such as 'AddBackward0', or null. */
  readonly grad_fn: { toString(): string } | null;
  /** The elements at these row-major positions: the exact value of a float, a boolean for bool. */
  read(positions: Float64Array): Element[];
}

const prefix = 'tensor(';

/** The tensor as PyTorch prints it, character for character; a dtype other than the default one is named. */
export function format(tensor: Printable, defaultDtype = 'float32'): string {
  const options = printOptions();
  return withSuffixes(prefix + contents(tensor, options), suffixes(tensor, defaultDtype), options.linewidth);
}

/** How much of one dimension is shown. */
interface Axis {
  readonly shown: number;
  readonly isSummarized: boolean;
}

function contents(tensor: Printable, options: PrintOptions): string {
  const { shape, dtype } = tensor;
  const count = elementCount(shape);
  if (count === 0) return '[]';
  const axes = shape.map((size): Axis => {
    const isSummarized = count > options.threshold && size > 2 * options.edgeitems;
    return { shown: isSummarized ? 2 * options.edgeitems : size, isSummarized };
  });
  const elements = tensor.read(shownPositions(shape, axes));
  const { texts, width } = dtype.is_floating_point
    ? floatingColumn(elements as number[], options)
    : integralColumn(elements);
  // Two more for the comma and the space.
  return nested(texts, axes, { indent: prefix.length, elementWidth: width + 2, linewidth: options.linewidth });
}

function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** The row-major positions of the elements that are shown. */
function shownPositions(shape: readonly number[], axes: readonly Axis[]): Float64Array {
  return shape.reduce((outer, size, dim) => {
    const { shown, isSummarized } = axes[dim];
    const skipped = isSummarized ? size - shown : 0;
    return Float64Array.from({ length: outer.length * shown }, (_, position) => {
      const index = position % shown;
      return outer[Math.floor(position / shown)] * size + index + (index < shown / 2 ? 0 : skipped);
    });
  }, Float64Array.of(0));
}

interface Layout {
  readonly indent: number;
  readonly elementWidth: number;
  readonly linewidth: number;
}

/** The texts of the shown elements in the brackets of the shown dimensions. */
function nested(texts: string[], axes: readonly Axis[], layout: Layout): string {
  if (axes.length === 0) return texts[0];
  const [axis, ...inner] = axes;
  if (inner.length === 0) return row(texts, axis, layout);
  const innerLayout = { ...layout, indent: layout.indent + 1 };
  const slices = chunks(texts, texts.length / axis.shown).map((slice) => nested(slice, inner, innerLayout));
  return bracketed(withEllipsis(slices, axis, '...'), inner.length, layout);
}

/** One row of elements, broken into lines where it is longer than the line width. */
function row(texts: string[], axis: Axis, { indent, elementWidth, linewidth }: Layout): string {
  const perLine = Math.max(1, Math.floor((linewidth - indent) / elementWidth));
  const lines = chunks(withEllipsis(texts, axis, ' ...'), perLine).map((line) => line.join(', '));
  return bracketed(lines, 1, { indent });
}

function bracketed(parts: string[], newlines: number, { indent }: { indent: number }): string {
  return `[${parts.join(`,${'\n'.repeat(newlines)}${' '.repeat(indent + 1)}`)}]`;
}

function withEllipsis(parts: string[], axis: Axis, ellipsis: string): string[] {
  const half = axis.shown / 2;
  return axis.isSummarized ? [...parts.slice(0, half), ellipsis, ...parts.slice(half)] : parts;
}

function chunks(texts: string[], size: number): string[][] {
  const count = Math.ceil(texts.length / size);
  return Array.from({ length: count }, (_, chunk) => texts.slice(chunk * size, (chunk + 1) * size));
}

/** What stands after the elements: the shape and dtype if the elements do not tell them, and the gradient's part. */
function suffixes(tensor: Printable, defaultDtype: string): string[] {
  const { shape, dtype, requires_grad, grad_fn } = tensor;
  const isEmpty = elementCount(shape) === 0;
  const impliedDtypes = isEmpty ? [defaultDtype] : [defaultDtype, 'int64', 'bool'];
  return [
    isEmpty && shape.length > 1 ? `size=(${shape.join(', ')})` : '',
    impliedDtypes.includes(dtype.name) ? '' : `dtype=torch.${dtype.name}`,
    grad_fn !== null ? `grad_fn=${grad_fn}` : requires_grad ? 'requires_grad=True' : '',
  ].filter((suffix) => suffix !== '');
}

/** Appends the suffixes, each on a new line where it would not fit on the last one. */
function withSuffixes(text: string, suffixes: string[], linewidth: number): string {
  // Two more than the last line has: so PyTorch counts.
  let lineLength = text.length - text.lastIndexOf('\n') + 1;
  for (const suffix of suffixes) {
    const fits = lineLength + suffix.length + 2 <= linewidth;
    text += fits ? `, ${suffix}` : `,\n${' '.repeat(prefix.length)}${suffix}`;
    lineLength = (fits ? lineLength + 2 : prefix.length) + suffix.length;
  }
  return `${text})`;
}
