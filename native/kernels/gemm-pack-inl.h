// Packing of a matrix product's factors: copies in the order in which a register tile reads them.

#include "gemm.h"
#include "hwy/highway.h"

// Per-target include guard, as Highway wants it.
#if defined(SCONCE_GEMM_PACK_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SCONCE_GEMM_PACK_INL_H_
#undef SCONCE_GEMM_PACK_INL_H_
#else
#define SCONCE_GEMM_PACK_INL_H_
#endif

#include <algorithm>
#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace sconce {
namespace gemm {
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

// to[p * width + c] = from[c * across + p] for c < kLanes and p < 4 of float, 2 of double.
template <class D>
HWY_INLINE void TransposeBlocks(D d, const float* from, int64_t across, int64_t width, float* to) {
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
}
template <class D>
HWY_INLINE void TransposeBlocks(D d, const double* from, int64_t across, int64_t width, double* to) {
  const auto v0 = LoadBlocks(d, from, 2 * across), v1 = LoadBlocks(d, from + across, 2 * across);
  hn::StoreU(hn::InterleaveLower(d, v0, v1), d, to);
  hn::StoreU(hn::InterleaveUpper(d, v0, v1), d, to + width);
}
#endif

// to[p * width + c] = from[c * across + p] for p < depth and c < count.
template <class T>
void PackTransposed(const T* from, int64_t across, int64_t count, int64_t depth, int64_t width, T* to) {
  int64_t c = 0;
#if HWY_TARGET != HWY_SCALAR
  constexpr int64_t lanes = HWY_LANES(T), kRun = 16 / sizeof(T);
  const hn::ScalableTag<T> d;
  for (; c + lanes <= count; c += lanes) {
    int64_t p = 0;
    for (; p + kRun <= depth; p += kRun) TransposeBlocks(d, from + c * across + p, across, width, to + p * width + c);
    for (; p < depth; ++p) {
      for (int64_t i = c; i < c + lanes; ++i) to[p * width + i] = from[i * across + p];
    }
  }
#endif
  for (; c < count; ++c) {
    for (int64_t p = 0; p < depth; ++p) to[p * width + c] = from[c * across + p];
  }
}

// In vectors of D; the last may overlap the one before. At least one vector's worth.
template <class D, class T = hn::TFromD<D>>
HWY_INLINE void CopyVectors(D d, const T* from, int64_t n, T* to) {
  constexpr int64_t lanes = hn::MaxLanes(D());
  for (int64_t i = 0; i < n - lanes; i += lanes) hn::StoreU(hn::LoadU(d, from + i), d, to + i);
  hn::StoreU(hn::LoadU(d, from + n - lanes), d, to + n - lanes);
}

template <class T>
HWY_INLINE void CopyRow(const T* from, int64_t n, T* to) {
  const hn::ScalableTag<T> d;
  if (n >= static_cast<int64_t>(hn::MaxLanes(d))) return CopyVectors(d, from, n, to);
  if constexpr (HWY_LANES(T) > 1) {
    const hn::Half<decltype(d)> half;
    if (n >= static_cast<int64_t>(hn::MaxLanes(half))) return CopyVectors(half, from, n, to);
  }
  for (int64_t i = 0; i < n; ++i) to[i] = from[i];
}

// to[p * width + c] = from[c * across + p * along] for p < depth and c < count.
template <class T>
void PackPanel(const T* from, int64_t across, int64_t along, int64_t count, int64_t depth, int64_t width, T* to) {
  if (across == 1) {
    for (int64_t p = 0; p < depth; ++p) CopyRow(from + p * along, count, to + p * width);
  } else if (along == 1) {
    PackTransposed(from, across, count, depth, width, to);
  } else {
    for (int64_t p = 0; p < depth; ++p) {
      for (int64_t c = 0; c < count; ++c) to[p * width + c] = from[c * across + p * along];
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace gemm
}  // namespace sconce
HWY_AFTER_NAMESPACE();

#endif  // SCONCE_GEMM_PACK_INL_H_
