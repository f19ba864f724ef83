/** Programs that are written twice under one name, here and in golden/autograd/, and compared by what they answer. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as torch from '../../lib/index.js';

const file = new URL('../golden/autograd.json', import.meta.url);
const golden = JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Tensors as nested lists. */
export function plain(answer: unknown): unknown {
  if (answer instanceof torch.Tensor) return answer.tolist();
  return Array.isArray(answer) ? answer.map(plain) : answer;
}

/** The same structure, its numbers equal to float32's precision. */
export function expectClose(actual: unknown, expected: unknown, path = 'answer'): void {
  if (typeof expected === 'number' && typeof actual === 'number') {
    const tolerance = 1e-5 * Math.max(1, Math.abs(expected));
    expect(Math.abs(actual - expected), `${path} is ${actual}, not ${expected}`).toBeLessThanOrEqual(tolerance);
  } else if (Array.isArray(expected) && Array.isArray(actual)) {
    expect(actual.length, `length of ${path}`).toBe(expected.length);
    expected.forEach((item, i) => {
      expectClose(actual[i], item, `${path}[${i}]`);
    });
  } else expect(actual, path).toEqual(expected);
}

/** Declares the tests of a group, and one that no program of it is missing. */
export function replay(group: string, programs: Readonly<Record<string, () => unknown>>): void {
  describe(`${group}, as PyTorch answers`, () => {
    test('every recorded program is replayed', () => {
      expect(Object.keys(programs).sort()).toEqual(Object.keys(golden[group]).sort());
    });
    test.each(Object.entries(programs))('%s', (name, body) => {
      expectClose(plain(body()), golden[group][name]);
    });
  });
}

export const leaf = (...values: number[]): torch.Tensor => torch.tensor(values, { requires_grad: true });

/** The sentence of the error that an action ends with; null when there is none. */
export function errorOf(action: () => unknown): string | null {
  try {
    action();
  } catch (error) {
    return (error as Error).message;
  }
  return null;
}

export const errorsOf = (...actions: (() => unknown)[]): (string | null)[] => actions.map(errorOf);

export const nameOf = (node: torch.Tensor['grad_fn']): string | null => node?.name() ?? null;
