/** What the kernels were made for and run on: `torch.backends`. */
import { binding } from './native.js';

export const cpu = {
  /** The instruction set that kernels were chosen for, by Highway's name: 'AVX3', 'AVX2', 'SSE4', 'NEON', … */
  get_cpu_capability: (): string => binding.isa,
};
