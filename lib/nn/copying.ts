/** Copies of modules. */
import { isTensor } from '../op/bind.js';
import { copyBufferNames } from './fields.js';
import { Module } from './module.js';
import { Parameter } from './parameter.js';

/** A copy of a module and all below it, with parameters and buffers of their own; what else fields hold is shared. */
export function cloned<M extends Module>(module: M, copies = new Map<object, object>()): M {
  const known = copies.get(module);
  if (known !== undefined) return known as M;
  const copy = Object.create(Object.getPrototypeOf(module)) as M;
  copies.set(module, copy);
  copyBufferNames(module, copy);
  for (const [name, value] of Object.entries(module)) Reflect.set(copy, name, clonedField(value, copies));
  return copy;
}

function clonedField(value: unknown, copies: Map<object, object>): unknown {
  if (value instanceof Module) return cloned(value, copies);
  if (!isTensor(value)) return value;
  const known = copies.get(value);
  if (known !== undefined) return known;
  const data = value.detach().clone();
  const copy = value instanceof Parameter ? new Parameter(data, value.requires_grad) : data;
  copies.set(value, copy);
  return copy;
}
