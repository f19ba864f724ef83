/** Modules made of modules. */
import { argumentError, show } from '../base/errors.js';
import { isKeywords } from '../op/bind.js';
import type { Tensor } from '../tensor.js';
import { Module } from './module.js';

/** A module from a tensor to a tensor. */
export interface TensorModule extends Module {
  forward(input: Tensor): Tensor;
}

/** Modules in fields with the names 0, 1, …, or of any names. */
abstract class Container<M extends Module> extends Module implements Iterable<M> {
  /** The modules in their order. */
  protected get items(): M[] {
    return Object.values(this).filter((value): value is M => value instanceof Module);
  }

  get length(): number {
    return this.items.length;
  }

  /** The module at a place; from the end when negative. */
  at(index: number): M | undefined {
    if (!Number.isSafeInteger(index)) throw argumentError('at', 'index', 'int', index);
    return this.items.at(index);
  }

  [Symbol.iterator](): IterableIterator<M> {
    return this.items[Symbol.iterator]();
  }

  /** Adds a module at the end. */
  append(module: M): this {
    this.register_module(String(this.length), module);
    return this;
  }
}

/**
 * Modules one after the other, each given what the one before it gave.
 * @example new torch.nn.Sequential(new torch.nn.Linear(2, 8), new torch.nn.ReLU(), new torch.nn.Linear(8, 1))
 */
export class Sequential extends Container<TensorModule> {
  /** Modules, or one object of modules by name. */
  constructor(...modules: TensorModule[] | [modules: Readonly<Record<string, TensorModule>>]) {
    super();
    const [first] = modules;
    if (modules.length === 1 && isKeywords(first)) {
      for (const [name, module] of Object.entries(first)) this.register_module(name, module as TensorModule);
    } else for (const module of modules) this.append(module as TensorModule);
  }

  override forward(input: Tensor): Tensor {
    return this.items.reduce((value, module) => module.forward(value), input);
  }
}

/** A list of modules, which are parts of the module that has it. */
export class ModuleList<M extends Module = Module> extends Container<M> {
  constructor(modules: Iterable<M> = []) {
    super();
    this.extend(modules);
  }

  /** Adds modules at the end. */
  extend(modules: Iterable<M>): this {
    if (typeof modules?.[Symbol.iterator] !== 'function') {
      throw new TypeError(`ModuleList.extend should be called with an iterable, but got ${show(modules)}`);
    }
    for (const module of modules) this.append(module);
    return this;
  }
}
