// Losses: element-wise ones before their reduction, and those of classes.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/loss.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include <algorithm>

#include "hwy/highway.h"
#include "kernels/softmax-inl.h"
#include "rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace sconce {
namespace loss {
namespace HWY_NAMESPACE {
using namespace sconce::HWY_NAMESPACE;

struct SquaredDifference {
  template <class T>
  T operator()(T a, T b) const {
    return (a - b) * (a - b);
  }
};
struct SmoothL1 {
  template <class T>
  T operator()(T a, T b, T beta) const {
    const T distance = a < b ? b - a : a - b;
    return distance < beta ? T(0.5) * distance * distance / beta : distance - T(0.5) * beta;
  }
};

// -(y log x + (1 - y) log(1 - x)), logarithms no lower than -100.
struct BinaryCrossEntropy {
  template <class D, class V>
  V operator()(D d, V x, V y) const {
    const V one = hn::Set(d, 1), lowest = hn::Set(d, -100);
    const V yes = hn::Max(Log{}(d, x), lowest), no = hn::Max(Log{}(d, hn::Sub(one, x)), lowest);
    return hn::Sub(hn::Mul(hn::Sub(y, one), no), hn::Mul(y, yes));
  }
};
// The same of x = sigmoid(in): max(x, 0) - x y + log(1 + exp(-|x|)).
struct BinaryCrossEntropyWithLogits {
  template <class D, class V>
  V operator()(D d, V x, V y) const {
    const V base = hn::NegMulAdd(x, y, hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Zero(d), x));
    return hn::Add(base, Log1p{}(d, Exp{}(d, hn::Neg(hn::Abs(x)))));
  }
};

enum Reduction : int64_t { kNone, kMean, kSum };

// The classes of [outer, inner] places: their targets, weights, and which target counts as none.
template <class T>
struct Classes {
  int64_t outer, n, inner;
  const int64_t* targets;
  const T* weights;
  int64_t weight_step;
  int64_t reduction, ignored;

  Classes(const Instruction& in, int target)
      : outer(in.sizes[0]),
        n(in.sizes[1]),
        inner(in.sizes[2]),
        targets(in.operands[target].as<int64_t>()),
        weights(in.operands[target + 1].as<T>()),
        weight_step(in.operands[target + 1].strides[1]),
        reduction(in.integer(0)),
        ignored(in.integer(1)) {}

  int64_t places() const { return outer * inner; }
  T Weight(int64_t target) const { return weights[target * weight_step]; }
  // Where the element of a place and its target lies.
  int64_t Position(int64_t place) const { return (place / inner * n + targets[place]) * inner + place % inner; }
  Status Check() const {
    for (int64_t place = 0; place < places(); ++place) {
      const int64_t target = targets[place];
      if (target == ignored || (target >= 0 && target < n)) continue;
      failure = {3, 1, static_cast<double>(target), static_cast<double>(n)};
      return Status::kIndexOutOfRange;
    }
    return Status::kOk;
  }
  // What a place's gradient is multiplied by, from that of the loss.
  T Factor(int64_t place, const T* grad, T total) const {
    if (targets[place] == ignored) return T{0};
    const T weight = Weight(targets[place]);
    return reduction == kNone ? weight * grad[place] : reduction == kSum ? weight * grad[0] : weight * grad[0] / total;
  }
};

template <class T>
void Pick(const Classes<T>& classes, const T* log_probabilities, T* loss, T* total_weight) {
  double sum = 0, total = 0;
  for (int64_t place = 0; place < classes.places(); ++place) {
    const int64_t target = classes.targets[place];
    const bool counts = target != classes.ignored;
    const T weight = counts ? classes.Weight(target) : T{0};
    const T picked = counts ? -weight * log_probabilities[classes.Position(place)] : T{0};
    if (classes.reduction == kNone) loss[place] = picked;
    sum += static_cast<double>(picked);
    total += static_cast<double>(weight);
  }
  *total_weight = static_cast<T>(total);
  if (classes.reduction != kNone) *loss = static_cast<T>(classes.reduction == kMean ? sum / total : sum);
}

bool IsForm(const Instruction& in) { return in.dims == 3 && in.num_scalars >= 2; }

template <class T>
Status Nll(Instruction& in) {
  if (!IsForm(in)) return Status::kBadInstruction;
  const Classes<T> classes(in, 3);
  if (const Status status = classes.Check(); status != Status::kOk) return status;
  Pick(classes, in.operands[2].as<T>(), in.operands[0].as<T>(), in.operands[1].as<T>());
  return Status::kOk;
}

template <class T>
Status NllBackward(Instruction& in) {
  if (!IsForm(in)) return Status::kBadInstruction;
  const Classes<T> classes(in, 2);
  T* out = in.operands[0].as<T>();
  const T total = *in.operands[4].as<T>();
  std::fill_n(out, in.NumElements(), T{0});
  for (int64_t place = 0; place < classes.places(); ++place) {
    if (classes.targets[place] == classes.ignored) continue;
    out[classes.Position(place)] = -classes.Factor(place, in.operands[1].as<T>(), total);
  }
  return Status::kOk;
}

template <class T>
Status CrossEntropy(Instruction& in) {
  if (!IsForm(in)) return Status::kBadInstruction;
  const Classes<T> classes(in, 4);
  if (const Status status = classes.Check(); status != Status::kOk) return status;
  T* log_probabilities = in.operands[2].as<T>();
  AlongDimension<LogSoftmax>(in, log_probabilities, in.operands[3].as<T>(), in.operands[3].as<T>());
  Pick(classes, log_probabilities, in.operands[0].as<T>(), in.operands[1].as<T>());
  return Status::kOk;
}

// (exp(log p) - [the target]) · factor
template <class T>
Status CrossEntropyBackward(Instruction& in) {
  if (!IsForm(in)) return Status::kBadInstruction;
  const Classes<T> classes(in, 3);
  const int64_t n = classes.n, inner = classes.inner, tiles = (inner + kTile - 1) / kTile;
  if (in.NumElements() == 0) return Status::kOk;
  const T total = *in.operands[5].as<T>();
  const T* grad = in.operands[1].as<T>();
  const int64_t grain = kDearGrain / (n * std::min(inner, kTile)) + 1;
  ParallelFor(classes.outer * tiles, grain, [&](int64_t begin, int64_t end) HWY_ATTR {
    const hn::ScalableTag<T> d;
    T factors[kTile];
    for (int64_t task = begin; task < end; ++task) {
      const int64_t column = task % tiles * kTile, width = std::min(kTile, inner - column);
      const int64_t place = task / tiles * inner + column, at = task / tiles * n * inner + column;
      for (int64_t j = 0; j < width; ++j) factors[j] = classes.Factor(place + j, grad, total);
      T* out = in.operands[0].as<T>() + at;
      const T* from = in.operands[2].as<T>() + at;
      const Constants<T> factor(factors, inner > 1);
      const int64_t rows = inner == 1 ? 1 : n, length = inner == 1 ? n : width;
      for (int64_t i = 0; i < rows; ++i) {
        ForParts(d, length, [&](int64_t j, auto part) HWY_ATTR {
          const auto probability = Exp{}(d, part.Load(from + i * inner + j));
          part.Store(hn::Mul(probability, factor.Load(j, part)), out + i * inner + j);
        });
      }
      for (int64_t j = 0; j < width; ++j) {
        if (classes.targets[place + j] != classes.ignored) out[classes.targets[place + j] * inner + j] -= factors[j];
      }
    }
  });
  return Status::kOk;
}

template <class... Ts>
void SetClasses(Table& table, Types<Ts...>) {
  (table.SetKernel(Opcode::nll_loss, kDTypeOf<Ts>, Nll<Ts>), ...);
  (table.SetKernel(Opcode::nll_loss_backward, kDTypeOf<Ts>, NllBackward<Ts>), ...);
  (table.SetKernel(Opcode::cross_entropy, kDTypeOf<Ts>, CrossEntropy<Ts>), ...);
  (table.SetKernel(Opcode::cross_entropy_backward, kDTypeOf<Ts>, CrossEntropyBackward<Ts>), ...);
}

void Fill(Table& table) {
  SetElement2<SquaredDifference>(table, Opcode::squared_difference, Floating());
  SetElement3<SmoothL1>(table, Opcode::smooth_l1, Floating());
  SetLanes2<BinaryCrossEntropy>(table, Opcode::binary_cross_entropy, Floating());
  SetLanes2<BinaryCrossEntropyWithLogits>(table, Opcode::binary_cross_entropy_with_logits, Floating());
  SetClasses(table, Floating());
}

}  // namespace HWY_NAMESPACE
}  // namespace loss
}  // namespace sconce
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sconce {
namespace loss {
HWY_EXPORT(Fill);
void FillBest(Table& table) { HWY_DYNAMIC_DISPATCH(Fill)(table); }
}  // namespace loss

void FillLoss(Table& table) { loss::FillBest(table); }
}  // namespace sconce
#endif
