/** torch.optim: optimizers, and schedules of their learning rates. */
export { Adagrad, type AdagradOptions } from './adagrad.js';
export { Adam, type AdamOptions, AdamW, type AdamWOptions } from './adam.js';
export * as lr_scheduler from './lr_scheduler/index.js';
export { Optimizer, type OptimizerState, type ParameterGroup, type ParameterState } from './optimizer.js';
export { RMSprop, type RMSpropOptions } from './rmsprop.js';
export { SGD, type SGDOptions } from './sgd.js';
