// Sequences of floating steps, and the triangles of a matrix.
#include <algorithm>
#include <cmath>
#include <type_traits>

#include "kernels/range.h"
#include "loops.h"
#include "walk.h"

namespace sconce {
namespace {

// C++ leaves a float outside an integer's range undefined; PyTorch's x86-64 keeps the low bits of 64.
template <class T>
T Narrow(double x) {
  if constexpr (std::is_floating_point_v<T>) return static_cast<T>(x);
  else return static_cast<T>(x >= -0x1p63 && x < 0x1p63 ? static_cast<int64_t>(x) : INT64_MIN);
}

// Operands of linspace and logspace; a single step is the start.
struct Steps {
  explicit Steps(const Instruction& in)
      : count(in.integer(2)), gaps(std::max<int64_t>(1, count - 1)), start(in.scalars[0]), end(in.scalars[count > 1]) {}
  // Elements are computed from the nearer end, so that the last is exactly `end`.
  bool FromStart(int64_t i) const { return i < count / 2; }

  int64_t count;
  int64_t gaps;
  double start;
  double end;
};

// Integers step in double.
template <class T>
Status Linspace(Instruction& in) {
  if (in.num_scalars != 3) return Status::kBadInstruction;
  using Step = std::conditional_t<std::is_integral_v<T>, double, T>;
  const Steps steps(in);
  const Step start = Narrow<T>(steps.start), end = Narrow<T>(steps.end);
  const Step step = (end - start) / static_cast<Step>(steps.gaps);
  const Range<T> range(in.NumElements());
  Generate<T>(in, [=](int64_t i) {
    const int64_t base = range.Base(i);
    const T first = Narrow<T>(steps.FromStart(base) ? std::fma(step, static_cast<Step>(base), start)
                                                    : std::fma(-step, static_cast<Step>(steps.gaps - base), end));
    return i == base ? first : Narrow<T>(static_cast<Step>(first) + static_cast<Step>(i - base) * step);
  });
  return Status::kOk;
}

template <class T>
Status Logspace(Instruction& in) {
  if (in.num_scalars != 4) return Status::kBadInstruction;
  const Steps steps(in);
  const T start = Narrow<T>(steps.start), end = Narrow<T>(steps.end);
  const double base = in.scalars[3];
  const double step = static_cast<double>(end - start) / static_cast<double>(steps.gaps);
  Generate<T>(in, [=](int64_t i) {
    if (steps.count == 1) return Narrow<T>(std::pow(base, steps.start));
    const double exponent = steps.FromStart(i) ? static_cast<double>(start) + step * static_cast<double>(i)
                                               : static_cast<double>(end) - step * static_cast<double>(steps.gaps - i);
    return Narrow<T>(std::pow(base, exponent));
  });
  return Status::kOk;
}

template <class T>
Status Triangle(Instruction& in) {
  if (in.dims < 2 || in.num_scalars != 2) return Status::kBadInstruction;
  const int64_t diagonal = in.integer(0);
  const bool upper = in.integer(1) != 0;
  for (Walk walk(in); !walk.done(); walk.Next()) {
    T* out = walk.row<T>(0);
    const T* self = walk.row<T>(1);
    const int64_t limit = walk.index(in.dims - 2) + diagonal;  // the column on the diagonal
    for (int64_t p = 0; p < walk.length(); ++p) {
      const bool kept = upper ? p >= limit : p <= limit;
      out[p * walk.stride(0)] = kept ? self[p * walk.stride(1)] : T{0};
    }
  }
  return Status::kOk;
}

template <class... Ts>
void SetRanges(Table& table, Types<Ts...>) {
  (table.SetKernel(Opcode::linspace, kDTypeOf<Ts>, Linspace<Ts>), ...);
  (table.SetKernel(Opcode::logspace, kDTypeOf<Ts>, Logspace<Ts>), ...);
}
template <class... Ts>
void SetTriangles(Table& table, Types<Ts...>) {
  (table.SetKernel(Opcode::triangle, kDTypeOf<Ts>, Triangle<Bits<Ts>>), ...);
}

}  // namespace

void FillRange(Table& table) {
  SetRanges(table, Numeric());
  SetTriangles(table, All());
}

}  // namespace sconce
