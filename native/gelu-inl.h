// x Φ(x), where Φ is the normal distribution's, and its slope. With a = |x|, both are made of the tail Φ(-a), so that
// they keep their digits for negative x, where 1 + erf would lose them.
//
// For float32, Φ(-a) = exp(-a²/2) · P(t) / (a + k), where t = 2a / (a + k) - 1 goes from -1 to 1 and P only from 0.7 to
// 1.4 times its middle: one polynomial serves all a up to the one whose tail is 0.

#include "hwy/highway.h"
#include "math-inl.h"

#if defined(SCONCE_GELU_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SCONCE_GELU_INL_H_
#undef SCONCE_GELU_INL_H_
#else
#define SCONCE_GELU_INL_H_
#endif

#include <limits>

HWY_BEFORE_NAMESPACE();
namespace sconce {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr double kDensityAtZero = 0.39894228040143268;  // 1 / √(2π)

#if HWY_NATIVE_FMA
constexpr float kTailShift = 2.75f;  // k
constexpr float kOrdinaryTail = 13;  // up to which exp(-a²/2) is no denormal
constexpr float kFarthestTail = 15;  // whose tail is 0

// Its even and odd powers side by side: a single chain of ten would take longer than all else.
HWY_INLINE F32 TailPolynomial(D32 d, F32 t) {
  const F32 square = hn::Mul(t, t);
  const F32 odd =
      Polynomial(d, square, -0.474354208f, -0.0165631231f, 0.00318945129f, -0.000248094409f, -7.12143737e-05f);
  const F32 even = Polynomial(d, square, 0.718986034f, 0.182334155f, -0.0164419692f, 0.002486479f, -0.000411915767f);
  return hn::MulAdd(odd, t, even);
}

// y · (1 + more), where `more` is too small to be seen in a sum.
struct Precise {
  F32 y;
  F32 more;
};

// factor · exp(-a²/2).
HWY_INLINE F32 OrdinaryBell(D32 d, F32 a, Precise factor) {
  const F32 square = hn::Mul(a, a), missed = hn::MulSub(a, a, square);
  // As SplitExp, but r is -2 times the remainder.
  const F32 shift = hn::Set(d, 0x1.8p23f + 127);
  const F32 shifted = hn::MulAdd(square, hn::Set(d, -0x1.715476p-1f), shift);
  const F32 n = hn::Sub(shifted, shift), more = hn::MulAdd(n, hn::Set(d, -0x1.05c61p-28f), missed);
  const F32 r = hn::Add(hn::MulAdd(n, hn::Set(d, 0x1.62e43p0f), square), more);
  const F32 slope = Polynomial(d, r, -0.5f, 0.1249999701976776f, -0.02083314582705498f, 0.002604350680485368f,
                               -0.000261533889888f, 2.1482423107953e-05f);
  const F32 scaled = hn::MulAdd(factor.y, hn::MulAdd(r, slope, factor.more), factor.y);
  return hn::Mul(scaled, PowerOfTwo(d, hn::BitCast(hn::RebindToSigned<D32>(), shifted)));
}
HWY_INLINE F32 FarBell(D32 d, F32 a, Precise factor) {
  const F32 square = hn::Mul(a, a), missed = hn::MulSub(a, a, square), minus_half = hn::Set(d, -0.5f);
  const F32 more = hn::MulAdd(minus_half, missed, factor.more);
  return ScaledExp(d, hn::Mul(square, minus_half), hn::MulAdd(factor.y, more, factor.y));
}
// Each lane alike, whatever its neighbours are.
HWY_INLINE F32 AnyBell(D32 d, F32 a, Precise factor) {
  const Mask32 ordinary = IsBelow(d, a, kOrdinaryTail);
  return hn::IfThenElse(ordinary, OrdinaryBell(d, a, factor), FarBell(d, a, factor));
}
#endif

// What a * b has beyond `product`, its rounded value.
template <class D, class V>
HWY_INLINE V RoundedOff(D d, V a, V b, V product) {
#if HWY_NATIVE_FMA
  (void)d;
  return hn::MulSub(a, b, product);
#else
  // Dekker's product: halves of at most half the digits, whose products are exact.
  const hn::RebindToUnsigned<D> du;
  using U = hn::TFromD<decltype(du)>;
  const V mask = hn::BitCast(d, hn::Set(du, sizeof(U) == 4 ? U(0xfffff000u) : U(0xfffffffff8000000u)));
  const V a_high = hn::And(a, mask), b_high = hn::And(b, mask), a_low = hn::Sub(a, a_high), b_low = hn::Sub(b, b_high);
  const V high = hn::Sub(hn::Mul(a_high, b_high), product);
  return hn::MulAdd(a_low, b_low, hn::MulAdd(a_low, b_high, hn::MulAdd(a_high, b_low, high)));
#endif
}

// Φ(-a) is erfc(a / √2) / 2. What rounding the argument loses is put back by erfc's slope, of which t + √(t² + 4/π) is
// near enough.
template <class D, class V>
HWY_INLINE V NormalTail(D d, V a) {
  using T = hn::TFromD<D>;
  constexpr bool single = sizeof(T) == 4;
  const V root = hn::Set(d, single ? T(0x1.6a09e6p-1) : T(0x1.6a09e667f3bcdp-1));
  const V root_rest = hn::Set(d, single ? T(0x1.9fcef4p-27) : T(-4.833646656726457e-17));
  const V t = hn::Mul(a, root), missed = hn::MulAdd(a, root_rest, RoundedOff(d, a, root, t)), half = hn::Set(d, T(0.5));
  const V slope = hn::Add(t, hn::Sqrt(hn::MulAdd(t, t, hn::Set(d, T(1.2732395447351628)))));
  return hn::Mul(Erfc{}(d, t), hn::NegMulAdd(missed, hn::Mul(slope, half), half));
}
// |x|, no larger than what has a tail; NaN stays.
template <class D, class V>
HWY_INLINE V TailSize(D d, V x) {
  const V limit = hn::Set(d, hn::TFromD<D>(sizeof(hn::TFromD<D>) == 4 ? 15 : 40)), size = hn::Abs(x);
  return hn::IfThenElse(hn::Gt(size, limit), limit, size);
}

// 3.9 ULP. Like PyTorch's, it is NaN at -∞.
struct Gelu {
#if HWY_NATIVE_FMA
  static HWY_INLINE Mask32 IsOrdinary(D32 d, F32 x) { return IsBelow(d, x, kOrdinaryTail); }
  static HWY_INLINE F32 Ordinary(D32 d, F32 x) {
    const F32 a = hn::Abs(x);
    return hn::Sub(hn::IfThenZeroElse(hn::Lt(x, hn::Zero(d)), x), OrdinaryBell(d, a, AboveBell(d, a)));
  }
  HWY_INLINE F32 operator()(D32 d, F32 x) const { return Every(d, IsOrdinary(d, x)) ? Ordinary(d, x) : Any(d, x); }
#else
  HWY_INLINE F32 operator()(D32 d, F32 x) const { return Any(d, x); }
#endif
  HWY_INLINE F64 operator()(D64 d, F64 x) const { return Any(d, x); }

 private:
#if HWY_NATIVE_FMA
  // a Φ(-a) / exp(-a²/2). What rounding a + k loses is put back: its share of the sum is (1 - t) / 2k of it.
  static HWY_INLINE Precise AboveBell(D32 d, F32 a) {
    const F32 k = hn::Set(d, kTailShift), sum = hn::Add(a, k), share = hn::Div(a, sum);
    const F32 t = hn::MulSub(share, hn::Set(d, 2), hn::Set(d, 1));
    const F32 gained = hn::Mul(hn::Sub(hn::Sub(sum, k), a), hn::Set(d, 0.5f / kTailShift));
    return {hn::Mul(share, TailPolynomial(d, t)), hn::NegMulAdd(gained, t, gained)};
  }
  static HWY_INLINE F32 Loss(D32 d, F32 a) { return AnyBell(d, a, AboveBell(d, a)); }
#endif
  // a Φ(-a)
  template <class D, class V>
  static HWY_INLINE V Loss(D d, V a) {
    const V near = hn::Mul(a, NormalTail(d, a));
    const auto far = hn::Gt(a, hn::Set(d, hn::TFromD<D>(sizeof(hn::TFromD<D>) == 4 ? 12 : 36)));
    return HWY_LIKELY(hn::AllFalse(d, far)) ? near : hn::IfThenElse(far, FarLoss(d, a), near);
  }
  // Where Φ(-a) may be denormal and have lost digits: by its asymptotic series, exp(-a²/2) as a square, so that the
  // result is rounded once.
  template <class D, class V>
  static HWY_NOINLINE V FarLoss(D d, V a) {
    using T = hn::TFromD<D>;
    const V square = hn::Mul(a, a), missed = RoundedOff(d, a, a, square), z = hn::Div(hn::Set(d, 1), square);
    V series = hn::Set(d, 10395);
    for (const int c : {-945, 105, -15, 3, -1, 1}) series = hn::MulAdd(series, z, hn::Set(d, static_cast<T>(c)));
    const V scaled = hn::Mul(series, hn::Set(d, static_cast<T>(kDensityAtZero)));
    const V corrected = hn::NegMulAdd(hn::Mul(scaled, hn::Set(d, T(0.5))), missed, scaled);
    const V root = Exp{}(d, hn::Mul(square, hn::Set(d, T(-0.25))));
    return hn::Mul(hn::Mul(corrected, root), root);
  }
  template <class D, class V>
  static HWY_NOINLINE V Any(D d, V x) {
    using T = hn::TFromD<D>;
    const V loss = Loss(d, TailSize(d, x));
    const V result = hn::CopySign(hn::Sub(hn::IfThenZeroElse(hn::Lt(x, hn::Zero(d)), x), loss), x);
    const auto minus_infinity = hn::Eq(x, hn::Set(d, -std::numeric_limits<T>::infinity()));
    return hn::IfThenElse(minus_infinity, hn::Set(d, std::numeric_limits<T>::quiet_NaN()), result);
  }
};

// Φ(x) + x Φ′(x), which is Φ(-a) - a Φ′(a) for negative x, and 1 minus that for positive. Like PyTorch's, it is NaN at
// infinities.
struct GeluSlope {
#if HWY_NATIVE_FMA
  static HWY_INLINE Mask32 IsOrdinary(D32 d, F32 x) { return IsBelow(d, x, kOrdinaryTail); }
  static HWY_INLINE F32 Ordinary(D32 d, F32 x) {
    const F32 a = hn::Abs(x);
    return FromTail(d, x, OrdinaryBell(d, a, AboveBell(d, a)));
  }
  HWY_INLINE F32 operator()(D32 d, F32 x) const { return Every(d, IsOrdinary(d, x)) ? Ordinary(d, x) : Any(d, x); }
#else
  HWY_INLINE F32 operator()(D32 d, F32 x) const { return Any(d, x); }
#endif
  HWY_INLINE F64 operator()(D64 d, F64 x) const { return Any(d, x); }

 private:
#if HWY_NATIVE_FMA
  // (Φ(-a) - a Φ′(a)) / exp(-a²/2)
  static HWY_INLINE Precise AboveBell(D32 d, F32 a) {
    const F32 inverse = hn::Div(hn::Set(d, 1), hn::Add(a, hn::Set(d, kTailShift)));
    const F32 t = hn::NegMulAdd(inverse, hn::Set(d, 2 * kTailShift), hn::Set(d, 1));
    const F32 bell_part = hn::Mul(a, hn::Set(d, static_cast<float>(kDensityAtZero)));
    return {hn::MulSub(inverse, TailPolynomial(d, t), bell_part), hn::Zero(d)};
  }
  static HWY_INLINE F32 Tail(D32 d, F32 a) { return AnyBell(d, a, AboveBell(d, a)); }
#endif
  template <class D, class V>
  static HWY_INLINE V Tail(D d, V a) {
    using T = hn::TFromD<D>;
    const V bell = Exp{}(d, hn::Mul(hn::Mul(a, a), hn::Set(d, T(-0.5))));
    return hn::NegMulAdd(hn::Mul(bell, hn::Set(d, T(kDensityAtZero))), a, NormalTail(d, a));
  }
  template <class D, class V>
  static HWY_INLINE V FromTail(D d, V x, V tail) {
    return hn::IfThenElse(hn::Lt(x, hn::Zero(d)), tail, hn::Sub(hn::Set(d, 1), tail));
  }
  template <class D, class V>
  static HWY_NOINLINE V Any(D d, V x) {
    using T = hn::TFromD<D>;
    const V result = FromTail(d, x, Tail(d, TailSize(d, x)));
    const auto infinite = hn::Eq(hn::Abs(x), hn::Set(d, std::numeric_limits<T>::infinity()));
    return hn::IfThenElse(infinite, hn::Set(d, std::numeric_limits<T>::quiet_NaN()), result);
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace sconce
HWY_AFTER_NAMESPACE();

#endif
