// What kernels of sequences share.
#pragma once

#include "../loops.h"
#include "../walk.h"

namespace sconce {

// PyTorch computes ranges in 32-byte vectors, two at a time: each vector's first element from the range's start, the
// others from that element, already rounded; what remains at the end, one by one. Its last bits depend on this.
template <class T>
class Range {
 public:
  static constexpr int64_t kLanes = 32 / static_cast<int64_t>(sizeof(T));

  explicit Range(int64_t count) : vectors_end_(count - count % (2 * kLanes)) {}
  // The vector's first element that element i is computed from; i itself in the remainder.
  int64_t Base(int64_t i) const { return i < vectors_end_ ? i - i % kLanes : i; }
  int64_t vectors_end() const { return vectors_end_; }

 private:
  int64_t vectors_end_;
};

// Writes value(i) to the i-th element of the output in row-major order.
template <class T, class F>
void Generate(Instruction& in, F&& value) {
  Coalesce(in, 0, in.dims, Order::kKept);
  int64_t i = 0;
  for (Walk walk(in); !walk.done(); walk.Next()) {
    T* out = walk.row<T>(0);
    for (int64_t p = 0; p < walk.length(); ++p) out[p * walk.stride(0)] = value(i++);
  }
}

}  // namespace sconce
