/** Options of groups as PyTorch prints them. */
import { show } from '../base/errors.js';
import type { FullGroup } from './optimizer.js';

/** As Python writes a value. */
function shown(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value))
    return `(${value.map((item) => (Array.isArray(item) ? show(item) : shown(item))).join(', ')})`;
  if (typeof value === 'number') return shownNumber(value);
  return typeof value === 'string' ? value : show(value);
}

/** 1e-8 is 1e-08 to Python, and what is smaller than 1e-4 has an exponent. */
function shownNumber(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const text = value !== 0 && Math.abs(value) < 1e-4 ? value.toExponential() : String(value);
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}

/** One paragraph a group, its options in alphabetical order. */
export function showGroups(groups: readonly FullGroup[]): string {
  return groups
    .map((group, i) => {
      const names = Object.keys(group).filter((name) => name !== 'params');
      const lines = names.sort().map((name) => `\n    ${name}: ${shown(group[name])}`);
      return `\nParameter Group ${i}${lines.join('')}`;
    })
    .join('\n');
}
