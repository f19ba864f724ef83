/** torch.autograd.functional: derivatives of functions of tensors. */
export { hessian, type JacobianOptions, jacobian } from './jacobian.js';
export { hvp, jvp, type ProductOptions, vhp, vjp } from './products.js';
