// The error of every float32 function of one operand over all 2^32 inputs: a row of docs/accuracy.md each.
//
//   accuracy [--stride N] [NAME…]
//
// The reference is the float64 kernel, whose own error is 2^-29 of a float32's last place where it stays within one of
// its last places; that is checked against libm's long double on a sample first. Where a function is even or odd, the
// reference is computed for positive inputs, and the results of both signs are compared with it.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <limits>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "kernels/table.h"

namespace sconce {
namespace {

using Wide = long double;
enum class Parity { kNone, kEven, kOdd };
struct Function {
  const char* name;
  Opcode opcode;
  Wide (*exact)(Wide);
  Parity parity = Parity::kNone;
};
Wide Sigmoid(Wide x) { return 1 / (1 + std::exp(-x)); }
Wide Gelu(Wide x) { return x * std::erfc(-x * 0.707106781186547524400844362104849039L) / 2; }
Wide GeluTanh(Wide x) {
  return x / (1 + std::exp(-2 * x * (1 + 0.044715L * x * x) * 0.797884560802865355879892119869L));
}
Wide Silu(Wide x) { return x / (1 + std::exp(-x)); }
#define SCONCE_FUNCTION(name, parity)                                        \
  {                                                                          \
#name, Opcode::name, [](Wide x) { return std::name(x); }, Parity::parity \
  }
const Function kFunctions[] = {
    SCONCE_FUNCTION(exp, kNone),
    SCONCE_FUNCTION(exp2, kNone),
    SCONCE_FUNCTION(expm1, kNone),
    SCONCE_FUNCTION(log, kNone),
    SCONCE_FUNCTION(log2, kNone),
    SCONCE_FUNCTION(log10, kNone),
    SCONCE_FUNCTION(log1p, kNone),
    SCONCE_FUNCTION(sin, kOdd),
    SCONCE_FUNCTION(cos, kEven),
    SCONCE_FUNCTION(tan, kOdd),
    SCONCE_FUNCTION(asin, kOdd),
    SCONCE_FUNCTION(acos, kNone),
    SCONCE_FUNCTION(atan, kOdd),
    SCONCE_FUNCTION(sinh, kOdd),
    SCONCE_FUNCTION(cosh, kEven),
    SCONCE_FUNCTION(tanh, kOdd),
    SCONCE_FUNCTION(asinh, kOdd),
    SCONCE_FUNCTION(acosh, kNone),
    SCONCE_FUNCTION(atanh, kOdd),
    {"sigmoid", Opcode::sigmoid, Sigmoid},
    SCONCE_FUNCTION(erf, kOdd),
    SCONCE_FUNCTION(erfc, kNone),
    {"gelu", Opcode::gelu, Gelu},
    {"gelu_tanh", Opcode::gelu_tanh, GeluTanh},
    {"silu", Opcode::silu, Silu},
    SCONCE_FUNCTION(sqrt, kNone),
    {"rsqrt", Opcode::rsqrt, [](Wide x) { return 1 / std::sqrt(x); }},
    {"reciprocal", Opcode::reciprocal, [](Wide x) { return 1 / x; }, Parity::kOdd},
};
#undef SCONCE_FUNCTION

// The last place of a result near x.
double LastPlace(float, double x) {
  uint64_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  bits &= uint64_t{0x7ff} << 52;  // the power of two below
  std::memcpy(&x, &bits, sizeof bits);
  return std::max(x, 0x1p-126) * 0x1p-23;
}
Wide LastPlace(double, Wide x) {
  int exponent;
  std::frexp(x, &exponent);
  return std::ldexp(Wide{1}, std::max(exponent, -1021) - 53);
}

// What stands for T's exact results.
template <class T>
using Exact = std::conditional_t<std::is_same_v<T, float>, double, Wide>;

// In units of the last place; infinite where NaN, infinity or the sign of zero is not as it should be.
template <class T>
double ErrorInUlp(T actual, Exact<T> exact) {
  if (std::isnan(exact) || std::isnan(actual)) return std::isnan(exact) && std::isnan(actual) ? 0 : INFINITY;
  if (exact == 0 && std::signbit(exact) != std::signbit(actual)) return INFINITY;
  if (std::isinf(exact)) return actual == exact ? 0 : INFINITY;
  // Infinity, and whatever is beyond it, stands where the next number would be.
  const Exact<T> infinity = std::ldexp(Exact<T>{1}, std::numeric_limits<T>::max_exponent);
  const Exact<T> value = std::isinf(actual) ? std::copysign(infinity, actual) : Exact<T>{actual};
  exact = std::clamp(exact, -infinity, infinity);
  return static_cast<double>(std::fabs(value - exact) / LastPlace(actual, exact));
}

struct Worst {
  double error = -1;
  double input = 0;

  void Meet(double other_error, double other_input) {
    if (other_error > error) *this = {other_error, other_input};
  }
};

constexpr uint64_t kInputs = uint64_t{1} << 32;
constexpr size_t kBlock = 4096;

const Table& TheTable() {
  static const Table* table = [] {
    Table* filled = new Table;
    FillMath(*filled);
    FillUnary(*filled);
    FillActivation(*filled);
    return filled;
  }();
  return *table;
}

template <class T>
void Apply(const Function& function, T* out, T* in, size_t n) {
  char* data[] = {reinterpret_cast<char*>(out), reinterpret_cast<char*>(in)};
  TheTable().entries[static_cast<int>(function.opcode)][static_cast<int>(kDTypeOf<T>)].row(data, n);
}

// Errors of n results, the worst of which goes to `worst`; called for billions of them. Ordinary results are compared
// without a branch, so that the compiler vectorises the loop; a block with others is looked at again, one by one.
void Compare(const float* out, const double* reference, const float* in, size_t n, Worst& worst) {
  double largest = 0;
  bool special = false;
  for (size_t i = 0; i < n; ++i) {
    uint64_t bits;
    std::memcpy(&bits, reference + i, sizeof bits);
    constexpr uint64_t kOne = uint64_t{1} << 52;
    const uint64_t exponent = std::max<uint64_t>(bits >> 52 & 0x7ff, 1023 - 126);
    const uint64_t inverse_bits = (2046 + 23 - exponent) * kOne;  // of 2^23 / 2^exponent
    double inverse;
    std::memcpy(&inverse, &inverse_bits, sizeof inverse);
    const double actual = out[i], error = std::fabs(actual - reference[i]) * inverse;
    const bool both_nan = (actual != actual) & (reference[i] != reference[i]);
    // The comparison is false where either is infinite or one is NaN; zeros have signs.
    const bool ordinary = (error < 1e9) & (reference[i] != 0) & (std::fabs(actual) < INFINITY);
    special |= !(ordinary | both_nan);
    largest = error > largest ? error : largest;
  }
  if (!special && largest <= worst.error) return;
  for (size_t i = 0; i < n; ++i) worst.Meet(ErrorInUlp(out[i], reference[i]), in[i]);
}

std::vector<float> Inputs(uint64_t begin, uint64_t end, uint64_t stride) {
  std::vector<float> in(std::min<uint64_t>(kBlock, (end - begin + stride - 1) / stride));
  for (size_t i = 0; i < in.size(); ++i) {
    const uint32_t pattern = static_cast<uint32_t>(begin + i * stride);
    std::memcpy(&in[i], &pattern, sizeof pattern);
  }
  return in;
}

// Of the float32 whose bits are multiples of `stride` in [begin, end): of the float32 kernel against the float64 one.
Worst Measure(float, const Function& function, uint64_t begin, uint64_t end, uint64_t stride) {
  std::vector<float> out(kBlock);
  std::vector<double> reference(kBlock);
  Worst worst;
  for (uint64_t bits = begin; bits < end; bits += kBlock * stride) {
    std::vector<float> in = Inputs(bits, end, stride);
    std::vector<double> wide(in.begin(), in.end());
    Apply(function, out.data(), in.data(), in.size());
    Apply(function, reference.data(), wide.data(), in.size());
    Compare(out.data(), reference.data(), in.data(), in.size(), worst);
    if (function.parity == Parity::kNone) continue;
    for (float& x : in) x = -x;
    if (function.parity == Parity::kOdd)
      std::transform(reference.begin(), reference.end(), reference.begin(), std::negate<>());
    Apply(function, out.data(), in.data(), in.size());
    Compare(out.data(), reference.data(), in.data(), in.size(), worst);
  }
  return worst;
}
// Of the float64 kernel against long double.
Worst Measure(double, const Function& function, uint64_t begin, uint64_t end, uint64_t stride) {
  std::vector<double> out(kBlock);
  Worst worst;
  for (uint64_t bits = begin; bits < end; bits += kBlock * stride) {
    const std::vector<float> in = Inputs(bits, end, stride);
    std::vector<double> wide(in.begin(), in.end());
    Apply(function, out.data(), wide.data(), in.size());
    for (size_t i = 0; i < in.size(); ++i) worst.Meet(ErrorInUlp(out[i], function.exact(wide[i])), wide[i]);
  }
  return worst;
}

// Threads take one part of the inputs after the other, so that none waits for another at the end.
template <class T>
Worst OnAllThreads(const Function& function, uint64_t inputs, uint64_t stride) {
  constexpr uint64_t kParts = 64;
  const unsigned count = std::max(1u, std::thread::hardware_concurrency());
  const uint64_t share = inputs / kParts / stride * stride;
  std::atomic<uint64_t> next{0};
  std::vector<Worst> worst(count);
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      for (uint64_t part; (part = next++) < kParts;) {
        const uint64_t end = part + 1 == kParts ? inputs : (part + 1) * share;
        const Worst found = Measure(T{}, function, part * share, end, stride);
        worst[i].Meet(found.error, found.input);
      }
    });
  }
  Worst all;
  for (unsigned i = 0; i < count; ++i) {
    threads[i].join();
    all.Meet(worst[i].error, worst[i].input);
  }
  return all;
}

void Report(const Function& function, uint64_t stride) {
  const uint64_t inputs = function.parity == Parity::kNone ? kInputs : kInputs / 2;
  const Worst wide = OnAllThreads<double>(function, kInputs, 4093);
  const Worst narrow = OnAllThreads<float>(function, inputs, stride);
  std::printf("| %s | %.2f | %.9g | %.2f | %.9g |\n", function.name, narrow.error, narrow.input, wide.error,
              wide.input);
  std::fflush(stdout);
}

}  // namespace
}  // namespace sconce

int main(int count, char** arguments) {
  using namespace sconce;
  uint64_t stride = 1;
  std::vector<std::string> wanted;
  for (int i = 1; i < count; ++i) {
    if (std::string(arguments[i]) == "--stride" && i + 1 < count) stride = std::strtoull(arguments[++i], nullptr, 10);
    else wanted.push_back(arguments[i]);
  }
  std::printf("| function | float32: largest error | at | float64 | at |\n| --- | --- | --- | --- | --- |\n");
  for (const Function& function : kFunctions) {
    const bool chosen = wanted.empty() || std::find(wanted.begin(), wanted.end(), function.name) != wanted.end();
    if (chosen) Report(function, std::max<uint64_t>(1, stride));
  }
}
