// The error of every float32 function of one operand over all 2^32 inputs: a row of docs/accuracy.md each.
//
//   accuracy [--stride N] [NAME…]
//
// The reference is the float64 kernel, whose own error is 2^-29 of a float32's last place where it stays within one of
// its last places; that is checked against libm's long double on a sample first.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "kernels/table.h"

namespace sconce {
namespace {

using Wide = long double;
struct Function {
  const char* name;
  Opcode opcode;
  Wide (*exact)(Wide);
};
Wide Sigmoid(Wide x) { return 1 / (1 + std::exp(-x)); }
#define SCONCE_FUNCTION(name)                                \
  {                                                          \
#name, Opcode::name, [](Wide x) { return std::name(x); } \
  }
const Function kFunctions[] = {
    SCONCE_FUNCTION(exp),
    SCONCE_FUNCTION(exp2),
    SCONCE_FUNCTION(expm1),
    SCONCE_FUNCTION(log),
    SCONCE_FUNCTION(log2),
    SCONCE_FUNCTION(log10),
    SCONCE_FUNCTION(log1p),
    SCONCE_FUNCTION(sin),
    SCONCE_FUNCTION(cos),
    SCONCE_FUNCTION(tan),
    SCONCE_FUNCTION(asin),
    SCONCE_FUNCTION(acos),
    SCONCE_FUNCTION(atan),
    SCONCE_FUNCTION(sinh),
    SCONCE_FUNCTION(cosh),
    SCONCE_FUNCTION(tanh),
    SCONCE_FUNCTION(asinh),
    SCONCE_FUNCTION(acosh),
    SCONCE_FUNCTION(atanh),
    {"sigmoid", Opcode::sigmoid, Sigmoid},
    SCONCE_FUNCTION(erf),
    SCONCE_FUNCTION(erfc),
    SCONCE_FUNCTION(sqrt),
    {"rsqrt", Opcode::rsqrt, [](Wide x) { return 1 / std::sqrt(x); }},
    {"reciprocal", Opcode::reciprocal, [](Wide x) { return 1 / x; }},
};
#undef SCONCE_FUNCTION

// The last place of a result near x. float32's are asked for billions of times.
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
    return filled;
  }();
  return *table;
}

template <class T>
void Apply(const Function& function, T* out, T* in, size_t n) {
  char* data[] = {reinterpret_cast<char*>(out), reinterpret_cast<char*>(in)};
  TheTable().entries[static_cast<int>(function.opcode)][static_cast<int>(kDTypeOf<T>)].row(data, n);
}

// Of the float32 whose bits are multiples of `stride` in [begin, end): of the float32 kernel against the float64 one,
// or of the float64 kernel against long double.
template <class T>
Worst Measure(const Function& function, uint64_t begin, uint64_t end, uint64_t stride) {
  std::vector<float> in(kBlock);
  std::vector<T> narrow_in(kBlock), out(kBlock);
  std::vector<double> wide_in(kBlock), reference(kBlock);
  Worst worst;
  for (uint64_t bits = begin; bits < end;) {
    size_t n = 0;
    for (; n < kBlock && bits < end; ++n, bits += stride) {
      const uint32_t pattern = static_cast<uint32_t>(bits);
      std::memcpy(&in[n], &pattern, sizeof pattern);
      narrow_in[n] = in[n];
      wide_in[n] = in[n];
    }
    Apply(function, out.data(), narrow_in.data(), n);
    if constexpr (std::is_same_v<T, float>) Apply(function, reference.data(), wide_in.data(), n);
    for (size_t i = 0; i < n; ++i) {
      if constexpr (std::is_same_v<T, float>) worst.Meet(ErrorInUlp(out[i], reference[i]), wide_in[i]);
      else worst.Meet(ErrorInUlp(out[i], function.exact(wide_in[i])), wide_in[i]);
    }
  }
  return worst;
}

template <class T>
Worst OnAllThreads(const Function& function, uint64_t stride) {
  const unsigned count = std::max(1u, std::thread::hardware_concurrency());
  std::vector<Worst> worst(count);
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      const uint64_t share = kInputs / count / stride * stride;
      worst[i] = Measure<T>(function, i * share, i + 1 == count ? kInputs : (i + 1) * share, stride);
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
  const Worst wide = OnAllThreads<double>(function, 4093), narrow = OnAllThreads<float>(function, stride);
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
