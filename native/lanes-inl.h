// Vectors that are only partly there: the last few elements of a row, for kernels whose rows are theirs to walk.

#include "hwy/highway.h"

// Per-target include guard, as Highway wants it.
#if defined(SCONCE_LANES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SCONCE_LANES_INL_H_
#undef SCONCE_LANES_INL_H_
#else
#define SCONCE_LANES_INL_H_
#endif

#include <cstring>

// AVX2's masked moves do not touch what is masked out, though Highway makes no promise of it.
#undef SCONCE_MASKED_MOVES
#define SCONCE_MASKED_MOVES (HWY_TARGET == HWY_AVX2 || !HWY_MEM_OPS_MIGHT_FAULT)

HWY_BEFORE_NAMESPACE();
namespace sconce {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// The first n elements at `from`, n less than a vector has, and `fill` in the lanes behind. Reads nothing behind them.
template <class D, class T = hn::TFromD<D>>
hn::Vec<D> LoadFirst(D d, const T* from, size_t n, T fill = T{0}) {
#if SCONCE_MASKED_MOVES
  const auto mask = hn::FirstN(d, n);
  return hn::IfThenElse(mask, hn::MaskedLoad(mask, d, from), hn::Set(d, fill));
#else
  T lanes[HWY_MAX_BYTES / sizeof(T)];
  for (size_t i = 0; i < hn::Lanes(d); ++i) lanes[i] = fill;
  std::memcpy(lanes, from, n * sizeof(T));
  return hn::LoadU(d, lanes);
#endif
}

// Writes the first n lanes; what lies behind belongs to other rows, perhaps other threads, and is not touched.
template <class D, class V, class T = hn::TFromD<D>>
void StoreFirst(V v, D d, T* to, size_t n) {
#if SCONCE_MASKED_MOVES
  hn::BlendedStore(v, hn::FirstN(d, n), d, to);
#else
  T lanes[HWY_MAX_BYTES / sizeof(T)];
  hn::StoreU(v, d, lanes);
  std::memcpy(to, lanes, n * sizeof(T));
#endif
}

// The lanes of a row's next vector: all of them, or as many as the row has left.
template <class D>
struct Part {
  using T = hn::TFromD<D>;
  using V = hn::Vec<D>;
  D d;
  size_t count;

  bool whole() const { return count == hn::Lanes(d); }
  V Load(const T* from, T fill = T{0}) const { return whole() ? hn::LoadU(d, from) : LoadFirst(d, from, count, fill); }
  void Store(V v, T* to) const {
    if (whole()) hn::StoreU(v, d, to);
    else StoreFirst(v, d, to, count);
  }
  // v in the lanes that are there, 0 in the others.
  V Keep(V v) const { return whole() ? v : hn::IfThenElseZero(hn::FirstN(d, count), v); }
};

// Calls f(i, part) for the vectors of a row of n elements, the whole ones in a loop of their own.
template <class D, class F>
HWY_INLINE void ForParts(D d, int64_t n, F&& f) {
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) f(i, Part<D>{d, static_cast<size_t>(lanes)});
  if (i < n) f(i, Part<D>{d, static_cast<size_t>(n - i)});
}

// Σ f(i, part) over a row of n elements, lane by lane; f gives 0 in lanes that are not there. Four sums run side by
// side, as an addition waits for the one before it.
template <class D, class F>
HWY_INLINE hn::Vec<D> SumParts(D d, int64_t n, F&& f) {
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  const Part<D> whole{d, static_cast<size_t>(lanes)};
  auto a = hn::Zero(d), b = a, c = a, e = a;
  int64_t i = 0;
  for (; i + 4 * lanes <= n; i += 4 * lanes) {
    a = hn::Add(a, f(i, whole));
    b = hn::Add(b, f(i + lanes, whole));
    c = hn::Add(c, f(i + 2 * lanes, whole));
    e = hn::Add(e, f(i + 3 * lanes, whole));
  }
  ForParts(d, n - i, [&](int64_t j, auto part) HWY_ATTR { a = hn::Add(a, f(i + j, part)); });
  return hn::Add(hn::Add(a, b), hn::Add(c, e));
}

// Their total. Blocks add up in T, and go on in double.
template <class T, class F>
HWY_INLINE double Total(int64_t n, F&& f) {
  constexpr int64_t kBlock = 4096;
  const hn::ScalableTag<T> d;
  double total = 0;
  for (int64_t start = 0; start < n; start += kBlock) {
    const int64_t count = n - start < kBlock ? n - start : kBlock;
    const auto sum = SumParts(d, count, [&](int64_t i, auto part) HWY_ATTR { return f(start + i, part); });
    total += static_cast<double>(hn::GetLane(hn::SumOfLanes(d, sum)));
  }
  return total;
}

// A vector of which a row takes an element each (varies), or one for all.
template <class T>
struct Constants {
  const T* data;
  bool varies;
  hn::Vec<hn::ScalableTag<T>> one;

  Constants(const T* values, bool differ)
      : data(values), varies(differ), one(hn::Set(hn::ScalableTag<T>(), values[0])) {}
  template <class P>
  HWY_INLINE auto Load(int64_t i, P part) const {
    return varies ? part.Load(data + i) : one;
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace sconce
HWY_AFTER_NAMESPACE();

#endif
