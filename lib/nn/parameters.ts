/** A list of parameters. */
import { show, typeName } from '../base/errors.js';
import { isTensor } from '../op/bind.js';
import type { Tensor } from '../tensor.js';
import { Module } from './module.js';
import { Parameter } from './parameter.js';
import { parameterLine } from './show.js';

/**
 * A list of parameters, which are parts of the module that has it; tensors become parameters.
 * @example new torch.nn.ParameterList([torch.randn(2, 2), torch.zeros(2)])
 */
export class ParameterList extends Module implements Iterable<Parameter> {
  constructor(values: Iterable<Tensor> | null = null) {
    super();
    if (values !== null) this.extend(values);
  }

  private get items(): [string, Parameter][] {
    return Object.entries(this).filter((entry): entry is [string, Parameter] => entry[1] instanceof Parameter);
  }

  get length(): number {
    return this.items.length;
  }

  /** The parameter at a place; from the end when negative. */
  at(index: number): Parameter | undefined {
    return this.items.at(index)?.[1];
  }

  [Symbol.iterator](): IterableIterator<Parameter> {
    return this.items.map(([, parameter]) => parameter)[Symbol.iterator]();
  }

  /** Adds a parameter at the end. */
  append(value: Tensor): this {
    if (!isTensor(value)) throw new TypeError(`ParameterList.append: expected a Tensor, got ${show(value)}`);
    this.register_parameter(String(this.length), value instanceof Parameter ? value : new Parameter(value));
    return this;
  }

  /** Adds parameters at the end. */
  extend(values: Iterable<Tensor>): this {
    if (isTensor(values) || typeof values?.[Symbol.iterator] !== 'function') {
      throw new TypeError(`ParameterList.extend should be called with an iterable, but got ${typeName(values)}`);
    }
    for (const value of values) this.append(value);
    return this;
  }

  override extra_repr(): string {
    return this.items.map(([key, parameter]) => parameterLine(key, String(parameter.dtype), parameter)).join('\n');
  }
}
