// Drives a reduction over operands of any stride, on as many threads as pay.
//
// The instruction's sizes span the input: operand 0 is the output, operand 1 the input, and scalar 0 counts the reduced
// dimensions, which come last. Every output is the root of a binary tree whose leaves have a fixed size, so that
// rounding errors grow with the logarithm of the count (pairwise summation) and no result depends on the number of
// threads.
#pragma once

#include "instruction.h"
#include "loops.h"

namespace sconce {

inline constexpr int64_t kLeafElements = 4096;  // 32 KiB of 8-byte elements
inline constexpr int64_t kLeafRows = 64;
inline constexpr int64_t kTile = 1024;  // outputs computed side by side: of 4 bytes, runs that the processor foresees
inline constexpr size_t kMaxState = 16;

// What a kernel supplies. A state stands for a part of the elements that go into one output.
struct Reducer {
  size_t state_bytes;
  // states[j] = the reduction of the contiguous n elements that begin at x + j * step for each j < width; the step is
  // in bytes, n <= kLeafElements, width <= kTile.
  void (*rows)(const char* x, int64_t step, int64_t n, int64_t width, char* states);
  // states[j] = the reduction of rows[0 … n)[j * stride] for each j < width, n <= kLeafRows, width <= kTile.
  void (*columns)(const char* const* rows, int64_t n, int64_t stride, int64_t width, char* states);
  // left[j] becomes what stands for its own `left_count` elements followed by the `right_count` elements of right[j].
  void (*join)(char* left, int64_t left_count, const char* right, int64_t right_count, int64_t width);
  // out[j * stride] = the result of states[j], made of `count` elements. `scalars` are the instruction's.
  void (*finish)(const char* states, int64_t count, const double* scalars, char* out, int64_t stride, int64_t width);
  bool of_nothing = true;  // whether no elements at all have a result
  Order order = Order::kAny;
};

Status Reduce(Instruction&, const Reducer&);

}  // namespace sconce
