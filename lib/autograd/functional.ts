/** torch.autograd.functional: derivatives of functions of tensors. */
export { hessian, type JacobianOptions, jacobian } from './jacobian.js';
