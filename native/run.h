// The interpreter of the command buffer.
#pragma once

#include <cstddef>

#include "instruction.h"

namespace sconce {

// Runs the instructions from words[0] until a halt, and stops at the first that fails. `failed` then holds its position.
Status Run(const double* words, size_t num_words, size_t* failed);

}  // namespace sconce
