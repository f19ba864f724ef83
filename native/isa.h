// The instruction set whose kernels run.
#pragma once

#include <string>
#include <vector>

namespace sconce {

// The names of those that were compiled and that this processor has, the best first.
const std::vector<std::string>& UsableIsas();

// The best one, unless UseIsa chose another.
std::string Isa();

// Has all kernels run on one of UsableIsas() from now on, for tests; false if it is none. To be called before the first
// instruction runs.
bool UseIsa(const std::string& name);

}  // namespace sconce
