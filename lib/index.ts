/// <reference lib="esnext.disposable" preserve="true" />
/** The public names of sconce. */
import './graph/accessors.js';
import './print/install.js';

export * as autograd from './autograd/index.js';
export {
  bool,
  DType as dtype,
  float32,
  float32 as float,
  float64,
  float64 as double,
  get_default_dtype,
  int8,
  int16,
  int16 as short,
  int32,
  int32 as int,
  int64,
  int64 as long,
  promote_types,
  set_default_dtype,
  uint8,
} from './base/dtype.js';
export { Tensor } from './constructor.js';
export * as backends from './engine/backends.js';
export { get_num_threads, set_num_threads } from './engine/threads.js';
export * as func from './func/index.js';
export { is_anomaly_check_nan_enabled, is_anomaly_enabled } from './graph/anomaly.js';
export {
  enable_grad,
  inference_mode,
  is_grad_enabled,
  is_inference_mode_enabled,
  no_grad,
  set_grad_enabled,
} from './graph/modes.js';
export * as nn from './nn/index.js';
export {
  default_generator,
  Generator,
  get_rng_state,
  initial_seed,
  manual_seed,
  seed,
  set_rng_state,
} from './op/generator.js';
export * from './ops/index.js';
export * as optim from './optim/index.js';
export { set_printoptions } from './print/options.js';
export * as profiler from './profiler/index.js';
export { is_tensor } from './tensor.js';
export * as utils from './utils/index.js';
