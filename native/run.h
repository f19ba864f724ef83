// The interpreter of the command buffer.
#pragma once

#include <cstddef>

#include "instruction.h"

namespace sconce {

// Runs the instructions from words[0] until a halt or the first that fails; `failed` then holds its position.
Status Run(const double* words, size_t num_words, size_t* failed);

}  // namespace sconce
