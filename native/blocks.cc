#include "blocks.h"

#include <algorithm>
#include <cstdlib>

namespace sconce {
namespace {

constexpr size_t kAlignment = 64;
constexpr int64_t kReportStep = 1 << 20;
// Free memory kept for reuse beyond what is in use; the rest goes back to the system after a sweep.
constexpr size_t kCacheFloor = size_t{256} << 20;
// Live bytes from which V8 is made to collect. Left to itself it may let gigabytes of blocks whose owners are a few
// hundred bytes each pile up, for it finishes marking when the event loop turns.
constexpr size_t kBudgetFloor = size_t{512} << 20;
// More than any limit V8 sets for external memory, at which it collects at once.
constexpr int64_t kPressure = int64_t{1} << 44;

// Classes an eighth of a power of two apart: at most 12.5% of a block is unused, and sizes that nearly agree share one.
size_t RoundToClass(size_t bytes) {
  if (bytes <= 2048) return (bytes + kAlignment - 1) / kAlignment * kAlignment;
  size_t step = kAlignment;
  while (bytes > step * 16) step *= 2;
  return (bytes + step - 1) / step * step;
}

}  // namespace

Heap::Heap(napi_env env) : env_(env), budget_(kBudgetFloor) { NewSentinel(); }

Heap::~Heap() {
  for (const Block& block : live_) {
    napi_delete_reference(env_, block.owner);
    std::free(block.address);
  }
  for (auto& [bytes, addresses] : cache_) {
    for (char* address : addresses) std::free(address);
  }
  napi_delete_reference(env_, sentinel_);
}

char* Heap::Take(napi_value owner, size_t bytes) {
  if (bytes > SIZE_MAX / 2) return nullptr;
  bytes = RoundToClass(std::max<size_t>(bytes, 1));
  char* address = FromCache(bytes);
  if (!address) {
    if (live_bytes_ + bytes > budget_) Collect();
    if (SentinelDied()) {
      Sweep();
      NewSentinel();
      budget_ = std::max(kBudgetFloor, 2 * live_bytes_);
      address = FromCache(bytes);
    }
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
  unreported_ += static_cast<int64_t>(bytes);
  Report();
  return address;
}

void Heap::Give(char* address) {
  const auto found = position_.find(address);
  if (found == position_.end()) return;
  const size_t at = found->second;
  const Block block = live_[at];
  position_.erase(found);
  if (at + 1 != live_.size()) {
    live_[at] = live_.back();
    position_[live_[at].address] = at;
  }
  live_.pop_back();
  Release(block);
}

void Heap::Release(const Block& block) {
  napi_delete_reference(env_, block.owner);
  cache_[block.bytes].push_back(block.address);
  cached_bytes_ += block.bytes;
  live_bytes_ -= block.bytes;
  unreported_ -= static_cast<int64_t>(block.bytes);
}

// Reading a weak reference makes a handle, which would keep its owner alive until the scope closes: hence a scope of
// its own, and no call that can collect while it is open.
void Heap::Sweep() {
  ++sweeps_;
  size_t kept = 0;
  for (size_t i = 0; i < live_.size(); ++i) {
    napi_handle_scope scope;
    napi_open_handle_scope(env_, &scope);
    napi_value owner = nullptr;
    napi_get_reference_value(env_, live_[i].owner, &owner);
    napi_close_handle_scope(env_, scope);
    if (owner) {
      position_[live_[i].address] = kept;
      live_[kept++] = live_[i];
    } else {
      position_.erase(live_[i].address);
      Release(live_[i]);
    }
  }
  live_.resize(kept);
  Trim();
}

void Heap::Trim() {
  for (auto at = cache_.begin(); cached_bytes_ > kCacheFloor + live_bytes_ && at != cache_.end(); ++at) {
    while (!at->second.empty() && cached_bytes_ > kCacheFloor + live_bytes_) {
      std::free(at->second.back());
      at->second.pop_back();
      cached_bytes_ -= at->first;
    }
  }
}

bool Heap::SentinelDied() {
  napi_handle_scope scope;
  napi_open_handle_scope(env_, &scope);
  napi_value value = nullptr;
  napi_get_reference_value(env_, sentinel_, &value);
  napi_close_handle_scope(env_, scope);
  return value == nullptr;
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
  const auto found = cache_.find(bytes);
  if (found == cache_.end() || found->second.empty()) return nullptr;
  char* address = found->second.back();
  found->second.pop_back();
  cached_bytes_ -= bytes;
  return address;
}

char* Heap::FromSystem(size_t bytes) {
  ++system_takes_;
  char* address = static_cast<char*>(std::aligned_alloc(kAlignment, bytes));
  if (address) return address;
  // The free lists may hold what the system lacks.
  for (auto& [size, addresses] : cache_) {
    for (char* cached : addresses) std::free(cached);
    addresses.clear();
  }
  cached_bytes_ = 0;
  return static_cast<char*>(std::aligned_alloc(kAlignment, bytes));
}

// Node-API has no call for this; telling V8 of memory beyond its limits has the effect.
void Heap::Collect() {
  int64_t total;
  napi_adjust_external_memory(env_, kPressure, &total);
  napi_adjust_external_memory(env_, -kPressure, &total);
}

void Heap::Report() {
  if (std::abs(unreported_) < kReportStep) return;
  int64_t total;
  napi_adjust_external_memory(env_, unreported_, &total);
  unreported_ = 0;
}

}  // namespace sconce
