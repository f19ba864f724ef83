/** torch.nn.functional: operators of neural networks, those that `torch` has under its own name included. */
export { relu, sigmoid } from '../ops/activation.js';
export { tanh } from '../ops/trigonometry.js';
