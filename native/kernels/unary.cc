// Element-wise functions of one operand that need no transcendental mathematics.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/unary.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include <cmath>

#include "hwy/highway.h"
#include "rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace sconce {
namespace unary {
namespace HWY_NAMESPACE {
using namespace sconce::HWY_NAMESPACE;

// Integers are computed unsigned, where wrapping is defined.
struct Neg {
  template <class T>
  T operator()(T x) const {
    if constexpr (std::is_floating_point_v<T>) return -x;
    else return static_cast<T>(std::make_unsigned_t<T>{0} - static_cast<std::make_unsigned_t<T>>(x));
  }
};
struct Abs {
  template <class T>
  T operator()(T x) const {
    if constexpr (std::is_floating_point_v<T>) return std::fabs(x);
    else return x < 0 ? Neg{}(x) : x;
  }
};
struct Sign {
  template <class T>
  T operator()(T x) const {
    return static_cast<T>((x > T{0}) - (x < T{0}));
  }
};
struct Square {
  template <class T>
  T operator()(T x) const {
    if constexpr (std::is_floating_point_v<T>) return x * x;
    // 64 unsigned bits: narrower unsigned types would promote to int and overflow.
    else return static_cast<T>(static_cast<uint64_t>(x) * static_cast<uint64_t>(x));
  }
};
struct Cube {
  template <class T>
  T operator()(T x) const {
    if constexpr (std::is_floating_point_v<T>) return x * x * x;
    else return static_cast<T>(static_cast<uint64_t>(x) * static_cast<uint64_t>(x) * static_cast<uint64_t>(x));
  }
};
struct Relu {
  template <class T>
  T operator()(T x) const {
    return x < T{0} ? T{0} : x;
  }
};
struct BitwiseNot {
  template <class T>
  T operator()(T x) const {
    if constexpr (std::is_same_v<T, bool>) return !x;
    else return static_cast<T>(~x);
  }
};

struct Floor {
  template <class D, class V>
  V operator()(D, V x) const {
    return hn::Floor(x);
  }
};
struct Ceil {
  template <class D, class V>
  V operator()(D, V x) const {
    return hn::Ceil(x);
  }
};
struct Round {
  template <class D, class V>
  V operator()(D, V x) const {
    return hn::Round(x);
  }
};
struct Trunc {
  template <class D, class V>
  V operator()(D, V x) const {
    return hn::Trunc(x);
  }
};
struct Sqrt {
  template <class D, class V>
  V operator()(D, V x) const {
    return hn::Sqrt(x);
  }
};
struct Reciprocal {
  template <class D, class V>
  V operator()(D d, V x) const {
    return hn::Div(hn::Set(d, 1), x);
  }
};
struct Rsqrt {
  template <class D, class V>
  V operator()(D d, V x) const {
    return hn::Div(hn::Set(d, 1), hn::Sqrt(x));
  }
};

void Fill(Table& table) {
  SetElement1<Neg>(table, Opcode::neg, Numeric());
  SetElement1<Abs>(table, Opcode::abs, Numeric());
  SetElement1<Sign>(table, Opcode::sign, All());
  SetElement1<Square>(table, Opcode::square, Numeric());
  SetElement1<Cube>(table, Opcode::cube, Numeric());
  SetElement1<Relu>(table, Opcode::relu, Numeric());
  SetElement1<BitwiseNot>(table, Opcode::bitwise_not, IntegralAndBool());
  SetLanes1<Floor>(table, Opcode::floor, Floating());
  SetLanes1<Ceil>(table, Opcode::ceil, Floating());
  SetLanes1<Round>(table, Opcode::round, Floating());
  SetLanes1<Trunc>(table, Opcode::trunc, Floating());
  SetLanes1<Sqrt>(table, Opcode::sqrt, Floating());
  SetLanes1<Reciprocal>(table, Opcode::reciprocal, Floating());
  SetLanes1<Rsqrt>(table, Opcode::rsqrt, Floating());
}

}  // namespace HWY_NAMESPACE
}  // namespace unary
}  // namespace sconce
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sconce {
namespace unary {
HWY_EXPORT(Fill);
void FillBest(Table& table) { HWY_DYNAMIC_DISPATCH(Fill)(table); }
}  // namespace unary

void FillUnary(Table& table) { unary::FillBest(table); }
}  // namespace sconce
#endif
