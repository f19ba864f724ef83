// Reductions to the position of an extreme.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/argreduce.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include "hwy/highway.h"
#include "kernels/table.h"
#include "reductions.h"

HWY_BEFORE_NAMESPACE();
namespace sconce {
namespace argreduce {
namespace HWY_NAMESPACE {

// Whether a value that comes later displaces one that came before.
struct Greater {
  template <class T>
  static bool Displaces(T later, T earlier) {
    return (later > earlier) | ((later != later) & (earlier == earlier));
  }
};
struct Less {
  template <class T>
  static bool Displaces(T later, T earlier) {
    return (later < earlier) | ((later != later) & (earlier == earlier));
  }
};

// The extreme of a part, and its place counted from the part's first element.
template <class T>
struct Found {
  int64_t place;
  T value;
};

template <class Op, class T>
struct Search {
  static constexpr int64_t kChains = 64;

  // The extreme first, in chains that the compiler vectorises, and then where it was.
  static T Extreme(const T* HWY_RESTRICT x, int64_t n) {
    T chains[kChains];
    for (T& chain : chains) chain = x[0];
    int64_t i = 0;
    for (; i + kChains <= n; i += kChains) {
      for (int64_t j = 0; j < kChains; ++j) chains[j] = Op::Displaces(x[i + j], chains[j]) ? x[i + j] : chains[j];
    }
    for (int64_t j = 0; i + j < n; ++j) chains[j] = Op::Displaces(x[i + j], chains[j]) ? x[i + j] : chains[j];
    T extreme = chains[0];
    for (T chain : chains) extreme = Op::Displaces(chain, extreme) ? chain : extreme;
    return extreme;
  }
  static void Row(const char* data, int64_t n, char* state) {
    const T* x = reinterpret_cast<const T*>(data);
    const T extreme = Extreme(x, n);
    int64_t place = 0;
    while (x[place] != extreme && x[place] == x[place]) ++place;
    *reinterpret_cast<Found<T>*>(state) = {place, extreme};
  }
  static void Columns(const char* const* rows, int64_t n, int64_t stride, int64_t width, char* states) {
    T values[kTile];
    int32_t places[kTile] = {};
    const T* first = reinterpret_cast<const T*>(rows[0]);
    for (int64_t j = 0; j < width; ++j) values[j] = first[j * stride];
    for (int32_t i = 1; i < n; ++i) {
      const T* x = reinterpret_cast<const T*>(rows[i]);
      for (int64_t j = 0; j < width; ++j) {
        const T value = x[j * stride];
        const bool displaces = Op::Displaces(value, values[j]);
        values[j] = displaces ? value : values[j];
        places[j] = displaces ? i : places[j];
      }
    }
    for (int64_t j = 0; j < width; ++j) reinterpret_cast<Found<T>*>(states)[j] = {places[j], values[j]};
  }
  static void Join(char* left, int64_t left_count, const char* right, int64_t, int64_t width) {
    for (int64_t j = 0; j < width; ++j) {
      Found<T>& a = reinterpret_cast<Found<T>*>(left)[j];
      const Found<T>& b = reinterpret_cast<const Found<T>*>(right)[j];
      if (Op::Displaces(b.value, a.value)) a = {left_count + b.place, b.value};
    }
  }
  static void Finish(const char* states, int64_t, const double*, char* out, int64_t stride, int64_t width) {
    const Found<T>* found = reinterpret_cast<const Found<T>*>(states);
    for (int64_t j = 0; j < width; ++j) reinterpret_cast<int64_t*>(out)[j * stride] = found[j].place;
  }
  static Status Run(Instruction& in) {
    if (in.operands[0].dtype != DType::kInt64) return Status::kBadInstruction;
    return Reduce(in, {sizeof(Found<T>), Row, Columns, Join, Finish, false, Order::kKept});
  }
};

template <class Op, class... Ts>
void SetSearch(Table& table, Opcode op, Types<Ts...>) {
  (table.SetKernel(op, kDTypeOf<Ts>, Search<Op, Ts>::Run), ...);
}

void Fill(Table& table) {
  SetSearch<Greater>(table, Opcode::argmax, All());
  SetSearch<Less>(table, Opcode::argmin, All());
}

}  // namespace HWY_NAMESPACE
}  // namespace argreduce
}  // namespace sconce
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sconce {
namespace argreduce {
HWY_EXPORT(Fill);
}
void FillArgReduce(Table& table) {
  using namespace argreduce;
  HWY_DYNAMIC_DISPATCH(Fill)(table);
}
}  // namespace sconce
#endif
