// Drives an element-wise row over operands of any stride, on as many threads as pay.
#pragma once

#include "kernels/table.h"

namespace sconce {

enum class Order { kAny, kKept };

// Merges those of the dimensions [first, last) that are contiguous together in every operand; size-1 dimensions vanish,
// and Order::kAny first sorts them so that the output's smallest stride (or else an input's) is innermost. Later
// dimensions move up. The meaning of the instruction is unchanged, but for the order that kAny gives up.
void Coalesce(Instruction&, int first, int last, Order);

// Where, in elements, an operand is at a row-major position within the dimensions [first, last).
int64_t OffsetAt(const Instruction&, int operand, int first, int last, int64_t position);

// Applies the entry's row to the whole iteration space; without one, copies operand 1 to operand 0, whose elements are
// of one size. Operands that are not contiguous along the innermost dimension pass through buffers that fit the
// first-level cache, so that a row need only know the contiguous case. `grain` is the number of elements that are worth
// a thread. The instruction's dimensions are coalesced in place.
void MapRows(Instruction&, const Entry&, int64_t grain);
inline void MapRows(Instruction& in, Row row, int64_t grain) { MapRows(in, Entry{row}, grain); }

// A fork and join takes 1 µs while the pool's threads are awake, 5 µs and more when they sleep: a grain is worth about
// 5 µs of an addition's, or 3 µs of exp's, the fastest of the dear.
inline constexpr int64_t kCheapGrain = 32768;
inline constexpr int64_t kDearGrain = 8192;

}  // namespace sconce
