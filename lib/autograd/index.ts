/** torch.autograd: gradients of results with respect to inputs. */
export { type AnomalyOptions, detect_anomaly, set_detect_anomaly } from '../graph/anomaly.js';
export { type BackwardOptions, backward, type Gradients, type GradOptions, grad, type Tensors } from './backward.js';
export { CustomFunction as Function } from './custom/function.js';
export * as function from './custom/index.js';
export * as forward_ad from './forward_ad.js';
export * as functional from './functional.js';
export {
  GradcheckError,
  type GradcheckOptions,
  type GradgradcheckOptions,
  gradcheck,
  gradgradcheck,
} from './gradcheck/index.js';
export * as graph from './graph.js';
