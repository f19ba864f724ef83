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

// The same for a tile of at most TransposedTile(item) rows and columns that lie far apart. By way of a buffer, as rows
// of `to` may all fall into one set of the cache: each line is written once, whole.
void CopyTransposedTile(size_t item, char* to, int64_t to_stride, const char* from, int64_t from_stride, int64_t rows,
                        int64_t columns);
// Rows of four cache lines, which the processor foresees, and half of a first-level cache.
constexpr int64_t kTransposedTile = 64;
constexpr int64_t TransposedTile(size_t item) { return item <= 4 ? kTransposedTile : kTransposedTile / 2; }

// Copies `count` rows of `bytes` bytes; steps from row to row are in bytes.
void CopyBlock(char* to, int64_t to_step, const char* from, int64_t from_step, size_t count, size_t bytes);

// Copies the `count` rows of `bytes` bytes at from[i] to `to`, `to + step` and so on. Rows are fetched ahead of their
// turn, as they may be anywhere.
void CopyRows(char* to, int64_t step, const char* const* from, size_t count, size_t bytes);

// Copies past the caches, which then keep what they hold: for results too large to be found there when they are read.
void CopyStreaming(char* to, const char* from, size_t bytes);
// Makes what CopyStreaming wrote in this thread visible to others. To be called before anything tells them of it.
void FinishStreaming();

// From how many bytes of operands on results are streamed: when they no longer fit the last-level cache together.
size_t StreamingSize();

}  // namespace sconce
