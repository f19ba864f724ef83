/** torch.autograd.function: what custom functions are written with. */
export type { BatchInfo } from './batches.js';
export type { FunctionCtx } from './context.js';
export {
  type ArgumentsOf,
  CustomFunction as Function,
  type CustomFunctionClass,
  once_differentiable,
} from './function.js';
