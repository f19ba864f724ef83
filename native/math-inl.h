// Vector mathematics as functors of lanes: Exp{}(d, x). Those of float32 that programs spend their time in are
// polynomials of our own where the processor multiplies and adds in one rounding; the rest, and float64, is SLEEF's.
// Each has the largest error found over sampled float32 values beside it, in units in the last place of the exact
// result, denormal results included; docs/accuracy.md has the table. NaN, infinities and signed zeros are as in C's
// libm.
//
// A functor first asks whether all lanes are ordinary, and computes without regard for the others if so: one branch a
// vector, foreseeable, instead of corrections in every lane. The two halves, IsOrdinary and Ordinary, are there for
// rows, which ask once for several vectors.

#include "hwy/highway.h"
#include "sleef-inl.h"
#include "twin-inl.h"

#if defined(SCONCE_MATH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SCONCE_MATH_INL_H_
#undef SCONCE_MATH_INL_H_
#else
#define SCONCE_MATH_INL_H_
#endif

#include <limits>

HWY_BEFORE_NAMESPACE();
namespace sconce {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D32 = hn::ScalableTag<float>;
using D64 = hn::ScalableTag<double>;
using I32 = hn::Vec<hn::RebindToSigned<D32>>;
using Mask32 = hn::Mask<D32>;

using sleef::Acos;
using sleef::Acosh;
using sleef::Asin;
using sleef::Asinh;
using sleef::Atan2;
using sleef::Atanh;
using sleef::Cosh;
using sleef::Erfc;
using sleef::Exp2;
using sleef::Expm1;
using sleef::Hypot;
using sleef::Log10;
using sleef::Log2;
using sleef::Sinh;
using sleef::Tan;

#if HWY_NATIVE_FMA

// c0 + c1 x + c2 x² …, of a vector or a twin.
template <class V>
HWY_INLINE F32 Polynomial(D32 d, V, float c0) {
  return hn::Set(d, c0);
}
template <class V, class... Rest>
HWY_INLINE V Polynomial(D32 d, V x, float c0, float c1, Rest... rest) {
  return twin::MulAdd(Polynomial(d, x, c1, rest...), x, hn::Set(d, c0));
}

HWY_INLINE F32 LimitedTo(F32 x, F32 highest) { return hn::IfThenElse(hn::Gt(x, highest), highest, x); }  // NaN stays

// x = n ln 2 + r, |r| <= ln 2 / 2.
struct ExpParts {
  F32 r;
  F32 n;
  I32 biased;  // n + 127 in the lowest eight bits
};
HWY_INLINE ExpParts SplitExp(D32 d, F32 x) {
  // Adding 1.5 * 2^23 rounds to a whole number and leaves it in the lowest bits.
  const F32 shift = hn::Set(d, 0x1.8p23f + 127);
  const F32 shifted = hn::MulAdd(x, hn::Set(d, 0x1.715476p0f), shift);
  const F32 n = hn::Sub(shifted, shift);
  const F32 r = hn::NegMulAdd(n, hn::Set(d, 0x1.62e43p-1f), x);
  const hn::RebindToSigned<D32> di;
  return {hn::NegMulAdd(n, hn::Set(d, -0x1.05c61p-29f), r), n, hn::BitCast(di, shifted)};
}
// 2^n for n + 127 in 1 … 254.
HWY_INLINE F32 PowerOfTwo(D32 d, I32 biased) { return hn::BitCast(d, hn::ShiftLeft<23>(biased)); }
// (exp(r) - 1) / r.
HWY_INLINE F32 ExpSlope(D32 d, F32 r) {
  return Polynomial(d, r, 1.0f, 0.4999999701976776f, 0.16666543483734131f, 0.041667502373456955f,
                    0.0083665335550904274f, 0.0013864530483260751f);
}
// exp(x) for |x| < 87.3, where neither x nor the result is out of the ordinary. 1 ULP.
HWY_INLINE F32 OrdinaryExp(D32 d, F32 x) {
  const ExpParts parts = SplitExp(d, x);
  return hn::Mul(hn::MulAdd(ExpSlope(d, parts.r), parts.r, hn::Set(d, 1)), PowerOfTwo(d, parts.biased));
}
// y * exp(x) for any x, with one rounding where the result is denormal.
HWY_INLINE F32 ScaledExp(D32 d, F32 x, F32 y) {
  x = LimitedTo(x, hn::Set(d, 100));
  x = hn::IfThenElse(hn::Lt(x, hn::Set(d, -150)), hn::Set(d, -150), x);
  const ExpParts parts = SplitExp(d, x);
  const hn::RebindToSigned<D32> di;
  const I32 n = hn::ConvertTo(di, parts.n), half = hn::ShiftRight<1>(n), bias = hn::Set(di, 127);
  const F32 result = hn::Mul(hn::MulAdd(ExpSlope(d, parts.r), parts.r, hn::Set(d, 1)), y);
  return hn::Mul(hn::Mul(result, PowerOfTwo(d, hn::Add(half, bias))), PowerOfTwo(d, hn::Add(hn::Sub(n, half), bias)));
}
HWY_INLINE Mask32 IsBelow(D32 d, F32 x, float limit) { return hn::Lt(hn::Abs(x), hn::Set(d, limit)); }
HWY_INLINE bool Every(D32 d, Mask32 mask) { return HWY_LIKELY(hn::AllTrue(d, mask)); }

HWY_INLINE F32 LogPositive(D32 d, F32 x, F32 more_exponent) {
  const hn::RebindToSigned<D32> di;
  // The mantissa goes to [√½, √2).
  const I32 root = hn::Set(di, 0x3f3504f3), offset = hn::Sub(hn::BitCast(di, x), root);
  const F32 n = hn::Add(hn::ConvertTo(d, hn::ShiftRight<23>(offset)), more_exponent);
  const F32 m = hn::BitCast(d, hn::Add(hn::And(offset, hn::Set(di, 0x7fffff)), root));
  const F32 f = hn::Sub(m, hn::Set(d, 1)), square = hn::Mul(f, f);
  const F32 rest = Polynomial(d, f, -0.5f, 0.3333385884761810f, -0.2500174641609192f, 0.1996536999940872f,
                              -0.1656563878059387f, 0.1487725079059601f, -0.1435024887323380f, 0.0891709849238396f);
  const F32 low = hn::MulAdd(square, rest, hn::Mul(n, hn::Set(d, -0x1.05c61p-29f)));
  return hn::MulAdd(n, hn::Set(d, 0x1.62e43p-1f), hn::Add(f, low));
}
inline HWY_NOINLINE F32 LogAny(D32 d, F32 x) {
  const auto denormal = hn::Lt(x, hn::Set(d, 0x1p-126f));
  const F32 scaled = hn::IfThenElse(denormal, hn::Mul(x, hn::Set(d, 0x1p23f)), x);
  const F32 result = LogPositive(d, scaled, hn::IfThenElseZero(denormal, hn::Set(d, -23)));
  const F32 infinity = hn::Set(d, std::numeric_limits<float>::infinity());
  const F32 above = hn::IfThenElse(hn::Lt(x, infinity), result, x);  // infinity and NaN
  const F32 zero = hn::IfThenElse(hn::Eq(x, hn::Zero(d)), hn::Neg(infinity), above);
  return hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Set(d, std::numeric_limits<float>::quiet_NaN()), zero);
}

// The sine of what `quarter_turns` times π/2 leaves of x, within [-π/2, π/2]; negated if `parity` is odd.
HWY_INLINE F32 SinOfRest(D32 d, F32 x, F32 quarter_turns, I32 parity) {
  F32 r = hn::NegMulAdd(quarter_turns, hn::Set(d, 0x1.921fb6p0f), x);
  r = hn::NegMulAdd(quarter_turns, hn::Set(d, -0x1.777a5cp-25f), r);
  r = hn::NegMulAdd(quarter_turns, hn::Set(d, -0x1.ee59dap-50f), r);
  const F32 square = hn::Mul(r, r);
  const F32 slope = Polynomial(d, square, -0.1666665971279144f, 0.008333069272339344f, -0.000198097783140838f,
                               2.606102952995570e-06f);
  const F32 sine = hn::MulAdd(hn::Mul(r, square), slope, r);
  return hn::Xor(sine, hn::BitCast(d, hn::ShiftLeft<31>(parity)));
}
constexpr float kLargestAngle = 30000;  // up to which the three parts of π/2 suffice

#endif  // HWY_NATIVE_FMA

// 1.0 ULP.
struct Exp {
#if HWY_NATIVE_FMA
  static HWY_INLINE Mask32 IsOrdinary(D32 d, F32 x) { return IsBelow(d, x, 87); }
  static HWY_INLINE F32 Ordinary(D32 d, F32 x) { return OrdinaryExp(d, x); }
  HWY_INLINE F32 operator()(D32 d, F32 x) const {
    return Every(d, IsOrdinary(d, x)) ? Ordinary(d, x) : ScaledExp(d, x, hn::Set(d, 1));
  }
#else
  HWY_INLINE F32 operator()(D32 d, F32 x) const { return sleef::Exp{}(d, x); }
#endif
  HWY_INLINE F64 operator()(D64 d, F64 x) const { return sleef::Exp{}(d, x); }
};

// 1.2 ULP.
struct Log {
#if HWY_NATIVE_FMA
  static HWY_INLINE Mask32 IsOrdinary(D32 d, F32 x) {
    return hn::And(hn::Ge(x, hn::Set(d, 0x1p-126f)), hn::Le(x, hn::Set(d, 0x1.fffffep127f)));
  }
  static HWY_INLINE F32 Ordinary(D32 d, F32 x) { return LogPositive(d, x, hn::Zero(d)); }
  HWY_INLINE F32 operator()(D32 d, F32 x) const { return Every(d, IsOrdinary(d, x)) ? Ordinary(d, x) : LogAny(d, x); }
#else
  HWY_INLINE F32 operator()(D32 d, F32 x) const { return sleef::Log{}(d, x); }
#endif
  HWY_INLINE F64 operator()(D64 d, F64 x) const { return sleef::Log{}(d, x); }
};

// SLEEF's is infinite from 1e38 or 1e307 on, long before x is.
struct Log1p {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    const auto huge = hn::Gt(x, hn::Set(d, 1e15f));
    const V result = sleef::Log1p{}(d, x);
    return HWY_LIKELY(hn::AllFalse(d, huge)) ? result : hn::IfThenElse(huge, Log{}(d, x), result);
  }
};

struct Sin {  // 1.7 ULP
#if HWY_NATIVE_FMA
  static HWY_INLINE Mask32 IsOrdinary(D32 d, F32 x) { return IsBelow(d, x, kLargestAngle); }
  static HWY_INLINE F32 Ordinary(D32 d, F32 x) {
    const F32 shift = hn::Set(d, 0x1.8p23f);
    const F32 size = hn::Abs(x), shifted = hn::MulAdd(size, hn::Set(d, 0x1.45f306p-2f), shift);
    const F32 half_turns = hn::Sub(shifted, shift);
    const hn::RebindToSigned<D32> di;
    const F32 sine = SinOfRest(d, size, hn::Add(half_turns, half_turns), hn::BitCast(di, shifted));
    return hn::Xor(sine, hn::Xor(size, x));
  }
  HWY_INLINE F32 operator()(D32 d, F32 x) const {
    const Mask32 ordinary = IsOrdinary(d, x);
    const F32 found = Ordinary(d, x);
    // Each lane by itself, so that no element's last digit hangs on its neighbours.
    return Every(d, ordinary) ? found : hn::IfThenElse(ordinary, found, sleef::Sin{}(d, x));
  }
#else
  HWY_INLINE F32 operator()(D32 d, F32 x) const { return sleef::Sin{}(d, x); }
#endif
  HWY_INLINE F64 operator()(D64 d, F64 x) const { return sleef::Sin{}(d, x); }
};

struct Cos {  // 2.2 ULP
#if HWY_NATIVE_FMA
  static HWY_INLINE Mask32 IsOrdinary(D32 d, F32 x) { return IsBelow(d, x, kLargestAngle); }
  static HWY_INLINE F32 Ordinary(D32 d, F32 x) {
    // cos x = sin(x + π/2), and x + π/2 is nearest to an odd number of quarter turns more.
    const F32 shift = hn::Set(d, 0x1.8p23f);
    const F32 shifted = hn::Add(hn::MulAdd(x, hn::Set(d, 0x1.45f306p-2f), hn::Set(d, -0.5f)), shift);
    const F32 half_turns = hn::Sub(shifted, shift);
    const hn::RebindToSigned<D32> di;
    const F32 odd = hn::MulAdd(half_turns, hn::Set(d, 2), hn::Set(d, 1));
    return SinOfRest(d, x, odd, hn::Add(hn::BitCast(di, shifted), hn::Set(di, 1)));
  }
  HWY_INLINE F32 operator()(D32 d, F32 x) const {
    const Mask32 ordinary = IsOrdinary(d, x);
    const F32 found = Ordinary(d, x);
    // Each lane by itself, so that no element's last digit hangs on its neighbours.
    return Every(d, ordinary) ? found : hn::IfThenElse(ordinary, found, sleef::Cos{}(d, x));
  }
#else
  HWY_INLINE F32 operator()(D32 d, F32 x) const { return sleef::Cos{}(d, x); }
#endif
  HWY_INLINE F64 operator()(D64 d, F64 x) const { return sleef::Cos{}(d, x); }
};

struct Tanh {  // 3.4 ULP
  HWY_INLINE F32 operator()(D32 d, F32 x) const {
#if HWY_NATIVE_FMA
    // With e = exp(2|x|) - 1, tanh |x| = e / (e + 2); from 10 on it rounds to 1.
    const F32 size = LimitedTo(hn::Abs(x), hn::Set(d, 10));
    const ExpParts parts = SplitExp(d, hn::Add(size, size));
    const F32 power = PowerOfTwo(d, parts.biased);
    const F32 e = hn::MulAdd(hn::Mul(ExpSlope(d, parts.r), parts.r), power, hn::Sub(power, hn::Set(d, 1)));
    return hn::CopySign(hn::Div(e, hn::Add(e, hn::Set(d, 2))), x);
#else
    return sleef::Tanh{}(d, x);
#endif
  }
  HWY_INLINE F64 operator()(D64 d, F64 x) const { return sleef::Tanh{}(d, x); }
};

// 1 / (1 + exp(-x)). 2.5 ULP.
struct Sigmoid {
#if HWY_NATIVE_FMA
  static HWY_INLINE Mask32 IsOrdinary(D32 d, F32 x) { return IsBelow(d, x, 87); }
  static HWY_INLINE F32 Ordinary(D32 d, F32 x) {
    const F32 one = hn::Set(d, 1);
    return hn::Div(one, hn::Add(one, OrdinaryExp(d, hn::Neg(x))));
  }
  HWY_INLINE F32 operator()(D32 d, F32 x) const { return Every(d, IsOrdinary(d, x)) ? Ordinary(d, x) : Mixed(d, x); }
#else
  HWY_INLINE F32 operator()(D32 d, F32 x) const { return Any(d, x); }
#endif
  HWY_INLINE F64 operator()(D64 d, F64 x) const { return Any(d, x); }

 private:
#if HWY_NATIVE_FMA
  // Each lane alike, whatever its neighbours are. Not inlined, as loops need their registers for the usual case.
  static HWY_NOINLINE F32 Mixed(D32 d, F32 x) { return hn::IfThenElse(IsOrdinary(d, x), Ordinary(d, x), Any(d, x)); }
#endif
  // exp(-|x|) never overflows, and is the result where that is denormal.
  template <class D, class V>
  static HWY_INLINE V Any(D d, V x) {
    const V one = hn::Set(d, 1), e = Exp{}(d, hn::Neg(hn::Abs(x)));
    return hn::Div(hn::IfThenElse(hn::Lt(x, hn::Zero(d)), e, one), hn::Add(one, e));
  }
};

struct Erf {  // 1.1 ULP
  HWY_INLINE F32 operator()(D32 d, F32 x) const {
#if HWY_NATIVE_FMA
    const F32 size = LimitedTo(hn::Abs(x), hn::Set(d, 4)), square = hn::Mul(size, size);
    const F32 slope =
        Polynomial(d, square, 0.128379166126251221f, -0.37612628936767578f, 0.11283618956804275f,
                   -0.026855174452066422f, 0.0051908446475863457f, -0.0008031835895963f, 7.9241304774768651e-05f);
    const F32 near = hn::MulAdd(slope, size, size);
    const F32 log_rest = Polynomial(d, size, 0.00029449016437865f, -1.13013231754302979f, -0.6319940090179443f,
                                    -0.10992635041475296f, 0.02633613348007202f, -0.0047304886393249f,
                                    0.000590756884776056f, -4.53592583653717e-05f, 1.60271463301863e-06f);
    const F32 far = hn::Sub(hn::Set(d, 1), OrdinaryExp(d, log_rest));
    return hn::CopySign(hn::IfThenElse(hn::Lt(size, hn::Set(d, 0.95f)), near, far), x);
#else
    return sleef::Erf{}(d, x);
#endif
  }
  HWY_INLINE F64 operator()(D64 d, F64 x) const { return sleef::Erf{}(d, x); }
};

struct Atan {  // 1.0 ULP
  HWY_INLINE F32 operator()(D32 d, F32 x) const {
#if HWY_NATIVE_FMA
    // Beyond 1, atan(a) = π/2 + atan(-1/a); from 2^30 on it rounds to π/2.
    const F32 a = LimitedTo(hn::Abs(x), hn::Set(d, 0x1p30f)), one = hn::Set(d, 1), quarter = hn::Set(d, 0x1.921fb6p0f);
    const Mask32 beyond = hn::Gt(a, one);
    const F32 inverse = hn::Div(one, a), t = hn::IfThenElse(beyond, hn::Neg(inverse), a), square = hn::Mul(t, t);
    const F32 slope = Polynomial(d, square, -0.333332986f, 0.19998531f, -0.142640516f, 0.109511748f, -0.0840047523f,
                                 0.0579065457f, -0.0311270021f, 0.0108873611f, -0.0017875476f);
    const F32 near = hn::MulAdd(hn::Mul(square, slope), t, t);
    // What rounding has taken from the sum, from π/2, from the square, and from the quotient, whose share is half its
    // own or more.
    const F32 scaled = hn::Mul(t, slope), of_square = hn::MulSub(t, t, square);
    const F32 sum = hn::Add(quarter, t), of_sum = hn::Sub(t, hn::Sub(sum, quarter));
    const F32 of_inverse = hn::Mul(t, hn::NegMulAdd(a, inverse, one));
    const F32 more = hn::MulAdd(of_inverse, hn::Set(d, 0.5f), hn::Set(d, -0x1.777a5cp-25f));
    const F32 low = hn::Add(of_sum, hn::MulAdd(scaled, of_square, more));
    const F32 far = hn::Add(sum, hn::MulAdd(scaled, square, low));
    return hn::CopySign(hn::IfThenElse(beyond, far, near), x);
#else
    return sleef::Atan{}(d, x);
#endif
  }
  HWY_INLINE F64 operator()(D64 d, F64 x) const { return sleef::Atan{}(d, x); }
};

}  // namespace HWY_NAMESPACE
}  // namespace sconce
HWY_AFTER_NAMESPACE();

#endif
