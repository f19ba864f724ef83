/** Options of groups as PyTorch prints them. */
import { show } from '../base/errors.js';
import { pythonBool, pythonNumber } from '../print/python.js';
import type { FullGroup } from './optimizer.js';

/** As Python writes a value. */
function shown(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return pythonBool(value);
  if (Array.isArray(value))
    return `(${value.map((item) => (Array.isArray(item) ? show(item) : shown(item))).join(', ')})`;
  if (typeof value === 'number') return pythonNumber(value);
  return typeof value === 'string' ? value : show(value);
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
