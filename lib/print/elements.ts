/** The elements of a tensor as texts, all set in one column. */
import { fixed, scientific } from './decimal.js';
import type { PrintOptions } from './options.js';

/** One element as a tensor hands it to the printer; a bigint for an int64 that a number cannot hold. */
export type Element = number | bigint | boolean;

/** The texts of a tensor's elements, and the width of the column that they are set in. */
export interface Column {
  readonly texts: string[];
  readonly width: number;
}

/** Writes integers and booleans. */
export function integralColumn(elements: readonly Element[]): Column {
  return column(elements.map(integral));
}

/**
 * Writes floating-point numbers, all in the one notation that suits them together. Zeros, infinities and NaNs have
 * no say in the notation nor in the width, so they may stand out of the column as they do in PyTorch.
 */
export function floatingColumn(values: readonly number[], options: PrintOptions): Column {
  const { precision, sci_mode } = options;
  const deciding = values.filter((value) => Number.isFinite(value) && value !== 0);
  const isWhole = deciding.every(Number.isInteger);
  const positional = isWhole ? whole : (value: number) => fixed(value, precision);
  const exponential = (value: number) => scientific(value, precision);

  const isWide = needsExponents(deciding, isWhole);
  const suited = isWide ? exponential : positional;
  // The width stays that of the suited notation when sci_mode imposes the other one.
  const { width } = column(deciding.map(suited));
  const isExponential = deciding.length > 0 && (sci_mode ?? isWide);
  const texts = values.map(isExponential ? exponential : positional);
  return { texts: texts.map((text) => text.padStart(width)), width };
}

function column(texts: string[]): Column {
  const width = texts.reduce((widest, text) => Math.max(widest, text.length), 1);
  return { texts: texts.map((text) => text.padStart(width)), width };
}

function integral(element: Element): string {
  return typeof element === 'boolean' ? (element ? 'True' : 'False') : String(element);
}

/** A whole number ends in a point, which tells it from an integer. */
function whole(value: number): string {
  return fixed(value, 0) + (Number.isFinite(value) ? '.' : '');
}

/** Whether the magnitudes are too far apart, too large, or (as fractions) too small to be read without exponents. */
function needsExponents(values: readonly number[], areWhole: boolean): boolean {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const smallest = values.reduce((least, value) => Math.min(least, Math.abs(value)), Infinity);
  return largest / smallest > 1000 || largest > 1e8 || (!areWhole && smallest < 1e-4);
}
