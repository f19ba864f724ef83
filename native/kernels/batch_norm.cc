// Batch normalization: of every channel by itself, over the batch and all positions.
//
// Operands are row-major over [batch, channels, inner]. Where inner is 1, as many channels as a tile is wide are worked
// on side by side, a lane each; else one channel at a time, whose positions lie in one piece.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/batch_norm.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include <algorithm>
#include <cmath>

#include "hwy/highway.h"
#include "kernels/table.h"
#include "lanes-inl.h"
#include "threads.h"

HWY_BEFORE_NAMESPACE();
namespace sconce {
namespace batch_norm {
namespace HWY_NAMESPACE {
using namespace sconce::HWY_NAMESPACE;

constexpr int64_t kTile = 64;      // channels side by side
constexpr int64_t kRows = 64;      // rows that add up in T, before they go on in double
constexpr int64_t kGrain = 16384;  // elements that are worth a thread

// The channels of one task: `rows` runs of `length` elements, each `stride` behind the one before.
struct Channels {
  int64_t first, count;
  int64_t rows, length, stride;
  int64_t offset;     // of the first run
  bool side_by_side;  // a run has an element of each channel

  double elements() const { return static_cast<double>(side_by_side ? rows : rows * length); }
};

template <class F>
void ForChannels(const Instruction& in, F&& f) {
  const int64_t batch = in.sizes[0], channels = in.sizes[1], inner = in.sizes[2];
  const int64_t width = inner == 1 ? std::min(channels, kTile) : 1;
  const int64_t tasks = (channels + width - 1) / width;
  ParallelFor(tasks, kGrain / std::max<int64_t>(1, batch * inner * width) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; ++task) {
      const int64_t first = task * width, count = std::min(width, channels - first);
      f(Channels{first, count, batch, inner == 1 ? count : inner, channels * inner, first * inner, inner == 1});
    }
  });
}

// Sums of f(offset, i, part, sums[kSums]) over each channel's elements; f adds to sums, 0 in lanes that are not there.
template <class T, int kSums, class F>
void SumChannels(const Channels& c, double (*totals)[kTile], F&& f) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  for (int k = 0; k < kSums; ++k) std::fill_n(totals[k], kTile, 0.0);
  if (!c.side_by_side) {
    for (int64_t row = 0; row < c.rows; ++row) {
      V sums[kSums];
      for (V& sum : sums) sum = hn::Zero(d);
      ForParts(d, c.length, [&](int64_t i, auto part) HWY_ATTR { f(c.offset + row * c.stride, i, part, sums); });
      for (int k = 0; k < kSums; ++k) totals[k][0] += static_cast<double>(hn::GetLane(hn::SumOfLanes(d, sums[k])));
    }
    return;
  }
  for (int64_t start = 0; start < c.rows; start += kRows) {
    T recent[kSums][kTile] = {};
    for (int64_t row = start; row < std::min(start + kRows, c.rows); ++row) {
      ForParts(d, c.count, [&](int64_t i, auto part) HWY_ATTR {
        V sums[kSums];
        for (int k = 0; k < kSums; ++k) sums[k] = part.Load(recent[k] + i);
        f(c.offset + row * c.stride, i, part, sums);
        for (int k = 0; k < kSums; ++k) part.Store(sums[k], recent[k] + i);
      });
    }
    for (int k = 0; k < kSums; ++k) {
      for (int64_t i = 0; i < c.count; ++i) totals[k][i] += static_cast<double>(recent[k][i]);
    }
  }
}

template <class T, class F>
void ForElements(const Channels& c, F&& f) {
  const hn::ScalableTag<T> d;
  for (int64_t row = 0; row < c.rows; ++row) {
    ForParts(d, c.length, [&](int64_t i, auto part) HWY_ATTR { f(c.offset + row * c.stride, i, part); });
  }
}

// Element i of a vector of channels, or the one element that stands for all.
template <class T>
T At(const Operand& operand, int64_t channel) {
  return operand.as<T>()[channel * operand.strides[1]];
}

// Operands out, mean, invstd, running mean, running variance, in, weight, bias; scalars training, whether there are
// running statistics, momentum, epsilon.
template <class T>
void Statistics(const Instruction& in, const Channels& c) {
  T *mean = in.operands[1].as<T>() + c.first, *invstd = in.operands[2].as<T>() + c.first;
  T *running_mean = in.operands[3].as<T>() + c.first, *running_var = in.operands[4].as<T>() + c.first;
  const double momentum = in.scalars[2], epsilon = in.scalars[3], count = c.elements();
  if (in.integer(0) == 0) {
    for (int64_t i = 0; i < c.count; ++i) {
      mean[i] = running_mean[i];
      invstd[i] = static_cast<T>(1 / std::sqrt(static_cast<double>(running_var[i]) + epsilon));
    }
    return;
  }
  const T* x = in.operands[5].as<T>();
  double totals[1][kTile];
  SumChannels<T, 1>(c, totals, [&](int64_t at, int64_t i, auto part, auto* sums) HWY_ATTR {
    sums[0] = hn::Add(sums[0], part.Load(x + at + i));
  });
  for (int64_t i = 0; i < c.count; ++i) mean[i] = static_cast<T>(totals[0][i] / count);
  const Constants<T> means(mean, c.side_by_side);
  SumChannels<T, 1>(c, totals, [&](int64_t at, int64_t i, auto part, auto* sums) HWY_ATTR {
    const auto deviation = part.Keep(hn::Sub(part.Load(x + at + i), means.Load(i, part)));
    sums[0] = hn::MulAdd(deviation, deviation, sums[0]);
  });
  for (int64_t i = 0; i < c.count; ++i) {
    invstd[i] = static_cast<T>(1 / std::sqrt(totals[0][i] / count + epsilon));
    if (in.integer(1) == 0) continue;
    const double variance = totals[0][i] / (count - 1);
    running_mean[i] = static_cast<T>((1 - momentum) * running_mean[i] + momentum * mean[i]);
    running_var[i] = static_cast<T>((1 - momentum) * running_var[i] + momentum * variance);
  }
}

template <class T>
Status Forward(Instruction& in) {
  if (in.dims != 3 || in.num_scalars < 4) return Status::kBadInstruction;
  ForChannels(in, [&](const Channels& c) HWY_ATTR {
    Statistics<T>(in, c);
    T scale[kTile], shift[kTile];
    const T *mean = in.operands[1].as<T>() + c.first, *invstd = in.operands[2].as<T>() + c.first;
    for (int64_t i = 0; i < c.count; ++i) {
      scale[i] = invstd[i] * At<T>(in.operands[6], c.first + i);
      shift[i] = At<T>(in.operands[7], c.first + i);
    }
    const Constants<T> means(mean, c.side_by_side), scales(scale, c.side_by_side), shifts(shift, c.side_by_side);
    const T* x = in.operands[5].as<T>();
    T* out = in.operands[0].as<T>();
    ForElements<T>(c, [&](int64_t at, int64_t i, auto part) HWY_ATTR {
      const auto centred = hn::Sub(part.Load(x + at + i), means.Load(i, part));
      part.Store(hn::MulAdd(centred, scales.Load(i, part), shifts.Load(i, part)), out + at + i);
    });
  });
  return Status::kOk;
}

// Operands grad_in, grad_weight, grad_bias, grad_out, in, mean, invstd, weight; scalars training, and whether the first
// three are wanted. With x̂ = (x - mean) · invstd: grad_in = weight · invstd · (g - mean(g) - x̂ · mean(g·x̂)), where the
// means are those of training, else 0.
template <class T>
Status Backward(Instruction& in) {
  if (in.dims != 3 || in.num_scalars < 4) return Status::kBadInstruction;
  const bool training = in.integer(0) != 0;
  const T *g = in.operands[3].as<T>(), *x = in.operands[4].as<T>();
  ForChannels(in, [&](const Channels& c) HWY_ATTR {
    const T *mean = in.operands[5].as<T>() + c.first, *invstd = in.operands[6].as<T>() + c.first;
    const Constants<T> means(mean, c.side_by_side);
    double totals[2][kTile];
    SumChannels<T, 2>(c, totals, [&](int64_t at, int64_t i, auto part, auto* sums) HWY_ATTR {
      const auto grad = part.Load(g + at + i);
      sums[0] = hn::Add(sums[0], grad);
      sums[1] = hn::MulAdd(grad, hn::Sub(part.Load(x + at + i), means.Load(i, part)), sums[1]);
    });
    T scale[kTile], average[kTile], slope[kTile];
    for (int64_t i = 0; i < c.count; ++i) {
      const double deviation = invstd[i], share = training ? 1 / c.elements() : 0;
      if (in.integer(2) != 0) in.operands[1].as<T>()[c.first + i] = static_cast<T>(totals[1][i] * deviation);
      if (in.integer(3) != 0) in.operands[2].as<T>()[c.first + i] = static_cast<T>(totals[0][i]);
      scale[i] = invstd[i] * At<T>(in.operands[7], c.first + i);
      average[i] = static_cast<T>(totals[0][i] * share);
      slope[i] = static_cast<T>(totals[1][i] * deviation * deviation * share);
    }
    if (in.integer(1) == 0) return;
    const Constants<T> scales(scale, c.side_by_side), averages(average, c.side_by_side), slopes(slope, c.side_by_side);
    T* out = in.operands[0].as<T>();
    ForElements<T>(c, [&](int64_t at, int64_t i, auto part) HWY_ATTR {
      const auto centred = hn::Sub(part.Load(x + at + i), means.Load(i, part));
      const auto apart = hn::Sub(part.Load(g + at + i), averages.Load(i, part));
      const auto rest = hn::NegMulAdd(centred, slopes.Load(i, part), apart);
      part.Store(hn::Mul(rest, scales.Load(i, part)), out + at + i);
    });
  });
  return Status::kOk;
}

template <class... Ts>
void Set(Table& table, Types<Ts...>) {
  (table.SetKernel(Opcode::batch_norm, kDTypeOf<Ts>, Forward<Ts>), ...);
  (table.SetKernel(Opcode::batch_norm_backward, kDTypeOf<Ts>, Backward<Ts>), ...);
}

void Fill(Table& table) { Set(table, Floating()); }

}  // namespace HWY_NAMESPACE
}  // namespace batch_norm
}  // namespace sconce
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sconce {
namespace batch_norm {
HWY_EXPORT(Fill);
void FillBest(Table& table) { HWY_DYNAMIC_DISPATCH(Fill)(table); }
}  // namespace batch_norm

void FillBatchNorm(Table& table) { batch_norm::FillBest(table); }
}  // namespace sconce
#endif
