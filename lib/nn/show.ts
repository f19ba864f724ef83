/** Modules as PyTorch prints them. */
import type { Parameter } from './parameter.js';

/** A module: its class, what it says of itself, and the modules in it. */
export function moduleText(type: string, extra: string, children: readonly (readonly [string, string])[]): string {
  if (children.length === 0 && !extra.includes('\n')) return `${type}(${extra})`;
  const modules = children.map(([name, text]) => `(${name}): ${text.replaceAll('\n', '\n  ')}`);
  const lines = [...(extra === '' ? [] : extra.split('\n')), ...modules];
  return `${type}(\n  ${lines.join('\n  ')}\n)`;
}

/** A parameter in a container. */
export const parameterLine = (key: string, type: string, parameter: Parameter): string =>
  `  (${key}): Parameter containing: [${type} of size ${parameter.shape.join('x')}]`;

/** `, inplace=True`, where a module writes to its input. */
export const inPlaceText = (inplace: boolean): string => (inplace ? ', inplace=True' : '');
