/** Nested arrays and objects of tensors: what functions that are transformed take and return. */
import { isTensor } from '../op/bind.js';
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

/** Deeper than any structure that does not contain itself. */
const deepest = 500;

/** A copy: what only looks like an array may have other methods, and other items each time. */
function denseItems(where: string, list: readonly unknown[]): unknown[] {
  const items: unknown[] = [];
  for (let i = 0; i < list.length; i++) {
    if (!(i in list)) throw new TypeError(`${where} has a list with holes`);
    items.push(list[i]);
  }
  return items;
}

/** The items of an array, the values of a plain object, or null of anything else, which is a leaf. */
function itemsOf(where: string, tree: unknown, depth: number): readonly unknown[] | null {
  if (depth > deepest) throw new TypeError(`${where} contains itself, or is nested more than ${deepest} deep`);
  if (Array.isArray(tree)) return denseItems(where, tree);
  return isPlain(tree) ? Object.values(tree) : null;
}

/** All leaves of a tree, in order, those that are no tensors included. `where` is what errors call the tree. */
export function everyLeaf(where: string, tree: unknown): unknown[] {
  const found: unknown[] = [];
  const visit = (value: unknown, depth: number): void => {
    const items = isTensor(value) ? null : itemsOf(where, value, depth);
    if (items === null) found.push(value);
    else for (const item of items) visit(item, depth + 1);
  };
  visit(tree, 0);
  return found;
}

/** The tensors of a tree, in order. `where` is what errors call the tree, such as "vmap: an argument". */
export const leaves = (where: string, tree: unknown): Tensor[] => everyLeaf(where, tree).filter(isTensor);

/** The same structure with `change(leaf)` in place of each tensor. */
export function mapTree(where: string, tree: unknown, change: (leaf: Tensor) => unknown, depth = 0): unknown {
  if (isTensor(tree)) return change(tree);
  const items = itemsOf(where, tree, depth);
  if (items === null) return tree;
  const within = (item: unknown): unknown => mapTree(where, item, change, depth + 1);
  if (Array.isArray(tree)) return items.map(within);
  const keys = Object.keys(tree as object);
  return Object.fromEntries(items.map((item, i) => [keys[i], within(item)]));
}

/** The same structure with these values in place of its tensors. */
export function unflatten<T>(where: string, tree: unknown, values: readonly T[]): unknown {
  let at = 0;
  return mapTree(where, tree, () => values[at++]);
}

/**
 * For each tensor of a tree its entry in `prefix`, which has the tree's structure down to where one entry stands for all
 * beneath. @throws what `refuse` makes, where they differ.
 */
export function alongPrefix(where: string, tree: unknown, prefix: unknown, refuse: () => Error, depth = 0): unknown[] {
  const isLeaf = typeof prefix !== 'object' || prefix === null;
  if (isLeaf) return leaves(where, tree).map(() => prefix);
  const items = isTensor(tree) ? null : itemsOf(where, tree, depth);
  const entries = itemsOf(where, prefix, depth);
  const names = (value: unknown): string =>
    Array.isArray(value)
      ? ''
      : Object.keys(value as object)
          .sort()
          .join();
  if (items === null || entries === null || Array.isArray(tree) !== Array.isArray(prefix)) throw refuse();
  if (items.length !== entries.length || names(tree) !== names(prefix)) throw refuse();
  const entryOf = (key: string): unknown => (prefix as Record<string, unknown>)[key];
  const keys = Object.keys(tree as object);
  return items.flatMap((item, i) => alongPrefix(where, item, entryOf(keys[i]), refuse, depth + 1));
}
