/** Distances between vectors, and the angle between them: functions and modules. */
import { broadcastShapes } from '../base/shape.js';
import { method } from '../op/op.js';
import type { Tensor } from '../tensor.js';
import { Module } from './module.js';
import { type Given, signature } from './options.js';

interface CosineOptions {
  dim?: number;
  eps?: number;
}

/**
 * The cosine of the angle between vectors along `dim`: x1 · x2 / (|x1| |x2|), where no length counts as less than
 * `eps`. Shapes broadcast.
 */
export const cosine_similarity: (x1: Tensor, x2: Tensor, ...options: Given<CosineOptions, ['dim', 'eps']>) => Tensor =
  method('cosine_similarity(Tensor x1, Tensor x2, int dim=1, float eps=1e-8) -> Tensor', (x1, x2, dim, eps) => {
    const shape = broadcastShapes('cosine_similarity', x1.sizes, x2.sizes);
    const [a, b] = [x1.expand(shape), x2.expand(shape)].map((x) => x.div(x.norm(2, dim, true).clamp_min(eps)));
    return a.mul(b).sum(dim);
  });

interface DistanceOptions {
  p?: number;
  eps?: number;
  keepdim?: boolean;
}

/** The p-norm of x1 - x2 + eps along the last dimension. Shapes broadcast. */
export const pairwise_distance: (
  x1: Tensor,
  x2: Tensor,
  ...options: Given<DistanceOptions, ['p', 'eps', 'keepdim']>
) => Tensor = method(
  'pairwise_distance(Tensor x1, Tensor x2, float p=2, float eps=1e-6, bool keepdim=False) -> Tensor',
  (x1, x2, p, eps, keepdim) => x1.sub(x2).add(eps).norm(p, -1, keepdim),
);

const readCosine = signature('CosineSimilarity(int dim=1, float eps=1e-8) -> ()');

/** The cosine of the angle between vectors along `dim`. */
export class CosineSimilarity extends Module {
  readonly dim: number;
  readonly eps: number;

  constructor(...options: Given<CosineOptions, ['dim', 'eps']>) {
    super();
    [this.dim, this.eps] = readCosine(options);
  }

  override forward(x1: Tensor, x2: Tensor): Tensor {
    return cosine_similarity(x1, x2, this.dim, this.eps);
  }
}

const readDistance = signature('PairwiseDistance(float p=2, float eps=1e-6, bool keepdim=False) -> ()');

/** The p-norm of the difference of vectors along the last dimension. */
export class PairwiseDistance extends Module {
  readonly norm: number;
  readonly eps: number;
  readonly keepdim: boolean;

  constructor(...options: Given<DistanceOptions, ['p', 'eps', 'keepdim']>) {
    super();
    [this.norm, this.eps, this.keepdim] = readDistance(options);
  }

  override forward(x1: Tensor, x2: Tensor): Tensor {
    return pairwise_distance(x1, x2, this.norm, this.eps, this.keepdim);
  }
}
