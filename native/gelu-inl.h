// x Φ(x), where Φ is the normal distribution's, and its slope. With a = |x|, both are made of the tail Φ(-a), so that
// they keep their digits for negative x, where 1 + erf would lose them.
//
// For float32, Φ(-a) = exp(-a²/2) / √(2π) · N(a) / (a N(a) + R(a)), with N of degree 4 and R, which is small beside the
// rest for large a: there, what rounding has taken from N is gone from its quotient.

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
constexpr float kOrdinaryTail = 13;         // up to which Φ(-a) is no denormal
constexpr float kTailScale = 0.398946673f;  // kDensityAtZero, but for what suits N and R

// Φ(-a) = ratio · bell · 2^n, where n is in the lowest bits of `shifted`.
template <class V>
struct Tail {
  V ratio, bell, shifted;
};
constexpr float kTailShift = 0x1.8p23f;  // `shifted` - n

template <class V>
HWY_INLINE Tail<V> SplitTail(D32 d, V a) {
  // As SplitExp of -a²/2, but r is -2 times the remainder, and has what rounding the square has lost.
  const V square = twin::Mul(a, a), lost = twin::MulSub(a, a, square);
  const F32 shift = hn::Set(d, kTailShift);
  const V shifted = twin::MulAdd(square, hn::Set(d, -0x1.715476p-1f), shift), n = twin::Sub(shifted, shift);
  const V more = twin::MulAdd(n, hn::Set(d, -0x1.05c61p-28f), lost);
  const V r = twin::Add(twin::MulAdd(n, hn::Set(d, 0x1.62e43p0f), square), more);

  // Of a⁴, 1: an addition, for which the processor has other units than for the products.
  V dividend = twin::Add(a, hn::Set(d, 9.86205006f));
  dividend = twin::MulAdd(dividend, a, hn::Set(d, 44.4367371f));
  dividend = twin::MulAdd(dividend, a, hn::Set(d, 106.215599f));
  dividend = twin::MulAdd(dividend, a, hn::Set(d, 121.044907f));
  const V rest = Polynomial(d, a, 96.580925f, 40.7642822f, 10.0543098f, 0.986368895f, 0.000710006221f);
  const V ratio = twin::Div(dividend, twin::MulAdd(dividend, a, rest));
  const V bell = Polynomial(d, r, kTailScale, -0.199473336f, 0.0498683229f, -0.00831131451f, 0.00103899708f,
                            -0.000104338076f, 8.57034138e-06f);
  return {ratio, bell, shifted};
}
// y · 2^n where that is no denormal, or n is 0.
template <class V>
HWY_INLINE V AddExponent(D32 d, V y, V shifted) {
  const hn::RebindToSigned<D32> di;
  return twin::BitCast(d, twin::Add(twin::BitCast(di, y), twin::ShiftLeft<23>(twin::BitCast(di, shifted))));
}
// y · 2^n for any n of a tail, rounded once.
HWY_INLINE F32 ScaleTail(D32 d, F32 y, F32 shifted) {
  const hn::RebindToSigned<D32> di;
  const I32 n = hn::ConvertTo(di, hn::Sub(shifted, hn::Set(d, kTailShift))), half = hn::ShiftRight<1>(n);
  const I32 bias = hn::Set(di, 127);
  return hn::Mul(hn::Mul(y, PowerOfTwo(d, hn::Add(half, bias))), PowerOfTwo(d, hn::Add(hn::Sub(n, half), bias)));
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
  template <class V>
  static HWY_INLINE V Ordinary(D32 d, V x) {
    const V a = twin::Abs(x);
    const Tail<V> tail = SplitTail(d, a);
    const V positive = twin::IfThenZeroElse(twin::Lt(x, hn::Zero(d)), x);
    return twin::NegMulAdd(AddExponent(d, a, tail.shifted), twin::Mul(tail.ratio, tail.bell), positive);
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
  static HWY_INLINE F32 Loss(D32 d, F32 a) {
    const Tail<F32> tail = SplitTail(d, a);
    return ScaleTail(d, hn::Mul(hn::Mul(tail.ratio, tail.bell), a), tail.shifted);
  }
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
  template <class V>
  static HWY_INLINE V Ordinary(D32 d, V x) {
    const V a = twin::Abs(x);
    const Tail<V> tail = SplitTail(d, a);
    return FromTail(d, x, twin::Mul(AddExponent(d, tail.bell, tail.shifted), WithDensity(d, a, tail.ratio)));
  }
  HWY_INLINE F32 operator()(D32 d, F32 x) const { return Every(d, IsOrdinary(d, x)) ? Ordinary(d, x) : Mixed(d, x); }
#else
  HWY_INLINE F32 operator()(D32 d, F32 x) const { return Any(d, x); }
#endif
  HWY_INLINE F64 operator()(D64 d, F64 x) const { return Any(d, x); }

 private:
#if HWY_NATIVE_FMA
  static HWY_NOINLINE F32 Mixed(D32 d, F32 x) { return hn::IfThenElse(IsOrdinary(d, x), Ordinary(d, x), Any(d, x)); }
  // The ratio less what -a Φ′(a) adds to it.
  template <class V>
  static HWY_INLINE V WithDensity(D32 d, V a, V ratio) {
    return twin::NegMulAdd(a, hn::Set(d, static_cast<float>(kDensityAtZero / kTailScale)), ratio);
  }
  static HWY_INLINE F32 TailPart(D32 d, F32 a) {
    const Tail<F32> tail = SplitTail(d, a);
    return ScaleTail(d, hn::Mul(tail.bell, WithDensity(d, a, tail.ratio)), tail.shifted);
  }
#endif
  template <class D, class V>
  static HWY_INLINE V TailPart(D d, V a) {
    using T = hn::TFromD<D>;
    const V bell = Exp{}(d, hn::Mul(hn::Mul(a, a), hn::Set(d, T(-0.5))));
    return hn::NegMulAdd(hn::Mul(bell, hn::Set(d, T(kDensityAtZero))), a, NormalTail(d, a));
  }
  template <class D, class V>
  static HWY_INLINE V FromTail(D d, V x, V tail) {
    return twin::IfThenElse(twin::Lt(x, hn::Zero(d)), tail, twin::Sub(hn::Set(d, 1), tail));
  }
  template <class D, class V>
  static HWY_NOINLINE V Any(D d, V x) {
    using T = hn::TFromD<D>;
    const V result = FromTail(d, x, TailPart(d, TailSize(d, x)));
    const auto infinite = hn::Eq(hn::Abs(x), hn::Set(d, std::numeric_limits<T>::infinity()));
    return hn::IfThenElse(infinite, hn::Set(d, std::numeric_limits<T>::quiet_NaN()), result);
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace sconce
HWY_AFTER_NAMESPACE();

#endif
