/** Makes tensors print themselves: `String(x)`, template strings, `console.log(x)` and `util.inspect`. */
import { get_default_dtype } from '../base/dtype.js';
import { Tensor } from '../tensor.js';
import { format } from './format.js';

function text(this: Tensor): string {
  return format(this, get_default_dtype().name);
}

const method = { value: text, writable: true, configurable: true };

Object.defineProperties(Tensor.prototype, {
  toString: method,
  [Symbol.for('nodejs.util.inspect.custom')]: method,
});
