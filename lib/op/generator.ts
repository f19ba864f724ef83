/** Generator of pseudo-random numbers; the stream is PyTorch's on the CPU. */
export class Generator {
  /** @internal */
  seed = 0;
}
