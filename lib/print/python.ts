/** Values as Python writes them, which modules and optimizers print. */

/**
 * A number: 1e-05 for 0.00001, which JavaScript writes otherwise. Of whole ones it is not known whether they are
 * floats.
 */
export function pythonNumber(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const text = value !== 0 && Math.abs(value) < 1e-4 ? value.toExponential() : String(value);
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}

/** A float: 1.0, 1e-05. */
export const pythonFloat = (value: number): string =>
  Number.isInteger(value) && Math.abs(value) < 1e16 ? `${value}.0` : pythonNumber(value);

/** True or False. */
export const pythonBool = (value: boolean): string => (value ? 'True' : 'False');

/** A tuple: (1, 2), and (1,) of one number. */
export const pythonTuple = (values: readonly number[]): string =>
  values.length === 1 ? `(${values[0]},)` : `(${values.join(', ')})`;

/** A number or a tuple, as it was given. */
export function pythonSizes(values: readonly (number | null)[]): string {
  const shown = values.map((value) => value ?? 'None');
  return shown.length === 1 ? String(shown[0]) : `(${shown.join(', ')})`;
}
