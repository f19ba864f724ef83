/**
 * Memory of tensors. A storage larger than a slot owns a native block; smaller ones share a block of equal slots, so that
 * a block's bookkeeping is paid once for many. A block is free when its JavaScript owner has been collected.
 */
import { RuntimeError } from '../base/errors.js';
import { binding } from './native.js';

const slotsPerBlock = 32;
const smallestSlot = 64;
const largestSlot = 2048;

/** A native block divided into slots; alive as long as one of its storages is. */
class Slab {
  readonly address: number;
  constructor(bytes: number) {
    this.address = takeBlock(this, bytes);
  }
}

/** One slot size: the block being handed out, and slots that were given back. */
class SlotClass {
  private slab: Slab | null = null;
  private next = slotsPerBlock;
  private readonly freeSlabs: Slab[] = [];
  private readonly freeAddresses: number[] = [];

  constructor(private readonly bytes: number) {}

  take(storage: Storage): void {
    const freed = this.freeSlabs.pop();
    if (freed !== undefined) {
      storage.slab = freed;
      storage.address = this.freeAddresses.pop() as number;
      return;
    }
    if (this.next === slotsPerBlock || this.slab === null) {
      this.slab = new Slab(this.bytes * slotsPerBlock);
      this.next = 0;
    }
    storage.slab = this.slab;
    storage.address = this.slab.address + this.bytes * this.next++;
  }

  give(slab: Slab, address: number): void {
    if (this.freeSlabs.length >= maxFreeSlots) return;
    this.freeSlabs.push(slab);
    this.freeAddresses.push(address);
  }
}

/** Slots beyond this wait for the collector, so that the free list cannot pin many nearly empty blocks. */
const maxFreeSlots = 1024;

const slotClasses: SlotClass[] = [];
for (let bytes = smallestSlot; bytes <= largestSlot; bytes *= 2) slotClasses.push(new SlotClass(bytes));

/** 64 bytes and less: 0, 128: 1, … 2048: 5. */
const slotClass = (bytes: number): SlotClass => slotClasses[bytes <= smallestSlot ? 0 : 26 - Math.clz32(bytes - 1)];

function takeBlock(owner: object, bytes: number): number {
  const address = binding.take(owner, bytes);
  if (address === 0) {
    throw new RuntimeError(
      `[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate ${bytes} bytes.`,
    );
  }
  return address;
}

/** A run of bytes that tensors view. */
export class Storage {
  /** How many storages there have been. */
  static made = 0;
  /** Its number among all, in the order of making. */
  readonly serial = Storage.made++;
  /** Of the first byte; 0 once disposed. */
  address = 0;
  slab: Slab | null = null;
  /** The backward pass that alone knows this storage, and may give it back or away; null for all others. */
  owner: object | null = null;
  /** Advanced by every in-place operation on any tensor that views this storage. */
  version = 0;

  /** Uninitialised memory. @throws RuntimeError with the bytes asked for when there is none. */
  constructor(readonly nbytes: number) {
    if (nbytes <= largestSlot) slotClass(nbytes).take(this);
    else this.address = takeBlock(this, nbytes);
  }

  /** Gives the memory back now. Every tensor on this storage is unusable afterwards. */
  dispose(): void {
    if (this.address === 0) return;
    if (this.slab) slotClass(this.nbytes).give(this.slab, this.address);
    else binding.give(this.address);
    this.slab = null;
    this.address = 0;
  }
}
