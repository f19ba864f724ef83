// What operations along one dimension share, and the logarithm of the softmax.
//
// All operands are row-major over the same [outer, n, inner]. Where inner is 1, a row of n elements lies in one piece
// and is worked on by itself; else as many neighbours as a tile is wide go down dimension n side by side.

#include "hwy/highway.h"
#include "kernels/table.h"
#include "lanes-inl.h"
#include "loops.h"
#include "math-inl.h"
#include "threads.h"

// Per-target include guard, as Highway wants it.
#if defined(SCONCE_SOFTMAX_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SCONCE_SOFTMAX_INL_H_
#undef SCONCE_SOFTMAX_INL_H_
#else
#define SCONCE_SOFTMAX_INL_H_
#endif

#include <algorithm>
#include <limits>

HWY_BEFORE_NAMESPACE();
namespace sconce {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr int64_t kTile = 64;  // columns side by side

template <class T>
constexpr T kLowest = -std::numeric_limits<T>::infinity();

template <class T>
T LargestOf(const T* x, int64_t n) {
  const hn::ScalableTag<T> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  auto a = hn::Set(d, kLowest<T>), b = a;
  int64_t i = 0;
  for (; i + 2 * lanes <= n; i += 2 * lanes) {
    a = hn::Max(hn::LoadU(d, x + i), a);
    b = hn::Max(hn::LoadU(d, x + i + lanes), b);
  }
  ForParts(d, n - i, [&](int64_t j, auto part) HWY_ATTR { a = hn::Max(part.Load(x + i + j, kLowest<T>), a); });
  return hn::GetLane(hn::MaxOfLanes(d, hn::Max(a, b)));
}

// largest[j] = the largest of column j of n rows, each `stride` from the next.
template <class T>
void LargestOfColumns(const T* x, int64_t n, int64_t stride, int64_t width, T* largest) {
  const hn::ScalableTag<T> d;
  std::fill(largest, largest + width, kLowest<T>);
  for (int64_t i = 0; i < n; ++i) {
    ForParts(d, width, [&](int64_t j, auto part) HWY_ATTR {
      part.Store(hn::Max(part.Load(x + i * stride + j), part.Load(largest + j)), largest + j);
    });
  }
}

// Σ exp(x - largest) over a row; each(power, i, part) is shown the powers.
template <class T, class F>
HWY_INLINE T SumPowers(const T* x, int64_t n, T largest, F&& each) {
  const hn::ScalableTag<T> d;
  const auto most = hn::Set(d, largest);
  auto sum = hn::Zero(d);
  ForParts(d, n, [&](int64_t i, auto part) HWY_ATTR {
    const auto power = Exp{}(d, hn::Sub(part.Load(x + i), most));
    each(power, i, part);
    sum = hn::Add(sum, part.Keep(power));
  });
  return hn::GetLane(hn::SumOfLanes(d, sum));
}
// The same of columns: their sums are added to sums[j].
template <class T, class F>
HWY_INLINE void SumPowersOfColumns(const T* x, int64_t n, int64_t stride, int64_t width, const T* largest, T* sums,
                                   F&& each) {
  const hn::ScalableTag<T> d;
  for (int64_t i = 0; i < n; ++i) {
    ForParts(d, width, [&](int64_t j, auto part) HWY_ATTR {
      const auto power = Exp{}(d, hn::Sub(part.Load(x + i * stride + j), part.Load(largest + j)));
      each(power, i * stride + j, part);
      part.Store(hn::Add(part.Load(sums + j), power), sums + j);
    });
  }
}

template <class T>
HWY_INLINE void Logarithms(T* x, int64_t n) {
  const hn::ScalableTag<T> d;
  ForParts(d, n, [&](int64_t i, auto part) HWY_ATTR { part.Store(Log{}(d, part.Load(x + i, T{1})), x + i); });
}

// An operation has Rows, of n elements in one piece each, and Columns, `width` side by side, each `stride` from the
// next along n. Its second input, where it has one, is the result whose slope is wanted.
//
// While the total of one row is waited for, those of its neighbours are computed: each step goes through up to kRows.
constexpr int64_t kRows = 16;

struct LogSoftmax {
  template <class T>
  static void Rows(T* out, const T* x, const T*, int64_t rows, int64_t n) {
    const hn::ScalableTag<T> d;
    HWY_ALIGN T largest[kRows], sums[kRows];
    for (int64_t r = 0; r < rows; ++r) largest[r] = LargestOf(x + r * n, n);
    for (int64_t r = 0; r < rows; ++r) {
      sums[r] = SumPowers(x + r * n, n, largest[r], [](auto, int64_t, auto) HWY_ATTR {});
    }
    Logarithms(sums, rows);
    for (int64_t r = 0; r < rows; ++r) {
      const auto most = hn::Set(d, largest[r]), logarithm = hn::Set(d, sums[r]);
      ForParts(d, n, [&](int64_t i, auto part) HWY_ATTR {
        part.Store(hn::Sub(hn::Sub(part.Load(x + r * n + i), most), logarithm), out + r * n + i);
      });
    }
  }

  template <class T>
  static void Columns(T* out, const T* x, const T*, int64_t n, int64_t stride, int64_t width) {
    HWY_ALIGN T largest[kTile], sums[kTile] = {};
    LargestOfColumns(x, n, stride, width, largest);
    SumPowersOfColumns(x, n, stride, width, largest, sums, [](auto, int64_t, auto) HWY_ATTR {});
    Logarithms(sums, width);
    for (int64_t i = 0; i < n; ++i) {
      const int64_t at = i * stride;
      for (int64_t j = 0; j < width; ++j) out[at + j] = (x[at + j] - largest[j]) - sums[j];
    }
  }
};

// Op over the [outer, n, inner] of an instruction.
template <class Op, class T>
void AlongDimension(const Instruction& in, T* out, const T* a, const T* b) {
  const int64_t outer = in.sizes[0], n = in.sizes[1], inner = in.sizes[2];
  if (in.NumElements() == 0) return;
  if (inner == 1) {
    constexpr int64_t kBlock = 2048;  // elements, which stay in the first-level cache
    const int64_t rows = std::clamp<int64_t>(kBlock / n, 1, kRows);
    return ParallelFor(outer, kDearGrain / n + 1, [&](int64_t begin, int64_t end) HWY_ATTR {
      for (int64_t i = begin; i < end; i += rows) {
        Op::template Rows<T>(out + i * n, a + i * n, b + i * n, std::min(rows, end - i), n);
      }
    });
  }
  const int64_t tiles = (inner + kTile - 1) / kTile;
  const int64_t grain = kDearGrain / (n * std::min(inner, kTile)) + 1;
  ParallelFor(outer * tiles, grain, [&](int64_t begin, int64_t end) HWY_ATTR {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t column = i % tiles * kTile, at = i / tiles * n * inner + column;
      Op::template Columns<T>(out + at, a + at, b + at, n, inner, std::min(kTile, inner - column));
    }
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace sconce
HWY_AFTER_NAMESPACE();

#endif
