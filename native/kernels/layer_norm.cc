// Layer normalization of rows, and its slopes.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/layer_norm.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include <algorithm>
#include <cmath>

#include "hwy/highway.h"
#include "kernels/table.h"
#include "lanes-inl.h"
#include "loops.h"
#include "scratch.h"
#include "threads.h"

HWY_BEFORE_NAMESPACE();
namespace sconce {
namespace layer_norm {
namespace HWY_NAMESPACE {
using namespace sconce::HWY_NAMESPACE;

constexpr int64_t kRows = 64;      // rows whose gradients are summed in T, before they go on in double
constexpr int64_t kGrain = 16384;  // elements that are worth a thread

// A weight or bias that is not there is one element, 1 or 0, with a stride of 0.
template <class T>
Constants<T> Affine(const Operand& operand) {
  return {operand.as<T>(), operand.strides[1] != 0};
}

// Operands out, mean, rstd, in, weight, bias; sizes rows, n.
template <class T>
Status Forward(Instruction& in) {
  if (in.dims != 2 || in.num_scalars < 1) return Status::kBadInstruction;
  const int64_t rows = in.sizes[0], n = in.sizes[1];
  if (rows == 0 || n == 0) return Status::kOk;
  T *out = in.operands[0].as<T>(), *means = in.operands[1].as<T>(), *rstds = in.operands[2].as<T>();
  const T* input = in.operands[3].as<T>();
  const Constants<T> weight = Affine<T>(in.operands[4]), bias = Affine<T>(in.operands[5]);
  const double epsilon = in.scalars[0], count = static_cast<double>(n);
  ParallelFor(rows, kGrain / n + 1, [&](int64_t begin, int64_t end) HWY_ATTR {
    const hn::ScalableTag<T> d;
    for (int64_t row = begin; row < end; ++row) {
      const T* x = input + row * n;
      T* to = out + row * n;
      const T middle =
          static_cast<T>(Total<T>(n, [&](int64_t i, auto part) HWY_ATTR { return part.Load(x + i); }) / count);
      const auto mean = hn::Set(d, middle);
      const double squares = Total<T>(n, [&](int64_t i, auto part) HWY_ATTR {
        const auto deviation = part.Keep(hn::Sub(part.Load(x + i), mean));
        return hn::Mul(deviation, deviation);
      });
      means[row] = middle;
      rstds[row] = static_cast<T>(1 / std::sqrt(squares / count + epsilon));
      const auto rstd = hn::Set(d, rstds[row]);
      ForParts(d, n, [&](int64_t i, auto part) HWY_ATTR {
        const auto normal = hn::Mul(hn::Sub(part.Load(x + i), mean), rstd);
        part.Store(hn::MulAdd(normal, weight.Load(i, part), bias.Load(i, part)), to + i);
      });
    }
  });
  return Status::kOk;
}

// The sums over rows that a thread takes: Σ g·x̂ and Σ g, n of each.
template <class T>
struct Sums {
  double* totals;  // 2n
  T* recent;       // 2n, of the last few rows
  int64_t n;

  static size_t Bytes(int64_t n) { return (2 * n * (sizeof(double) + sizeof(T)) + 63) / 64 * 64; }
  Sums(char* scratch, int64_t count)
      : totals(reinterpret_cast<double*>(scratch)), recent(reinterpret_cast<T*>(totals + 2 * count)), n(count) {}
  void Clear() {
    std::fill_n(totals, 2 * n, 0.0);
    std::fill_n(recent, 2 * n, T{0});
  }
  void Flush() {
    for (int64_t i = 0; i < 2 * n; ++i) totals[i] += recent[i];
    std::fill_n(recent, 2 * n, T{0});
  }
};

// What backward knows of one row.
template <class T>
struct Row {
  const T* g;
  const T* x;
  T mean, rstd;
  int64_t n;
};

// rstd · (g·w - mean(g·w) - x̂ · mean(g·w·x̂))
template <class T>
void InputGradient(const Row<T>& row, const Constants<T>& weight, T* out) {
  const hn::ScalableTag<T> d;
  const auto mean = hn::Set(d, row.mean), rstd = hn::Set(d, row.rstd);
  auto sum = hn::Zero(d), product = hn::Zero(d);
  ForParts(d, row.n, [&](int64_t i, auto part) HWY_ATTR {
    const auto scaled = hn::Mul(part.Load(row.g + i), weight.Load(i, part));
    sum = hn::Add(sum, part.Keep(scaled));
    product = hn::MulAdd(part.Keep(scaled), hn::Sub(part.Load(row.x + i), mean), product);
  });
  const T share = T{1} / static_cast<T>(row.n);
  const auto average = hn::Mul(hn::SumOfLanes(d, sum), hn::Set(d, share));
  const auto slope = hn::Mul(hn::SumOfLanes(d, product), hn::Set(d, row.rstd * row.rstd * share));
  ForParts(d, row.n, [&](int64_t i, auto part) HWY_ATTR {
    const auto scaled = hn::Mul(part.Load(row.g + i), weight.Load(i, part));
    const auto centred = hn::Sub(part.Load(row.x + i), mean);
    part.Store(hn::Mul(hn::NegMulAdd(centred, slope, hn::Sub(scaled, average)), rstd), out + i);
  });
}

template <class T>
void AddRow(const Row<T>& row, Sums<T>& sums) {
  const hn::ScalableTag<T> d;
  const auto mean = hn::Set(d, row.mean), rstd = hn::Set(d, row.rstd);
  T *of_products = sums.recent, *of_g = sums.recent + row.n;
  ForParts(d, row.n, [&](int64_t i, auto part) HWY_ATTR {
    const auto g = part.Load(row.g + i), normal = hn::Mul(hn::Sub(part.Load(row.x + i), mean), rstd);
    part.Store(hn::MulAdd(g, normal, part.Load(of_products + i)), of_products + i);
    part.Store(hn::Add(g, part.Load(of_g + i)), of_g + i);
  });
}

// Operands grad_in, grad_weight, grad_bias, grad_out, in, mean, rstd, weight; sizes rows, n; scalars: whether the first
// three are wanted.
template <class T>
Status Backward(Instruction& in) {
  if (in.dims != 2 || in.num_scalars < 3) return Status::kBadInstruction;
  const int64_t rows = in.sizes[0], n = in.sizes[1];
  const bool of_input = in.integer(0) != 0, of_weight = in.integer(1) != 0, of_bias = in.integer(2) != 0;
  const bool sums_rows = of_weight || of_bias;
  const int64_t parts = std::max<int64_t>(1, std::min<int64_t>(NumThreads(), rows * n / kGrain));
  const size_t bytes = sums_rows ? Sums<T>::Bytes(n) : 0;
  char* scratch = Scratch(bytes * parts);
  if (bytes > 0 && !scratch) return Status::kOutOfMemory;
  const Constants<T> weight = Affine<T>(in.operands[7]);
  ParallelFor(parts, 1, [&](int64_t part, int64_t last) HWY_ATTR {
    for (; part < last; ++part) {
      Sums<T> sums(scratch + part * bytes, n);
      if (sums_rows) sums.Clear();
      int64_t recent = 0;
      for (int64_t i = rows * part / parts; i < rows * (part + 1) / parts; ++i) {
        const Row<T> row{in.operands[3].as<T>() + i * n, in.operands[4].as<T>() + i * n, in.operands[5].as<T>()[i],
                         in.operands[6].as<T>()[i], n};
        if (of_input) InputGradient(row, weight, in.operands[0].as<T>() + i * n);
        if (!sums_rows) continue;
        AddRow(row, sums);
        if (++recent % kRows == 0) sums.Flush();
      }
      if (sums_rows) sums.Flush();
    }
  });
  for (int64_t k = 0; k < 2; ++k) {
    if (!(k == 0 ? of_weight : of_bias)) continue;
    for (int64_t i = 0; i < n; ++i) {
      double total = 0;
      for (int64_t part = 0; part < parts; ++part) total += Sums<T>(scratch + part * bytes, n).totals[k * n + i];
      in.operands[1 + k].as<T>()[i] = static_cast<T>(total);
    }
  }
  return Status::kOk;
}

template <class... Ts>
void Set(Table& table, Types<Ts...>) {
  (table.SetKernel(Opcode::layer_norm, kDTypeOf<Ts>, Forward<Ts>), ...);
  (table.SetKernel(Opcode::layer_norm_backward, kDTypeOf<Ts>, Backward<Ts>), ...);
}

void Fill(Table& table) { Set(table, Floating()); }

}  // namespace HWY_NAMESPACE
}  // namespace layer_norm
}  // namespace sconce
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sconce {
namespace layer_norm {
HWY_EXPORT(Fill);
void FillBest(Table& table) { HWY_DYNAMIC_DISPATCH(Fill)(table); }
}  // namespace layer_norm

void FillLayerNorm(Table& table) { layer_norm::FillBest(table); }
}  // namespace sconce
#endif
