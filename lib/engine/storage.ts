/**
 * Memory of tensors. A storage larger than a slot has a native block of its own; smaller ones share a block of equal
 * slots, so that a block's bookkeeping is paid once for many. A block is free when its JavaScript owner has been
 * collected.
 */
import { DisposedError, RuntimeError } from '../base/errors.js';
import './collector.js';
import { binding } from './native.js';

const smallestSlot = 64;
const largestSlot = 16384;
/** Of a block of slots, which one tensor pins. Fewer blocks cost fewer weak references, a microsecond each. */
const mostSlots = 64;
const largestSlab = 65536;

/** The owner of a native block; alive as long as one of its storages is. */
class Block {
  readonly address: number;
  constructor(bytes: number) {
    this.address = binding.take(this, bytes);
    if (this.address !== 0) return;
    throw new RuntimeError(
      `[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate ${bytes} bytes.`,
    );
  }
}

/** One slot size: the block being handed out, and slots that were given back. */
class SlotClass {
  private readonly slab: number;
  private block: Block | null = null;
  /** Where the next slot begins, in bytes; at the end while there is no block. */
  private next: number;
  private readonly freeBlocks: Block[] = [];
  private readonly freeStarts: number[] = [];

  constructor(private readonly bytes: number) {
    this.slab = Math.min(mostSlots * bytes, largestSlab);
    this.next = this.slab;
  }

  /** A storage of `nbytes`, no more than a slot has. */
  take(nbytes: number): Storage {
    if (this.freeBlocks.length > 0) return this.takeFreed(nbytes);
    if (this.next === this.slab) this.block = this.newBlock();
    const at = this.next;
    this.next = at + this.bytes;
    return new Storage(nbytes, this.block, at, null);
  }

  private takeFreed(nbytes: number): Storage {
    return new Storage(nbytes, this.freeBlocks.pop() as Block, this.freeStarts.pop() as number, null);
  }

  private newBlock(): Block {
    const block = new Block(this.slab);
    this.next = 0;
    return block;
  }

  give(block: Block, at: number): void {
    if (this.freeBlocks.length * this.slab >= mostPinned) return;
    this.freeBlocks.push(block);
    this.freeStarts.push(at);
  }
}

/** Bytes of nearly empty blocks that the free slots of one size may pin; slots beyond wait for the collector. */
const mostPinned = 2 ** 24;

const slotClasses: SlotClass[] = [];
for (let bytes = smallestSlot; bytes <= largestSlot; bytes *= 2) slotClasses.push(new SlotClass(bytes));

/** 64 bytes and less: 0, 128: 1, … 16384: 8. */
const slotClass = (bytes: number): SlotClass => slotClasses[bytes <= smallestSlot ? 0 : 26 - Math.clz32(bytes - 1)];

/** The address of a storage's first byte; 0 once disposed. Not a property, which anybody could redefine. */
export let addressOf: (storage: Storage) => number;
/**
 * The address of byte `begin`, behind which `length` bytes are wanted. One function without calls in the common case, as
 * every operand of every instruction asks. @throws RuntimeError where they are not the storage's, or it was disposed of.
 */
export let addressOfRow: (storage: Storage, begin: number, length: number) => number;
/** The size of a storage in bytes, as it was made. */
export let sizeOf: (storage: Storage) => number;

let made = 0;
/** How many storages there have been: the serial number of the last. */
export const storagesMade = (): number => made;

/** Whether storages made now are for inference tensors; null while none is. */
let isForInference: (() => boolean) | null = null;

/** Has each new storage ask `isWanted` whether it is for an inference tensor, or none ask (null). */
export function askForInference(isWanted: (() => boolean) | null): void {
  isForInference = isWanted;
}

/** So many writes would make an inference tensor a normal one. */
const inferenceVersion = -1e9;

/** The same of memory that is another storage's, or of no bytes, wherever. */
function addressOfOtherRow(storage: Storage, begin: number, length: number): number {
  const end = begin + length;
  if (length !== 0 && !(begin >= 0 && end <= sizeOf(storage))) {
    throw new RuntimeError(`a row from byte ${begin} to ${end} reaches beyond its storage of ${sizeOf(storage)} bytes`);
  }
  return liveAddressOf(storage) + begin;
}

/** @throws DisposedError once it was disposed of. */
export function liveAddressOf(storage: Storage): number {
  const address = addressOf(storage);
  if (address === 0) throw new DisposedError();
  return address;
}

/** A run of bytes that tensors view. Where it lies and how long it is, nobody can change from outside. */
export class Storage {
  /** Its number among all, in the order of making. */
  readonly serial = ++made;
  /** The backward pass that alone knows this storage, and may give it back or away; null for all others. */
  owner: object | null = null;
  /** Advanced by every in-place operation on any tensor that views this storage. Negative for inference tensors. */
  version = 0;
  #block: Block | null;
  readonly #start: number;
  readonly #nbytes: number;
  /** Whose memory this is, where it is another's. */
  readonly #source: Storage | null;

  static {
    addressOf = (storage) => {
      const block = storage.#block;
      if (block !== null) return block.address + storage.#start;
      return storage.#source === null ? 0 : addressOf(storage.#source);
    };
    addressOfRow = (storage, begin, length) => {
      const block = storage.#block;
      if (block !== null && begin >= 0 && begin + length <= storage.#nbytes) {
        return block.address + storage.#start + begin;
      }
      return addressOfOtherRow(storage, begin, length);
    };
    sizeOf = (storage) => storage.#nbytes;
  }

  /** Bytes of a block from `start` on, or, without one, those of `source`. */
  constructor(nbytes: number, block: Block | null, start: number, source: Storage | null) {
    this.#block = block;
    this.#start = start;
    this.#nbytes = nbytes;
    this.#source = source;
  }

  get nbytes(): number {
    return this.#nbytes;
  }

  /** Of the first byte; 0 once disposed. */
  get address(): number {
    return addressOf(this);
  }

  /** Gives the memory back now. Every tensor on this storage is unusable afterwards. */
  dispose(): void {
    const block = this.#block;
    if (block === null) return this.#source?.dispose();
    this.#block = null;
    if (this.#nbytes <= largestSlot) slotClass(this.#nbytes).give(block, this.#start);
    else binding.give(block.address);
  }
}

/**
 * New memory, uninitialised. The heap is asked to collect before anything is made for it: what a collection meets grows
 * older, and what met two is old to V8 and stays, with its memory, until a major one.
 * @throws RuntimeError with the bytes asked for when there is none.
 */
export function allocate(nbytes: number): Storage {
  const storage = nbytes <= largestSlot ? slotClass(nbytes).take(nbytes) : allocateBlock(nbytes);
  if (isForInference?.()) storage.version = inferenceVersion;
  return storage;
}

function allocateBlock(nbytes: number): Storage {
  binding.prepare(nbytes);
  return new Storage(nbytes, new Block(nbytes), 0, null);
}

/** The memory of `storage` with a version of its own, which writes through the other do not advance. */
export function counterpart(storage: Storage, version: number): Storage {
  const own = new Storage(sizeOf(storage), null, 0, storage);
  own.version = version;
  return own;
}

// Tensors show their storages, which would show how to make one over memory that is not there.
Object.defineProperty(Storage.prototype, 'constructor', { value: undefined });

/** Whether two storages are the same memory. */
export const isSameMemory = (a: Storage, b: Storage): boolean => a === b || addressOf(a) === addressOf(b);
