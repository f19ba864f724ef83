/** torch.optim: optimizers. */
export { Adam, type AdamOptions, AdamW, type AdamWOptions } from './adam.js';
export { Optimizer, type OptimizerState, type ParameterGroup, type ParameterState } from './optimizer.js';
export { SGD, type SGDOptions } from './sgd.js';
