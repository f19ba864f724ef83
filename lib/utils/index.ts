/** torch.utils: what works on graphs and calls from outside. */
export * as checkpoint from './checkpoint.js';
export * as viz from './viz.js';
