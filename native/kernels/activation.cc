// Activations of transcendental mathematics, and their slopes.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/activation.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h:
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

// Φ(x), the normal distribution's share below x.
template <class D, class V>
V NormalShare(D d, V x) {
  const V half = Constant(d, 0.5);
  return hn::MulAdd(half, Erf{}(d, hn::Mul(x, Constant(d, 0.70710678118654752))), half);
}
struct Gelu {
  template <class D, class V>
  V operator()(D d, V x) const {
    return hn::Mul(x, NormalShare(d, x));
  }
};
// g · (Φ(x) + x · Φ′(x))
struct GeluBackward {
  template <class D, class V>
  V operator()(D d, V g, V x) const {
    const V bell = Exp{}(d, hn::Mul(hn::Mul(x, x), Constant(d, -0.5)));
    const V density = hn::Mul(bell, Constant(d, 0.39894228040143268));
    return hn::Mul(g, hn::MulAdd(x, density, NormalShare(d, x)));
  }
};

constexpr double kCubic = 0.044715, kScale = 0.79788456080286536;  // √(2/π)

// tanh(√(2/π) · (x + 0.044715 x³))
template <class D, class V>
V TanhOfCubic(D d, V x) {
  const V inner = hn::MulAdd(hn::Mul(hn::Mul(x, x), x), Constant(d, kCubic), x);
  return Tanh{}(d, hn::Mul(inner, Constant(d, kScale)));
}
struct GeluTanh {
  template <class D, class V>
  V operator()(D d, V x) const {
    return hn::Mul(hn::Mul(Constant(d, 0.5), x), hn::Add(Constant(d, 1), TanhOfCubic(d, x)));
  }
};
struct GeluTanhBackward {
  template <class D, class V>
  V operator()(D d, V g, V x) const {
    const V one = Constant(d, 1), half = Constant(d, 0.5), tanh = TanhOfCubic(d, x);
    const V inner_slope = hn::Mul(hn::MulAdd(hn::Mul(x, x), Constant(d, 3 * kCubic), one), Constant(d, kScale));
    const V slope = hn::Mul(hn::NegMulAdd(tanh, tanh, one), inner_slope);
    return hn::Mul(g, hn::Mul(half, hn::MulAdd(x, slope, hn::Add(one, tanh))));
  }
};

struct Silu {
  template <class D, class V>
  V operator()(D d, V x) const {
    return hn::Div(x, hn::Add(Constant(d, 1), Exp{}(d, hn::Neg(x))));
  }
};
// g · s · (1 + x · (1 - s)), where s = sigmoid(x)
struct SiluBackward {
  template <class D, class V>
  V operator()(D d, V g, V x) const {
    const V one = Constant(d, 1), share = hn::Div(one, hn::Add(one, Exp{}(d, hn::Neg(x))));
    return hn::Mul(g, hn::Mul(share, hn::MulAdd(x, hn::Sub(one, share), one)));
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
