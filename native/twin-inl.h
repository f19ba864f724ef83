// Two vectors that go through a function side by side: twin::Mul and the others take Highway's vectors, or twins of
// them, or both. A processor looks some hundred instructions ahead, so of a function that is long it would see little
// beyond the one vector whose results wait for each other.

#include "hwy/highway.h"

#if defined(SCONCE_TWIN_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SCONCE_TWIN_INL_H_
#undef SCONCE_TWIN_INL_H_
#else
#define SCONCE_TWIN_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace sconce {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Not an array, which compilers keep in memory.
template <class V>
struct Twin {
  V first, second;
};

namespace twin {

template <class V>
constexpr bool kIsTwin = false;
template <class V>
constexpr bool kIsTwin<Twin<V>> = true;

// One half of a twin; of a vector alone, which is the same for both, the vector.
template <int kHalf, class V>
HWY_INLINE V Half(V one) {
  return one;
}
template <int kHalf, class V>
HWY_INLINE V Half(Twin<V> two) {
  if constexpr (kHalf == 0) return two.first;
  else return two.second;
}

#define SCONCE_TWIN(Name)                                                                                  \
  template <class... Vs>                                                                                   \
  HWY_INLINE auto Name(Vs... in) {                                                                         \
    if constexpr ((kIsTwin<Vs> || ...)) {                                                                  \
      return Twin<decltype(hn::Name(Half<0>(in)...))>{hn::Name(Half<0>(in)...), hn::Name(Half<1>(in)...)}; \
    } else {                                                                                               \
      return hn::Name(in...);                                                                              \
    }                                                                                                      \
  }
SCONCE_TWIN(Abs)
SCONCE_TWIN(Add)
SCONCE_TWIN(BitCast)
SCONCE_TWIN(Div)
SCONCE_TWIN(IfThenElse)
SCONCE_TWIN(IfThenZeroElse)
SCONCE_TWIN(Lt)
SCONCE_TWIN(Mul)
SCONCE_TWIN(MulAdd)
SCONCE_TWIN(MulSub)
SCONCE_TWIN(NegMulAdd)
SCONCE_TWIN(Sub)
#undef SCONCE_TWIN

template <int kBits, class V>
HWY_INLINE V ShiftLeft(V in) {
  if constexpr (kIsTwin<V>) return {hn::ShiftLeft<kBits>(in.first), hn::ShiftLeft<kBits>(in.second)};
  else return hn::ShiftLeft<kBits>(in);
}

}  // namespace twin
}  // namespace HWY_NAMESPACE
}  // namespace sconce
HWY_AFTER_NAMESPACE();

#endif
