/** torch.nn.utils: what works on the parameters of a module. */
export { clip_grad_norm_, clip_grad_value_ } from './clipping.js';
export { parameters_to_vector, vector_to_parameters } from './vectors.js';
