#include "isa.h"

#include "hwy/highway.h"
#include "hwy/targets.h"

namespace sconce {

const std::vector<std::string>& UsableIsas() {
  // Asked once, as the answer narrows when one is chosen.
  static const std::vector<std::string> names = [] {
    std::vector<std::string> found;
    // A lower bit is a better target.
    for (int64_t left = hwy::SupportedTargets() & HWY_TARGETS; left != 0; left &= left - 1) {
      found.push_back(hwy::TargetName(left & -left));
    }
    return found;
  }();
  return names;
}

std::string Isa() {
  const int64_t usable = hwy::SupportedTargets() & HWY_TARGETS;
  return hwy::TargetName(usable & -usable);
}

bool UseIsa(const std::string& name) {
  for (int64_t left = hwy::SupportedTargets() & HWY_TARGETS; left != 0; left &= left - 1) {
    const int64_t target = left & -left;
    if (name != hwy::TargetName(target)) continue;
    hwy::SetSupportedTargetsForTest(target);
    return true;
  }
  return false;
}

}  // namespace sconce
