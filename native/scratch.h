// Working memory for a kernel.
#pragma once

#include <cstddef>

namespace sconce {

// At least `bytes` bytes at a multiple of 64, which stay this thread's until its next call; null when there is no
// memory. They are kept from call to call, as fresh pages would cost more than a small product.
char* Scratch(size_t bytes);

}  // namespace sconce
