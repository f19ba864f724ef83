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
/** More than any structure has that does not contain its parts again and again. */
const most = 250_000;

/** A copy: what only looks like an array may have other methods, and other items each time. */
function denseItems(where: string, list: readonly unknown[]): unknown[] {
  const items: unknown[] = [];
  for (let i = 0; i < list.length; i++) {
    if (!(i in list)) throw new TypeError(`${where} has a list with holes`);
    items.push(list[i]);
  }
  return items;
}

/** A walk through a tree, in which parts that are found again count again. */
interface Walk {
  /** What errors call the tree. */
  readonly where: string;
  visited: number;
}

/** The items of an array, the values of a plain object, or null of anything else, which is a leaf. */
function itemsOf(walk: Walk, tree: unknown, depth: number): readonly unknown[] | null {
  const { where } = walk;
  if (depth > deepest) throw new TypeError(`${where} contains itself, or is nested more than ${deepest} deep`);
  if (walk.visited++ > most) throw new TypeError(`${where} has more than ${most} items, or the same ones too often`);
  if (Array.isArray(tree)) return denseItems(where, tree);
  return isPlain(tree) ? Object.values(tree) : null;
}

/** All leaves of a tree, in order, those that are no tensors included. `where` is what errors call the tree. */
export function everyLeaf(where: string, tree: unknown): unknown[] {
  const found: unknown[] = [];
  const walk = { where, visited: 0 };
  const visit = (value: unknown, depth: number): void => {
    const items = isTensor(value) ? null : itemsOf(walk, value, depth);
    if (items === null) found.push(value);
    else for (const item of items) visit(item, depth + 1);
  };
  visit(tree, 0);
  return found;
}

/** The tensors of a tree, in order. `where` is what errors call the tree, such as "vmap: an argument". */
export const leaves = (where: string, tree: unknown): Tensor[] => everyLeaf(where, tree).filter(isTensor);

/** The same structure with `change(leaf)` in place of each tensor. */
export function mapTree(where: string, tree: unknown, change: (leaf: Tensor) => unknown): unknown {
  const walk = { where, visited: 0 };
  const visit = (value: unknown, depth: number): unknown => {
    if (isTensor(value)) return change(value);
    const items = itemsOf(walk, value, depth);
    if (items === null) return value;
    const within = items.map((item) => visit(item, depth + 1));
    if (Array.isArray(value)) return within;
    const keys = Object.keys(value as object);
    return Object.fromEntries(within.map((item, i) => [keys[i], item]));
  };
  return visit(tree, 0);
}

/** The same structure with these values in place of its tensors. */
export function unflatten<T>(where: string, tree: unknown, values: readonly T[]): unknown {
  let at = 0;
  return mapTree(where, tree, () => values[at++]);
}

const namesOf = (tree: object): string => (Array.isArray(tree) ? '' : Object.keys(tree).sort().join());

/**
 * For each tensor of a tree its entry in `prefix`, which has the tree's structure down to where one entry stands for
 * all beneath. @throws what `refuse` makes, where they differ.
 */
export function alongPrefix(where: string, tree: unknown, prefix: unknown, refuse: () => Error): unknown[] {
  const walk = { where, visited: 0 };
  const visit = (value: unknown, entry: unknown, depth: number): unknown[] => {
    if (typeof entry !== 'object' || entry === null) return leaves(where, value).map(() => entry);
    const items = isTensor(value) ? null : itemsOf(walk, value, depth);
    const entries = itemsOf(walk, entry, depth);
    if (items === null || entries === null || Array.isArray(value) !== Array.isArray(entry)) throw refuse();
    if (items.length !== entries.length || namesOf(value as object) !== namesOf(entry)) throw refuse();
    const keys = Object.keys(value as object);
    return items.flatMap((item, i) => visit(item, (entry as Record<string, unknown>)[keys[i]], depth + 1));
  };
  return visit(tree, prefix, 0);
}
