/** torch.nn. */
export {
  CELU,
  ELU,
  GELU,
  GLU,
  Hardshrink,
  Hardsigmoid,
  Hardswish,
  Hardtanh,
  LeakyReLU,
  LogSigmoid,
  Mish,
  PReLU,
  ReLU,
  ReLU6,
  SELU,
  Sigmoid,
  SiLU,
  Softplus,
  Softshrink,
  Softsign,
  Tanh,
  Tanhshrink,
  Threshold,
} from './activation.js';
export {
  AdaptiveAvgPool1d,
  AdaptiveAvgPool2d,
  AdaptiveAvgPool3d,
  AdaptiveMaxPool1d,
  AdaptiveMaxPool2d,
  AdaptiveMaxPool3d,
} from './adaptive.js';
export { type AttentionOptions, MultiheadAttention, type MultiheadAttentionOptions } from './attention.js';
export {
  BatchNorm1d,
  BatchNorm2d,
  BatchNorm3d,
  InstanceNorm1d,
  InstanceNorm2d,
  InstanceNorm3d,
  type NormOptions,
} from './batchnorm.js';
export { Bilinear } from './bilinear.js';
export { ModuleList, Sequential, type TensorModule } from './containers.js';
export {
  Conv1d,
  Conv2d,
  Conv3d,
  type ConvOptions,
  ConvTranspose1d,
  ConvTranspose2d,
  ConvTranspose3d,
  type ConvTransposeOptions,
} from './conv.js';
export { ModuleDict, ParameterDict } from './dicts.js';
export { CosineSimilarity, PairwiseDistance } from './distance.js';
export { Dropout, Dropout1d, Dropout2d, Dropout3d } from './dropout.js';
export * as functional from './functional.js';
export type { ForwardHook, ForwardPreHook, FullBackwardHook } from './hooks.js';
export * as init from './init.js';
export { Flatten, Identity, Linear, Unflatten } from './linear.js';
export {
  BCELoss,
  BCEWithLogitsLoss,
  CrossEntropyLoss,
  type CrossEntropyLossOptions,
  HuberLoss,
  KLDivLoss,
  L1Loss,
  MSELoss,
  NLLLoss,
  type NLLLossOptions,
  type Reduction,
  type ReductionOptions,
  SmoothL1Loss,
} from './loss.js';
export { Module } from './module.js';
export { GroupNorm, type GroupNormOptions, LayerNorm, type LayerNormOptions } from './norm.js';
export { Parameter } from './parameter.js';
export { ParameterList } from './parameters.js';
export {
  AvgPool1d,
  type AvgPool1dOptions,
  AvgPool2d,
  AvgPool3d,
  type AvgPoolOptions,
  MaxPool1d,
  MaxPool2d,
  MaxPool3d,
  type MaxPoolOptions,
} from './pooling.js';
export { LogSoftmax, Softmax, Softmax2d, Softmin } from './softmax.js';
export { Embedding, type EmbeddingOptions } from './sparse.js';
export type { IncompatibleKeys, StateDict } from './state.js';
export {
  type Activation,
  type EncoderLayer,
  TransformerEncoder,
  TransformerEncoderLayer,
  type TransformerEncoderLayerOptions,
} from './transformer.js';
export * as utils from './utils.js';
