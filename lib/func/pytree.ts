/** Nested arrays and objects of tensors: what functions that are transformed take and return. */
import { isDense, isTensor } from '../op/bind.js';
import type { Tensor } from '../tensor.js';

/** A tensor, or an array or plain object of such values. Other values are handed on as they are. */
export type Tree =
  | Tensor
  | readonly Tree[]
  | { readonly [key: string]: Tree }
  | number
  | string
  | boolean
  | null
  | undefined;

/** The same structure with something else in place of each tensor. */
export type MapTree<T, R> = T extends Tensor
  ? R
  : T extends readonly unknown[]
    ? { [K in keyof T]: MapTree<T[K], R> }
    : T extends object
      ? { [K in keyof T]: MapTree<T[K], R> }
      : T;

const isPlain = (value: unknown): value is Record<string, unknown> => {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

function dense(list: readonly unknown[]): readonly unknown[] {
  if (isDense(list)) return list;
  throw new TypeError('a list among the arguments or results of a transformed function has holes');
}

/** Deeper than any structure that does not contain itself. */
const deepest = 500;

function checkDepth(depth: number): void {
  if (depth > deepest) throw new TypeError('a structure among the arguments or results contains itself');
}

/** The tensors of a tree, in order. */
export function leaves(tree: unknown, depth = 0): Tensor[] {
  if (isTensor(tree)) return [tree];
  checkDepth(depth);
  const within = (item: unknown): Tensor[] => leaves(item, depth + 1);
  if (Array.isArray(tree)) return dense(tree).flatMap(within);
  return isPlain(tree) ? Object.values(tree).flatMap(within) : [];
}

/** The same structure with `change(leaf)` in place of each tensor, and its path, such as `[0].weight`. */
export function mapTree(tree: unknown, change: (leaf: Tensor, path: string) => unknown, path = ''): unknown {
  if (isTensor(tree)) return change(tree, path);
  if (Array.isArray(tree)) return dense(tree).map((item, i) => mapTree(item, change, `${path}[${i}]`));
  if (!isPlain(tree)) return tree;
  const mapped = Object.entries(tree).map(([key, value]) => [key, mapTree(value, change, `${path}.${key}`)]);
  return Object.fromEntries(mapped);
}

/** The same structure with these values in place of its tensors. */
export function unflatten<T>(tree: unknown, values: readonly T[]): unknown {
  let at = 0;
  return mapTree(tree, () => values[at++]);
}

/**
 * For each tensor of a tree its entry in `prefix`, which has the tree's structure down to where one entry stands for all
 * beneath. @throws what `refuse` makes, where they differ.
 */
export function alongPrefix(tree: unknown, prefix: unknown, refuse: () => Error): unknown[] {
  const isLeaf = typeof prefix !== 'object' || prefix === null;
  if (isLeaf) return leaves(tree).map(() => prefix);
  if (isTensor(tree)) throw refuse();
  if (Array.isArray(tree)) {
    if (!Array.isArray(prefix) || prefix.length !== tree.length) throw refuse();
    return dense(tree).flatMap((item, i) => alongPrefix(item, prefix[i], refuse));
  }
  if (!isPlain(tree) || !isPlain(prefix)) throw refuse();
  if (Object.keys(prefix).sort().join() !== Object.keys(tree).sort().join()) throw refuse();
  return Object.keys(tree).flatMap((key) => alongPrefix(tree[key], prefix[key], refuse));
}
