/** Losses as modules: how far an input is from its target. */
import type { Tensor } from '../tensor.js';
import {
  binary_cross_entropy,
  binary_cross_entropy_with_logits,
  cross_entropy,
  huber_loss,
  kl_div,
  l1_loss,
  mse_loss,
  nll_loss,
  smooth_l1_loss,
} from './functional.js';
import { Module } from './module.js';
import { family, type Given } from './options.js';

/** What becomes of the losses of single elements. */
export type Reduction = 'none' | 'mean' | 'sum';

/** `reduction`, and PyTorch's two older keywords for it. */
export interface ReductionOptions<R extends string = Reduction> {
  size_average?: boolean | null;
  reduce?: boolean | null;
  reduction?: R;
}

/** The reduction that the older keywords name, if they are given. */
function reductionOf<R extends string>(average: boolean | null, reduce: boolean | null, reduction: string): R {
  if (average === null && reduce === null) return reduction as R;
  return (reduce === false ? 'none' : average === false ? 'sum' : 'mean') as R;
}

const older = 'bool? size_average=None, bool? reduce=None' as const;
const readPlain = family(`${older}, str reduction='mean'`);

/** Losses without other options. */
abstract class PlainLoss extends Module {
  readonly reduction: Reduction;

  constructor(...options: Given<ReductionOptions, ['size_average', 'reduce', 'reduction']>) {
    super();
    this.reduction = reductionOf(...readPlain(new.target.name, options));
  }
}

/**
 * (input - target)².
 * @example new torch.nn.MSELoss().forward(model.forward(x), y)
 */
export class MSELoss extends PlainLoss {
  override forward(input: Tensor, target: Tensor): Tensor {
    return mse_loss(input, target, { reduction: this.reduction });
  }
}

/** |input - target|. */
export class L1Loss extends PlainLoss {
  override forward(input: Tensor, target: Tensor): Tensor {
    return l1_loss(input, target, { reduction: this.reduction });
  }
}

const readSmooth = family(`${older}, str reduction='mean', float beta=1.0`);

/** A parabola where |input - target| < beta, and a line beyond. */
export class SmoothL1Loss extends Module {
  readonly reduction: Reduction;
  readonly beta: number;

  constructor(
    ...options: Given<ReductionOptions & { beta?: number }, ['size_average', 'reduce', 'reduction', 'beta']>
  ) {
    super();
    const [average, reduce, reduction, beta] = readSmooth('SmoothL1Loss', options);
    this.reduction = reductionOf(average, reduce, reduction);
    this.beta = beta;
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return smooth_l1_loss(input, target, { reduction: this.reduction, beta: this.beta });
  }
}

const readHuber = family("str reduction='mean', float delta=1.0");

/** delta times SmoothL1Loss with beta = delta. */
export class HuberLoss extends Module {
  readonly reduction: Reduction;
  readonly delta: number;

  constructor(...options: Given<{ reduction?: Reduction; delta?: number }, ['reduction', 'delta']>) {
    super();
    const [reduction, delta] = readHuber('HuberLoss', options);
    this.reduction = reduction as Reduction;
    this.delta = delta;
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return huber_loss(input, target, { reduction: this.reduction, delta: this.delta });
  }
}

const readDivergence = family(`${older}, str reduction='mean', bool log_target=False`);
type DivergenceReduction = Reduction | 'batchmean';

/**
 * target · (log target - input), where the input is a logarithm; 'batchmean' divides the sum by the size of the batch.
 */
export class KLDivLoss extends Module {
  readonly reduction: DivergenceReduction;
  readonly log_target: boolean;

  constructor(
    ...options: Given<
      ReductionOptions<DivergenceReduction> & { log_target?: boolean },
      ['size_average', 'reduce', 'reduction', 'log_target']
    >
  ) {
    super();
    const [average, reduce, reduction, log_target] = readDivergence('KLDivLoss', options);
    this.reduction = reductionOf(average, reduce, reduction);
    this.log_target = log_target;
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return kl_div(input, target, { reduction: this.reduction, log_target: this.log_target });
  }
}

/** Losses with a weight for each class or element, which is a buffer. */
abstract class WeightedLoss extends Module {
  readonly reduction: Reduction;
  declare weight: Tensor | null;

  constructor(weight: Tensor | null, reduction: Reduction) {
    super();
    this.register_buffer('weight', weight);
    this.reduction = reduction;
  }
}

const readNll = family(
  `Tensor? weight=None, bool? size_average=None, int ignore_index=-100, bool? reduce=None, str reduction='mean'`,
);

/** Options of losses of classes. */
export interface NLLLossOptions extends ReductionOptions {
  /** A factor for each class. */
  weight?: Tensor | null;
  /** Targets of this class have no loss. */
  ignore_index?: number;
}

/**
 * The negative of the logarithm of a probability that the input [N, C, *] has at the class that is the target [N, *].
 */
export class NLLLoss extends WeightedLoss {
  readonly ignore_index: number;

  constructor(...options: Given<NLLLossOptions, ['weight', 'size_average', 'ignore_index', 'reduce', 'reduction']>) {
    const [weight, average, ignore_index, reduce, reduction] = readNll('NLLLoss', options);
    super(weight, reductionOf(average, reduce, reduction));
    this.ignore_index = ignore_index;
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    const { weight, ignore_index, reduction } = this;
    return nll_loss(input, target, { weight, ignore_index, reduction });
  }
}

const readCrossEntropy = family(
  `Tensor? weight=None, bool? size_average=None, int ignore_index=-100, bool? reduce=None, str reduction='mean', float label_smoothing=0.0`,
);

/** Options of `CrossEntropyLoss`. */
export interface CrossEntropyLossOptions extends NLLLossOptions {
  /** How much of each target is spread evenly over all classes. */
  label_smoothing?: number;
}

/**
 * NLLLoss of the log_softmax over dimension 1. Targets are classes, or probabilities in the shape of the input.
 * @example new torch.nn.CrossEntropyLoss({ label_smoothing: 0.1 }).forward(logits, labels)
 */
export class CrossEntropyLoss extends WeightedLoss {
  readonly ignore_index: number;
  readonly label_smoothing: number;

  constructor(
    ...options: Given<
      CrossEntropyLossOptions,
      ['weight', 'size_average', 'ignore_index', 'reduce', 'reduction', 'label_smoothing']
    >
  ) {
    const [weight, average, ignore_index, reduce, reduction, smoothing] = readCrossEntropy('CrossEntropyLoss', options);
    super(weight, reductionOf(average, reduce, reduction));
    this.ignore_index = ignore_index;
    this.label_smoothing = smoothing;
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    const { weight, ignore_index, reduction, label_smoothing } = this;
    return cross_entropy(input, target, { weight, ignore_index, reduction, label_smoothing });
  }
}

const readBinary = family(`Tensor? weight=None, ${older}, str reduction='mean'`);
type WeightOption = ReductionOptions & { weight?: Tensor | null };

/** -(target log input + (1 - target) log(1 - input)) of probabilities. */
export class BCELoss extends WeightedLoss {
  constructor(...options: Given<WeightOption, ['weight', 'size_average', 'reduce', 'reduction']>) {
    const [weight, average, reduce, reduction] = readBinary('BCELoss', options);
    super(weight, reductionOf(average, reduce, reduction));
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return binary_cross_entropy(input, target, { weight: this.weight, reduction: this.reduction });
  }
}

const readWithLogits = family(`Tensor? weight=None, ${older}, str reduction='mean', Tensor? pos_weight=None`);
type WithLogitsOptions = WeightOption & { pos_weight?: Tensor | null };

/** BCELoss of sigmoid(input), without its rounding; `pos_weight` multiplies the losses of targets of 1. */
export class BCEWithLogitsLoss extends WeightedLoss {
  declare pos_weight: Tensor | null;

  constructor(...options: Given<WithLogitsOptions, ['weight', 'size_average', 'reduce', 'reduction', 'pos_weight']>) {
    const [weight, average, reduce, reduction, pos_weight] = readWithLogits('BCEWithLogitsLoss', options);
    super(weight, reductionOf(average, reduce, reduction));
    this.register_buffer('pos_weight', pos_weight);
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    const { weight, pos_weight, reduction } = this;
    return binary_cross_entropy_with_logits(input, target, { weight, pos_weight, reduction });
  }
}
