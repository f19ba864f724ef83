// Drives an element-wise row over operands of any stride, on as many threads as pay.
#pragma once

#include "kernels/table.h"

namespace sconce {

// Orders the dimensions so that the output's smallest stride is innermost and merges those that are contiguous
// together in every operand; size-1 dimensions vanish. The meaning of the instruction is unchanged.
void Coalesce(Instruction&);

// Applies `row` to the whole iteration space. Operands that are not contiguous along the innermost dimension pass
// through buffers that fit the first-level cache, so that a row need only know the contiguous case. `grain` is the
// number of elements that are worth a thread. The instruction's dimensions are coalesced in place.
void MapRows(Instruction&, Row row, int64_t grain);

inline constexpr int64_t kCheapGrain = 32768;
inline constexpr int64_t kDearGrain = 4096;

}  // namespace sconce
