/** Losses: how far an input is from its target, element by element, then averaged, summed or left as it is. */
import { RuntimeError, showShape, ValueError } from '../base/errors.js';
import { numel, type Shape, sameShape } from '../base/shape.js';
import { method, op } from '../op/op.js';
import { binary, floatingOnly, ternary } from '../op/pointwise.js';
import { type LossOptions, legacy, mean, reduced, reductionNumber } from '../op/reductions.js';
import type { Tensor } from '../tensor.js';

/** The gradient of the elements' losses, which broadcasts over `count` of them. */
const spread = (grad: Tensor, reduction: number, count: number): Tensor =>
  reduction === mean ? grad.div(count) : grad;

interface Shaped {
  readonly shape: Shape;
}

/** How many elements two tensors have, broadcast. */
function broadcastCount({ shape: a }: Shaped, { shape: b }: Shaped): number {
  if (sameShape(a, b)) return numel(a);
  const rank = Math.max(a.length, b.length);
  const size = (shape: Shape, i: number): number => shape[shape.length - rank + i] ?? 1;
  return numel(Array.from({ length: rank }, (_, i) => (size(a, i) === 1 ? size(b, i) : size(a, i))));
}

/** A loss of the distance between input and target; `parameter` is where it changes its form, if it does. */
type DistanceLoss = (input: Tensor, target: Tensor, reduction: number, parameter: number) => Tensor;

function distanceLoss(
  name: string,
  losses: (input: Tensor, target: Tensor, parameter: number) => Tensor,
  slope: (difference: Tensor, parameter: number) => Tensor,
): DistanceLoss {
  return op(`${name}(Tensor input, Tensor target, int reduction, float parameter) -> Tensor` as DistanceSchema, {
    forward: (input, target, reduction, parameter) => reduced(losses(input, target, parameter), reduction),
    backward: {
      input: (grad, { input, target, reduction, parameter }) =>
        slope(input.sub(target), parameter).mul(spread(grad, reduction, broadcastCount(input, target))),
      target: (grad, { input, target, reduction, parameter }) =>
        slope(target.sub(input), parameter).mul(spread(grad, reduction, broadcastCount(input, target))),
    },
    saves: ['input', 'target'],
  });
}
type DistanceSchema = 'loss(Tensor input, Tensor target, int reduction, float parameter) -> Tensor';

const squared = binary('squared_difference', floatingOnly);
const smooth = ternary('smooth_l1', floatingOnly);

const meanSquares = distanceLoss(
  'mse_loss',
  (input, target) => squared(input, target),
  (difference) => difference.mul(2),
);
const smoothL1 = distanceLoss(
  'smooth_l1_loss',
  (input, target, beta) => smooth(input, target, beta),
  (difference, beta) => (beta === 0 ? difference.sign() : difference.div(beta).clamp(-1, 1)),
);
const huber = distanceLoss(
  'huber_loss',
  (input, target, delta) => smooth(input, target, delta).mul(delta),
  (difference, delta) => difference.clamp(-delta, delta),
);

/** Its last argument may be an object of options; by position stand PyTorch's two older keywords first. */
type Loss<More extends unknown[] = [], Options = unknown> = (
  input: Tensor,
  target: Tensor,
  ...args:
    | [options?: LossOptions & Options]
    | [size_average: boolean | null, reduce?: boolean | null, reduction?: string, ...more: More]
) => Tensor;

/** (input - target)². */
export const mse_loss: Loss = method(
  `mse_loss(Tensor input, Tensor target, ${legacy}) -> Tensor`,
  (input, target, average, reduce, reduction) =>
    meanSquares(input, target, reductionNumber(reduction, average, reduce), 0),
);

/** |input - target|. */
export const l1_loss: Loss = method(
  `l1_loss(Tensor input, Tensor target, ${legacy}) -> Tensor`,
  (input, target, average, reduce, reduction) =>
    reduced(input.sub(target).abs(), reductionNumber(reduction, average, reduce)),
);

/** A parabola where |input - target| < beta, and a line beyond. @throws RuntimeError when `beta` is negative. */
export const smooth_l1_loss: Loss<[beta?: number], { beta?: number }> = method(
  `smooth_l1_loss(Tensor input, Tensor target, ${legacy}, float beta=1.0) -> Tensor`,
  (input, target, average, reduce, reduction, beta) => {
    if (beta < 0) throw new RuntimeError('smooth_l1_loss does not support negative values for beta.');
    return smoothL1(input, target, reductionNumber(reduction, average, reduce), beta);
  },
);

/** delta times smooth_l1_loss with beta = delta. @throws RuntimeError unless `delta` is positive. */
export const huber_loss: (
  input: Tensor,
  target: Tensor,
  ...args: [options?: { reduction?: string; delta?: number }] | [reduction: string, delta?: number]
) => Tensor = method(
  "huber_loss(Tensor input, Tensor target, str reduction='mean', float delta=1.0) -> Tensor",
  (input, target, reduction, delta) => {
    if (!(delta > 0)) throw new RuntimeError('huber_loss does not support non-positive values for delta.');
    return huber(input, target, reductionNumber(reduction), delta);
  },
);

const crossEntropy = binary('binary_cross_entropy', floatingOnly);

/** With logarithms no lower than -100, as the kernel has them. */
const logarithm = (x: Tensor): Tensor => x.log().clamp_min(-100);

const weighted = (tensor: Tensor, weight: Tensor | null): Tensor => (weight === null ? tensor : tensor.mul(weight));

const binaryCrossEntropy: (input: Tensor, target: Tensor, weight: Tensor | null, reduction: number) => Tensor = op(
  'binary_cross_entropy(Tensor input, Tensor target, Tensor? weight, int reduction) -> Tensor',
  {
    forward: (input, target, weight, reduction) => {
      if (input.dtype.is_floating_point) checkProbabilities(input);
      return reduced(weighted(crossEntropy(input, target), weight), reduction);
    },
    backward: {
      input: (grad, { input, target, weight, reduction }) => {
        const slope = input.sub(target).div(input.mul(input.neg().add(1)).clamp_min(1e-12));
        return weighted(slope, weight).mul(spread(grad, reduction, numel(input.shape)));
      },
      target: (grad, { input, weight, reduction }) => {
        const slope = logarithm(input.neg().add(1)).sub(logarithm(input));
        return weighted(slope, weight).mul(spread(grad, reduction, numel(input.shape)));
      },
    },
    saves: ['input', 'target', 'weight'],
  },
);

const sizeText = ({ shape }: Tensor): string => `torch.Size(${showShape(shape)})`;

function checkProbabilities(input: Tensor): void {
  if (input.count === 0) return;
  const inside = Number(input.detach().amin().item()) >= 0 && Number(input.detach().amax().item()) <= 1;
  if (!inside) throw new RuntimeError('all elements of input should be between 0 and 1');
}

/** @throws RuntimeError where a gradient with respect to an argument is wanted that has none. */
function checkConstant(name: string, argument: string, tensor: Tensor | null): void {
  if (!tensor?.requires_grad) return;
  throw new RuntimeError(
    `The function '${name}' is not differentiable with respect to argument '${argument}'. This input cannot have ` +
      'requires_grad True.',
  );
}

/** -(target log input + (1 - target) log(1 - input)) of probabilities; logarithms are no lower than -100. */
export const binary_cross_entropy: (
  input: Tensor,
  target: Tensor,
  ...args: [options?: LossOptions & { weight?: Tensor | null }] | [weight: Tensor | null, options?: LossOptions]
) => Tensor = method(
  `binary_cross_entropy(Tensor input, Tensor target, Tensor? weight=None, ${legacy}) -> Tensor`,
  (input, target, weight, average, reduce, reduction) => {
    if (!sameShape(input.sizes, target.sizes)) {
      throw new ValueError(
        `Using a target size (${sizeText(target)}) that is different to the input size (${sizeText(input)}) is ` +
          'deprecated. Please ensure they have the same size.',
      );
    }
    checkConstant('binary_cross_entropy', 'weight', weight);
    const factor = weight?.expand(input.shape) ?? null;
    const number = reductionNumber(reduction, average, reduce);
    return binaryCrossEntropy(input, target, factor, number);
  },
);

const withLogits = 'binary_cross_entropy_with_logits';
const ofLogits = binary(withLogits, floatingOnly);

/** With p = pos_weight: (1 - y) x + (1 + (p - 1) y) (log(1 + exp(-|x|)) + max(-x, 0)). */
function lossesOfLogits(input: Tensor, target: Tensor, pos_weight: Tensor | null): Tensor {
  if (pos_weight === null) return ofLogits(input, target);
  const factor = pos_weight.sub(1).mul(target).add(1);
  const softplus = input.abs().neg().exp().log1p().add(input.neg().clamp_min(0));
  return target.neg().add(1).mul(input).add(factor.mul(softplus));
}

type OfLogits = (
  input: Tensor,
  target: Tensor,
  weight: Tensor | null,
  pos_weight: Tensor | null,
  reduction: number,
) => Tensor;

const crossEntropyOfLogits: OfLogits = op(
  `${withLogits}(Tensor input, Tensor target, Tensor? weight, Tensor? pos_weight, int reduction) -> Tensor`,
  {
    forward: (input, target, weight, pos_weight, reduction) =>
      reduced(weighted(lossesOfLogits(input, target, pos_weight), weight), reduction),
    backward: {
      input: (grad, { input, target, weight, pos_weight, reduction }) => {
        const share = input.sigmoid();
        const positive = pos_weight === null ? target : target.mul(pos_weight);
        const slope = share.mul(positive.add(1).sub(target)).sub(positive);
        return weighted(slope, weight).mul(spread(grad, reduction, numel(input.shape)));
      },
      target: (grad, { input, weight, pos_weight, reduction }) => {
        const softplus = input.abs().neg().exp().log1p().add(input.neg().clamp_min(0));
        const slope = pos_weight === null ? input.neg() : softplus.mul(pos_weight.sub(1)).sub(input);
        return weighted(slope, weight).mul(spread(grad, reduction, numel(input.shape)));
      },
    },
    saves: ['input', 'target', 'weight', 'pos_weight'],
  },
);

interface OfLogitsOptions extends LossOptions {
  weight?: Tensor | null;
  pos_weight?: Tensor | null;
}

/** binary_cross_entropy of sigmoid(input), without its rounding; `pos_weight` multiplies the losses of targets of 1. */
export const binary_cross_entropy_with_logits: (
  input: Tensor,
  target: Tensor,
  ...args: [options?: OfLogitsOptions] | [weight: Tensor | null, options?: OfLogitsOptions]
) => Tensor = method(
  `${withLogits}(Tensor input, Tensor target, Tensor? weight=None, ${legacy}, Tensor? pos_weight=None) -> Tensor`,
  (input, target, weight, average, reduce, reduction, pos_weight) => {
    if (!sameShape(input.sizes, target.sizes)) {
      throw new ValueError(`Target size (${sizeText(target)}) must be the same as input size (${sizeText(input)})`);
    }
    checkConstant(withLogits, 'weight', weight);
    checkConstant(withLogits, 'pos_weight', pos_weight);
    const factor = weight?.expand(input.shape) ?? null;
    const positive = pos_weight?.expand(input.shape) ?? null;
    return crossEntropyOfLogits(input, target, factor, positive, reductionNumber(reduction, average, reduce));
  },
);

/**
 * target · (log target - input), where the input is a logarithm; with `log_target` the target is one too. `reduction`
 * may be 'batchmean' as well: the sum over the size of dimension 0.
 */
export const kl_div: Loss<[log_target?: boolean], { log_target?: boolean; reduction?: string }> = method(
  `kl_div(Tensor input, Tensor target, ${legacy}, bool log_target=False) -> Tensor`,
  (input, target, average, reduce, reduction, log_target) => {
    const losses = log_target ? target.exp().mul(target.sub(input)) : target.xlogy(target).sub(target.mul(input));
    if (reduction === 'batchmean') return losses.sum().div(input.size(0));
    return reduced(losses, reductionNumber(reduction, average, reduce));
  },
);
