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
  template <class V>
  static HWY_INLINE V Ordinary(D32 d, V g, V x) {
    return twin::Mul(g, GeluSlope::Ordinary(d, x));
  }
#endif
  template <class D, class V>
  V operator()(D d, V g, V x) const {
    return hn::Mul(g, GeluSlope{}(d, x));
  }
};

// A number and what rounding it has left out.
template <class V>
struct Exact {
  V value, rest;
};

// x · exp(y) where exp(y) may be denormal: as a square, so that a result is rounded once; of x no more than what is not
// yet 0.
template <class D, class V>
HWY_NOINLINE V FarTimesExp(D d, V x, V y, V rest) {
  const V root = Exp{}(d, hn::Mul(y, Constant(d, 0.5))), limited = hn::Max(x, Constant(d, -1500));
  return hn::Mul(hn::Mul(hn::MulAdd(limited, rest, limited), root), root);
}

// x · sigmoid(y + rest), where y has the sign of x. Not of an Exact, as compilers pass structs of vectors by memory.
template <class D, class V>
HWY_NOINLINE V AnyTimesSigmoid(D d, V x, V y, V rest) {
  using T = hn::TFromD<D>;
  const V e = Exp{}(d, hn::Neg(hn::Abs(y)));
  V below = hn::Mul(hn::MulAdd(x, rest, x), e);
  const auto far = hn::Lt(y, Constant(d, sizeof(T) == 4 ? -87 : -708));
  if (HWY_UNLIKELY(!hn::AllFalse(d, far))) below = hn::IfThenElse(far, FarTimesExp(d, x, y, rest), below);
  const V result = hn::Div(hn::IfThenElse(hn::Lt(y, hn::Zero(d)), below, x), hn::Add(Constant(d, 1), e));
  const auto minus_infinity = hn::Eq(x, Constant(d, -std::numeric_limits<T>::infinity()));
  return hn::IfThenElse(minus_infinity, Constant(d, std::numeric_limits<T>::quiet_NaN()), result);
}
#if HWY_NATIVE_FMA
HWY_INLINE F32 OrdinaryTimesSigmoid(D32 d, F32 x, Exact<F32> y) {
  const F32 e = OrdinaryExp(d, hn::Neg(y.value));
  return hn::Div(x, hn::Add(hn::Set(d, 1), hn::NegMulAdd(e, y.rest, e)));
}
// Each lane alike, whatever its neighbours are. Not inlined, as loops need their registers for the usual case.
HWY_NOINLINE F32 MixedTimesSigmoid(D32 d, F32 x, F32 value, F32 rest) {
  return hn::IfThenElse(IsBelow(d, value, 87), OrdinaryTimesSigmoid(d, x, {value, rest}),
                        AnyTimesSigmoid(d, x, value, rest));
}
#endif

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
// An error of 2u is a relative one of exp(2u).
template <class D, class V>
HWY_INLINE Exact<V> ExactTwiceCubic(D d, V x) {
  using T = hn::TFromD<D>;
  constexpr long double scale = 1.595769121605730711759542286867L, cubic = scale * 0.044715L;
  constexpr T scale_high = static_cast<T>(scale), cubic_high = static_cast<T>(cubic);
  const V c = hn::Set(d, cubic_high), square = hn::Mul(x, x), product = hn::Mul(square, c);
  V rest = RoundedOff(d, square, c, product);
  rest = hn::MulAdd(square, hn::Set(d, static_cast<T>(cubic - cubic_high)), rest);
  rest = hn::MulAdd(RoundedOff(d, x, x, square), c, rest);
  // What the sum has lost, of both addends, whichever is larger.
  const V k = hn::Set(d, scale_high), slope = hn::Add(product, k), of_k = hn::Sub(slope, product);
  const V lost = hn::Add(hn::Sub(product, hn::Sub(slope, of_k)), hn::Sub(k, of_k));
  rest = hn::Add(rest, hn::Add(lost, hn::Set(d, static_cast<T>(scale - scale_high))));
  const V value = hn::Mul(x, slope);
  rest = hn::MulAdd(x, rest, RoundedOff(d, x, slope, value));
  // Where exp(2u) is 0 or infinite, the square may be infinite and its rest NaN.
  return {value, hn::IfThenElseZero(hn::Lt(hn::Abs(value), Constant(d, 1000)), rest)};
}
struct GeluTanh {
  HWY_INLINE F32 operator()(D32 d, F32 x) const {
    const Exact<F32> y = ExactTwiceCubic(d, x);
#if HWY_NATIVE_FMA
    return Every(d, IsBelow(d, y.value, 87)) ? OrdinaryTimesSigmoid(d, x, y) : MixedTimesSigmoid(d, x, y.value, y.rest);
#else
    return AnyTimesSigmoid(d, x, y.value, y.rest);
#endif
  }
  HWY_INLINE F64 operator()(D64 d, F64 x) const {
    const Exact<F64> y = ExactTwiceCubic(d, x);
    return AnyTimesSigmoid(d, x, y.value, y.rest);
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
  static HWY_INLINE F32 Ordinary(D32 d, F32 x) {
    return hn::Div(x, hn::Add(hn::Set(d, 1), OrdinaryExp(d, hn::Neg(x))));
  }
  HWY_INLINE F32 operator()(D32 d, F32 x) const { return Every(d, IsOrdinary(d, x)) ? Ordinary(d, x) : Mixed(d, x); }
#else
  HWY_INLINE F32 operator()(D32 d, F32 x) const { return Any(d, x); }
#endif
  HWY_INLINE F64 operator()(D64 d, F64 x) const { return Any(d, x); }

 private:
#if HWY_NATIVE_FMA
  static HWY_NOINLINE F32 Mixed(D32 d, F32 x) { return hn::IfThenElse(IsOrdinary(d, x), Ordinary(d, x), Any(d, x)); }
#endif
  template <class D, class V>
  static HWY_INLINE V Any(D d, V x) {
    return AnyTimesSigmoid(d, x, x, hn::Zero(d));
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
void FillBest(Table& table) { HWY_DYNAMIC_DISPATCH(Fill)(table); }
}  // namespace activation

void FillActivation(Table& table) { activation::FillBest(table); }
}  // namespace sconce
#endif
