// Transcendental functions of floating elements.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/math.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include "hwy/highway.h"
#include "math-inl.h"
#include "pow-inl.h"
#include "rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace sconce {
namespace math {
namespace HWY_NAMESPACE {
using namespace sconce::HWY_NAMESPACE;

// SLEEF's hyperbolic functions overflow where exp(x) or x² does, before their results would.
template <class D, class V>
V HalfExp(D d, V x) {
  const V root = Exp{}(d, hn::Mul(x, hn::Set(d, 0.5f)));
  return hn::Mul(hn::Mul(root, hn::Set(d, 0.5f)), root);
}
template <class D, class V>
auto IsLargeForExp(D d, V x) {
  return hn::Gt(hn::Abs(x), hn::Set(d, sizeof(hn::TFromD<D>) == 4 ? 88.0f : 709.0f));
}
struct WideSinh {
  template <class D, class V>
  V operator()(D d, V x) const {
    return hn::IfThenElse(IsLargeForExp(d, x), hn::CopySign(HalfExp(d, hn::Abs(x)), x), Sinh{}(d, x));
  }
};
struct WideCosh {
  template <class D, class V>
  V operator()(D d, V x) const {
    return hn::IfThenElse(IsLargeForExp(d, x), HalfExp(d, hn::Abs(x)), Cosh{}(d, x));
  }
};
// log(2x), which asinh and acosh of a large x are to the last place.
template <class D, class V>
V LogTwice(D d, V x) {
  return hn::Add(Log{}(d, x), hn::Set(d, static_cast<hn::TFromD<D>>(0.69314718055994531)));
}
struct WideAsinh {
  template <class D, class V>
  V operator()(D d, V x) const {
    const V size = hn::Abs(x);
    return hn::IfThenElse(hn::Gt(size, hn::Set(d, 1e15f)), hn::CopySign(LogTwice(d, size), x), Asinh{}(d, x));
  }
};
struct WideAcosh {
  template <class D, class V>
  V operator()(D d, V x) const {
    return hn::IfThenElse(hn::Gt(x, hn::Set(d, 1e15f)), LogTwice(d, x), Acosh{}(d, x));
  }
};

struct LogAddExp {
  template <class D, class V>
  V operator()(D d, V a, V b) const {
    // Equal infinities are no distance apart; their difference would be NaN.
    const V distance = hn::IfThenZeroElse(hn::Eq(a, b), hn::Abs(hn::Sub(a, b)));
    return hn::Add(hn::Max(a, b), Log1p{}(d, Exp{}(d, hn::Neg(distance))));
  }
};

struct XLogY {
  template <class D, class V>
  V operator()(D d, V x, V y) const {
    const V product = hn::IfThenZeroElse(hn::Eq(x, hn::Zero(d)), hn::Mul(x, Log{}(d, y)));
    return hn::IfThenElse(hn::Eq(y, y), product, y);
  }
};

void Fill(Table& table) {
  SetLanes1<Exp>(table, Opcode::exp, Floating());
  SetLanes1<Exp2>(table, Opcode::exp2, Floating());
  SetLanes1<Expm1>(table, Opcode::expm1, Floating());
  SetLanes1<Log>(table, Opcode::log, Floating());
  SetLanes1<Log2>(table, Opcode::log2, Floating());
  SetLanes1<Log10>(table, Opcode::log10, Floating());
  SetLanes1<Log1p>(table, Opcode::log1p, Floating());
  SetLanes1<Sin>(table, Opcode::sin, Floating());
  SetLanes1<Cos>(table, Opcode::cos, Floating());
  SetLanes1<Tan>(table, Opcode::tan, Floating());
  SetLanes1<Asin>(table, Opcode::asin, Floating());
  SetLanes1<Acos>(table, Opcode::acos, Floating());
  SetLanes1<Atan>(table, Opcode::atan, Floating());
  SetLanes1<WideSinh>(table, Opcode::sinh, Floating());
  SetLanes1<WideCosh>(table, Opcode::cosh, Floating());
  SetLanes1<Tanh>(table, Opcode::tanh, Floating());
  SetLanes1<WideAsinh>(table, Opcode::asinh, Floating());
  SetLanes1<WideAcosh>(table, Opcode::acosh, Floating());
  SetLanes1<Atanh>(table, Opcode::atanh, Floating());
  SetLanes1<Sigmoid>(table, Opcode::sigmoid, Floating());
  SetLanes1<Erf>(table, Opcode::erf, Floating());
  SetLanes1<Erfc>(table, Opcode::erfc, Floating());
  SetLanes2<LogAddExp>(table, Opcode::logaddexp, Floating());
  SetLanes2<XLogY>(table, Opcode::xlogy, Floating());
  SetLanes2<Pow>(table, Opcode::pow, Floating());
  SetLanes2<Atan2>(table, Opcode::atan2, Floating());
  SetLanes2<Hypot>(table, Opcode::hypot, Floating());
}

}  // namespace HWY_NAMESPACE
}  // namespace math
}  // namespace sconce
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sconce {
namespace math {
HWY_EXPORT(Fill);
void FillBest(Table& table) { HWY_DYNAMIC_DISPATCH(Fill)(table); }
}  // namespace math

void FillMath(Table& table) { math::FillBest(table); }
}  // namespace sconce
#endif
