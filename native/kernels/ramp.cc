// Sequences of equal steps: arange.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/ramp.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include <algorithm>
#include <cmath>
#include <type_traits>

#include "hwy/highway.h"
#include "kernels/range.h"
#include "kernels/table.h"
#include "threads.h"

HWY_BEFORE_NAMESPACE();
namespace sconce {
namespace ramp {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Integers wrap.
template <class T>
T IntegerAt(double start, double step, int64_t i) {
  const uint64_t first = static_cast<uint64_t>(static_cast<int64_t>(start));
  return static_cast<T>(first + static_cast<uint64_t>(static_cast<int64_t>(step)) * static_cast<uint64_t>(i));
}

template <class T>
T FloatAt(double start, double step, int64_t i, int64_t base) {
  const T first = static_cast<T>(std::fma(step, static_cast<double>(base), start));
  return i == base ? first : static_cast<T>(std::fma(static_cast<double>(i - base), step, first));
}

#if HWY_NATIVE_FMA
// out[j] = step * j + first for the elements of one of PyTorch's vectors, rounded once in double.
template <class T>
HWY_INLINE void Vector(T* out, double step, double first) {
  const hn::CappedTag<double, Range<T>::kLanes> d;
  const hn::Rebind<T, decltype(d)> to;
  for (size_t j = 0; j < Range<T>::kLanes; j += hn::Lanes(d)) {
    const auto sum = hn::MulAdd(hn::Iota(d, static_cast<double>(j)), hn::Set(d, step), hn::Set(d, first));
    if constexpr (std::is_same_v<T, float>) hn::StoreU(hn::DemoteTo(to, sum), to, out + j);
    else hn::StoreU(sum, d, out + j);
  }
}
#else
template <class T>
void Vector(T* out, double step, double first) {
  for (int64_t j = 0; j < Range<T>::kLanes; ++j) out[j] = static_cast<T>(std::fma(static_cast<double>(j), step, first));
}
#endif

// Elements [begin, end) of a contiguous output.
template <class T>
void Fill(T* out, double start, double step, const Range<T>& range, int64_t begin, int64_t end) {
  int64_t i = begin;
  if constexpr (std::is_integral_v<T>) {
    for (; i < end; ++i) out[i] = IntegerAt<T>(start, step, i);
  } else {
    constexpr int64_t lanes = Range<T>::kLanes;
    for (; i < end && range.Base(i) != i; ++i) out[i] = FloatAt<T>(start, step, i, range.Base(i));
    for (; i + lanes <= std::min(end, range.vectors_end()); i += lanes) {
      const T first = static_cast<T>(std::fma(step, static_cast<double>(i), start));
      Vector(out + i, step, first);
      out[i] = first;  // 0 * step + first would lose a zero's sign
    }
    for (; i < end; ++i) out[i] = FloatAt<T>(start, step, i, range.Base(i));
  }
}

template <class T>
Status Ramp(Instruction& in) {
  if (in.num_scalars != 2) return Status::kBadInstruction;
  const double start = in.scalars[0], step = in.scalars[1];
  const int64_t count = in.NumElements();
  const Range<T> range(count);
  Coalesce(in, 0, in.dims, Order::kKept);
  if (in.dims == 1 && in.operands[0].strides[0] == 1) {
    T* out = in.operands[0].as<T>();
    ParallelFor(count, kCheapGrain, [=](int64_t begin, int64_t end) { Fill(out, start, step, range, begin, end); });
  } else if constexpr (std::is_integral_v<T>) {
    Generate<T>(in, [=](int64_t i) { return IntegerAt<T>(start, step, i); });
  } else {
    Generate<T>(in, [=](int64_t i) { return FloatAt<T>(start, step, i, range.Base(i)); });
  }
  return Status::kOk;
}

template <class... Ts>
void SetRamps(Table& table, Types<Ts...>) {
  (table.SetKernel(Opcode::ramp, kDTypeOf<Ts>, Ramp<Ts>), ...);
}

void FillTable(Table& table) { SetRamps(table, Numeric()); }

}  // namespace HWY_NAMESPACE
}  // namespace ramp
}  // namespace sconce
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sconce {
namespace ramp {
HWY_EXPORT(FillTable);
void FillBest(Table& table) { HWY_DYNAMIC_DISPATCH(FillTable)(table); }
}  // namespace ramp

void FillRamp(Table& table) { ramp::FillBest(table); }
}  // namespace sconce
#endif
