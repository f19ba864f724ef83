/** torch.nn.functional: operators of neural networks, those that `torch` has under its own name included. */
export { relu, sigmoid } from '../ops/activation.js';
export * from '../ops/adaptive.js';
export {
  conv_transpose1d,
  conv_transpose2d,
  conv_transpose3d,
  conv1d,
  conv2d,
  conv3d,
} from '../ops/convolution.js';
export * from '../ops/pooling.js';
export { tanh } from '../ops/trigonometry.js';
