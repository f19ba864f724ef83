// Transposes elements of 4 and 8 bytes in registers.

#include <cstdint>

#include "hwy/cache_control.h"
#include "hwy/highway.h"

// Per-target include guard, as Highway wants it.
#if defined(SCONCE_TRANSPOSE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SCONCE_TRANSPOSE_INL_H_
#undef SCONCE_TRANSPOSE_INL_H_
#else
#define SCONCE_TRANSPOSE_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace sconce {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET != HWY_SCALAR
// A vector of the 16-byte blocks at from, from + step, …
template <class D, class T = hn::TFromD<D>>
HWY_INLINE hn::Vec<D> LoadBlocks(D d, const T* from, int64_t step) {
  constexpr int64_t kBytes = hn::MaxLanes(D()) * sizeof(T);
  if constexpr (kBytes <= 16) {
    return hn::LoadU(d, from);
  } else {
    const hn::Half<D> half;
    constexpr int64_t kBlocks = kBytes / 32;
    return hn::Combine(d, LoadBlocks(half, from + kBlocks * step, step), LoadBlocks(half, from, step));
  }
}

// to[p * width + c] = from[c * across + p] for c < Lanes(d) and p < 16 / sizeof(T).
template <class D, class T = hn::TFromD<D>>
HWY_INLINE void TransposeBlocks(D d, const T* from, int64_t across, int64_t width, T* to) {
  if constexpr (sizeof(T) == 4) {
    const hn::Repartition<double, D> wide;
    const auto v0 = LoadBlocks(d, from, 4 * across), v1 = LoadBlocks(d, from + across, 4 * across);
    const auto v2 = LoadBlocks(d, from + 2 * across, 4 * across), v3 = LoadBlocks(d, from + 3 * across, 4 * across);
    const auto low01 = hn::BitCast(wide, hn::InterleaveLower(d, v0, v1));
    const auto low23 = hn::BitCast(wide, hn::InterleaveLower(d, v2, v3));
    const auto high01 = hn::BitCast(wide, hn::InterleaveUpper(d, v0, v1));
    const auto high23 = hn::BitCast(wide, hn::InterleaveUpper(d, v2, v3));
    hn::StoreU(hn::BitCast(d, hn::InterleaveLower(wide, low01, low23)), d, to);
    hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(wide, low01, low23)), d, to + width);
    hn::StoreU(hn::BitCast(d, hn::InterleaveLower(wide, high01, high23)), d, to + 2 * width);
    hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(wide, high01, high23)), d, to + 3 * width);
  } else {
    const auto v0 = LoadBlocks(d, from, 2 * across), v1 = LoadBlocks(d, from + across, 2 * across);
    hn::StoreU(hn::InterleaveLower(d, v0, v1), d, to);
    hn::StoreU(hn::InterleaveUpper(d, v0, v1), d, to + width);
  }
}

// The columns from c on, as many vectors' worth as there are; returns where the next begins.
template <bool kAhead, class D, class T = hn::TFromD<D>>
HWY_INLINE int64_t TransposeVectors(D d, const T* from, int64_t across, int64_t c, int64_t count, int64_t depth,
                                    int64_t width, T* to) {
  constexpr int64_t lanes = hn::MaxLanes(D()), kRun = 16 / sizeof(T);
  for (; c + lanes <= count; c += lanes) {
    int64_t p = 0;
    for (; p + kRun <= depth; p += kRun) {
      if constexpr (kAhead) {
        // With each of a line's four blocks, a quarter of the lines.
        constexpr int64_t kLine = 64 / sizeof(T), kShare = (lanes + 3) / 4;
        const T* next = from + (c + lanes + p % kLine / kRun * kShare) * across + p / kLine * kLine;
        for (int64_t i = 0; i < kShare; ++i) hwy::Prefetch(next + i * across);
      }
      TransposeBlocks(d, from + c * across + p, across, width, to + p * width + c);
    }
    for (; p < depth; ++p) {
      for (int64_t i = c; i < c + lanes; ++i) to[p * width + i] = from[i * across + p];
    }
  }
  return c;
}
#endif

// to[p * width + c] = from[c * across + p] for p < depth and c < count. All p of a few c come first, so that each line
// of `from` is read while it is near. kAhead: the next few are fetched meanwhile, for whoever goes on with them; rows a
// power of two apart would take the place of each other.
template <bool kAhead, class T>
void Transpose(const T* from, int64_t across, int64_t count, int64_t depth, int64_t width, T* to) {
  int64_t c = 0;
#if HWY_TARGET != HWY_SCALAR
  c = TransposeVectors<kAhead>(hn::ScalableTag<T>(), from, across, c, count, depth, width, to);
  if constexpr (HWY_LANES(T) * sizeof(T) > 16) {
    c = TransposeVectors<kAhead>(hn::FixedTag<T, 16 / sizeof(T)>(), from, across, c, count, depth, width, to);
  }
#endif
  for (; c < count; ++c) {
    for (int64_t p = 0; p < depth; ++p) to[p * width + c] = from[c * across + p];
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace sconce
HWY_AFTER_NAMESPACE();

#endif  // SCONCE_TRANSPOSE_INL_H_
