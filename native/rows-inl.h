// Rows from functors: the loops over contiguous elements, written once, compiled for each instruction set.

#include "hwy/highway.h"
#include "kernels/table.h"
#include "twin-inl.h"

// Per-target include guard, as Highway wants it.
#if defined(SCONCE_ROWS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SCONCE_ROWS_INL_H_
#undef SCONCE_ROWS_INL_H_
#else
#define SCONCE_ROWS_INL_H_
#endif

#include <cstring>
#include <type_traits>

HWY_BEFORE_NAMESPACE();
namespace sconce {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// F is a function of elements, `Out F{}(In…)`, simple enough that the compiler vectorises the loop.
template <class F, class Out, class In>
void ElementRow1(char* const* data, size_t n) {
  Out* out = reinterpret_cast<Out*>(data[0]);
  const In* a = reinterpret_cast<const In*>(data[1]);
  for (size_t i = 0; i < n; ++i) out[i] = F{}(a[i]);
}

template <class F, class Out, class In>
void ElementRow2(char* const* data, size_t n) {
  Out* out = reinterpret_cast<Out*>(data[0]);
  const In* a = reinterpret_cast<const In*>(data[1]);
  const In* b = reinterpret_cast<const In*>(data[2]);
  for (size_t i = 0; i < n; ++i) out[i] = F{}(a[i], b[i]);
}

// Of a single first or second element.
template <class F, class Out, class In>
void ElementRowFirst(char* const* data, size_t n) {
  Out* out = reinterpret_cast<Out*>(data[0]);
  const In a = *reinterpret_cast<const In*>(data[1]);
  const In* b = reinterpret_cast<const In*>(data[2]);
  for (size_t i = 0; i < n; ++i) out[i] = F{}(a, b[i]);
}
template <class F, class Out, class In>
void ElementRowSecond(char* const* data, size_t n) {
  Out* out = reinterpret_cast<Out*>(data[0]);
  const In* a = reinterpret_cast<const In*>(data[1]);
  const In b = *reinterpret_cast<const In*>(data[2]);
  for (size_t i = 0; i < n; ++i) out[i] = F{}(a[i], b);
}

template <class F, class Out, class In, class Last = In>
void ElementRow3(char* const* data, size_t n) {
  Out* out = reinterpret_cast<Out*>(data[0]);
  const In* a = reinterpret_cast<const In*>(data[1]);
  const In* b = reinterpret_cast<const In*>(data[2]);
  const Last* c = reinterpret_cast<const Last*>(data[3]);
  for (size_t i = 0; i < n; ++i) out[i] = F{}(a[i], b[i], c[i]);
}

// Whether F of so many vectors tells ordinary lanes from others: F::IsOrdinary(d, x…), a mask, and F::Ordinary(d, x…).
template <class Void, class F, class D, class... Vs>
struct Tells : std::false_type {};
template <class F, class D, class... Vs>
struct Tells<std::void_t<decltype(F::IsOrdinary(D(), Vs()...))>, F, D, Vs...> : std::true_type {};

// Whether F::Ordinary takes twins of vectors as well.
template <class Void, class F, class D, class... Vs>
struct TakesTwins : std::false_type {};
template <class F, class D, class... Vs>
struct TakesTwins<std::void_t<decltype(F::Ordinary(D(), Twin<Vs>()...))>, F, D, Vs...> : std::true_type {};

// Two vectors for one question, whose constants are loaded once for both.
template <class F, class D, class T, class... Inputs>
HWY_INLINE void OrdinaryPair(D d, T* out, const Inputs*... in) {
  const size_t lanes = hn::Lanes(d);
  const auto ordinary = hn::And(F::IsOrdinary(d, hn::LoadU(d, in)...), F::IsOrdinary(d, hn::LoadU(d, in + lanes)...));
  hn::Vec<D> first, second;
  if (HWY_LIKELY(hn::AllTrue(d, ordinary))) {
    if constexpr (TakesTwins<void, F, D, decltype(hn::LoadU(d, in))...>::value) {
      const auto both = F::Ordinary(d, Twin<decltype(hn::LoadU(d, in))>{hn::LoadU(d, in), hn::LoadU(d, in + lanes)}...);
      first = both.first;
      second = both.second;
    } else {
      first = F::Ordinary(d, hn::LoadU(d, in)...);
      second = F::Ordinary(d, hn::LoadU(d, in + lanes)...);
    }
  } else {
    first = F{}(d, hn::LoadU(d, in)...);
    second = F{}(d, hn::LoadU(d, in + lanes)...);
  }
  hn::StoreU(first, d, out);
  hn::StoreU(second, d, out + lanes);
}

// F is a function of lanes, `V F{}(d, V…)`, for what a compiler cannot vectorise: calls of vector mathematics. The
// remainder passes through a vector's worth of zeros, so F must accept zero without trapping.
template <class F, class T>
void LaneRow1(char* const* data, size_t n) {
  const hn::ScalableTag<T> d;
  const size_t lanes = hn::Lanes(d);
  T* out = reinterpret_cast<T*>(data[0]);
  const T* a = reinterpret_cast<const T*>(data[1]);
  size_t i = 0;
  if constexpr (Tells<void, F, decltype(d), hn::Vec<decltype(d)>>::value) {
    for (; i + 2 * lanes <= n; i += 2 * lanes) OrdinaryPair<F>(d, out + i, a + i);
  }
  for (; i + lanes <= n; i += lanes) hn::StoreU(F{}(d, hn::LoadU(d, a + i)), d, out + i);
  if (i == n) return;
  T rest[HWY_MAX_BYTES / sizeof(T)] = {};
  std::memcpy(rest, a + i, (n - i) * sizeof(T));
  hn::StoreU(F{}(d, hn::LoadU(d, rest)), d, rest);
  std::memcpy(out + i, rest, (n - i) * sizeof(T));
}

template <class F, class T>
void LaneRow2(char* const* data, size_t n) {
  const hn::ScalableTag<T> d;
  const size_t lanes = hn::Lanes(d);
  T* out = reinterpret_cast<T*>(data[0]);
  const T* a = reinterpret_cast<const T*>(data[1]);
  const T* b = reinterpret_cast<const T*>(data[2]);
  size_t i = 0;
  if constexpr (Tells<void, F, decltype(d), hn::Vec<decltype(d)>, hn::Vec<decltype(d)>>::value) {
    for (; i + 2 * lanes <= n; i += 2 * lanes) OrdinaryPair<F>(d, out + i, a + i, b + i);
  }
  for (; i + lanes <= n; i += lanes) hn::StoreU(F{}(d, hn::LoadU(d, a + i), hn::LoadU(d, b + i)), d, out + i);
  if (i == n) return;
  T rest[2][HWY_MAX_BYTES / sizeof(T)] = {};
  std::memcpy(rest[0], a + i, (n - i) * sizeof(T));
  std::memcpy(rest[1], b + i, (n - i) * sizeof(T));
  hn::StoreU(F{}(d, hn::LoadU(d, rest[0]), hn::LoadU(d, rest[1])), d, rest[0]);
  std::memcpy(out + i, rest[0], (n - i) * sizeof(T));
}

// Enters a functor's rows into the table for each dtype of a family.
template <class F, class... Ts>
void SetElement1(Table& table, Opcode op, Types<Ts...>) {
  (table.SetRow(op, kDTypeOf<Ts>, ElementRow1<F, Ts, Ts>), ...);
}
template <class F, class... Ts>
void SetElement2(Table& table, Opcode op, Types<Ts...>) {
  (table.SetRow(op, kDTypeOf<Ts>, ElementRow2<F, Ts, Ts>), ...);
}
// And its rows of a single element, for functions that are mostly applied to a number or a column.
template <class F, class... Ts>
void SetSingles2(Table& table, Opcode op, Types<Ts...>) {
  (table.SetSingles(op, kDTypeOf<Ts>, ElementRowFirst<F, Ts, Ts>, ElementRowSecond<F, Ts, Ts>), ...);
}
template <class F, class... Ts>
void SetElement3(Table& table, Opcode op, Types<Ts...>) {
  (table.SetRow(op, kDTypeOf<Ts>, ElementRow3<F, Ts, Ts>), ...);
}
template <class F, class... Ts>
void SetLanes1(Table& table, Opcode op, Types<Ts...>) {
  (table.SetRow(op, kDTypeOf<Ts>, LaneRow1<F, Ts>), ...);
}
template <class F, class... Ts>
void SetLanes2(Table& table, Opcode op, Types<Ts...>) {
  (table.SetRow(op, kDTypeOf<Ts>, LaneRow2<F, Ts>), ...);
}
// Predicates: bool from any dtype.
template <class F, class... Ts>
void SetTest1(Table& table, Opcode op, Types<Ts...>) {
  (table.SetRow(op, kDTypeOf<Ts>, ElementRow1<F, bool, Ts>), ...);
}
template <class F, class... Ts>
void SetTest2(Table& table, Opcode op, Types<Ts...>) {
  (table.SetRow(op, kDTypeOf<Ts>, ElementRow2<F, bool, Ts>), ...);
}

}  // namespace HWY_NAMESPACE
}  // namespace sconce
HWY_AFTER_NAMESPACE();

#endif
