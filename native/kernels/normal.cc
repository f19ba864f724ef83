// Normal numbers as PyTorch draws them on the CPU: fewer than 16, or scattered ones, from the generator's own pairs;
// else 16 at a time, eight pairs of uniform numbers turned into normal ones in place.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/normal.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include <cmath>

#include "hwy/highway.h"
#include "kernels/draw.h"

HWY_BEFORE_NAMESPACE();
namespace sconce {
namespace normal {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<float, 8>;
using V = hn::Vec<D>;
using Int = hn::RebindToSigned<D>;

// The polynomials and reductions are those of Cephes' logf and sinf, whose rounding PyTorch's stream shows; sums fuse
// with the product that comes first, as GCC does it there.
template <size_t kTerms>
V Polynomial(D d, V x, const float (&terms)[kTerms]) {
  V y = hn::Set(d, terms[0]);
  for (size_t i = 1; i < kTerms; ++i) y = hn::MulAdd(y, x, hn::Set(d, terms[i]));
  return y;
}

// For normal numbers above 0.
V Log(D d, V x) {
  constexpr float kTerms[] = {7.0376836292e-2f,  -1.1514610310e-1f, 1.1676998740e-1f,
                              -1.2420140846e-1f, 1.4249322787e-1f,  -1.6668057665e-1f,
                              2.0000714765e-1f,  -2.4999993993e-1f, 3.3333331174e-1f};
  const Int di;
  const V one = hn::Set(d, 1.0f);
  const auto bits = hn::BitCast(di, x);
  const V fraction = hn::BitCast(d, hn::Or(hn::And(bits, hn::Set(di, 0x007fffff)), hn::Set(di, 0x3f000000)));
  const auto small = hn::Lt(fraction, hn::Set(d, 0.707106781186547524f));
  const V exponent =
      hn::Sub(hn::ConvertTo(d, hn::Sub(hn::ShiftRight<23>(bits), hn::Set(di, 126))), hn::IfThenElseZero(small, one));
  const V r = hn::Add(hn::Sub(fraction, one), hn::IfThenElseZero(small, fraction));
  const V square = hn::Mul(r, r);
  V y = hn::Mul(Polynomial(d, r, kTerms), r);
  y = hn::MulAdd(y, square, hn::Mul(exponent, hn::Set(d, -2.12194440e-4f)));
  y = hn::NegMulAdd(square, hn::Set(d, 0.5f), y);
  return hn::MulAdd(exponent, hn::Set(d, 0.693359375f), hn::Add(r, y));
}

// For x in [0, 8192).
void SinCos(D d, V x, V& sin, V& cos) {
  constexpr float kSinTerms[] = {-1.9515295891e-4f, 8.3321608736e-3f, -1.6666654611e-1f};
  constexpr float kCosTerms[] = {2.443315711809948e-5f, -1.388731625493765e-3f, 4.166664568298827e-2f};
  const Int di;
  const auto one = hn::Set(di, 1), two = hn::Set(di, 2), four = hn::Set(di, 4);
  // The even number of eighths of a turn that is nearest.
  const auto eighths = hn::AndNot(one, hn::Add(hn::ConvertTo(di, hn::Mul(x, hn::Set(d, 1.27323954473516f))), one));
  const V turned = hn::ConvertTo(d, eighths);
  V r = hn::MulAdd(turned, hn::Set(d, -0.78515625f), x);
  r = hn::MulAdd(turned, hn::Set(d, -2.4187564849853515625e-4f), r);
  r = hn::MulAdd(turned, hn::Set(d, -3.77489497744594108e-8f), r);

  const V square = hn::Mul(r, r);
  V even = hn::Mul(Polynomial(d, square, kCosTerms), square);
  even = hn::Add(hn::MulSub(even, square, hn::Mul(square, hn::Set(d, 0.5f))), hn::Set(d, 1.0f));
  const V odd = hn::MulAdd(hn::Mul(Polynomial(d, square, kSinTerms), square), r, r);

  const auto straight = hn::RebindMask(d, hn::Eq(hn::And(eighths, two), hn::Zero(di)));
  const V sin_sign = hn::BitCast(d, hn::ShiftLeft<29>(hn::And(eighths, four)));
  const V cos_sign = hn::BitCast(d, hn::ShiftLeft<29>(hn::AndNot(hn::Sub(eighths, two), four)));
  sin = hn::Xor(hn::IfThenElse(straight, odd, even), sin_sign);
  cos = hn::Xor(hn::IfThenElse(straight, even, odd), cos_sign);
}

// Turns each group of 16 numbers uniform in [0, 1) into normal ones: 8 radii, then 8 angles.
void BoxMuller(float* data, size_t groups, float mean, float deviation) {
  const D d;
  for (float* end = data + 16 * groups; data != end; data += 16) {
    for (size_t i = 0; i < 8; i += hn::Lanes(d)) {
      const V log = Log(d, hn::Sub(hn::Set(d, 1.0f), hn::LoadU(d, data + i)));
      const V radius = hn::Sqrt(hn::Mul(hn::Set(d, -2.0f), log));
      V sin, cos;
      SinCos(d, hn::Mul(hn::Set(d, 6.283185307179586f), hn::LoadU(d, data + i + 8)), sin, cos);
      const V scale = hn::Set(d, deviation), shift = hn::Set(d, mean);
      hn::StoreU(hn::MulAdd(hn::Mul(radius, cos), scale, shift), d, data + i);
      hn::StoreU(hn::MulAdd(hn::Mul(radius, sin), scale, shift), d, data + i + 8);
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace normal
}  // namespace sconce
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sconce {
namespace normal {
HWY_EXPORT(BoxMuller);

void Transform(float* data, size_t groups, float mean, float deviation) {
  HWY_DYNAMIC_DISPATCH(BoxMuller)(data, groups, mean, deviation);
}

void Transform(double* data, size_t groups, double mean, double deviation) {
  constexpr double kTwoPi = 6.283185307179586;
  for (double* end = data + 16 * groups; data != end; data += 16) {
    for (int i = 0; i < 8; ++i) {
      const double radius = std::sqrt(-2 * std::log(1 - data[i]));
      const double angle = kTwoPi * data[i + 8];
      data[i] = std::fma(radius * std::cos(angle), deviation, mean);
      data[i + 8] = std::fma(radius * std::sin(angle), deviation, mean);
    }
  }
}

// At least 16. What exceeds a multiple of 16 is drawn once more, together with the elements before it.
template <class T>
void DrawGroups(Generator& generator, T* out, int64_t n, T mean, T deviation) {
  for (int64_t i = 0; i < n; ++i) out[i] = generator.Uniform<T>();
  Transform(out, static_cast<size_t>(n / 16), mean, deviation);
  if (n % 16 == 0) return;
  T* last = out + n - 16;
  for (int i = 0; i < 16; ++i) last[i] = generator.Uniform<T>();
  Transform(last, 1, mean, deviation);
}

template <class T>
Status Normal(Instruction& in) {
  const Status status = CheckDraw(in, 2);
  if (status != Status::kOk) return status;
  const double mean = in.scalars[0], deviation = in.scalars[1];
  Coalesce(in, 0, in.dims, Order::kKept);
  if (in.dims == 1 && in.sizes[0] >= 16 && in.operands[0].strides[0] == 1) {
    DrawGroups(GeneratorOf(in), in.operands[0].as<T>(), in.sizes[0], static_cast<T>(mean), static_cast<T>(deviation));
    return Status::kOk;
  }
  return Draw<T>(in, 2, [=](Generator& generator) { return std::fma(generator.Normal(), deviation, mean); });
}

}  // namespace normal

void FillNormal(Table& table) {
  table.SetKernel(Opcode::random_normal, DType::kFloat32, normal::Normal<float>);
  table.SetKernel(Opcode::random_normal, DType::kFloat64, normal::Normal<double>);
}
}  // namespace sconce
#endif
