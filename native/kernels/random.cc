// Random numbers, drawn from PyTorch's CPU generator one by one in memory order. Normal numbers are in normal.cc.
// Where PyTorch's build fuses a multiplication and an addition, so does std::fma here: the last bits depend on it.
#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>

#include "kernels/draw.h"
#include "scratch.h"

namespace sconce {
namespace {

Status Seed(Instruction& in) {
  if (in.num_scalars != 2) return Status::kBadInstruction;
  const uint64_t low = static_cast<uint64_t>(in.integer(0)), high = static_cast<uint64_t>(in.integer(1));
  in.operands[0].as<Generator>()->Seed(high << 32 | low);
  return Status::kOk;
}

template <class T>
Status Uniform(Instruction& in) {
  const T from = static_cast<T>(in.scalars[0]), to = static_cast<T>(in.scalars[1]);
  return Draw<T>(in, 2, [=](Generator& generator) { return std::fma(generator.Uniform<T>(), to - from, from); });
}

template <class T>
Status LogNormal(Instruction& in) {
  const double mean = in.scalars[0], deviation = in.scalars[1];
  return Draw<T>(in, 2, [=](Generator& generator) { return std::exp(std::fma(generator.Normal(), deviation, mean)); });
}

template <class T>
Status Exponential(Instruction& in) {
  const double rate = in.scalars[0];
  return Draw<T>(in, 1,
                 [=](Generator& generator) { return -1.0 / rate * std::log(1.0 - generator.Uniform<double>()); });
}

template <class T>
Status Cauchy(Instruction& in) {
  constexpr double kPi = 3.141592653589793;
  const double median = in.scalars[0], sigma = in.scalars[1];
  return Draw<T>(in, 2, [=](Generator& generator) {
    return std::fma(sigma, std::tan(kPi * (generator.Uniform<double>() - 0.5)), median);
  });
}

template <class T>
Status Geometric(Instruction& in) {
  const double divisor = std::log(1.0 - in.scalars[0]);
  return Draw<T>(in, 1,
                 [=](Generator& generator) { return std::ceil(std::log(generator.Uniform<double>()) / divisor); });
}

// Each probability takes a draw of its own precision.
template <class T, class P>
void BernoulliEach(Instruction& in) {
  Generator& generator = GeneratorOf(in);
  Coalesce(in, 0, in.dims, Order::kAny);
  for (Walk walk(in); !walk.done(); walk.Next()) {
    T* out = walk.row<T>(0);
    const P* probability = walk.row<P>(2);
    for (int64_t p = 0; p < walk.length(); ++p) {
      out[p * walk.stride(0)] = static_cast<T>(generator.Uniform<P>() < probability[p * walk.stride(2)]);
    }
  }
}

template <class T>
Status Bernoulli(Instruction& in) {
  if (in.num_operands == 2) {
    const double probability = in.scalars[0];
    return Draw<T>(in, 1, [=](Generator& generator) { return generator.Uniform<double>() < probability; });
  }
  const DType dtype = in.operands[2].dtype;
  if (in.num_operands != 3 || (dtype != DType::kFloat32 && dtype != DType::kFloat64)) return Status::kBadInstruction;
  const Status status = CheckDraw(in, 0);
  if (status != Status::kOk) return status;
  if (dtype == DType::kFloat32) BernoulliEach<T, float>(in);
  else BernoulliEach<T, double>(in);
  return Status::kOk;
}

template <class T>
Status Integers(Instruction& in) {
  const uint64_t from = static_cast<uint64_t>(in.integer(0));
  const uint64_t range = static_cast<uint64_t>(in.integer(2)) << 32 | static_cast<uint64_t>(in.integer(1));
  if (range == 0) return Draw<T>(in, 3, [](Generator& generator) { return static_cast<int64_t>(generator.Draw64()); });
  const bool wide = range >> 32 != 0;
  return Draw<T>(in, 3, [=](Generator& generator) {
    const uint64_t drawn = wide ? generator.Draw64() : generator.Draw32();
    return static_cast<int64_t>(drawn % range + from);
  });
}

// Floating: the whole numbers that the dtype holds exactly.
template <class T>
Status Full(Instruction& in) {
  return Draw<T>(in, 0, [](Generator& generator) {
    if constexpr (std::is_same_v<T, bool>) return (generator.Draw32() & 1) != 0;
    else if constexpr (std::is_same_v<T, double>) return generator.Draw64() % ((uint64_t{1} << 53) + 1);
    else if constexpr (std::is_same_v<T, float>) return generator.Draw32() % ((1u << 24) + 1);
    else if constexpr (sizeof(T) == 8) return generator.Draw64() & INT64_MAX;
    else return generator.Draw32() % (static_cast<uint32_t>(std::numeric_limits<T>::max()) + 1);
  });
}

Status Permutation(Instruction& in) {
  const Status status = CheckDraw(in, 0);
  if (status != Status::kOk) return status;
  Generator& generator = GeneratorOf(in);
  int64_t* out = in.operands[0].as<int64_t>();
  const int64_t n = in.NumElements();
  for (int64_t i = 0; i < n; ++i) out[i] = i;
  for (int64_t i = 0; i + 1 < n; ++i) std::swap(out[i], out[i + generator.Draw32() % (n - i)]);
  return Status::kOk;
}

// The distribution function of one row of weights, its last value 1.
template <class T>
Status Accumulate(const T* weights, int64_t stride, int64_t n, T* cumulative) {
  T sum = 0;
  for (int64_t j = 0; j < n; ++j) {
    const T weight = weights[j * stride];
    failure = {2, 0, weight, 0};
    if (!(weight >= 0) || std::isinf(weight)) return Status::kInvalidValue;
    cumulative[j] = sum += weight;
  }
  failure = {2, 0, sum, 0};
  if (!(sum > 0)) return Status::kInvalidValue;
  for (int64_t j = 0; j < n; ++j) cumulative[j] /= sum;
  cumulative[n - 1] = 1;
  return Status::kOk;
}

template <class T>
Status Multinomial(Instruction& in) {
  Status status = CheckDraw(in, 2);
  if (status != Status::kOk) return status;
  if (in.dims != 2 || in.operands[0].dtype != DType::kInt64) return Status::kBadInstruction;
  const int64_t rows = in.sizes[0], categories = in.integer(0);
  T* cumulative = reinterpret_cast<T*>(Scratch(static_cast<size_t>(rows * categories) * sizeof(T)));
  if (!cumulative) return Status::kOutOfMemory;
  for (int64_t i = 0; i < rows && status == Status::kOk; ++i) {
    const T* weights = in.operands[2].as<T>() + i * in.operands[2].strides[0];
    status = Accumulate(weights, in.integer(1), categories, cumulative + i * categories);
  }
  if (status != Status::kOk) return status;
  for (Walk walk(in); !walk.done(); walk.Next(), cumulative += categories) {
    int64_t* out = walk.row<int64_t>(0);
    for (int64_t p = 0; p < walk.length(); ++p) {
      const double drawn = GeneratorOf(in).Uniform<double>();
      out[p * walk.stride(0)] = std::lower_bound(cumulative, cumulative + categories, drawn) - cumulative;
    }
  }
  return Status::kOk;
}

template <class... Ts>
void SetFloating(Table& table, Types<Ts...>) {
  (table.SetKernel(Opcode::random_uniform, kDTypeOf<Ts>, Uniform<Ts>), ...);
  (table.SetKernel(Opcode::random_log_normal, kDTypeOf<Ts>, LogNormal<Ts>), ...);
  (table.SetKernel(Opcode::random_exponential, kDTypeOf<Ts>, Exponential<Ts>), ...);
  (table.SetKernel(Opcode::random_cauchy, kDTypeOf<Ts>, Cauchy<Ts>), ...);
  (table.SetKernel(Opcode::random_multinomial, kDTypeOf<Ts>, Multinomial<Ts>), ...);
}
template <class... Ts>
void SetNumeric(Table& table, Types<Ts...>) {
  (table.SetKernel(Opcode::random_geometric, kDTypeOf<Ts>, Geometric<Ts>), ...);
}
template <class... Ts>
void SetAll(Table& table, Types<Ts...>) {
  (table.SetKernel(Opcode::random_bernoulli, kDTypeOf<Ts>, Bernoulli<Ts>), ...);
  (table.SetKernel(Opcode::random_integers, kDTypeOf<Ts>, Integers<Ts>), ...);
  (table.SetKernel(Opcode::random_full, kDTypeOf<Ts>, Full<Ts>), ...);
}

}  // namespace

void FillRandom(Table& table) {
  table.SetKernel(Opcode::seed, DType::kInt64, Seed);
  table.SetKernel(Opcode::random_permutation, DType::kInt64, Permutation);
  SetFloating(table, Floating());
  SetNumeric(table, Numeric());
  SetAll(table, All());
}

}  // namespace sconce
