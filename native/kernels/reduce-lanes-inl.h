// Reductions of float32 rows, vector by vector: of short rows, what a compiler makes around a loop that it vectorises
// takes longer than the loop, and it does not find the instructions for extremes. Chains are joined in the same order
// as by the loops of reduce.cc.

#include "hwy/highway.h"
#include "lanes-inl.h"

#if defined(SCONCE_REDUCE_LANES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SCONCE_REDUCE_LANES_INL_H_
#undef SCONCE_REDUCE_LANES_INL_H_
#else
#define SCONCE_REDUCE_LANES_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace sconce {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

struct AddLanes {
  static constexpr bool kMayLoseNaN = false;
  template <class V>
  static HWY_INLINE V Join(V a, V b) {
    return hn::Add(a, b);
  }
};
// Where one is NaN, the result may be either.
struct LargerLanes {
  static constexpr bool kMayLoseNaN = true;
  template <class V>
  static HWY_INLINE V Join(V a, V b) {
    return hn::Max(a, b);
  }
};
struct SmallerLanes {
  static constexpr bool kMayLoseNaN = true;
  template <class V>
  static HWY_INLINE V Join(V a, V b) {
    return hn::Min(a, b);
  }
};

#if HWY_TARGET != HWY_SCALAR
using FourFloats = hn::FixedTag<float, 4>;

// Joins halves of a vector until four lanes are left.
template <class Lanes>
HWY_INLINE hn::Vec<FourFloats> LastFour(FourFloats, hn::Vec<FourFloats> v) {
  return v;
}
template <class Lanes, class D, class V = hn::Vec<D>>
HWY_INLINE hn::Vec<FourFloats> LastFour(D d, V v) {
  const hn::Half<D> half;
  return LastFour<Lanes>(half, Lanes::Join(hn::LowerHalf(half, v), hn::UpperHalf(half, v)));
}

// The last four of kChains chains along a row. Where NaN may be lost, all elements are added to `total`, which is NaN
// if one of them is: one more instruction, where asking each of them takes three.
template <class Lanes, int64_t kChains, class V>
HWY_INLINE hn::Vec<FourFloats> RowChains(const float* x, int64_t n, float neutral, V& total) {
  const hn::CappedTag<float, kChains> d;
  constexpr int64_t lanes = HWY_LANES(float), kVectors = kChains / lanes;
  V chains[kVectors];
  for (auto& chain : chains) chain = hn::Set(d, neutral);
  int64_t i = 0;
  for (; i + kChains <= n; i += kChains) {
    V sum = hn::Zero(d);
    for (int64_t v = 0; v < kVectors; ++v) {
      const V next = hn::LoadU(d, x + i + v * lanes);
      chains[v] = Lanes::Join(chains[v], next);
      if constexpr (Lanes::kMayLoseNaN) sum = hn::Add(sum, next);
    }
    if constexpr (Lanes::kMayLoseNaN) total = hn::Add(total, sum);
  }
  for (int64_t v = 0; i < n; ++v, i += lanes) {
    const int64_t rest = n - i;
    const V last = rest < lanes ? LoadFirst(d, x + i, static_cast<size_t>(rest), neutral) : hn::LoadU(d, x + i);
    chains[v] = Lanes::Join(chains[v], last);
    if constexpr (Lanes::kMayLoseNaN) total = hn::Add(total, last);
  }
  for (int64_t count = kVectors / 2; count > 0; count /= 2) {
    for (int64_t v = 0; v < count; ++v) chains[v] = Lanes::Join(chains[v], chains[v + count]);
  }
  return LastFour<Lanes>(d, chains[0]);
}

// states[j] = the row of n elements that begins `step` bytes after the one before it. False if these are wrong, as
// there may have been NaN (or infinities of both signs).
template <class Lanes, int64_t kChains>
bool ReduceRows(const char* x, int64_t step, int64_t n, int64_t width, float neutral, float* states) {
  const FourFloats d;
  const hn::CappedTag<float, kChains> wide;
  auto total = hn::Zero(wide);
  const auto row = [&](int64_t j) HWY_ATTR {
    return RowChains<Lanes, kChains>(reinterpret_cast<const float*>(x + j * step), n, neutral, total);
  };
  int64_t j = 0;
  for (; j + 4 <= width; j += 4) {
    const auto a = row(j), b = row(j + 1), c = row(j + 2), e = row(j + 3);
    const auto ab = Lanes::Join(hn::InterleaveLower(d, a, b), hn::InterleaveUpper(d, a, b));
    const auto ce = Lanes::Join(hn::InterleaveLower(d, c, e), hn::InterleaveUpper(d, c, e));
    hn::StoreU(Lanes::Join(hn::ConcatLowerLower(d, ce, ab), hn::ConcatUpperUpper(d, ce, ab)), d, states + j);
  }
  for (; j < width; ++j) {
    const auto a = row(j);
    const auto pairs = Lanes::Join(a, hn::Shuffle1032(a));
    states[j] = hn::GetLane(Lanes::Join(pairs, hn::Shuffle2301(pairs)));
  }
  return hn::AllFalse(wide, hn::IsNaN(total));
}
#endif

}  // namespace HWY_NAMESPACE
}  // namespace sconce
HWY_AFTER_NAMESPACE();

#endif
