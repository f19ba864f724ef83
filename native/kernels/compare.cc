// Comparisons, logic and selection, element by element.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/compare.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include <cmath>
#include <limits>

#include "hwy/highway.h"
#include "rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace sconce {
namespace compare {
namespace HWY_NAMESPACE {
using namespace sconce::HWY_NAMESPACE;

#define SCONCE_TEST(Name, expression) \
  struct Name {                       \
    template <class T>                \
    bool operator()(T a, T b) const { \
      return expression;              \
    }                                 \
  };
SCONCE_TEST(Eq, a == b)
SCONCE_TEST(Ne, a != b)
SCONCE_TEST(Lt, a < b)
SCONCE_TEST(Le, a <= b)
SCONCE_TEST(Gt, a > b)
SCONCE_TEST(Ge, a >= b)
SCONCE_TEST(LogicalAnd, (a != T{0}) & (b != T{0}))
SCONCE_TEST(LogicalOr, (a != T{0}) | (b != T{0}))
SCONCE_TEST(LogicalXor, (a != T{0}) != (b != T{0}))
#undef SCONCE_TEST

struct LogicalNot {
  template <class T>
  bool operator()(T x) const {
    return x == T{0};
  }
};
struct IsNan {
  template <class T>
  bool operator()(T x) const {
    return x != x;
  }
};
struct IsInf {
  template <class T>
  bool operator()(T x) const {
    if constexpr (!std::is_floating_point_v<T>) return false;
    else return std::fabs(x) == std::numeric_limits<T>::infinity();
  }
};
struct IsFinite {
  template <class T>
  bool operator()(T x) const {
    if constexpr (!std::is_floating_point_v<T>) return true;
    else return std::fabs(x) <= std::numeric_limits<T>::max();
  }
};
struct SignBit {
  template <class T>
  bool operator()(T x) const {
    if constexpr (!std::is_floating_point_v<T>) return x < T{0};
    else return std::signbit(x);
  }
};
// By masks of the elements' bits, as compilers make branches of a choice.
struct Where {
  template <class T>
  T operator()(T a, T b, bool condition) const {
    const T mask = static_cast<T>(-static_cast<T>(condition));
    return static_cast<T>((a & mask) | (b & static_cast<T>(~mask)));
  }
};
struct Clamp {
  template <class T>
  T operator()(T x, T low, T high) const {
    const T raised = low != low || x < low ? low : x;
    return high != high || raised > high ? high : raised;
  }
};

template <class... Ts>
void SetWhere(Table& table, Types<Ts...>) {
  (table.SetRow(Opcode::where, kDTypeOf<Ts>, ElementRow3<Where, Bits<Ts>, Bits<Ts>, bool>), ...);
}

void Fill(Table& table) {
  SetTest2<Eq>(table, Opcode::eq, All());
  SetTest2<Ne>(table, Opcode::ne, All());
  SetTest2<Lt>(table, Opcode::lt, All());
  SetTest2<Le>(table, Opcode::le, All());
  SetTest2<Gt>(table, Opcode::gt, All());
  SetTest2<Ge>(table, Opcode::ge, All());
  SetTest2<LogicalAnd>(table, Opcode::logical_and, All());
  SetTest2<LogicalOr>(table, Opcode::logical_or, All());
  SetTest2<LogicalXor>(table, Opcode::logical_xor, All());
  SetTest1<LogicalNot>(table, Opcode::logical_not, All());
  SetTest1<IsNan>(table, Opcode::isnan, All());
  SetTest1<IsInf>(table, Opcode::isinf, All());
  SetTest1<IsFinite>(table, Opcode::isfinite, All());
  SetTest1<SignBit>(table, Opcode::signbit, All());
  SetWhere(table, All());
  SetElement3<Clamp>(table, Opcode::clamp, Numeric());
}

}  // namespace HWY_NAMESPACE
}  // namespace compare
}  // namespace sconce
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sconce {
namespace compare {
HWY_EXPORT(Fill);
void FillBest(Table& table) { HWY_DYNAMIC_DISPATCH(Fill)(table); }
}  // namespace compare

void FillCompare(Table& table) { compare::FillBest(table); }
}  // namespace sconce
#endif
