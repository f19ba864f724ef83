/** torch.utils: what works on graphs and calls from outside. */
export * as checkpoint from './checkpoint.js';
