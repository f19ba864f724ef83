/** `new torch.Tensor(…)`: the class as its users see it, which cannot be given memory that is not its own. */
import { get_default_dtype } from './base/dtype.js';
import { empty, type TensorData, tensor } from './ops/index.js';
import { Tensor as Base } from './tensor.js';

/** What `torch.Tensor` is to its users. */
export interface TensorConstructor {
  /** A tensor of uninitialised memory, of the default dtype. Prefer `torch.empty`. */
  new (...sizes: number[]): Base;
  /** A tensor of the default dtype with a copy of `data`; of a tensor, a view. Prefer `torch.tensor`. */
  new (data: TensorData): Base;
  readonly prototype: Base;
}

function make(args: readonly unknown[]): Base {
  const [data] = args;
  if (args.length === 1 && data instanceof Base && data.dtype === get_default_dtype()) return data.view_as(data);
  if (args.length === 1 && typeof data === 'object') return tensor(data as TensorData, { dtype: get_default_dtype() });
  if (args.length === 0) return empty(0);
  return empty(...(args as number[]));
}

const construct = function Tensor(...args: unknown[]): Base {
  if (new.target === undefined) throw new TypeError("Class constructor Tensor cannot be invoked without 'new'");
  return make(args);
};
construct.prototype = Base.prototype;
Object.defineProperty(Base.prototype, 'constructor', { value: construct, writable: true, configurable: true });

/** An n-dimensional array of elements of one dtype. */
export type Tensor = Base;
/** The class of all tensors: for `instanceof`, and rarely for `new`. */
export const Tensor = construct as unknown as TensorConstructor;
