// Reductions to the position of an extreme.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/argreduce.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include <type_traits>

#include "extremes.h"
#include "hwy/highway.h"
#include "kernels/table.h"
#include "reductions.h"

HWY_BEFORE_NAMESPACE();
namespace sconce {
namespace argreduce {
namespace HWY_NAMESPACE {

struct Largest {
  template <class T>
  static T Of(T a, T b) {
    return Larger(a, b);
  }
};
struct Smallest {
  template <class T>
  static T Of(T a, T b) {
    return Smaller(a, b);
  }
};

// Whether x is the extreme that was found: NaN if there is one.
template <class T>
bool Matches(T x, T extreme) {
  return (x == extreme) | (x != x);
}

// The extreme of a part, and its place counted from the part's first element.
template <class T>
struct Found {
  int64_t place;
  T value;
};

template <class Op, class T>
struct Search {
  static constexpr int64_t kChains = 64;

  static T Extreme(const T* HWY_RESTRICT x, int64_t n) {
    T chains[kChains];
    for (T& chain : chains) chain = x[0];
    int64_t i = 0;
    for (; i + kChains <= n; i += kChains) {
      for (int64_t j = 0; j < kChains; ++j) chains[j] = Op::Of(chains[j], x[i + j]);
    }
    for (int64_t j = 0; i + j < n; ++j) chains[j] = Op::Of(chains[j], x[i + j]);
    T extreme = chains[0];
    for (T chain : chains) extreme = Op::Of(extreme, chain);
    return extreme;
  }
  static bool Contains(const T* HWY_RESTRICT x, T extreme) {
    int matches = 0;
    for (int64_t j = 0; j < kChains; ++j) matches += Matches(x[j], extreme);
    return matches != 0;
  }
  static Found<T> InRow(const T* x, int64_t n) {
    const T extreme = Extreme(x, n);
    int64_t place = 0;
    while (place + kChains <= n && !Contains(x + place, extreme)) place += kChains;
    while (!Matches(x[place], extreme)) ++place;
    return {place, extreme};
  }
  static void Rows(const char* x, int64_t step, int64_t n, int64_t width, char* states) {
    for (int64_t j = 0; j < width; ++j) {
      reinterpret_cast<Found<T>*>(states)[j] = InRow(reinterpret_cast<const T*>(x + j * step), n);
    }
  }
  // Stride: int64_t, or a constant 1, so that the compiler sees what is contiguous.
  template <class Stride>
  static void StridedColumns(const char* const* rows, int64_t n, Stride stride, int64_t width, char* states) {
    T extremes[kTile];
    int32_t places[kTile] = {};
    for (int64_t j = 0; j < width; ++j) extremes[j] = reinterpret_cast<const T*>(rows[0])[j * stride];
    for (int64_t i = 1; i < n; ++i) {
      const T* x = reinterpret_cast<const T*>(rows[i]);
      for (int64_t j = 0; j < width; ++j) extremes[j] = Op::Of(extremes[j], x[j * stride]);
    }
    // Backwards, so that the first of equals stays; by masks, as a branch would be a guess for each element.
    for (int32_t i = static_cast<int32_t>(n) - 1; i >= 0; --i) {
      const T* x = reinterpret_cast<const T*>(rows[i]);
      for (int64_t j = 0; j < width; ++j) {
        const int32_t matches = -static_cast<int32_t>(Matches(x[j * stride], extremes[j]));
        places[j] = (matches & i) | (~matches & places[j]);
      }
    }
    for (int64_t j = 0; j < width; ++j) reinterpret_cast<Found<T>*>(states)[j] = {places[j], extremes[j]};
  }
  static void Columns(const char* const* rows, int64_t n, int64_t stride, int64_t width, char* states) {
    if (stride == 1) StridedColumns(rows, n, std::integral_constant<int64_t, 1>(), width, states);
    else StridedColumns(rows, n, stride, width, states);
  }
  static void Join(char* left, int64_t left_count, const char* right, int64_t, int64_t width) {
    for (int64_t j = 0; j < width; ++j) {
      Found<T>& a = reinterpret_cast<Found<T>*>(left)[j];
      const Found<T>& b = reinterpret_cast<const Found<T>*>(right)[j];
      if (!Matches(a.value, Op::Of(a.value, b.value))) a = {left_count + b.place, b.value};
    }
  }
  static void Finish(const char* states, int64_t, const double*, char* out, int64_t stride, int64_t width) {
    const Found<T>* found = reinterpret_cast<const Found<T>*>(states);
    for (int64_t j = 0; j < width; ++j) reinterpret_cast<int64_t*>(out)[j * stride] = found[j].place;
  }
  static Status Run(Instruction& in) {
    if (in.operands[0].dtype != DType::kInt64) return Status::kBadInstruction;
    return Reduce(in, {sizeof(Found<T>), Rows, Columns, Join, Finish, false, Order::kKept});
  }
};

template <class Op, class... Ts>
void SetSearch(Table& table, Opcode op, Types<Ts...>) {
  (table.SetKernel(op, kDTypeOf<Ts>, Search<Op, Ts>::Run), ...);
}

void Fill(Table& table) {
  SetSearch<Largest>(table, Opcode::argmax, All());
  SetSearch<Smallest>(table, Opcode::argmin, All());
}

}  // namespace HWY_NAMESPACE
}  // namespace argreduce
}  // namespace sconce
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sconce {
namespace argreduce {
HWY_EXPORT(Fill);
void FillBest(Table& table) { HWY_DYNAMIC_DISPATCH(Fill)(table); }
}  // namespace argreduce

void FillArgReduce(Table& table) { argreduce::FillBest(table); }
}  // namespace sconce
#endif
