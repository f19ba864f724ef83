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

constexpr int64_t kBlock = 2048;    // elements, which stay in the first-level cache
constexpr int64_t kTogether = 16;   // rows, at most: while the total of one is waited for, the next are computed
constexpr int64_t kAddends = 64;    // rows whose gradients are summed in T, before they go on in double
constexpr int64_t kSideBySide = 2;  // of which so many are added at a time
constexpr int64_t kGrain = 32768;   // elements that are worth a thread
constexpr int64_t kMaxParts = 8;    // of a sum over rows, so that it is the same for any number of threads

// A weight or bias that is not there is one element, 1 or 0, with a stride of 0.
template <class T>
Constants<T> Affine(const Operand& operand) {
  return {operand.as<T>(), operand.strides[1] != 0};
}

template <class T>
struct Normalization {
  int64_t n;
  double epsilon;
  Constants<T> weight, bias;
};

// Of `rows` rows, kTogether at most. What it knows is passed by value: a store of elements might change what lies in
// memory, as far as the compiler knows, which would then load it anew for each vector. So it is below.
template <class T>
void Normalize(Normalization<T> to, const T* x, int64_t rows, T* out, T* means, T* rstds) {
  const hn::ScalableTag<T> d;
  const int64_t n = to.n;
  const double count = static_cast<double>(n);
  for (int64_t r = 0; r < rows; ++r) {
    const T* row = x + r * n;
    means[r] = static_cast<T>(Total<T>(n, [&](int64_t i, auto part) HWY_ATTR { return part.Load(row + i); }) / count);
  }
  for (int64_t r = 0; r < rows; ++r) {
    const T* row = x + r * n;
    const auto mean = hn::Set(d, means[r]);
    const double squares = Total<T>(n, [&](int64_t i, auto part) HWY_ATTR {
      const auto deviation = part.Keep(hn::Sub(part.Load(row + i), mean));
      return hn::Mul(deviation, deviation);
    });
    rstds[r] = static_cast<T>(1 / std::sqrt(squares / count + to.epsilon));
  }
  for (int64_t r = 0; r < rows; ++r) {
    const auto mean = hn::Set(d, means[r]), rstd = hn::Set(d, rstds[r]);
    ForParts(d, n, [&](int64_t i, auto part) HWY_ATTR {
      const auto normal = hn::Mul(hn::Sub(part.Load(x + r * n + i), mean), rstd);
      part.Store(hn::MulAdd(normal, to.weight.Load(i, part), to.bias.Load(i, part)), out + r * n + i);
    });
  }
}

// Operands out, mean, rstd, in, weight, bias; sizes rows, n.
template <class T>
Status Forward(Instruction& in) {
  if (in.dims != 2 || in.num_scalars < 1) return Status::kBadInstruction;
  const int64_t rows = in.sizes[0], n = in.sizes[1];
  if (rows == 0 || n == 0) return Status::kOk;
  T *out = in.operands[0].as<T>(), *means = in.operands[1].as<T>(), *rstds = in.operands[2].as<T>();
  const T* x = in.operands[3].as<T>();
  const Normalization<T> normalization{n, in.scalars[0], Affine<T>(in.operands[4]), Affine<T>(in.operands[5])};
  const int64_t together = std::clamp<int64_t>(kBlock / n, 1, kTogether);
  ParallelFor(rows, kGrain / n + 1, [&](int64_t begin, int64_t end) HWY_ATTR {
    for (int64_t r = begin; r < end; r += together) {
      Normalize(normalization, x + r * n, std::min(together, end - r), out + r * n, means + r, rstds + r);
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

// What backward knows of rows, one after the other.
template <class T>
struct Rows {
  const T *g, *x, *mean, *rstd;
  int64_t n;
  Constants<T> weight;

  Rows From(int64_t r) const { return {g + r * n, x + r * n, mean + r, rstd + r, n, weight}; }
};
// Of one row: mean(g·w) and mean(g·w·x̂).
template <class T>
struct Means {
  T of_scaled, of_products;
};

// Reads kCount rows side by side: adds them to the sums where kSums, and finds what InputGradient needs of each.
template <int64_t kCount, bool kSums, class T>
HWY_INLINE void ReadRows(Rows<T> rows, Sums<T> sums, Means<T>* means) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  V mean[kCount], rstd[kCount], of_scaled[kCount], of_products[kCount];
  for (int64_t r = 0; r < kCount; ++r) {
    mean[r] = hn::Set(d, rows.mean[r]);
    rstd[r] = hn::Set(d, rows.rstd[r]);
    of_scaled[r] = of_products[r] = hn::Zero(d);
  }
  ForParts(d, rows.n, [&](int64_t i, auto part) HWY_ATTR {
    const V weight = rows.weight.Load(i, part);
    V slope_of_weight = hn::Zero(d), slope_of_bias = hn::Zero(d);
    for (int64_t r = 0; r < kCount; ++r) {
      const V g = part.Load(rows.g + r * rows.n + i), x = part.Load(rows.x + r * rows.n + i);
      const V normal = hn::Mul(hn::Sub(x, mean[r]), rstd[r]), scaled = hn::Mul(g, weight);
      of_scaled[r] = hn::Add(of_scaled[r], scaled);
      of_products[r] = hn::MulAdd(scaled, normal, of_products[r]);
      if constexpr (kSums) {
        slope_of_weight = hn::MulAdd(g, normal, slope_of_weight);
        slope_of_bias = hn::Add(g, slope_of_bias);
      }
    }
    if constexpr (kSums) {
      T *of_weight = sums.recent + i, *of_bias = sums.recent + rows.n + i;
      part.Store(hn::Add(part.Load(of_weight), slope_of_weight), of_weight);
      part.Store(hn::Add(part.Load(of_bias), slope_of_bias), of_bias);
    }
  });
  const T share = T{1} / static_cast<T>(rows.n);
  for (int64_t r = 0; r < kCount; ++r) {
    means[r].of_scaled = hn::GetLane(hn::SumOfLanes(d, of_scaled[r])) * share;
    means[r].of_products = hn::GetLane(hn::SumOfLanes(d, of_products[r])) * share;
  }
}

// rstd · (g·w - mean(g·w) - x̂ · mean(g·w·x̂))
template <class T>
HWY_INLINE void InputGradient(Rows<T> row, Means<T> means, T* out) {
  const hn::ScalableTag<T> d;
  const auto mean = hn::Set(d, row.mean[0]), rstd = hn::Set(d, row.rstd[0]);
  const auto average = hn::Set(d, means.of_scaled), slope = hn::Set(d, means.of_products * row.rstd[0]);
  ForParts(d, row.n, [&](int64_t i, auto part) HWY_ATTR {
    const auto scaled = hn::MulSub(part.Load(row.g + i), row.weight.Load(i, part), average);
    const auto centred = hn::Sub(part.Load(row.x + i), mean);
    part.Store(hn::Mul(hn::NegMulAdd(centred, slope, scaled), rstd), out + i);
  });
}

// Operands grad_in, grad_weight, grad_bias, grad_out, in, mean, rstd, weight; sizes rows, n; scalars: whether the first
// three are wanted.
template <class T>
struct BackwardPass {
  Rows<T> rows;
  T* out;  // null where the input's gradient is not wanted

  // Of rows [begin, end).
  template <bool kSums>
  void Run(int64_t begin, int64_t end, Sums<T> sums) const {
    if constexpr (kSums) sums.Clear();
    const int64_t together = std::clamp<int64_t>(kBlock / rows.n, kSideBySide, kTogether);
    int64_t recent = 0;
    for (int64_t r = begin; r < end; r += together) {
      const int64_t count = std::min(together, end - r);
      Means<T> means[kTogether];
      int64_t k = 0;
      for (; k + kSideBySide <= count; k += kSideBySide)
        ReadRows<kSideBySide, kSums>(rows.From(r + k), sums, means + k);
      for (; k < count; ++k) ReadRows<1, kSums>(rows.From(r + k), sums, means + k);
      for (k = 0; out && k < count; ++k) InputGradient(rows.From(r + k), means[k], out + (r + k) * rows.n);
      recent += count;
      if (kSums && (recent >= kAddends || r + count == end)) {
        sums.Flush();
        recent = 0;
      }
    }
  }
};

template <class T>
Status Backward(Instruction& in) {
  if (in.dims != 2 || in.num_scalars < 3) return Status::kBadInstruction;
  const int64_t rows = in.sizes[0], n = in.sizes[1];
  const bool of_input = in.integer(0) != 0, of_weight = in.integer(1) != 0, of_bias = in.integer(2) != 0;
  const bool sums_rows = of_weight || of_bias;
  const int64_t parts = std::clamp<int64_t>(std::min(rows * n / kGrain, rows / kAddends), 1, kMaxParts);
  const size_t bytes = sums_rows ? Sums<T>::Bytes(n) : 0;
  char* scratch = Scratch(bytes * parts);
  if (bytes > 0 && !scratch) return Status::kOutOfMemory;
  const auto at = [&](int k) { return in.operands[k].as<T>(); };
  const BackwardPass<T> pass{{at(3), at(4), at(5), at(6), n, Affine<T>(in.operands[7])}, of_input ? at(0) : nullptr};
  ParallelFor(parts, 1, [&](int64_t part, int64_t last) HWY_ATTR {
    for (; part < last; ++part) {
      const int64_t begin = rows * part / parts, end = rows * (part + 1) / parts;
      const Sums<T> sums(scratch + part * bytes, n);
      if (sums_rows) pass.template Run<true>(begin, end, sums);
      else pass.template Run<false>(begin, end, sums);
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
