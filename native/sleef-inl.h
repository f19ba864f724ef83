// SLEEF's vector functions as overloads over Highway's vectors. Every one stays within 1.0 ULP over its whole range and
// treats NaN, infinities, signed zeros and denormals as C's libm does (erfc: 1.5).

#include "hwy/highway.h"

#if defined(SCONCE_SLEEF_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SCONCE_SLEEF_INL_H_
#undef SCONCE_SLEEF_INL_H_
#else
#define SCONCE_SLEEF_INL_H_
#endif

// sleef.h declares only what the translation unit's own flags allow, so the declarations are made here, per target.
#undef SCONCE_SLEEF_F32
#undef SCONCE_SLEEF_F64
#if HWY_TARGET == HWY_AVX3
#define SCONCE_SLEEF_F32(name, ulp) Sleef_##name##f16_##ulp##avx512f
#define SCONCE_SLEEF_F64(name, ulp) Sleef_##name##d8_##ulp##avx512f
#elif HWY_TARGET == HWY_AVX2
#define SCONCE_SLEEF_F32(name, ulp) Sleef_##name##f8_##ulp##avx2
#define SCONCE_SLEEF_F64(name, ulp) Sleef_##name##d4_##ulp##avx2
#elif HWY_TARGET == HWY_SSE4
#define SCONCE_SLEEF_F32(name, ulp) Sleef_##name##f4_##ulp##sse4
#define SCONCE_SLEEF_F64(name, ulp) Sleef_##name##d2_##ulp##sse4
#elif HWY_TARGET == HWY_NEON
#define SCONCE_SLEEF_F32(name, ulp) Sleef_##name##f4_##ulp##advsimd
#define SCONCE_SLEEF_F64(name, ulp) Sleef_##name##d2_##ulp##advsimd
#elif HWY_TARGET == HWY_SCALAR
#define SCONCE_SLEEF_F32(name, ulp) Sleef_##name##f_##ulp
#define SCONCE_SLEEF_F64(name, ulp) Sleef_##name##_##ulp
#else
#error "No SLEEF build is named for this Highway target; disable the target or name it."
#endif

HWY_BEFORE_NAMESPACE();
namespace sconce {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using F32 = hn::Vec<hn::ScalableTag<float>>;
using F64 = hn::Vec<hn::ScalableTag<double>>;
using RawF32 = decltype(F32::raw);
using RawF64 = decltype(F64::raw);

namespace sleef {

#define SCONCE_SLEEF_1(Name, name, ulp)                                                                      \
  extern "C" RawF32 SCONCE_SLEEF_F32(name, ulp)(RawF32);                                                     \
  extern "C" RawF64 SCONCE_SLEEF_F64(name, ulp)(RawF64);                                                     \
  struct Name {                                                                                              \
    F32 operator()(hn::ScalableTag<float>, F32 x) const { return F32{SCONCE_SLEEF_F32(name, ulp)(x.raw)}; }  \
    F64 operator()(hn::ScalableTag<double>, F64 x) const { return F64{SCONCE_SLEEF_F64(name, ulp)(x.raw)}; } \
  };
#define SCONCE_SLEEF_2(Name, name, ulp)                           \
  extern "C" RawF32 SCONCE_SLEEF_F32(name, ulp)(RawF32, RawF32);  \
  extern "C" RawF64 SCONCE_SLEEF_F64(name, ulp)(RawF64, RawF64);  \
  struct Name {                                                   \
    F32 operator()(hn::ScalableTag<float>, F32 x, F32 y) const {  \
      return F32{SCONCE_SLEEF_F32(name, ulp)(x.raw, y.raw)};      \
    }                                                             \
    F64 operator()(hn::ScalableTag<double>, F64 x, F64 y) const { \
      return F64{SCONCE_SLEEF_F64(name, ulp)(x.raw, y.raw)};      \
    }                                                             \
  };

SCONCE_SLEEF_1(Exp, exp, u10)
SCONCE_SLEEF_1(Exp2, exp2, u10)
SCONCE_SLEEF_1(Expm1, expm1, u10)
SCONCE_SLEEF_1(Log, log, u10)
SCONCE_SLEEF_1(Log2, log2, u10)
SCONCE_SLEEF_1(Log10, log10, u10)
SCONCE_SLEEF_1(Log1p, log1p, u10)
SCONCE_SLEEF_1(Sin, sin, u10)
SCONCE_SLEEF_1(Cos, cos, u10)
SCONCE_SLEEF_1(Tan, tan, u10)
SCONCE_SLEEF_1(Asin, asin, u10)
SCONCE_SLEEF_1(Acos, acos, u10)
SCONCE_SLEEF_1(Atan, atan, u10)
SCONCE_SLEEF_1(Sinh, sinh, u10)
SCONCE_SLEEF_1(Cosh, cosh, u10)
SCONCE_SLEEF_1(Tanh, tanh, u10)
SCONCE_SLEEF_1(Asinh, asinh, u10)
SCONCE_SLEEF_1(Acosh, acosh, u10)
SCONCE_SLEEF_1(Atanh, atanh, u10)
SCONCE_SLEEF_1(Erf, erf, u10)
SCONCE_SLEEF_1(Erfc, erfc, u15)
SCONCE_SLEEF_2(Pow, pow, u10)
SCONCE_SLEEF_2(Atan2, atan2, u10)
SCONCE_SLEEF_2(Hypot, hypot, u05)

#undef SCONCE_SLEEF_1
#undef SCONCE_SLEEF_2

}  // namespace sleef
}  // namespace HWY_NAMESPACE
}  // namespace sconce
HWY_AFTER_NAMESPACE();

#endif
