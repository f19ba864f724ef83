// Native memory for tensors, one heap for each Node environment (main thread or worker).
//
// A block belongs to a small JavaScript object and is free once that object has been collected. Finalizers would tell,
// but they wait for the event loop, which a synchronous training loop never reaches. So the heap keeps a weak reference
// to each owner, and one to a sentinel that nothing else holds: when the sentinel reads as empty, a collection has
// happened, and a sweep over the weak references finds the blocks that died with it. The sweep runs when the free lists
// have nothing to give, before the system is asked. When live bytes outgrow a budget, twice what the last sweep left, a
// collection is brought forward.
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
  void Sweep();

 private:
  struct Block {
    char* address;
    size_t bytes;
    napi_ref owner;
  };
  struct Class;

  bool SentinelDied();
  void NewSentinel();
  char* FromCache(size_t bytes);
  char* FromSystem(size_t bytes);
  void Release(const Block& block);
  void Trim();
  void Collect();
  void Report();

  napi_env env_;
  napi_ref sentinel_ = nullptr;
  std::vector<Block> live_;
  std::unordered_map<char*, size_t> position_;            // address -> index in live_
  std::unordered_map<size_t, std::vector<char*>> cache_;  // bytes -> free addresses
  size_t live_bytes_ = 0;
  size_t cached_bytes_ = 0;
  size_t budget_;           // live bytes from which a collection is brought forward
  int64_t unreported_ = 0;  // bytes that V8 has not been told of
  uint64_t sweeps_ = 0;
  uint64_t system_takes_ = 0;
};

}  // namespace sconce
