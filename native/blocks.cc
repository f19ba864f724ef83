#include "blocks.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#if __has_include(<sys/mman.h>)
#include <sys/mman.h>
#endif

namespace sconce {
namespace {

constexpr size_t kAlignment = 64;
// Free memory kept for reuse beyond what is in use; the rest goes back to the system after a sweep.
constexpr size_t kCacheFloor = size_t{256} << 20;
// Results of so many bytes are made between two minor collections. Fewer, and the 50 us of a collection show; more, and
// results no longer find their memory in the last cache: 2^18 additions took 67 us with 6 MB, 134 with 16, 248 with 64.
constexpr size_t kYoungBytes = size_t{6} << 20;
// A step of training that makes no more than this is not interrupted.
constexpr size_t kMostOfStep = size_t{64} << 20;
// Where only major collections can be had, which take milliseconds.
constexpr size_t kYoungBytesOfMajor = size_t{512} << 20;
constexpr size_t kMajorFloor = size_t{256} << 20;
// So few blocks are all swept every time: it takes less than the collection itself.
constexpr size_t kFewBlocks = 1024;
// More than any limit V8 sets for external memory, at which it collects at once.
constexpr int64_t kPressure = int64_t{1} << 44;

// Classes an eighth of a power of two apart: at most 12.5% of a block is unused, and sizes that nearly agree share one.
size_t RoundToClass(size_t bytes) {
  if (bytes <= 2048) return (bytes + kAlignment - 1) / kAlignment * kAlignment;
  size_t step = kAlignment;
  while (bytes > step * 16) step *= 2;
  return (bytes + step - 1) / step * step;
}

char* Allocate(size_t bytes) {
#ifdef MADV_HUGEPAGE
  // Huge pages where a block holds them whole: one fault instead of 512, and lines that spread evenly over the caches.
  constexpr size_t kHugePage = size_t{2} << 20;
  if (bytes >= kHugePage) {
    void* address = nullptr;
    if (posix_memalign(&address, kHugePage, bytes) != 0) return nullptr;
    madvise(address, bytes / kHugePage * kHugePage, MADV_HUGEPAGE);
    return static_cast<char*>(address);
  }
#endif
  return static_cast<char*>(std::aligned_alloc(kAlignment, bytes));
}

}  // namespace

Heap::Heap(napi_env env) : env_(env), young_floor_(kYoungBytes), young_bytes_(kYoungBytes), major_budget_(kMajorFloor) {
  NewSentinel();
}

Heap::~Heap() {
  for (const Block& block : live_) {
    napi_delete_reference(env_, block.owner);
    std::free(block.address);
  }
  for (auto& [bytes, free] : cache_) {
    for (char* address : free.addresses) std::free(address);
  }
  napi_delete_reference(env_, sentinel_);
  if (collector_) napi_delete_reference(env_, collector_);
}

void Heap::SetCollector(napi_value collector) { napi_create_reference(env_, collector, 1, &collector_); }

void Heap::Prepare(size_t bytes) {
  prepared_ = true;
  if (settled_) BeginStep();
  // Two blocks of any size come between collections: after each block, what passes from one operation to the next would
  // live through two of them and be old.
  if (live_bytes_ + bytes <= swept_bytes_ + std::max({young_bytes_, step_bytes_, 2 * bytes})) return;
  step_bytes_ = 0;
  MakeRoom();
}

char* Heap::Take(napi_value owner, size_t bytes) {
  if (bytes > SIZE_MAX / 2) return nullptr;
  bytes = RoundToClass(std::max<size_t>(bytes, 1));
  if (!prepared_) Prepare(bytes);
  prepared_ = false;
  char* address = FromCache(bytes);
  if (!address && !IsAlive(sentinel_)) {
    SweepYoung();
    address = FromCache(bytes);
  }
  if (!address) address = FromSystem(bytes);
  if (!address) return nullptr;
  Block block{address, bytes, nullptr};
  if (napi_create_reference(env_, owner, 0, &block.owner) != napi_ok) {
    std::free(address);
    return nullptr;
  }
  position_[address] = live_.size();
  live_.push_back(block);
  live_bytes_ += bytes;
  ++taken_;
  made_bytes_ += bytes;
  return address;
}

// What two minor collections find alive is old to V8, and waits for a major one. So one is made now, when less is alive
// than on the way, and the next step may take what the last one did and a little more.
void Heap::BeginStep() {
  settled_ = false;
  const size_t made = std::exchange(made_bytes_, 0);
  if (!collector_) return;
  step_bytes_ = std::min(made + made / 4, kMostOfStep);
  if (live_bytes_ > swept_bytes_ + young_bytes_ / 2) MakeRoom();
}

void Heap::Give(char* address) {
  const auto found = position_.find(address);
  if (found == position_.end()) return;
  const size_t at = found->second;
  const Block block = live_[at];
  position_.erase(found);
  // The last survivor fills the gap of a survivor, so that survivors stay in front.
  const size_t gap = at < survivors_ ? Move(--survivors_, at) : at;
  Move(live_.size() - 1, gap);
  live_.pop_back();
  made_bytes_ -= std::min(made_bytes_, block.bytes);
  Release(block);
}

// Puts the block at index `from` at `to`, and returns where the gap is now.
size_t Heap::Move(size_t from, size_t to) {
  if (from != to) {
    live_[to] = live_[from];
    position_[live_[to].address] = to;
  }
  return from;
}

void Heap::Release(const Block& block) {
  napi_delete_reference(env_, block.owner);
  cache_[block.bytes].addresses.push_back(block.address);
  cached_bytes_ += block.bytes;
  live_bytes_ -= block.bytes;
}

// Asks for collections until live bytes are what they should be.
void Heap::MakeRoom() {
  const size_t before = live_bytes_;
  Collect(true);
  SweepYoung();
  // Work in progress that outlives a minor collection would live on until a major one: let it end.
  const size_t freed = before - live_bytes_;
  if (freed < young_bytes_ / 2) {
    young_bytes_ = std::max(young_bytes_, std::min(2 * young_bytes_, live_bytes_ / 2));
  } else {
    young_bytes_ = std::max(young_floor_, young_bytes_ / 2);
  }
  if (live_bytes_ > major_budget_) {
    Collect(false);
    Sweep();
    major_budget_ = std::max(kMajorFloor, 2 * live_bytes_);
  }
}

void Heap::Sweep() { SweepFrom(0); }

void Heap::SweepYoung() {
  // Blocks that survived once are looked at again when as many have been taken.
  const bool all = live_.size() < kFewBlocks || taken_ >= survivors_;
  SweepFrom(all ? 0 : survivors_);
}

// Reading a weak reference makes a handle, which would keep its owner alive until the scope closes: hence a scope of
// its own, and no call that can collect while it is open.
void Heap::SweepFrom(size_t first) {
  ++sweeps_;
  if (first == 0) taken_ = 0;
  size_t kept = first;
  for (size_t i = first; i < live_.size(); ++i) {
    if (IsAlive(live_[i].owner)) {
      Move(i, kept++);
    } else {
      position_.erase(live_[i].address);
      Release(live_[i]);
    }
  }
  live_.resize(kept);
  survivors_ = kept;
  swept_bytes_ = live_bytes_;
  Trim();
  if (!IsAlive(sentinel_)) NewSentinel();
}

// Gives memory back to the system, of the sizes first that have not been asked for since longest.
void Heap::Trim() {
  const size_t most = kCacheFloor + live_bytes_;
  while (cached_bytes_ > most) {
    auto oldest = cache_.end();
    for (auto at = cache_.begin(); at != cache_.end(); ++at) {
      if (at->second.addresses.empty()) continue;
      if (oldest == cache_.end() || at->second.asked < oldest->second.asked) oldest = at;
    }
    auto& [bytes, free] = *oldest;
    for (; cached_bytes_ > most && !free.addresses.empty(); cached_bytes_ -= bytes) {
      std::free(free.addresses.back());
      free.addresses.pop_back();
    }
  }
}

bool Heap::IsAlive(napi_ref reference) {
  napi_handle_scope scope;
  napi_open_handle_scope(env_, &scope);
  napi_value value = nullptr;
  napi_get_reference_value(env_, reference, &value);
  napi_close_handle_scope(env_, scope);
  return value != nullptr;
}

void Heap::NewSentinel() {
  if (sentinel_) napi_delete_reference(env_, sentinel_);
  napi_handle_scope scope;
  napi_open_handle_scope(env_, &scope);
  napi_value object;
  napi_create_object(env_, &object);
  napi_create_reference(env_, object, 0, &sentinel_);
  napi_close_handle_scope(env_, scope);
}

char* Heap::FromCache(size_t bytes) {
  Free& free = cache_[bytes];
  free.asked = ++asked_;
  if (free.addresses.empty()) return nullptr;
  char* address = free.addresses.back();
  free.addresses.pop_back();
  cached_bytes_ -= bytes;
  return address;
}

char* Heap::FromSystem(size_t bytes) {
  ++system_takes_;
  if (char* address = Allocate(bytes)) return address;
  // The free lists may hold what the system lacks.
  for (auto& [size, free] : cache_) {
    for (char* cached : free.addresses) std::free(cached);
    free.addresses.clear();
  }
  cached_bytes_ = 0;
  return Allocate(bytes);
}

// Where V8 cannot be asked, telling it of memory beyond its limits has the effect of a major collection.
void Heap::Collect(bool minor) {
  if (collector_) {
    if (AskCollector(minor)) return;
    napi_delete_reference(env_, collector_);
    collector_ = nullptr;
    young_floor_ = young_bytes_ = kYoungBytesOfMajor;
  }
  if (minor) return;
  int64_t total;
  napi_adjust_external_memory(env_, kPressure, &total);
  napi_adjust_external_memory(env_, -kPressure, &total);
}

bool Heap::AskCollector(bool minor) {
  napi_handle_scope scope;
  napi_open_handle_scope(env_, &scope);
  napi_value collector, receiver, argument, result = nullptr;
  bool collected = false;
  napi_get_reference_value(env_, collector_, &collector);
  napi_get_undefined(env_, &receiver);
  napi_get_boolean(env_, minor, &argument);
  if (napi_call_function(env_, receiver, collector, 1, &argument, &result) == napi_ok) {
    napi_get_value_bool(env_, result, &collected);
  } else {
    napi_get_and_clear_last_exception(env_, &result);
  }
  napi_close_handle_scope(env_, scope);
  return collected;
}

}  // namespace sconce
