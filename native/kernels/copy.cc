// Copies and conversions between all pairs of dtypes.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/copy.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include <limits>

#include "hwy/highway.h"
#include "loops.h"
#include "rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace sconce {
namespace copy {
namespace HWY_NAMESPACE {
using namespace sconce::HWY_NAMESPACE;

// C++ leaves a float outside the integer's range undefined. What x86-64 gives, and PyTorch shows, is chosen for all:
// through int64, whose out-of-range value is its minimum; narrower integers keep the low bits.
template <class Out>
struct Convert {
  template <class In>
  Out operator()(In x) const {
    if constexpr (std::is_same_v<Out, bool>) {
      return x != In{0};
    } else if constexpr (std::is_floating_point_v<In> && std::is_integral_v<Out>) {
      constexpr In limit = static_cast<In>(9223372036854775808.0);
      const bool inside = x >= -limit && x < limit;
      return static_cast<Out>(inside ? static_cast<int64_t>(x) : std::numeric_limits<int64_t>::min());
    } else {
      return static_cast<Out>(x);
    }
  }
};

template <class Out, class In>
Row RowOf() {
  if constexpr (std::is_same_v<Out, In>) return nullptr;
  else return ElementRow1<Convert<Out>, Out, In>;
}

template <class Out, class... Ins>
Status Copy(Instruction& in, Types<Ins...>) {
  static constexpr Row (*rows[])() = {RowOf<Out, Ins>...};
  MapRows(in, rows[static_cast<int>(in.operands[1].dtype)](), kCheapGrain);
  return Status::kOk;
}

template <class Out>
Status CopyTo(Instruction& in) {
  return Copy<Out>(in, All());
}

template <class... Ts>
void SetCopies(Table& table, Types<Ts...>) {
  (table.SetKernel(Opcode::copy, kDTypeOf<Ts>, CopyTo<Ts>), ...);
}

void Fill(Table& table) { SetCopies(table, All()); }

}  // namespace HWY_NAMESPACE
}  // namespace copy
}  // namespace sconce
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sconce {
namespace copy {
HWY_EXPORT(Fill);
void FillBest(Table& table) { HWY_DYNAMIC_DISPATCH(Fill)(table); }
}  // namespace copy

void FillCopy(Table& table) { copy::FillBest(table); }
}  // namespace sconce
#endif
