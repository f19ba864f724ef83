/** torch.optim.lr_scheduler: learning rates that change from step to step. */
export { CosineAnnealingLR, ExponentialLR, type Factor, LambdaLR, MultiStepLR, StepLR } from './decay.js';
export { OneCycleLR, type OneCycleOptions } from './one_cycle.js';
export { type PlateauOptions, ReduceLROnPlateau } from './plateau.js';
export { LRScheduler, type SchedulerOptions, type SchedulerState } from './scheduler.js';
