// Powers of float32: 2^(y log2 |x|), where the product has float64's digits, since its last ones become the first that
// the result loses. That takes half as many lanes, and neither tables nor pairs of floats.

#include "hwy/highway.h"
#include "math-inl.h"

#if defined(SCONCE_POW_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SCONCE_POW_INL_H_
#undef SCONCE_POW_INL_H_
#else
#define SCONCE_POW_INL_H_
#endif

#include <limits>

HWY_BEFORE_NAMESPACE();
namespace sconce {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// 1.0 ULP.
struct Pow {
  HWY_INLINE F32 operator()(D32 d, F32 x, F32 y) const {
#if HWY_NATIVE_FMA
    const F32 size = hn::Abs(x);
    const Exponent exponent = ExponentOf(d, size, y);
    const auto normal = hn::And(hn::Ge(size, hn::Set(d, 0x1p-126f)), hn::Le(size, hn::Set(d, 0x1.fffffep127f)));
    const auto ordinary = hn::And(normal, hn::Lt(hn::Abs(exponent.whole), hn::Set(d, 126)));
    const F32 power = WithSign(d, x, y, TwoTo(d, exponent));
    if (HWY_LIKELY(hn::AllTrue(d, ordinary))) return power;
    // Each lane by itself, so that no element's last digit hangs on its neighbours.
    return hn::IfThenElse(ordinary, power, sleef::Pow{}(d, x, y));
#else
    return sleef::Pow{}(d, x, y);
#endif
  }
  HWY_INLINE F64 operator()(D64 d, F64 x, F64 y) const { return sleef::Pow{}(d, x, y); }

 private:
#if HWY_NATIVE_FMA
  struct Exponent {
    F32 whole;
    F32 rest;  // within [-½, ½]
  };
  using DHalf = hn::Rebind<float, D64>;
  using Half = hn::Vec<DHalf>;

  // y (n + log2 m).
  static HWY_INLINE F64 Product(D64 d, Half m, Half n, Half y) {
    const F64 wide = hn::PromoteTo(d, m), one = hn::Set(d, 1);
    const F64 s = hn::Div(hn::Sub(wide, one), hn::Add(wide, one)), square = hn::Mul(s, s);
    F64 slope = hn::Set(d, 0.3407300836437772);
    for (double c : {0.4116727201982898, 0.5770835849480082, 0.9617966733418487, 2.8853900817900864}) {
      slope = hn::MulAdd(slope, square, hn::Set(d, c));
    }
    return hn::Mul(hn::MulAdd(s, slope, hn::PromoteTo(d, n)), hn::PromoteTo(d, y));
  }
  static HWY_INLINE Exponent ExponentOf(D32 d, F32 size, F32 y) {
    const hn::RebindToSigned<D32> di;
    const D64 wide;
    const DHalf half;
    // The mantissa goes to [√½, √2).
    const I32 root = hn::Set(di, 0x3f3504f3), offset = hn::Sub(hn::BitCast(di, size), root);
    const F32 n = hn::ConvertTo(d, hn::ShiftRight<23>(offset));
    const F32 m = hn::BitCast(d, hn::Add(hn::And(offset, hn::Set(di, 0x7fffff)), root));
    const F64 low = Product(wide, hn::LowerHalf(half, m), hn::LowerHalf(half, n), hn::LowerHalf(half, y));
    const F64 high = Product(wide, hn::UpperHalf(half, m), hn::UpperHalf(half, n), hn::UpperHalf(half, y));
    const F32 whole = hn::Round(hn::Combine(d, hn::DemoteTo(half, high), hn::DemoteTo(half, low)));
    const F64 low_rest = hn::Sub(low, hn::PromoteTo(wide, hn::LowerHalf(half, whole)));
    const F64 high_rest = hn::Sub(high, hn::PromoteTo(wide, hn::UpperHalf(half, whole)));
    return {whole, hn::Combine(d, hn::DemoteTo(half, high_rest), hn::DemoteTo(half, low_rest))};
  }
  static HWY_INLINE F32 TwoTo(D32 d, Exponent exponent) {
    const hn::RebindToSigned<D32> di;
    const F32 r = exponent.rest;
    const F32 slope =
        Polynomial(d, r, 0.693147182f, 0.240226492f, 0.0555035733f, 0.00961823761f, 0.00133908493f, 0.000154035122f);
    const I32 biased = hn::Add(hn::ConvertTo(di, exponent.whole), hn::Set(di, 127));
    return hn::Mul(hn::MulAdd(slope, r, hn::Set(d, 1)), PowerOfTwo(d, biased));
  }
  // Whole powers of negative numbers have signs, others are NaN.
  static HWY_INLINE F32 WithSign(D32 d, F32 x, F32 y, F32 power) {
    const F32 half = hn::Mul(y, hn::Set(d, 0.5f));
    const F32 sign = hn::IfThenElseZero(hn::Ne(hn::Round(half), half), hn::Set(d, -0.0f));
    const F32 nan = hn::Set(d, std::numeric_limits<float>::quiet_NaN());
    const F32 negative = hn::IfThenElse(hn::Eq(hn::Round(y), y), hn::Or(power, sign), nan);
    return hn::IfThenElse(hn::Lt(x, hn::Zero(d)), negative, power);
  }
#endif
};

}  // namespace HWY_NAMESPACE
}  // namespace sconce
HWY_AFTER_NAMESPACE();

#endif
