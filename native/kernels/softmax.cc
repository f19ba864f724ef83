// Softmax and its logarithm along one dimension, and their slopes.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/softmax.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include "hwy/highway.h"
#include "kernels/softmax-inl.h"

HWY_BEFORE_NAMESPACE();
namespace sconce {
namespace softmax {
namespace HWY_NAMESPACE {
using namespace sconce::HWY_NAMESPACE;

struct Softmax {
  template <class T>
  static void Rows(T* out, const T* x, const T*, int64_t rows, int64_t n) {
    const hn::ScalableTag<T> d;
    T largest[kRows], sums[kRows];
    for (int64_t r = 0; r < rows; ++r) largest[r] = LargestOf(x + r * n, n);
    for (int64_t r = 0; r < rows; ++r) {
      T* to = out + r * n;
      sums[r] = SumPowers(x + r * n, n, largest[r],
                          [to](auto power, int64_t i, auto part) HWY_ATTR { part.Store(power, to + i); });
    }
    for (int64_t r = 0; r < rows; ++r) {
      T* to = out + r * n;
      const auto factor = hn::Set(d, T{1} / sums[r]);
      ForParts(d, n, [&](int64_t i, auto part) HWY_ATTR { part.Store(hn::Mul(part.Load(to + i), factor), to + i); });
    }
  }

  template <class T>
  static void Columns(T* out, const T* x, const T*, int64_t n, int64_t stride, int64_t width) {
    HWY_ALIGN T largest[kTile], sums[kTile] = {};
    LargestOfColumns(x, n, stride, width, largest);
    SumPowersOfColumns(x, n, stride, width, largest, sums,
                       [out](auto power, int64_t at, auto part) HWY_ATTR { part.Store(power, out + at); });
    for (int64_t j = 0; j < width; ++j) sums[j] = T{1} / sums[j];
    for (int64_t i = 0; i < n; ++i) {
      T* to = out + i * stride;
      for (int64_t j = 0; j < width; ++j) to[j] *= sums[j];
    }
  }
};

// (g - Σ g·y) · y
struct SoftmaxBackward {
  template <class T>
  static void Rows(T* out, const T* g, const T* y, int64_t rows, int64_t n) {
    const hn::ScalableTag<T> d;
    T totals[kRows];
    for (int64_t r = 0; r < rows; ++r) {
      const auto sum = SumParts(d, n, [&](int64_t i, auto part) HWY_ATTR {
        return hn::Mul(part.Load(g + r * n + i), part.Load(y + r * n + i));
      });
      totals[r] = hn::GetLane(hn::SumOfLanes(d, sum));
    }
    for (int64_t r = 0; r < rows; ++r) {
      const auto total = hn::Set(d, totals[r]);
      ForParts(d, n, [&](int64_t i, auto part) HWY_ATTR {
        const int64_t at = r * n + i;
        part.Store(hn::Mul(hn::Sub(part.Load(g + at), total), part.Load(y + at)), out + at);
      });
    }
  }

  template <class T>
  static void Columns(T* out, const T* g, const T* y, int64_t n, int64_t stride, int64_t width) {
    T sums[kTile] = {};
    for (int64_t i = 0; i < n; ++i) {
      const int64_t at = i * stride;
      for (int64_t j = 0; j < width; ++j) sums[j] += g[at + j] * y[at + j];
    }
    for (int64_t i = 0; i < n; ++i) {
      const int64_t at = i * stride;
      for (int64_t j = 0; j < width; ++j) out[at + j] = (g[at + j] - sums[j]) * y[at + j];
    }
  }
};

// g - exp(y) · Σ g
struct LogSoftmaxBackward {
  template <class T>
  static void Rows(T* out, const T* g, const T* y, int64_t rows, int64_t n) {
    const hn::ScalableTag<T> d;
    T totals[kRows];
    for (int64_t r = 0; r < rows; ++r) {
      const auto sum = SumParts(d, n, [&](int64_t i, auto part) HWY_ATTR { return part.Load(g + r * n + i); });
      totals[r] = hn::GetLane(hn::SumOfLanes(d, sum));
    }
    for (int64_t r = 0; r < rows; ++r) {
      const auto total = hn::Set(d, totals[r]);
      ForParts(d, n, [&](int64_t i, auto part) HWY_ATTR {
        const int64_t at = r * n + i;
        part.Store(hn::NegMulAdd(Exp{}(d, part.Load(y + at)), total, part.Load(g + at)), out + at);
      });
    }
  }

  template <class T>
  static void Columns(T* out, const T* g, const T* y, int64_t n, int64_t stride, int64_t width) {
    const hn::ScalableTag<T> d;
    HWY_ALIGN T sums[kTile] = {};
    for (int64_t i = 0; i < n; ++i) {
      for (int64_t j = 0; j < width; ++j) sums[j] += g[i * stride + j];
    }
    for (int64_t i = 0; i < n; ++i) {
      ForParts(d, width, [&](int64_t j, auto part) HWY_ATTR {
        const int64_t at = i * stride + j;
        part.Store(hn::NegMulAdd(Exp{}(d, part.Load(y + at)), part.Load(sums + j), part.Load(g + at)), out + at);
      });
    }
  }
};

template <class Op, class T>
Status Along(Instruction& in) {
  if (in.dims != 3) return Status::kBadInstruction;
  AlongDimension<Op>(in, in.operands[0].as<T>(), in.operands[1].as<T>(), in.operands[in.num_operands - 1].as<T>());
  return Status::kOk;
}

template <class Op, class... Ts>
void Set(Table& table, Opcode op, Types<Ts...>) {
  (table.SetKernel(op, kDTypeOf<Ts>, Along<Op, Ts>), ...);
}

void Fill(Table& table) {
  Set<Softmax>(table, Opcode::softmax, Floating());
  Set<LogSoftmax>(table, Opcode::log_softmax, Floating());
  Set<SoftmaxBackward>(table, Opcode::softmax_backward, Floating());
  Set<LogSoftmaxBackward>(table, Opcode::log_softmax_backward, Floating());
}

}  // namespace HWY_NAMESPACE
}  // namespace softmax
}  // namespace sconce
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sconce {
namespace softmax {
HWY_EXPORT(Fill);
void FillBest(Table& table) { HWY_DYNAMIC_DISPATCH(Fill)(table); }
}  // namespace softmax

void FillSoftmax(Table& table) { softmax::FillBest(table); }
}  // namespace sconce
#endif
