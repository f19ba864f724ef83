// Arithmetic of two and three operands, element by element.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/binary.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include <cmath>

#include "extremes.h"
#include "hwy/highway.h"
#include "loops.h"
#include "rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace sconce {
namespace binary {
namespace HWY_NAMESPACE {
using namespace sconce::HWY_NAMESPACE;

// Integer arithmetic wraps: computed in 64 unsigned bits, whose low bits are the result's at any width.
template <class T>
uint64_t Wide(T x) {
  return static_cast<uint64_t>(x);
}

struct Add {
  template <class T>
  T operator()(T a, T b) const {
    if constexpr (std::is_same_v<T, bool>) return a | b;
    else if constexpr (std::is_floating_point_v<T>) return a + b;
    else return static_cast<T>(Wide(a) + Wide(b));
  }
};
struct Sub {
  template <class T>
  T operator()(T a, T b) const {
    if constexpr (std::is_floating_point_v<T>) return a - b;
    else return static_cast<T>(Wide(a) - Wide(b));
  }
};
struct Mul {
  template <class T>
  T operator()(T a, T b) const {
    if constexpr (std::is_same_v<T, bool>) return a & b;
    else if constexpr (std::is_floating_point_v<T>) return a * b;
    else return static_cast<T>(Wide(a) * Wide(b));
  }
};
struct Div {
  template <class T>
  T operator()(T a, T b) const {
    return a / b;
  }
};
struct Axpy {
  template <class T>
  T operator()(T a, T b, T c) const {
    if constexpr (std::is_same_v<T, bool>) return a | (b & c);
    else return Add{}(a, Mul{}(b, c));
  }
};
struct Maximum {
  template <class T>
  T operator()(T a, T b) const {
    return Larger(a, b);
  }
};
struct Minimum {
  template <class T>
  T operator()(T a, T b) const {
    return Smaller(a, b);
  }
};
struct Fmax {
  template <class T>
  T operator()(T a, T b) const {
    return b != b || a > b ? a : b;
  }
};
struct Fmin {
  template <class T>
  T operator()(T a, T b) const {
    return b != b || a < b ? a : b;
  }
};
struct Lerp {
  template <class T>
  T operator()(T start, T end, T weight) const {
    const T distance = end - start;
    return weight < T{0.5} ? start + weight * distance : end - distance * (T{1} - weight);
  }
};
struct ReluBackward {
  template <class T>
  T operator()(T grad, T result) const {
    return result <= T{0} ? T{0} : grad;
  }
};
struct SigmoidBackward {
  template <class T>
  T operator()(T grad, T result) const {
    return grad * (T{1} - result) * result;
  }
};
struct TanhBackward {
  template <class T>
  T operator()(T grad, T result) const {
    return grad * (T{1} - result * result);
  }
};
struct SquareBackward {
  template <class T>
  T operator()(T grad, T base) const {
    return grad * (T{2} * base);
  }
};
struct CubeBackward {
  template <class T>
  T operator()(T grad, T base) const {
    return grad * (T{3} * (base * base));
  }
};
struct IntegerPow {
  template <class T>
  T operator()(T base, T exponent) const {
    if (exponent < 0) {
      if (base == T{1}) return 1;
      if (base == static_cast<T>(-1)) return exponent % 2 == 0 ? T{1} : static_cast<T>(-1);
      return 0;
    }
    uint64_t result = 1, power = Wide(base);
    for (uint64_t rest = Wide(exponent); rest != 0; rest >>= 1) {
      if (rest & 1) result *= power;
      power *= power;
    }
    return static_cast<T>(result);
  }
};

struct CopySign {
  template <class T>
  T operator()(T size, T sign) const {
    return std::copysign(size, sign);
  }
};
struct BitwiseAnd {
  template <class T>
  T operator()(T a, T b) const {
    return static_cast<T>(a & b);
  }
};
struct BitwiseOr {
  template <class T>
  T operator()(T a, T b) const {
    return static_cast<T>(a | b);
  }
};
struct BitwiseXor {
  template <class T>
  T operator()(T a, T b) const {
    return static_cast<T>(a ^ b);
  }
};
// Shifting by the width or more, or by a negative count, is undefined in C++: all bits leave.
template <class T>
bool ShiftsAll(T count) {
  return count < 0 || Wide(count) >= sizeof(T) * 8;
}
struct LeftShift {
  template <class T>
  T operator()(T a, T count) const {
    return ShiftsAll(count) ? T{0} : static_cast<T>(Wide(a) << Wide(count));
  }
};
struct RightShift {
  template <class T>
  T operator()(T a, T count) const {
    if (ShiftsAll(count)) return a < 0 ? static_cast<T>(-1) : T{0};
    return static_cast<T>(a >> count);
  }
};

struct FloorDivide {
  template <class T>
  T operator()(T a, T b) const {
    if constexpr (std::is_floating_point_v<T>) {
      if (b == T{0}) return a / b;
      // Exact in the remainder, as CPython's float_floor_div: ⌊a / b⌋ of the rounded quotient can be one too large.
      const T rest = std::fmod(a, b);
      T quotient = (a - rest) / b;
      if (rest != T{0} && (b < T{0}) != (rest < T{0})) quotient -= T{1};
      if (quotient == T{0}) return std::copysign(T{0}, a / b);
      const T floored = std::floor(quotient);
      return quotient - floored > T{0.5} ? floored + T{1} : floored;
    } else {
      if (std::is_signed_v<T> && b == static_cast<T>(-1)) return static_cast<T>(0 - Wide(a));
      const T quotient = static_cast<T>(a / b);
      return (a % b != 0) && ((a < 0) != (b < 0)) ? static_cast<T>(quotient - 1) : quotient;
    }
  }
};
struct TruncDivide {
  template <class T>
  T operator()(T a, T b) const {
    if constexpr (std::is_floating_point_v<T>) return std::trunc(a / b);
    else if (std::is_signed_v<T> && b == static_cast<T>(-1)) return static_cast<T>(0 - Wide(a));
    else return static_cast<T>(a / b);
  }
};
struct Fmod {
  template <class T>
  T operator()(T a, T b) const {
    if constexpr (std::is_floating_point_v<T>) return std::fmod(a, b);
    else if (std::is_signed_v<T> && b == static_cast<T>(-1)) return 0;
    else return static_cast<T>(a % b);
  }
};
struct Remainder {
  template <class T>
  T operator()(T a, T b) const {
    const T rest = Fmod{}(a, b);
    return rest != T{0} && ((b < T{0}) != (rest < T{0})) ? static_cast<T>(rest + b) : rest;
  }
};

template <class T>
bool HasZero(const Operand& operand, const Instruction& in, int dim, const T* at) {
  if (dim == in.dims) return *at == T{0};
  const int64_t steps = operand.strides[dim] == 0 ? 1 : in.sizes[dim];
  for (int64_t i = 0; i < steps; ++i) {
    if (HasZero(operand, in, dim + 1, at + i * operand.strides[dim])) return true;
  }
  return false;
}

// A division whose divisors are all looked at before anything is written.
template <class F, class T>
Status Divide(Instruction& in) {
  if constexpr (!std::is_floating_point_v<T>) {
    if (in.NumElements() > 0 && HasZero(in.operands[2], in, 0, in.operands[2].as<T>())) return Status::kDivisionByZero;
  }
  MapRows(in, ElementRow2<F, T, T>, kCheapGrain);
  return Status::kOk;
}

template <class F, class... Ts>
void SetDivision(Table& table, Opcode op, Types<Ts...>) {
  (table.SetKernel(op, kDTypeOf<Ts>, Divide<F, Ts>), ...);
}

void Fill(Table& table) {
  SetElement2<Add>(table, Opcode::add, All());
  SetElement2<Sub>(table, Opcode::sub, Numeric());
  SetElement2<Mul>(table, Opcode::mul, All());
  SetElement2<Div>(table, Opcode::div, Floating());
  SetSingles2<Add>(table, Opcode::add, Floating());
  SetSingles2<Sub>(table, Opcode::sub, Floating());
  SetSingles2<Mul>(table, Opcode::mul, Floating());
  SetSingles2<Div>(table, Opcode::div, Floating());
  SetElement3<Axpy>(table, Opcode::axpy, All());
  SetElement3<Lerp>(table, Opcode::lerp, Floating());
  SetElement2<ReluBackward>(table, Opcode::relu_backward, Floating());
  SetElement2<SigmoidBackward>(table, Opcode::sigmoid_backward, Floating());
  SetElement2<TanhBackward>(table, Opcode::tanh_backward, Floating());
  SetElement2<SquareBackward>(table, Opcode::square_backward, Floating());
  SetElement2<CubeBackward>(table, Opcode::cube_backward, Floating());
  SetElement2<IntegerPow>(table, Opcode::pow, Integral());
  SetElement2<Maximum>(table, Opcode::maximum, All());
  SetElement2<Minimum>(table, Opcode::minimum, All());
  SetElement2<Fmax>(table, Opcode::fmax, All());
  SetElement2<Fmin>(table, Opcode::fmin, All());
  SetElement2<CopySign>(table, Opcode::copysign, Floating());
  SetElement2<BitwiseAnd>(table, Opcode::bitwise_and, IntegralAndBool());
  SetElement2<BitwiseOr>(table, Opcode::bitwise_or, IntegralAndBool());
  SetElement2<BitwiseXor>(table, Opcode::bitwise_xor, IntegralAndBool());
  SetElement2<LeftShift>(table, Opcode::bitwise_left_shift, Integral());
  SetElement2<RightShift>(table, Opcode::bitwise_right_shift, Integral());
  SetDivision<FloorDivide>(table, Opcode::floor_divide, Numeric());
  SetDivision<TruncDivide>(table, Opcode::trunc_divide, Numeric());
  SetDivision<Remainder>(table, Opcode::remainder, Numeric());
  SetDivision<Fmod>(table, Opcode::fmod, Numeric());
}

}  // namespace HWY_NAMESPACE
}  // namespace binary
}  // namespace sconce
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sconce {
namespace binary {
HWY_EXPORT(Fill);
void FillBest(Table& table) { HWY_DYNAMIC_DISPATCH(Fill)(table); }
}  // namespace binary

void FillBinary(Table& table) { binary::FillBest(table); }
}  // namespace sconce
#endif
