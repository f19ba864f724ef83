/** Dropout, with the random numbers of PyTorch's CPU. */
import { RuntimeError, ValueError } from '../base/errors.js';
import { method } from '../op/op.js';
import type { Tensor } from '../tensor.js';

function checkProbability(p: number): void {
  if (p >= 0 && p <= 1) return;
  throw new ValueError(`dropout probability has to be between 0 and 1, but got ${p}`);
}

/** What is kept is scaled up, so that the mean stays; there is one factor for each element of `noise`. */
function dropped(input: Tensor, p: number, training: boolean, inplace: boolean, noise: () => Tensor): Tensor {
  checkProbability(p);
  if (!training || p === 0 || input.count === 0) return input;
  const factors =
    p === 1
      ? noise().zero_()
      : noise()
          .bernoulli(1 - p)
          .div_(1 - p);
  return inplace ? input.mul_(factors) : input.mul(factors);
}

/** A factor for each element; they are drawn in row-major order. */
const elementNoise = (input: Tensor): Tensor => input.new_empty(input.shape);

interface Options {
  training?: boolean;
  inplace?: boolean;
}

type Dropout = (
  input: Tensor,
  ...args:
    | [options?: { p?: number } & Options]
    | [p: number, options?: Options]
    | [p: number, training: boolean, inplace?: boolean | { inplace?: boolean }]
) => Tensor;

const parameters = 'Tensor input, float p=0.5, bool training=True, bool inplace=False';

/** Elements become 0 with probability `p`, all others are divided by 1 - p; without `training` the input itself. */
export const functionalDropout: Dropout = method(`dropout(${parameters}) -> Tensor`, (input, p, training, inplace) =>
  dropped(input, p, training, inplace, () => elementNoise(input)),
);

/** Dropout as `torch` has it. */
export const dropout: (input: Tensor, p: number, train: boolean) => Tensor = method(
  'dropout(Tensor input, float p, bool train) -> Tensor',
  (input, p, train) => dropped(input, p, train, false, () => elementNoise(input)),
);

/** One factor for each channel of each item. */
function channelNoise(input: Tensor): Tensor {
  if (input.ndim < 2) throw new RuntimeError('Feature dropout requires at least 2 dimensions in the input');
  return input.new_empty([input.sizes[0], input.sizes[1], ...input.sizes.slice(2).map(() => 1)]);
}

/** Whole channels (dimension 1) become 0; an input of 2 dimensions is one item. */
export const dropout1d: Dropout = method(`dropout1d(${parameters}) -> Tensor`, (input, p, training, inplace) => {
  if (input.ndim !== 2 && input.ndim !== 3) {
    throw new RuntimeError(`dropout1d: Expected 2D or 3D input, but received a ${input.ndim}D input.`);
  }
  if (input.ndim === 3) return dropped(input, p, training, inplace, () => channelNoise(input));
  const item = input.unsqueeze(0);
  return dropped(item, p, training, inplace, () => channelNoise(item)).squeeze(0);
});

/** Whole channels (dimension 1) become 0. */
export const dropout2d: Dropout = method(`dropout2d(${parameters}) -> Tensor`, (input, p, training, inplace) =>
  dropped(input, p, training, inplace, () => channelNoise(input)),
);

/** Whole channels (dimension 1) become 0. */
export const dropout3d: Dropout = method(`dropout3d(${parameters}) -> Tensor`, (input, p, training, inplace) =>
  dropped(input, p, training, inplace, () => channelNoise(input)),
);
