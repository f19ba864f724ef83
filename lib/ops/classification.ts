/** Losses of classes: the logarithm of the probability that an input gives to its target. */
import { type DType, int64, uint8 } from '../base/dtype.js';
import { IndexError, RuntimeError, showShape, ValueError } from '../base/errors.js';
import { type Shape, sameShape } from '../base/shape.js';
import { opcode } from '../engine/native.js';
import { begin, operand, run, scalar } from '../engine/program.js';
import { is_grad_enabled } from '../graph/modes.js';
import { isTransformed } from '../op/levels.js';
import { method, op } from '../op/op.js';
import { type LossOptions, mean, none, reduced, reductionNumber, sum } from '../op/reductions.js';
import { floatingOr, rowMajor, seenFrom, vectorOperand } from '../op/slices.js';
import { emptyTensor, type Tensor } from '../tensor.js';

const codes = {
  nll_loss: opcode('nll_loss'),
  nll_loss_backward: opcode('nll_loss_backward'),
  cross_entropy: opcode('cross_entropy'),
  cross_entropy_backward: opcode('cross_entropy_backward'),
};

/** Parameters that several schemas share. */
const ruleParameters = 'int reduction, int ignore_index';
const writtenParameters = 'Tensor log_probabilities, Tensor total';
const weighing = 'Tensor? weight=None, bool? size_average=None, int ignore_index=-100';
const options = `${weighing}, bool? reduce=None, str reduction='mean'` as const;

/** How the losses of targets become one, and which target has none. */
interface Rule {
  readonly weight: Tensor | null;
  readonly reduction: number;
  readonly ignore_index: number;
}

const still: Shape = [0, 0, 0];

/** Classes are dimension 1, or the only one. */
const classDim = (shape: Shape): number => (shape.length === 1 ? 0 : 1);

/** Writes and runs an instruction over `shape`; `before` and `after` stand before the target and after the weight. */
function emit(
  name: keyof typeof codes,
  shape: Shape,
  before: readonly Tensor[],
  target: Tensor,
  rule: Rule,
  after: readonly Tensor[] = [],
): void {
  const { dtype } = before[0];
  const [classes, weight] = [rowMajor(target), rule.weight && rowMajor(rule.weight)];
  begin(codes[name], seenFrom(shape, classDim(shape)), before.length + 2 + after.length);
  for (const each of before) operand(each, still);
  operand(classes, still);
  vectorOperand(weight, 1, dtype, 3, 0);
  for (const each of after) operand(each, still);
  scalar(rule.reduction);
  scalar(rule.ignore_index);
  try {
    run(name, dtype);
  } catch (error) {
    throw error instanceof IndexError ? new IndexError(outOfBounds(error)) : error;
  }
}

/** PyTorch's sentence for a class that is not there. */
const outOfBounds = ({ message }: Error): string =>
  `Target ${/index (-?\d+)/.exec(message)?.[1]} is out of bounds. (${message})`;

/** A tensor for the loss: one element, or one for each target. */
const lossLike = (target: Tensor, reduction: number, dtype: DType): Tensor =>
  emptyTensor(reduction === none ? target.sizes : [], dtype);

type NllLoss = (
  input: Tensor,
  target: Tensor,
  weight: Tensor | null,
  reduction: number,
  ignore_index: number,
  total_weight: Tensor,
) => Tensor;

const nodeName = (input: Tensor): string => (input.ndim <= 2 ? 'NllLossBackward0' : 'NllLoss2DBackward0');

/** nll_loss of arguments that were checked; `total_weight` is written. */
const nllLoss: NllLoss = op(
  `nll_loss(Tensor input, Tensor target, Tensor? weight, ${ruleParameters}, Tensor total) -> Tensor`,
  {
    forward: (input, target, weight, reduction, ignore_index, total) => {
      const loss = lossLike(target, reduction, input.dtype);
      emit('nll_loss', input.sizes, [loss, total, rowMajor(input)], target, { weight, reduction, ignore_index });
      return loss;
    },
    backward: {
      input: (grad, { input, target, weight, reduction, ignore_index, total }) =>
        nllLossBackward(grad, target, weight, input.shape, reduction, ignore_index, total),
    },
    saves: ['target', 'weight', 'total'],
    node: nodeName,
  },
);

/** The gradient of nll_loss, which it is linear in. */
const nllLossBackward: (
  grad_output: Tensor,
  target: Tensor,
  weight: Tensor | null,
  size: readonly number[],
  reduction: number,
  ignore_index: number,
  total: Tensor,
) => Tensor = op(
  `nll_loss_backward(Tensor grad_output, Tensor target, Tensor? weight, int[1] size, ${ruleParameters}, Tensor total) -> Tensor`,
  {
    forward: (grad_output, target, weight, size, reduction, ignore_index, total) => {
      const out = emptyTensor(size, grad_output.dtype);
      const rule = { weight, reduction, ignore_index };
      emit('nll_loss_backward', size, [out, rowMajor(grad_output)], target, rule, [total]);
      return out;
    },
    backward: {
      grad_output: (grad, { target, weight, reduction, ignore_index, total }) =>
        nllLoss(grad, target, weight, reduction, ignore_index, total),
    },
    saves: ['target', 'weight', 'total'],
  },
);

/** nll_loss of arguments that were checked. Levels see the losses of all targets, and operators that reduce them. */
function picked(input: Tensor, target: Tensor, rule: Rule): Tensor {
  const { weight, reduction, ignore_index } = rule;
  const isSplit = isTransformed() && reduction !== none;
  const total = emptyTensor([], input.dtype);
  const losses = nllLoss(input, target, weight, isSplit ? none : reduction, ignore_index, total);
  if (!isSplit) return losses;
  return reduction === sum ? losses.sum() : losses.sum().div(totalWeight(input, target, rule));
}

/** The weights of all targets that count, added up. */
function totalWeight(input: Tensor, target: Tensor, { weight, ignore_index }: Rule): Tensor {
  const counts = target.ne(ignore_index);
  if (weight === null) return counts.sum().to(input.dtype);
  const classes = target.masked_fill(counts.logical_not(), 0).flatten();
  return weight.detach().index_select(0, classes).mul(counts.flatten()).sum();
}

type CrossEntropy = (
  input: Tensor,
  target: Tensor,
  weight: Tensor | null,
  reduction: number,
  ignore_index: number,
  log_probabilities: Tensor,
  total: Tensor,
) => Tensor;

/** log_softmax and nll_loss in one; `log_probabilities` and `total` are written. */
const crossEntropy: CrossEntropy = op(
  `cross_entropy(Tensor input, Tensor target, Tensor? weight, ${ruleParameters}, ${writtenParameters}) -> Tensor`,
  {
    forward: (input, target, weight, reduction, ignore_index, log_probabilities, total) => {
      const loss = lossLike(target, reduction, input.dtype);
      const rule = { weight, reduction, ignore_index };
      emit('cross_entropy', input.sizes, [loss, total, log_probabilities, rowMajor(input)], target, rule);
      return loss;
    },
    backward: {
      input: (grad, { input, target, weight, reduction, ignore_index, log_probabilities, total }) => {
        const rule = { weight, reduction, ignore_index };
        if (is_grad_enabled() || isTransformed()) return composedGradient(grad, input, target, rule, total);
        const out = emptyTensor(input.sizes, input.dtype);
        const before = [out, rowMajor(grad), log_probabilities];
        emit('cross_entropy_backward', input.sizes, before, target, rule, [total]);
        return out;
      },
    },
    saves: ['input', 'target', 'weight', 'log_probabilities', 'total'],
    node: nodeName,
  },
);

/** The gradient of crossEntropy in operators that have one themselves. */
function composedGradient(grad: Tensor, input: Tensor, target: Tensor, rule: Rule, total: Tensor): Tensor {
  const { weight, reduction, ignore_index } = rule;
  const dim = classDim(input.sizes);
  const picked = nllLossBackward(grad, target, weight, input.shape, reduction, ignore_index, total);
  return picked.sub(input.softmax(dim).mul(picked.sum(dim, true)));
}

function checkTarget(input: Tensor, target: Tensor): void {
  if (input.ndim === 0) throw new ValueError('Expected 1 or more dimensions (got 0)');
  const batch = input.ndim === 1 ? [] : [input.sizes[0], ...input.sizes.slice(2)];
  if (batch.length > 0 && target.ndim > 0 && input.sizes[0] !== target.sizes[0]) {
    throw new ValueError(
      `Expected input batch_size (${input.sizes[0]}) to match target batch_size (${target.sizes[0]}).`,
    );
  }
  if (!sameShape(batch, target.sizes)) {
    throw new RuntimeError(
      `size mismatch (got input: ${showShape(input.sizes)} , target: ${showShape(target.sizes)}, expected target: ` +
        `${showShape(batch)})`,
    );
  }
  if (target.dtype !== int64 && target.dtype !== uint8) {
    throw new RuntimeError(`expected scalar type Long but found ${target.dtype.scalarName} (argument 'target')`);
  }
}

function checkWeight(weight: Tensor | null, input: Tensor): void {
  if (weight === null) return;
  const classes = input.sizes[classDim(input.sizes)];
  if (weight.ndim !== 1 || weight.count !== classes) {
    throw new RuntimeError(
      `weight tensor should be defined either for all ${classes} classes or no classes but got weight tensor of shape: ` +
        showShape(weight.sizes),
    );
  }
  if (weight.dtype !== input.dtype) {
    throw new RuntimeError(
      `expected scalar type ${input.dtype.scalarName} but found ${weight.dtype.scalarName} (argument 'weight')`,
    );
  }
}

interface NllOptions extends LossOptions {
  weight?: Tensor | null;
  ignore_index?: number;
}

/**
 * Minus the element of `input`, logarithms of probabilities of [N, C, *] or [C], at the class that each target of [N,
 * *] or [] names; their mean weighted by the classes, unless `reduction` says otherwise.
 * @throws IndexError for a class that is not there, RuntimeError unless the sizes fit.
 */
export const nll_loss: (
  input: Tensor,
  target: Tensor,
  ...args: [options?: NllOptions] | [weight: Tensor | null, options?: NllOptions]
) => Tensor = method(
  `nll_loss(Tensor input, Tensor target, ${options}) -> Tensor`,
  (input, target, weight, average, ignore_index, reduce, reduction) => {
    checkTarget(input, target);
    checkWeight(weight, input);
    floatingOr('nll_loss_out_frame', input.dtype);
    const number = reductionNumber(reduction, average, reduce);
    return picked(input, target.to(int64), { weight, reduction: number, ignore_index });
  },
);

/** -Σ target · log p over the classes. */
function ofProbabilities(input: Tensor, target: Tensor, rule: Rule, smoothing: number): Tensor {
  const dim = classDim(input.sizes);
  const classes = input.size(dim);
  const smoothed = smoothing === 0 ? target : target.mul(1 - smoothing).add(smoothing / classes);
  const logs = input.log_softmax(dim).mul(smoothed);
  const losses = rule.weight === null ? logs : logs.mul(alongClasses(rule.weight, input));
  if (rule.reduction === none) return losses.sum(dim).neg();
  if (rule.reduction === sum) return losses.sum().neg();
  return losses
    .sum()
    .neg()
    .div(input.numel() / classes);
}

const alongClasses = (weight: Tensor, input: Tensor): Tensor =>
  input.ndim === 1 ? weight : weight.reshape([1, -1, ...input.shape.slice(2).map(() => 1)]);

/** Of each target the share 1 - smoothing, and the rest spread evenly over all classes. */
function smoothed(input: Tensor, target: Tensor, rule: Rule, smoothing: number): Tensor {
  const { weight, reduction, ignore_index } = rule;
  const dim = classDim(input.sizes);
  const logs = input.log_softmax(dim);
  const all = (weight === null ? logs : logs.mul(alongClasses(weight, input))).sum(dim).neg();
  const counted = all.masked_fill(target.eq(ignore_index), 0);
  const spread = reduction === mean ? counted.sum().div(totalWeight(input, target, rule)) : reduced(counted, reduction);
  return picked(logs, target, rule)
    .mul(1 - smoothing)
    .add(spread.mul(smoothing / input.size(dim)));
}

interface CrossEntropyOptions extends NllOptions {
  label_smoothing?: number;
}

/**
 * nll_loss of the log_softmax over the classes, dimension 1 of [N, C, *]. Targets are classes, of [N, *], or
 * probabilities in the shape of the input.
 * @throws IndexError for a class that is not there, RuntimeError unless the sizes fit.
 * @example torch.nn.functional.cross_entropy(logits, labels, { label_smoothing: 0.1 })
 */
export const cross_entropy: (
  input: Tensor,
  target: Tensor,
  ...args: [options?: CrossEntropyOptions] | [weight: Tensor | null, options?: CrossEntropyOptions]
) => Tensor = method(
  `cross_entropy(Tensor input, Tensor target, ${options}, float label_smoothing=0.0) -> Tensor`,
  (input, target, weight, average, ignore_index, reduce, reduction, label_smoothing) => {
    if (!(label_smoothing >= 0 && label_smoothing <= 1)) {
      throw new RuntimeError(`label_smoothing must be between 0.0 and 1.0. Got: ${label_smoothing}`);
    }
    const rule = { weight, ignore_index, reduction: reductionNumber(reduction, average, reduce) };
    floatingOr('log_softmax_lastdim_kernel_impl', input.dtype);
    if (sameShape(input.sizes, target.sizes)) {
      checkProbabilities(target, rule);
      checkWeight(weight, input);
      return ofProbabilities(input, target, rule, label_smoothing);
    }
    checkTarget(input, target);
    checkWeight(weight, input);
    const classes = target.to(int64);
    if (label_smoothing > 0) return smoothed(input, classes, rule, label_smoothing);
    if (isTransformed()) return picked(input.log_softmax(classDim(input.sizes)), classes, rule);
    const [logs, total] = [emptyTensor(input.sizes, input.dtype), emptyTensor([], input.dtype)];
    return crossEntropy(input, classes, weight, rule.reduction, ignore_index, logs, total);
  },
);

function checkProbabilities(target: Tensor, rule: Rule): void {
  if (!target.dtype.is_floating_point) {
    throw new RuntimeError(
      `Expected floating point type for target with class probabilities, got ${target.dtype.scalarName}`,
    );
  }
  if (rule.ignore_index >= 0) throw new RuntimeError('ignore_index is not supported for floating point target');
}
