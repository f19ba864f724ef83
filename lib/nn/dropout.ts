/** Dropout as a module. */
import { ValueError } from '../base/errors.js';
import type { Tensor } from '../tensor.js';
import { dropout } from './functional.js';
import { Module } from './module.js';
import { pythonBool, signature } from './options.js';

function checkProbability(p: number): void {
  if (!(p >= 0 && p <= 1)) throw new ValueError(`dropout probability has to be between 0 and 1, but got ${p}`);
}

const read = signature('Dropout(float p=0.5, bool inplace=False) -> ()');

/** Zeroes elements with probability p while it is trained. */
export class Dropout extends Module {
  p: number;
  readonly inplace: boolean;

  constructor(...args: [p?: number, inplace?: boolean] | [options: { p?: number; inplace?: boolean }]) {
    super();
    [this.p, this.inplace] = read(args);
    checkProbability(this.p);
  }

  override forward(input: Tensor): Tensor {
    const { p, training, inplace } = this;
    return dropout(input, { p, training, inplace });
  }

  override extra_repr(): string {
    return `p=${this.p}, inplace=${pythonBool(this.inplace)}`;
  }
}
