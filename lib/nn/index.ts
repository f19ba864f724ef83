/** torch.nn. */
export { ReLU, Sigmoid, Tanh } from './activation.js';
export { ModuleList, Sequential, type TensorModule } from './containers.js';
export { Dropout } from './dropout.js';
export * as functional from './functional.js';
export * as init from './init.js';
export { Flatten, Identity, Linear } from './linear.js';
export { type IncompatibleKeys, Module, type StateDict } from './module.js';
export { Parameter } from './parameter.js';
export { Embedding, type EmbeddingOptions } from './sparse.js';
