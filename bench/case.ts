/** One piece of work, told to each contestant in its language. */

/** Source text: `statement` is timed, with the variables that `setup` made. */
export interface Source {
  setup: string;
  statement: string;
}

/** Whom an aim speaks of: a contestant, or the faster of the BLAS libraries. */
export type Reference = 'PyTorch' | 'OpenBLAS' | 'BLAS' | 'copy';

/** The highest ratio of sconce's time to another's that is good enough. */
export interface Aim {
  ratio: number;
  to: Reference;
}

export interface Case {
  name: string;
  /** Prepares the work and returns what is timed. */
  sconce(): () => unknown;
  pytorch: Source;
  tfjs?: Source;
  /** `setup` is an array of inputs, `statement` a function of them that consumes them, as jax-js wants it. */
  jax?: Source;
  /** Bytes that must be read and written in all; a copy that moves as many is measured beside. */
  bytes?: number;
  /** Floating-point operations. */
  flop?: number;
  /** The matrix product that this is, in the words of `limits/products.h`; BLAS libraries are measured beside. */
  product?: string;
  aims?: readonly Aim[];
}
