/** Writes the one instruction of a parameter's step. */
import { RuntimeError } from '../base/errors.js';
import { repeated } from '../base/shape.js';
import { opcode } from '../engine/native.js';
import { begin, beginRow, operand, placeOf, rowOperand, run, scalar } from '../engine/program.js';
import { isSameMemory } from '../engine/storage.js';
import { checkOverlap } from '../op/pointwise.js';
import type { Tensor } from '../tensor.js';

/** What a step reads and writes: the parameter and its gradient first, then its state, all of one shape and dtype. */
export type StepTensors = readonly [param: Tensor, grad: Tensor, ...state: Tensor[]];

/** @throws RuntimeError where a step would write to one element twice, or to one that is still to be read. */
export function checkStep(op: string, [param, grad, ...state]: StepTensors): void {
  checkOverlap(op, param, [grad, ...state]);
  state.forEach((tensor, i) => {
    checkOverlap(op, tensor, [grad, ...state.slice(0, i)]);
    for (const other of [param, grad, ...state.slice(0, i)]) {
      if (isSameMemory(tensor.storage, other.storage) && tensor.offset === other.offset && tensor.count > 0) {
        throw new RuntimeError(`${op}: the state of a parameter must have memory of its own`);
      }
    }
  });
}

/**
 * `stepper('sgd_step')(tensors, scalars)`: all tensors but the gradient are written. `counter` is a float32 element.
 */
export function stepper(name: string): (tensors: StepTensors, scalars: readonly number[], counter?: Tensor) => void {
  const code = opcode(name);
  return (tensors, scalars, counter) => {
    const [param] = tensors;
    const operands = tensors.length + (counter === undefined ? 0 : 1);
    if (tensors.every((tensor) => tensor.contiguousFlag)) {
      const count = beginRow(code, param.count, operands);
      for (let i = 0; i < tensors.length; i++) rowOperand(placeOf(i), tensors[i], count, 1);
      if (counter !== undefined) rowOperand(placeOf(tensors.length), counter, count, 0);
    } else {
      begin(code, param.sizes, operands);
      for (const tensor of tensors) operand(tensor, tensor.strides);
      if (counter !== undefined) operand(counter, repeated(0, param.ndim));
    }
    for (const value of scalars) scalar(value);
    run(name, param.dtype);
    for (let i = 0; i < tensors.length; i++) if (i !== 1) tensors[i].storage.version++;
    if (counter !== undefined) counter.storage.version++;
  };
}
