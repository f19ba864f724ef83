/** Tables of vectors. */
import { argumentError, ValueError } from '../base/errors.js';
import { no_grad } from '../graph/modes.js';
import { isTensor } from '../op/bind.js';
import { pythonFloat } from '../print/python.js';
import type { Tensor } from '../tensor.js';
import { embedding } from './embedding.js';
import { normal_ } from './init.js';
import { Module } from './module.js';
import { type ModuleOptions, newParameter, signature } from './options.js';
import { Parameter } from './parameter.js';

const read = signature(
  'Embedding(int num_embeddings, int embedding_dim, int? padding_idx=None, float? max_norm=None, float norm_type=2.0, bool scale_grad_by_freq=False, bool sparse=False, Tensor? _weight=None, Any device=None, ScalarType? dtype=None) -> ()',
);

/** Options of `Embedding`. */
export interface EmbeddingOptions extends ModuleOptions {
  padding_idx?: number | null;
  max_norm?: number | null;
  norm_type?: number;
  scale_grad_by_freq?: boolean;
}

/**
 * A table of trained vectors, looked up by number: indices of [*] to [*, embedding_dim].
 * @example new torch.nn.Embedding(10, 3).forward(torch.tensor([[1n, 2n], [4n, 5n]])).shape; // [2, 2, 3]
 */
export class Embedding extends Module {
  readonly num_embeddings: number;
  readonly embedding_dim: number;
  readonly padding_idx: number | null;
  readonly max_norm: number | null;
  readonly norm_type: number;
  readonly scale_grad_by_freq: boolean;
  weight: Parameter;

  constructor(
    num_embeddings: number,
    embedding_dim: number,
    ...options: [options?: EmbeddingOptions] | [padding_idx: number | null, options?: EmbeddingOptions]
  ) {
    super();
    const [rows, width, padding, longest, order, scaled, , , device, dtype] = read([
      num_embeddings,
      embedding_dim,
      ...options,
    ]);
    this.num_embeddings = rows;
    this.embedding_dim = width;
    this.padding_idx = checkPadding(padding, rows);
    this.max_norm = longest;
    this.norm_type = order;
    this.scale_grad_by_freq = scaled;
    this.weight = newParameter([rows, width], device, dtype);
    this.reset_parameters();
  }

  /** A table of given vectors, which is not trained unless `freeze` is false. */
  static from_pretrained(embeddings: Tensor, options: EmbeddingOptions & { freeze?: boolean } = {}): Embedding {
    if (!isTensor(embeddings)) throw argumentError('from_pretrained', 'embeddings', 'Tensor', embeddings);
    if (embeddings.ndim !== 2) throw new ValueError('Embeddings parameter is expected to be 2-dimensional');
    if (typeof options !== 'object' || options === null)
      throw argumentError('from_pretrained', 'options', 'a plain object', options);
    const { freeze = true, ...others } = options;
    const made = new Embedding(0, embeddings.shape[1], { ...others, padding_idx: null });
    return Object.assign(made, {
      num_embeddings: embeddings.shape[0],
      padding_idx: checkPadding(options.padding_idx ?? null, embeddings.shape[0]),
      weight: new Parameter(embeddings, !freeze),
    });
  }

  /** New random vectors; zeros for the padding. */
  reset_parameters(): void {
    normal_(this.weight);
    const { padding_idx } = this;
    if (padding_idx !== null) no_grad(() => this.weight.select(0, padding_idx).fill_(0));
  }

  override forward(input: Tensor): Tensor {
    const { padding_idx, max_norm, norm_type, scale_grad_by_freq } = this;
    return embedding(input, this.weight, { padding_idx, max_norm, norm_type, scale_grad_by_freq });
  }

  override extra_repr(): string {
    const { padding_idx, max_norm, norm_type } = this;
    return [
      `${this.num_embeddings}, ${this.embedding_dim}`,
      ...(padding_idx === null ? [] : [`padding_idx=${padding_idx}`]),
      ...(max_norm === null ? [] : [`max_norm=${pythonFloat(max_norm)}`]),
      ...(norm_type === 2 ? [] : [`norm_type=${norm_type}`]),
      ...(this.scale_grad_by_freq ? ['scale_grad_by_freq=True'] : []),
    ].join(', ');
  }
}

/** The row's number from the front. @throws ValueError for one that is not there. */
function checkPadding(padding: number | null, rows: number): number | null {
  if (padding === null) return null;
  if (padding >= rows || padding < -rows) throw new ValueError('Padding_idx must be within num_embeddings');
  return padding < 0 ? padding + rows : padding;
}
