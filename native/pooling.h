// Windows that slide over an axis, as pooling has them.
#pragma once

#include <algorithm>

#include "instruction.h"

namespace sconce {

struct Axis {
  int64_t in, out;
  int64_t window;  // taps; 0: adaptive, output o has the inputs [⌊o·in/out⌋, ⌈(o+1)·in/out⌉)
  int64_t stride, padding, dilation;
  bool divides = true;         // a mean's divisor is the window's size, else `divisor`
  bool counts_padding = true;  // the window's size counts the padding
  int64_t divisor = 1;
};

// The positions begin, begin + step, … below end that a window has within the input.
struct Taps {
  int64_t begin, end, step;
  int64_t counted;  // how many positions a mean is divided by
};

struct Span {
  int64_t begin, end;
};

inline int64_t CeilDiv(int64_t a, int64_t b) { return a >= 0 ? (a + b - 1) / b : -(-a / b); }

inline int64_t FloorDiv(int64_t a, int64_t b) { return -CeilDiv(-a, b); }

inline Taps TapsOf(const Axis& axis, int64_t o) {
  if (axis.window == 0) {
    const int64_t begin = o * axis.in / axis.out, end = ((o + 1) * axis.in + axis.out - 1) / axis.out;
    return {begin, end, 1, axis.divides ? end - begin : 1};
  }
  const int64_t start = o * axis.stride - axis.padding, reach = (axis.window - 1) * axis.dilation + 1;
  const int64_t begin = start < 0 ? start + CeilDiv(-start, axis.dilation) * axis.dilation : start;
  const int64_t end = std::min(start + reach, axis.in);
  const int64_t padded = std::min(start + reach, axis.in + axis.padding) - start;
  const int64_t counted = !axis.divides ? 1 : axis.counts_padding ? padded : std::max<int64_t>(end - begin, 0);
  return {begin, end, axis.dilation, counted};
}

inline int64_t LastTap(const Taps& taps) {
  return taps.begin + std::max<int64_t>(0, (taps.end - 1 - taps.begin) / taps.step) * taps.step;
}

// The outputs whose windows lie within the input.
inline Span InsideOf(const Axis& axis) {
  if (axis.window == 0) return {0, 0};
  const int64_t room = axis.in - 1 - (axis.window - 1) * axis.dilation + axis.padding;
  const int64_t end = room < 0 ? 0 : std::min(axis.out, room / axis.stride + 1);
  return {std::min(CeilDiv(axis.padding, axis.stride), end), end};
}

inline int64_t WindowSize(const Axis* axes) {
  int64_t size = 1;
  for (int i = 0; i < 3; ++i) size *= axes[i].window == 0 ? axes[i].in / axes[i].out + 1 : axes[i].window;
  return size;
}

// Sizes: planes, then the three of an output plane. Scalars: for each axis its input size, window, stride, padding and
// dilation; then, of means, whether padding counts and the divisor, 0 for the window's size.
inline bool ReadAxes(const Instruction& in, Axis* axes) {
  if (in.dims != 4 || in.num_scalars < 15) return false;
  for (int i = 0; i < 3; ++i) {
    const int at = 5 * i;
    axes[i] = {in.integer(at),     in.sizes[i + 1],    in.integer(at + 1),
               in.integer(at + 2), in.integer(at + 3), in.integer(at + 4)};
    if (in.num_scalars < 17) continue;
    axes[i].counts_padding = in.integer(15) != 0;
    axes[i].divides = in.integer(16) == 0;
    axes[i].divisor = in.integer(16);
  }
  return true;
}

}  // namespace sconce
