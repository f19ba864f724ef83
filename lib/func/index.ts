/** torch.func: functions that are differentiated and vectorized. */
export type { Randomness } from './batched.js';
export { type GradOptions, grad, grad_and_value, jvp, linearize, value_and_grad, vjp } from './gradients.js';
export { hessian, type JacfwdOptions, type JacrevOptions, jacfwd, jacrev } from './jacobians.js';
export { type FunctionalCallOptions, functional_call, type ModuleState, stack_module_state } from './modules.js';
export { type Dims, type VmapOptions, vmap } from './vmap.js';
