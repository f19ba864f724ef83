/** Generators of pseudo-random numbers, whose stream is PyTorch's on the CPU. */
import { int64, uint8 } from '../base/dtype.js';
import { argumentError, RuntimeError, showShape } from '../base/errors.js';
import { repeated } from '../base/shape.js';
import { opcode } from '../engine/native.js';
import { arrayOperand, begin, operand, run, scalar } from '../engine/program.js';
import { emptyTensor, Tensor } from '../tensor.js';

const seedCode = opcode('seed');

/** Of the state in int64 elements; its layout is drawn in native/generator.h. */
const stateLength = 632;
const defaultSeed = 67280421310721n;

/** Writes the next operand of a drawing instruction over `dims` dimensions: the state of the stream. */
export let emitState: (generator: Generator, dims: number) => void;

/** A stream of random numbers of its own: `new torch.Generator().manual_seed(0)`. */
export class Generator {
  private readonly state = emptyTensor([stateLength], int64);
  private seeded = defaultSeed;

  static {
    emitState = (generator, dims) => operand(whole(generator.state), repeated(0, dims));
  }

  constructor() {
    this.manual_seed(defaultSeed);
  }

  /** Starts the stream anew. @throws TypeError unless `seed` is a whole number of at most 64 bits. */
  manual_seed(seed: number | bigint): this {
    if (typeof seed !== 'bigint' && !Number.isSafeInteger(seed))
      throw argumentError('manual_seed', 'seed', 'int', seed);
    const wide = BigInt(seed);
    if (wide < -(2n ** 63n) || wide >= 2n ** 64n) {
      throw new RuntimeError(`manual_seed: Overflow when unpacking long: expected 64 bits, got ${wide}`);
    }
    this.seeded = BigInt.asUintN(64, wide);
    begin(seedCode, [], 1);
    operand(whole(this.state), []);
    scalar(Number(this.seeded & 0xffffffffn));
    scalar(Number(this.seeded >> 32n));
    run('manual_seed', int64);
    return this;
  }

  /** Seeds with a number that cannot be foretold, and returns it. */
  seed(): number | bigint {
    const [high, low] = crypto.getRandomValues(new Uint32Array(2));
    this.manual_seed((BigInt(high & 0x1fffff) << 32n) | BigInt(low));
    return this.initial_seed();
  }

  /** The seed that the stream began with. */
  initial_seed(): number | bigint {
    const number = Number(this.seeded);
    return Number.isSafeInteger(number) ? number : this.seeded;
  }

  /** The state as bytes, which `set_state` takes, here or in PyTorch. */
  get_state(): Tensor {
    const bytes = emptyTensor([stateLength * 8], uint8);
    transfer(bytes, this.state);
    return bytes;
  }

  /**
   * Continues where the stream was when `get_state` was called.
   * @throws RuntimeError unless `state` is such a state.
   */
  set_state(state: Tensor): this {
    if (!(state instanceof Tensor) || state.dtype !== uint8) {
      throw argumentError('set_state', 'new_state', 'a torch.ByteTensor', state);
    }
    if (state.numel() !== stateLength * 8) {
      throw new RuntimeError(
        `set_state: expected a state of ${stateLength * 8} bytes, got a tensor of shape ${showShape(state.shape)}`,
      );
    }
    const words = new BigInt64Array(state.toTypedArray().buffer);
    begin(opcode('copy'), [stateLength], 2);
    operand(whole(this.state), [1]);
    arrayOperand(words, int64, [1]);
    run('set_state', int64);
    this.seeded = BigInt.asUintN(64, words[0]);
    return this;
  }
}

/** Kernels take the length of a state on trust. */
function whole(state: Tensor): Tensor {
  if (state.dtype === int64 && state.count === stateLength) return state;
  throw new RuntimeError(`Generator: its state was replaced by a tensor of shape ${showShape(state.sizes)}`);
}

/** Copies the bytes of one tensor over those of another of the same size. */
function transfer(to: Tensor, from: Tensor): void {
  const bytes = new Tensor(from.storage, from.offset * from.itemsize, to.sizes, [1], uint8, true, to.count);
  begin(opcode('copy'), to.sizes, 2);
  operand(to, to.strides);
  operand(bytes, [1]);
  run('get_state', uint8);
}

/** What is drawn from where no generator is given. */
export const default_generator = new Generator();

/** Starts the default stream anew; every random function then gives PyTorch's numbers for that seed. */
export const manual_seed = (seed: number | bigint): Generator => default_generator.manual_seed(seed);
/** Seeds the default stream with a number that cannot be foretold, and returns it. */
export const seed = (): number | bigint => default_generator.seed();
/** The seed that the default stream began with. */
export const initial_seed = (): number | bigint => default_generator.initial_seed();
/** The state of the default stream. */
export const get_rng_state = (): Tensor => default_generator.get_state();
/** Continues the default stream at a state. */
export const set_rng_state = (state: Tensor): void => {
  default_generator.set_state(state);
};
