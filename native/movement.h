// Moves of elements that want vector instructions.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sconce {

// Copies n elements of `item` bytes; strides are in elements. The ranges may be the same but not otherwise overlap.
void CopyStrided(size_t item, char* to, int64_t to_stride, const char* from, int64_t from_stride, size_t n);

// to[r * to_stride + c] = from[c * from_stride + r] for r < rows and c < columns; strides are in elements.
void CopyTransposed(size_t item, char* to, int64_t to_stride, const char* from, int64_t from_stride, int64_t rows,
                    int64_t columns);

// Copies past the caches, which then keep what they hold: for results too large to be found there when they are read.
void CopyStreaming(char* to, const char* from, size_t bytes);
// Makes what CopyStreaming wrote in this thread visible to others. To be called before anything tells them of it.
void FinishStreaming();

// From how many bytes of operands on results are streamed: when they no longer fit the last-level cache together.
size_t StreamingSize();

}  // namespace sconce
