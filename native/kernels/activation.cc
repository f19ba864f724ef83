// Activations of transcendental mathematics, and their slopes.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/activation.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include <limits>

#include "gelu-inl.h"
#include "hwy/highway.h"
#include "math-inl.h"
#include "rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace sconce {
namespace activation {
namespace HWY_NAMESPACE {
using namespace sconce::HWY_NAMESPACE;

template <class D>
auto Constant(D d, double value) {
  return hn::Set(d, static_cast<hn::TFromD<D>>(value));
}

struct GeluBackward {
#if HWY_NATIVE_FMA
  static HWY_INLINE Mask32 IsOrdinary(D32 d, F32, F32 x) { return GeluSlope::IsOrdinary(d, x); }
  static HWY_INLINE F32 Ordinary(D32 d, F32 g, F32 x) { return hn::Mul(g, GeluSlope::Ordinary(d, x)); }
#endif
  template <class D, class V>
  V operator()(D d, V g, V x) const {
    return hn::Mul(g, GeluSlope{}(d, x));
  }
};

// x · sigmoid(y), where y has the sign of x.
template <class D, class V>
HWY_NOINLINE V AnyTimesSigmoid(D d, V x, V y) {
  using T = hn::TFromD<D>;
  // exp(y) as a square, so that a result is rounded once where it is denormal; of x no more than what is not yet 0.
  const V root = Exp{}(d, hn::Mul(y, Constant(d, 0.5))), limited = hn::Max(x, Constant(d, -1500));
  const V below = hn::Mul(hn::Mul(limited, root), root), e = Exp{}(d, hn::Neg(hn::Abs(y)));
  const V result = hn::Div(hn::IfThenElse(hn::Lt(y, hn::Zero(d)), below, x), hn::Add(Constant(d, 1), e));
  const auto minus_infinity = hn::Eq(x, Constant(d, -std::numeric_limits<T>::infinity()));
  return hn::IfThenElse(minus_infinity, Constant(d, std::numeric_limits<T>::quiet_NaN()), result);
}
#if HWY_NATIVE_FMA
HWY_INLINE F32 OrdinaryTimesSigmoid(D32 d, F32 x, F32 y) {
  return hn::Div(x, hn::Add(hn::Set(d, 1), OrdinaryExp(d, hn::Neg(y))));
}
#endif
HWY_INLINE F32 TimesSigmoid(D32 d, F32 x, F32 y) {
#if HWY_NATIVE_FMA
  if (Every(d, IsBelow(d, y, 87))) return OrdinaryTimesSigmoid(d, x, y);
#endif
  return AnyTimesSigmoid(d, x, y);
}
HWY_INLINE F64 TimesSigmoid(D64 d, F64 x, F64 y) { return AnyTimesSigmoid(d, x, y); }

// g · s · (1 + x · (1 - s) · y′), the slope of x · sigmoid(y) for s = sigmoid(y).
template <class D, class V>
HWY_INLINE V SigmoidSlope(D d, V g, V x, V s, V slope) {
  const V one = Constant(d, 1);
  return hn::Mul(hn::Mul(g, s), hn::MulAdd(hn::Mul(x, slope), hn::Sub(one, s), one));
}

// (1 + tanh(u)) / 2 is sigmoid(2u), whose small values keep their digits; here u = √(2/π) · (x + 0.044715 x³).
constexpr double kCubic = 0.044715, kScale = 2 * 0.79788456080286536;
template <class D, class V>
HWY_INLINE V TwiceCubic(D d, V x) {
  return hn::Mul(x, hn::MulAdd(hn::Mul(x, x), Constant(d, kScale * kCubic), Constant(d, kScale)));
}
struct GeluTanh {
  template <class D, class V>
  V operator()(D d, V x) const {
    return TimesSigmoid(d, x, TwiceCubic(d, x));
  }
};
struct GeluTanhBackward {
  template <class D, class V>
  V operator()(D d, V g, V x) const {
    const V slope = hn::MulAdd(hn::Mul(x, x), Constant(d, 3 * kScale * kCubic), Constant(d, kScale));
    return SigmoidSlope(d, g, x, Sigmoid{}(d, TwiceCubic(d, x)), slope);
  }
};

struct Silu {
#if HWY_NATIVE_FMA
  static HWY_INLINE Mask32 IsOrdinary(D32 d, F32 x) { return IsBelow(d, x, 87); }
  static HWY_INLINE F32 Ordinary(D32 d, F32 x) { return OrdinaryTimesSigmoid(d, x, x); }
#endif
  template <class D, class V>
  V operator()(D d, V x) const {
    return TimesSigmoid(d, x, x);
  }
};
struct SiluBackward {
#if HWY_NATIVE_FMA
  static HWY_INLINE Mask32 IsOrdinary(D32 d, F32, F32 x) { return Sigmoid::IsOrdinary(d, x); }
  static HWY_INLINE F32 Ordinary(D32 d, F32 g, F32 x) {
    return SigmoidSlope(d, g, x, Sigmoid::Ordinary(d, x), hn::Set(d, 1));
  }
#endif
  template <class D, class V>
  V operator()(D d, V g, V x) const {
    return SigmoidSlope(d, g, x, Sigmoid{}(d, x), Constant(d, 1));
  }
};

void Fill(Table& table) {
  SetLanes1<Gelu>(table, Opcode::gelu, Floating());
  SetLanes1<GeluTanh>(table, Opcode::gelu_tanh, Floating());
  SetLanes1<Silu>(table, Opcode::silu, Floating());
  SetLanes2<GeluBackward>(table, Opcode::gelu_backward, Floating());
  SetLanes2<GeluTanhBackward>(table, Opcode::gelu_tanh_backward, Floating());
  SetLanes2<SiluBackward>(table, Opcode::silu_backward, Floating());
}

}  // namespace HWY_NAMESPACE
}  // namespace activation
}  // namespace sconce
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sconce {
namespace activation {
HWY_EXPORT(Fill);
}
void FillActivation(Table& table) {
  using namespace activation;
  HWY_DYNAMIC_DISPATCH(Fill)(table);
}
}  // namespace sconce
#endif
