/** torch.nn.functional: operators of neural networks, those that `torch` has under its own name included. */
export { sigmoid } from '../ops/activation.js';
export * from '../ops/adaptive.js';
export { scaled_dot_product_attention } from '../ops/attention.js';
export { functionalBatchNorm as batch_norm, instance_norm } from '../ops/batch_normalization.js';
export * from '../ops/clamping.js';
export { cross_entropy, nll_loss } from '../ops/classification.js';
export {
  conv_transpose1d,
  conv_transpose2d,
  conv_transpose3d,
  conv1d,
  conv2d,
  conv3d,
} from '../ops/convolution.js';
export { dropout1d, dropout2d, dropout3d, functionalDropout as dropout } from '../ops/dropout.js';
export { linear } from '../ops/linear.js';
export * from '../ops/losses.js';
export {
  celu,
  celu_,
  elu,
  elu_,
  functionalRelu as relu,
  gelu,
  leaky_relu,
  leaky_relu_,
  logsigmoid,
  mish,
  relu_,
  selu,
  selu_,
  silu,
  softplus,
} from '../ops/nonlinearities.js';
export { group_norm, layer_norm } from '../ops/normalization.js';
export * from '../ops/pooling.js';
export {
  functionalLogSoftmax as log_softmax,
  functionalSoftmax as softmax,
  gumbel_softmax,
  softmin,
} from '../ops/softmax.js';
export { tanh } from '../ops/trigonometry.js';
export { bilinear } from './bilinear.js';
export { cosine_similarity, pairwise_distance } from './distance.js';
export { embedding, one_hot } from './embedding.js';
