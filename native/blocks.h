// Native memory for tensors, one heap for each Node environment (main thread or worker).
//
// A block belongs to a small JavaScript object and is free once that object has been collected. Finalizers would tell,
// but they wait for the event loop, which a synchronous training loop never reaches. So the heap keeps a weak reference
// to each owner, and one to a sentinel that nothing else holds: when the sentinel reads as empty, a collection has
// happened, and a sweep over the weak references finds the blocks that died with it.
//
// V8 counts its own bytes, not ours, and would let gigabytes of blocks pile up whose owners are a few hundred bytes
// each. So the heap asks for collections itself, in two generations as V8 has them: a minor one, some 50 us, whenever
// the live bytes have grown by a young generation that the caches still hold, so that loops go on in warm memory; and a
// major one when what minor ones leave has doubled.
#pragma once

#include <node_api.h>

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace sconce {

class Heap {
 public:
  explicit Heap(napi_env env);
  ~Heap();
  Heap(const Heap&) = delete;
  Heap& operator=(const Heap&) = delete;

  // Collects what has died, if that is due before so many bytes are taken. Called before the next owner is made: a
  // collection that meets an object makes it older, and what V8 finds alive twice stays until a major one.
  void Prepare(size_t bytes);
  // At least `bytes` bytes at a multiple of 64, owned by `owner`; null when the system has none.
  char* Take(napi_value owner, size_t bytes);
  // Takes back the block at `address` before its owner dies.
  void Give(char* address);

  struct Stats {
    size_t live_bytes;  // of blocks whose owner is not known to be dead
    size_t live_blocks;
    size_t cached_bytes;  // free, kept for reuse
    uint64_t sweeps;
    uint64_t system_takes;  // blocks that had to come from the system
  };
  Stats stats() const { return {live_bytes_, live_.size(), cached_bytes_, sweeps_, system_takes_}; }
  // Takes back what has been collected.
  void Sweep();
  // Says that work in progress has ended, so that by the next block most of what it used will be dead.
  void Settle() { settled_ = true; }

  // `collector` is called with whether a minor collection is enough; it returns false where V8 cannot be asked.
  void SetCollector(napi_value collector);

 private:
  struct Block {
    char* address;
    size_t bytes;
    napi_ref owner;
  };

  // Free blocks of one size.
  struct Free {
    std::vector<char*> addresses;
    uint64_t asked = 0;  // when one was last asked for, counted in blocks
  };

  void BeginStep();
  void MakeRoom();
  void Collect(bool minor);
  void SweepYoung();
  void SweepFrom(size_t first);
  bool AskCollector(bool minor);
  size_t Move(size_t from, size_t to);
  bool IsAlive(napi_ref reference);
  void NewSentinel();
  char* FromCache(size_t bytes);
  char* FromSystem(size_t bytes);
  void Release(const Block& block);
  void Trim();

  napi_env env_;
  napi_ref sentinel_ = nullptr;
  std::vector<Block> live_;
  std::unordered_map<char*, size_t> position_;  // address -> index in live_
  std::unordered_map<size_t, Free> cache_;      // bytes -> what is free
  size_t live_bytes_ = 0;
  size_t cached_bytes_ = 0;
  napi_ref collector_ = nullptr;
  bool settled_ = false;
  bool prepared_ = false;  // for the next block
  size_t survivors_ = 0;   // the first so many of live_ have been swept before
  size_t taken_ = 0;       // blocks since all of live_ was swept
  size_t young_floor_;
  size_t young_bytes_;      // by which live bytes may grow until a minor collection is asked for,
  size_t step_bytes_ = 0;   // or by so many where steps have been ending
  size_t swept_bytes_ = 0;  // live bytes after the last sweep
  size_t made_bytes_ = 0;   // since the step began, without those that were given back
  size_t major_budget_;     // live bytes from which a major collection is asked for
  uint64_t asked_ = 0;
  uint64_t sweeps_ = 0;
  uint64_t system_takes_ = 0;
};

}  // namespace sconce
