// Packing of a matrix product's factors: copies in the order in which a register tile reads them.

#include "gemm.h"
#include "hwy/highway.h"
#include "transpose-inl.h"

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
using sconce::HWY_NAMESPACE::Transpose;

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
    Transpose<true>(from, across, count, depth, width, to);
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
