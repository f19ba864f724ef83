// Steps of optimizers: each reads a parameter, its gradient and its state once, and writes parameter and state.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/optimizer.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include <algorithm>
#include <cmath>
#include <cstring>

#include "hwy/highway.h"
#include "kernels/table.h"
#include "loops.h"
#include "movement.h"
#include "threads.h"

HWY_BEFORE_NAMESPACE();
namespace sconce {
namespace optimizer {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr int kMaxTensors = 5;
constexpr size_t kChunk = 512;  // elements of a tensor whose elements do not lie side by side

// A Step<T> has `tensors`, how many it takes; Writes(k), whether it writes the k-th; and At(d, data, i), which computes
// the lanes from element i on. Elements of all tensors lie side by side here. The step is passed by value, so that the
// compiler knows that no store changes it.
template <class T, class Step>
void StepRow(Step step, char* const* data, size_t n) {
  const hn::ScalableTag<T> d;
  const size_t lanes = hn::Lanes(d);
  const int tensors = std::min(step.tensors, kMaxTensors);
  T* rows[kMaxTensors];
  for (int k = 0; k < tensors; ++k) rows[k] = reinterpret_cast<T*>(data[k]);
  size_t i = 0;
  for (; i + lanes <= n; i += lanes) step.At(d, rows, i);
  if (i == n) return;
  const size_t bytes = std::min(n - i, lanes - 1) * sizeof(T);
  T rest[kMaxTensors][HWY_MAX_BYTES / sizeof(T)] = {};
  T* tails[kMaxTensors];
  for (int k = 0; k < tensors; ++k) {
    tails[k] = rest[k];
    std::memcpy(rest[k], rows[k] + i, bytes);
  }
  step.At(d, tails, 0);
  for (int k = 0; k < tensors; ++k) {
    if (step.Writes(k)) std::memcpy(rows[k] + i, rest[k], bytes);
  }
}

// At most kChunk elements from a row-major position on, through buffers where a tensor has gaps or repeats.
template <class T, class Step>
void StepChunk(const Instruction& in, const Step& step, int64_t position, size_t n) {
  alignas(64) T buffers[kMaxTensors][kChunk];
  char *at[kMaxTensors], *data[kMaxTensors];
  int64_t strides[kMaxTensors];
  for (int k = 0; k < step.tensors; ++k) {
    at[k] = reinterpret_cast<char*>(in.operands[k].as<T>() + OffsetAt(in, k, 0, in.dims, position));
    strides[k] = in.operands[k].strides[in.dims - 1];
    data[k] = strides[k] == 1 ? at[k] : reinterpret_cast<char*>(buffers[k]);
    if (strides[k] != 1) CopyStrided(sizeof(T), data[k], 1, at[k], strides[k], n);
  }
  StepRow<T>(step, data, n);
  for (int k = 0; k < step.tensors; ++k) {
    if (strides[k] != 1 && step.Writes(k)) CopyStrided(sizeof(T), at[k], strides[k], data[k], 1, n);
  }
}

template <class T, class Step>
void StepAll(Instruction& in, const Step& step) {
  const int64_t count = in.NumElements();
  if (count == 0) return;
  in.num_operands = step.tensors;
  Coalesce(in, 0, in.dims, Order::kAny);
  bool flat = in.dims <= 1;
  for (int k = 0; k < step.tensors; ++k) flat = flat && (in.dims == 0 || in.operands[k].strides[0] == 1);
  ParallelFor(count, kCheapGrain, [&](int64_t begin, int64_t end) {
    if (flat) {
      char* data[kMaxTensors];
      for (int k = 0; k < step.tensors; ++k) data[k] = reinterpret_cast<char*>(in.operands[k].as<T>() + begin);
      return StepRow<T>(step, data, static_cast<size_t>(end - begin));
    }
    const int64_t inner = in.sizes[in.dims - 1];
    while (begin < end) {
      const int64_t n = std::min({end - begin, inner - begin % inner, static_cast<int64_t>(kChunk)});
      StepChunk<T>(in, step, begin, static_cast<size_t>(n));
      begin += n;
    }
  });
}

// Numbers are rounded to T where PyTorch rounds them: each is the scalar argument of an operation on tensors of T.
template <class T>
struct Sgd {
  int tensors;  // param, grad, and buffer where there is momentum
  T rate, momentum, gain, decay;
  bool nesterov, maximize, first;

  explicit Sgd(const Instruction& in)
      : tensors(in.num_operands),
        rate(static_cast<T>(-in.scalars[0])),
        momentum(static_cast<T>(in.scalars[1])),
        gain(static_cast<T>(1 - in.scalars[2])),
        decay(static_cast<T>(in.scalars[3])),
        nesterov(in.scalars[4] != 0),
        maximize(in.scalars[5] != 0),
        first(in.scalars[6] != 0) {}
  bool Writes(int k) const { return k != 1; }

  template <class D>
  void At(D d, T* const* data, size_t i) const {
    const auto param = hn::LoadU(d, data[0] + i);
    auto grad = hn::LoadU(d, data[1] + i);
    if (maximize) grad = hn::Neg(grad);
    if (decay != 0) grad = hn::MulAdd(param, hn::Set(d, decay), grad);
    if (tensors == 3) {
      auto buffer = grad;
      if (!first) {
        buffer = hn::Mul(hn::LoadU(d, data[2] + i), hn::Set(d, momentum));
        buffer = hn::MulAdd(grad, hn::Set(d, gain), buffer);
      }
      hn::StoreU(buffer, d, data[2] + i);
      grad = nesterov ? hn::MulAdd(buffer, hn::Set(d, momentum), grad) : buffer;
    }
    hn::StoreU(hn::MulAdd(grad, hn::Set(d, rate), param), d, data[0] + i);
  }
};

template <class T>
struct Adam {
  int tensors;  // param, grad, exp_avg, exp_avg_sq, and max_exp_avg_sq for AMSGrad
  T beta1, gain1, beta2, gain2, decay, shrink, eps, rate, root;
  bool maximize;

  // `step` counts this one.
  Adam(const Instruction& in, double step)
      : tensors(in.num_operands - 1),
        beta1(static_cast<T>(in.scalars[1])),
        gain1(static_cast<T>(1 - in.scalars[1])),
        beta2(static_cast<T>(in.scalars[2])),
        gain2(static_cast<T>(1 - in.scalars[2])),
        decay(static_cast<T>(in.scalars[5] != 0 ? 0 : in.scalars[4])),
        shrink(static_cast<T>(in.scalars[5] != 0 ? 1 - in.scalars[0] * in.scalars[4] : 1)),
        eps(static_cast<T>(in.scalars[3])),
        rate(static_cast<T>(-in.scalars[0] / (1 - std::pow(in.scalars[1], step)))),
        root(static_cast<T>(std::sqrt(1 - std::pow(in.scalars[2], step)))),
        maximize(in.scalars[6] != 0) {}
  bool Writes(int k) const { return k != 1; }

  template <class D>
  void At(D d, T* const* data, size_t i) const {
    auto param = hn::LoadU(d, data[0] + i);
    auto grad = hn::LoadU(d, data[1] + i);
    if (maximize) grad = hn::Neg(grad);
    if (decay != 0) grad = hn::MulAdd(param, hn::Set(d, decay), grad);
    if (shrink != 1) param = hn::Mul(param, hn::Set(d, shrink));
    const auto mean = hn::MulAdd(grad, hn::Set(d, gain1), hn::Mul(hn::LoadU(d, data[2] + i), hn::Set(d, beta1)));
    auto square = hn::Mul(hn::LoadU(d, data[3] + i), hn::Set(d, beta2));
    square = hn::MulAdd(hn::Mul(grad, hn::Set(d, gain2)), grad, square);
    hn::StoreU(mean, d, data[2] + i);
    hn::StoreU(square, d, data[3] + i);
    if (tensors == 5) {
      const auto largest = hn::LoadU(d, data[4] + i);
      square = hn::IfThenElse(hn::Or(hn::Lt(largest, square), hn::IsNaN(square)), square, largest);
      hn::StoreU(square, d, data[4] + i);
    }
    const auto spread = hn::Add(hn::Div(hn::Sqrt(square), hn::Set(d, root)), hn::Set(d, eps));
    hn::StoreU(hn::Add(param, hn::Div(hn::Mul(mean, hn::Set(d, rate)), spread)), d, data[0] + i);
  }
};

bool SameDType(const Instruction& in, int tensors) {
  for (int k = 1; k < tensors; ++k) {
    if (in.operands[k].dtype != in.operands[0].dtype) return false;
  }
  return true;
}

template <class T>
Status SgdStep(Instruction& in) {
  if (in.num_operands > 3 || in.num_scalars != 7 || !SameDType(in, in.num_operands)) return Status::kBadInstruction;
  StepAll<T>(in, Sgd<T>(in));
  return Status::kOk;
}

template <class T>
Status AdamStep(Instruction& in) {
  const int tensors = in.num_operands - 1;
  if (tensors > kMaxTensors || in.num_scalars != 7 || !SameDType(in, tensors)) return Status::kBadInstruction;
  if (in.operands[tensors].dtype != DType::kFloat32) return Status::kBadInstruction;
  float& step = *in.operands[tensors].as<float>();
  step += 1;
  StepAll<T>(in, Adam<T>(in, step));
  return Status::kOk;
}

template <class... Ts>
void Set(Table& table, Types<Ts...>) {
  (table.SetKernel(Opcode::sgd_step, kDTypeOf<Ts>, SgdStep<Ts>), ...);
  (table.SetKernel(Opcode::adam_step, kDTypeOf<Ts>, AdamStep<Ts>), ...);
}

void Fill(Table& table) { Set(table, Floating()); }

}  // namespace HWY_NAMESPACE
}  // namespace optimizer
}  // namespace sconce
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sconce {
namespace optimizer {
HWY_EXPORT(Fill);
void FillBest(Table& table) { HWY_DYNAMIC_DISPATCH(Fill)(table); }
}  // namespace optimizer

void FillOptimizer(Table& table) { optimizer::FillBest(table); }
}  // namespace sconce
#endif
