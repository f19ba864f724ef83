// Reductions of whole dimensions to one element: sums, products, extremes, logic, variance.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/reduce.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include <algorithm>
#include <limits>

#include "extremes.h"
#include "hwy/highway.h"
#include "kernels/reduce-lanes-inl.h"
#include "kernels/table.h"
#include "reductions.h"

HWY_BEFORE_NAMESPACE();
namespace sconce {
namespace reduce {
namespace HWY_NAMESPACE {
using namespace sconce::HWY_NAMESPACE;

// An operation: the neutral State, the State of one element, and how two States join. Its loops are simple enough that
// the compiler vectorises them. `Lanes`, if it has one, joins vectors of float32.
template <class T>
struct Sum {
  using State = T;
  using Lanes = AddLanes;
  static constexpr State kNeutral = 0;
  static State Of(T x) { return x; }
  static State Join(State a, State b) {
    if constexpr (std::is_floating_point_v<T>) return a + b;
    else return static_cast<T>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
  }
};
template <class T>
struct Prod {
  using State = T;
  static constexpr State kNeutral = 1;
  static State Of(T x) { return x; }
  static State Join(State a, State b) {
    if constexpr (std::is_floating_point_v<T>) return a * b;
    else return static_cast<T>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
  }
};
template <class T>
struct Amax {
  using State = T;
  using Lanes = LargerLanes;
  static constexpr State kNeutral =
      std::is_floating_point_v<T> ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::lowest();
  static State Of(T x) { return x; }
  static State Join(State a, State b) { return Larger(a, b); }
};
template <class T>
struct Amin {
  using State = T;
  using Lanes = SmallerLanes;
  static constexpr State kNeutral =
      std::is_floating_point_v<T> ? std::numeric_limits<T>::infinity() : std::numeric_limits<T>::max();
  static State Of(T x) { return x; }
  static State Join(State a, State b) { return Smaller(a, b); }
};
template <class T>
struct Any {
  using State = bool;
  static constexpr State kNeutral = false;
  static State Of(T x) { return x != T{0}; }
  static State Join(State a, State b) { return a | b; }
};
template <class T>
struct All {
  using State = bool;
  static constexpr State kNeutral = true;
  static State Of(T x) { return x != T{0}; }
  static State Join(State a, State b) { return a & b; }
};

template <class Op, int64_t kCount>
typename Op::State FoldChains(typename Op::State* chains) {
  if constexpr (kCount == 1) {
    return chains[0];
  } else {
    for (int64_t j = 0; j < kCount / 2; ++j) chains[j] = Op::Join(chains[j], chains[j + kCount / 2]);
    return FoldChains<Op, kCount / 2>(chains);
  }
}

// So many chains run side by side, whatever the vector's width, so results agree on every instruction set.
template <class Op, int64_t kChains, class T>
typename Op::State FoldRow(const T* HWY_RESTRICT x, int64_t n) {
  using State = typename Op::State;
  State chains[kChains];
  for (State& chain : chains) chain = Op::kNeutral;
  int64_t i = 0;
  for (; i + kChains <= n; i += kChains) {
    for (int64_t j = 0; j < kChains; ++j) chains[j] = Op::Join(chains[j], Op::Of(x[i + j]));
  }
  for (int64_t j = 0; i + j < n; ++j) chains[j] = Op::Join(chains[j], Op::Of(x[i + j]));
  return FoldChains<Op, kChains>(chains);
}
template <class Op, int64_t kChains, class T>
void FoldEachRow(const char* x, int64_t step, int64_t n, int64_t width, typename Op::State* states) {
  for (int64_t j = 0; j < width; ++j) states[j] = FoldRow<Op, kChains>(reinterpret_cast<const T*>(x + j * step), n);
}
// Whether an operation joins vectors of T.
template <class Op, class T, class = void>
constexpr bool kJoinsLanes = false;
template <class Op, class T>
constexpr bool kJoinsLanes<Op, T, std::void_t<typename Op::Lanes>> =
    std::is_same_v<T, float>&& HWY_TARGET != HWY_SCALAR;

// The longer the row, the more chains.
template <class Op, class T>
void FoldEachRow(const char* x, int64_t step, int64_t n, int64_t width, typename Op::State* states) {
#if HWY_TARGET != HWY_SCALAR
  if constexpr (kJoinsLanes<Op, T>) {
    using Lanes = typename Op::Lanes;
    const bool done = n < 64    ? ReduceRows<Lanes, 16>(x, step, n, width, Op::kNeutral, states)
                      : n < 512 ? ReduceRows<Lanes, 32>(x, step, n, width, Op::kNeutral, states)
                                : ReduceRows<Lanes, 64>(x, step, n, width, Op::kNeutral, states);
    if (HWY_LIKELY(done)) return;
  }
#endif
  if (n < 64) FoldEachRow<Op, 16, T>(x, step, n, width, states);
  else if (n < 512) FoldEachRow<Op, 32, T>(x, step, n, width, states);
  else FoldEachRow<Op, 64, T>(x, step, n, width, states);
}
template <class Op, class T>
typename Op::State FoldWholeRow(const T* x, int64_t n) {
  typename Op::State state;
  FoldEachRow<Op, T>(reinterpret_cast<const char*>(x), 0, n, 1, &state);
  return state;
}

// Four rows at a time, so that the states are read and written once for four elements.
template <class Op, class T>
void FoldRows(const char* const* rows, int64_t stride, int64_t width, typename Op::State* HWY_RESTRICT states) {
  const T* a = reinterpret_cast<const T*>(rows[0]);
  const T* b = reinterpret_cast<const T*>(rows[1]);
  const T* c = reinterpret_cast<const T*>(rows[2]);
  const T* d = reinterpret_cast<const T*>(rows[3]);
  for (int64_t j = 0; j < width; ++j) {
    const int64_t at = j * stride;
    const auto left = Op::Join(Op::Of(a[at]), Op::Of(b[at])), right = Op::Join(Op::Of(c[at]), Op::Of(d[at]));
    states[j] = Op::Join(states[j], Op::Join(left, right));
  }
}
template <class Op, class T>
void FoldOneRow(const char* row, int64_t stride, int64_t width, typename Op::State* HWY_RESTRICT states) {
  const T* x = reinterpret_cast<const T*>(row);
  for (int64_t j = 0; j < width; ++j) states[j] = Op::Join(states[j], Op::Of(x[j * stride]));
}

template <class Op, class T>
struct Fold {
  using State = typename Op::State;

  static void Rows(const char* x, int64_t step, int64_t n, int64_t width, char* states) {
    FoldEachRow<Op, T>(x, step, n, width, reinterpret_cast<State*>(states));
  }
  static void Columns(const char* const* rows, int64_t n, int64_t stride, int64_t width, char* states) {
    State* to = reinterpret_cast<State*>(states);
    std::fill(to, to + width, Op::kNeutral);
    int64_t i = 0;
    for (; i + 4 <= n; i += 4) FoldRows<Op, T>(rows + i, stride, width, to);
    for (; i < n; ++i) FoldOneRow<Op, T>(rows[i], stride, width, to);
  }
  static void Join(char* left, int64_t, const char* right, int64_t, int64_t width) {
    State* a = reinterpret_cast<State*>(left);
    const State* b = reinterpret_cast<const State*>(right);
    for (int64_t j = 0; j < width; ++j) a[j] = Op::Join(a[j], b[j]);
  }
  static void Finish(const char* states, int64_t, const double*, char* out, int64_t stride, int64_t width) {
    const State* from = reinterpret_cast<const State*>(states);
    for (int64_t j = 0; j < width; ++j) reinterpret_cast<State*>(out)[j * stride] = from[j];
  }
  template <bool kOfNothing>
  static Status Run(Instruction& in) {
    return Reduce(in, {sizeof(State), Rows, Columns, Join, Finish, kOfNothing});
  }
};

// Mean and sum of squared deviations from it.
struct Moments {
  double mean;
  double squares;
};

template <class T>
struct Var {
  // Of elements whose mean is about `centre`; what `centre` misses is corrected by the sum of deviations.
  static Moments Corrected(T centre, T deviations, T squares, int64_t n) {
    const double mean_deviation = static_cast<double>(deviations) / static_cast<double>(n);
    return {centre + mean_deviation, squares - deviations * mean_deviation};
  }
  static Moments OfRow(const T* x, int64_t n) {
    const T centre = FoldWholeRow<Sum<T>>(x, n) / static_cast<T>(n);
    T deviations[kLeafElements], squares[kLeafElements];
    for (int64_t i = 0; i < n; ++i) {
      deviations[i] = x[i] - centre;
      squares[i] = deviations[i] * deviations[i];
    }
    return Corrected(centre, FoldWholeRow<Sum<T>>(deviations, n), FoldWholeRow<Sum<T>>(squares, n), n);
  }
  static void Rows(const char* x, int64_t step, int64_t n, int64_t width, char* states) {
    for (int64_t j = 0; j < width; ++j) {
      reinterpret_cast<Moments*>(states)[j] = OfRow(reinterpret_cast<const T*>(x + j * step), n);
    }
  }
  static void Columns(const char* const* rows, int64_t n, int64_t stride, int64_t width, char* states) {
    T centre[kTile], deviations[kTile] = {}, squares[kTile] = {};
    Fold<Sum<T>, T>::Columns(rows, n, stride, width, reinterpret_cast<char*>(centre));
    for (int64_t j = 0; j < width; ++j) centre[j] /= static_cast<T>(n);
    for (int64_t i = 0; i < n; ++i) {
      const T* x = reinterpret_cast<const T*>(rows[i]);
      for (int64_t j = 0; j < width; ++j) {
        const T deviation = x[j * stride] - centre[j];
        deviations[j] += deviation;
        squares[j] += deviation * deviation;
      }
    }
    for (int64_t j = 0; j < width; ++j) {
      reinterpret_cast<Moments*>(states)[j] = Corrected(centre[j], deviations[j], squares[j], n);
    }
  }
  // Chan, Golub and LeVeque's update.
  static void Join(char* left, int64_t left_count, const char* right, int64_t right_count, int64_t width) {
    const double share = static_cast<double>(right_count) / static_cast<double>(left_count + right_count);
    for (int64_t j = 0; j < width; ++j) {
      Moments& a = reinterpret_cast<Moments*>(left)[j];
      const Moments& b = reinterpret_cast<const Moments*>(right)[j];
      const double apart = b.mean - a.mean;
      a.mean += apart * share;
      a.squares += b.squares + apart * apart * share * static_cast<double>(left_count);
    }
  }
  static void Finish(const char* states, int64_t count, const double* scalars, char* out, int64_t stride,
                     int64_t width) {
    const double degrees = std::max(0.0, static_cast<double>(count) - scalars[1]);
    for (int64_t j = 0; j < width; ++j) {
      reinterpret_cast<T*>(out)[j * stride] =
          static_cast<T>(reinterpret_cast<const Moments*>(states)[j].squares / degrees);
    }
  }
  static Status Run(Instruction& in) {
    if (in.num_scalars < 2) return Status::kBadInstruction;
    return Reduce(in, {sizeof(Moments), Rows, Columns, Join, Finish});
  }
};

template <template <class> class Op, bool kOfNothing, class... Ts>
void SetFold(Table& table, Opcode op, Types<Ts...>) {
  (table.SetKernel(op, kDTypeOf<Ts>, Fold<Op<Ts>, Ts>::template Run<kOfNothing>), ...);
}
template <class... Ts>
void SetVar(Table& table, Types<Ts...>) {
  (table.SetKernel(Opcode::var, kDTypeOf<Ts>, Var<Ts>::Run), ...);
}

void Fill(Table& table) {
  SetFold<Sum, true>(table, Opcode::sum, Numeric());
  SetFold<Prod, true>(table, Opcode::prod, Numeric());
  SetFold<Amax, false>(table, Opcode::amax, sconce::All());
  SetFold<Amin, false>(table, Opcode::amin, sconce::All());
  SetFold<Any, true>(table, Opcode::any, sconce::All());
  SetFold<All, true>(table, Opcode::all, sconce::All());
  SetVar(table, Floating());
}

}  // namespace HWY_NAMESPACE
}  // namespace reduce
}  // namespace sconce
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sconce {
namespace reduce {
HWY_EXPORT(Fill);
void FillBest(Table& table) { HWY_DYNAMIC_DISPATCH(Fill)(table); }
}  // namespace reduce

void FillReduce(Table& table) { reduce::FillBest(table); }
}  // namespace sconce
#endif
