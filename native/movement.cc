#include "movement.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "movement.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include <algorithm>
#include <cstring>

#include "hwy/cache_control.h"
#include "hwy/highway.h"
#include "transpose-inl.h"

HWY_BEFORE_NAMESPACE();
namespace sconce {
namespace movement {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
using sconce::HWY_NAMESPACE::Transpose;

template <class T>
void TransposeSingly(T* to, int64_t to_stride, const T* from, int64_t from_stride, int64_t rows, int64_t columns) {
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < columns; ++c) to[r * to_stride + c] = from[c * from_stride + r];
  }
}

template <class T>
T* As(char* data) {
  return reinterpret_cast<T*>(data);
}
template <class T>
const T* As(const char* data) {
  return reinterpret_cast<const T*>(data);
}

void CopyTransposed(size_t item, char* to, int64_t to_stride, const char* from, int64_t from_stride, int64_t rows,
                    int64_t columns) {
  switch (item) {
    case 1:
      return TransposeSingly(As<uint8_t>(to), to_stride, As<uint8_t>(from), from_stride, rows, columns);
    case 2:
      return TransposeSingly(As<uint16_t>(to), to_stride, As<uint16_t>(from), from_stride, rows, columns);
    case 4:
      return Transpose<false>(As<float>(from), from_stride, columns, rows, to_stride, As<float>(to));
    default:
      return Transpose<false>(As<double>(from), from_stride, columns, rows, to_stride, As<double>(to));
  }
}

// So many rows ahead, so many bytes of each: the rest of a long row the processor foresees by itself.
constexpr size_t kRowsAhead = 8;
constexpr size_t kBytesAhead = 1024;
constexpr size_t kBlockAhead = 4096;
// Of rows so long the C library's copy is as fast.
constexpr size_t kLongRow = 4096;

HWY_INLINE void CopyRow(uint8_t* HWY_RESTRICT to, const uint8_t* HWY_RESTRICT from, size_t bytes) {
  const hn::ScalableTag<uint8_t> d;
  const size_t lanes = hn::Lanes(d);
  size_t i = 0;
  for (; i + 2 * lanes <= bytes; i += 2 * lanes) {
    const auto first = hn::LoadU(d, from + i), second = hn::LoadU(d, from + i + lanes);
    hn::StoreU(first, d, to + i);
    hn::StoreU(second, d, to + i + lanes);
  }
  if (i < bytes) std::memcpy(to + i, from + i, bytes - i);
}

void CopyRows(char* to, int64_t step, const char* const* from, size_t count, size_t bytes) {
  for (size_t r = 0; r < count; ++r, to += step) {
    if (r + kRowsAhead < count) {
      for (size_t i = 0; i < std::min(bytes, kBytesAhead); i += 64) hwy::Prefetch(from[r + kRowsAhead] + i);
    }
    if (bytes < kLongRow) CopyRow(As<uint8_t>(to), As<uint8_t>(from[r]), bytes);
    else std::memcpy(to, from[r], bytes);
  }
}

void CopyBlock(char* to, int64_t to_step, const char* from, int64_t from_step, size_t count, size_t bytes) {
  const int64_t ahead = static_cast<int64_t>(std::max<size_t>(1, kBlockAhead / bytes));
  for (size_t r = 0; r < count; ++r, to += to_step, from += from_step) {
    if (r + static_cast<size_t>(ahead) < count) {
      for (size_t i = 0; i < std::min(bytes, kBytesAhead); i += 64) {
        hwy::Prefetch(from + ahead * from_step + i);
        hwy::Prefetch(to + ahead * to_step + i);
      }
    }
    if (bytes < kLongRow) CopyRow(As<uint8_t>(to), As<uint8_t>(from), bytes);
    else std::memcpy(to, from, bytes);
  }
}

void CopyTransposedTile(size_t item, char* to, int64_t to_stride, const char* from, int64_t from_stride, int64_t rows,
                        int64_t columns) {
  alignas(64) char buffer[kTransposedTile * kTransposedTile * 4];
  const int64_t width = TransposedTile(item), step = width * static_cast<int64_t>(item);
  CopyTransposed(item, buffer, width, from, from_stride, rows, columns);
  for (int64_t r = 0; r < rows; ++r, to += to_stride * static_cast<int64_t>(item)) {
    CopyRow(As<uint8_t>(to), As<uint8_t>(buffer + r * step), static_cast<size_t>(columns) * item);
  }
}

void CopyStreaming(char* to_bytes, const char* from_bytes, size_t bytes) {
  const hn::ScalableTag<uint8_t> d;
  const size_t lanes = hn::Lanes(d);
  uint8_t* to = reinterpret_cast<uint8_t*>(to_bytes);
  const uint8_t* from = reinterpret_cast<const uint8_t*>(from_bytes);
  const size_t head = std::min(bytes, (lanes - reinterpret_cast<uintptr_t>(to) % lanes) % lanes);
  std::memcpy(to, from, head);
  size_t i = head;
  for (; i + lanes <= bytes; i += lanes) hn::Stream(hn::LoadU(d, from + i), d, to + i);
  std::memcpy(to + i, from + i, bytes - i);
}

}  // namespace HWY_NAMESPACE
}  // namespace movement
}  // namespace sconce
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#if __has_include(<unistd.h>)
#include <unistd.h>
#endif

namespace sconce {
namespace movement {
HWY_EXPORT(CopyTransposed);
HWY_EXPORT(CopyTransposedTile);
HWY_EXPORT(CopyBlock);
HWY_EXPORT(CopyRows);
HWY_EXPORT(CopyStreaming);

void Transpose(size_t item, char* to, int64_t to_stride, const char* from, int64_t from_stride, int64_t rows,
               int64_t columns) {
  HWY_DYNAMIC_DISPATCH(CopyTransposed)(item, to, to_stride, from, from_stride, rows, columns);
}

void TransposeTile(size_t item, char* to, int64_t to_stride, const char* from, int64_t from_stride, int64_t rows,
                   int64_t columns) {
  HWY_DYNAMIC_DISPATCH(CopyTransposedTile)(item, to, to_stride, from, from_stride, rows, columns);
}

void Block(char* to, int64_t to_step, const char* from, int64_t from_step, size_t count, size_t bytes) {
  HWY_DYNAMIC_DISPATCH(CopyBlock)(to, to_step, from, from_step, count, bytes);
}

void Rows(char* to, int64_t step, const char* const* from, size_t count, size_t bytes) {
  HWY_DYNAMIC_DISPATCH(CopyRows)(to, step, from, count, bytes);
}

void Stream(char* to, const char* from, size_t bytes) { HWY_DYNAMIC_DISPATCH(CopyStreaming)(to, from, bytes); }

// The C library fills bytes without reading what was there, and zeros are mostly what is filled.
template <class T>
void Fill(T* out, T value, size_t n) {
  if (value == 0) std::memset(out, 0, n * sizeof(T));
  else std::fill(out, out + n, value);
}

template <class T>
void CopyItems(char* to, int64_t to_stride, const char* from, int64_t from_stride, size_t n) {
  T* out = reinterpret_cast<T*>(to);
  const T* in = reinterpret_cast<const T*>(from);
  if (to_stride == 1 && from_stride == 0) {
    Fill(out, *in, n);
  } else if (to_stride == 1 && from_stride == 1) {
    if (out != in) std::memmove(out, in, n * sizeof(T));
  } else if (to_stride == 1 && from_stride == -1) {
    // In reverse: a loop that compilers vectorise.
    const T* last = in - (n - 1);
    for (size_t i = 0; i < n; ++i) out[i] = last[n - 1 - i];
  } else {
    for (size_t i = 0; i < n; ++i) out[static_cast<int64_t>(i) * to_stride] = in[static_cast<int64_t>(i) * from_stride];
  }
}

size_t LastLevelCache() {
#ifdef _SC_LEVEL3_CACHE_SIZE
  if (const long bytes = sysconf(_SC_LEVEL3_CACHE_SIZE); bytes > 0) return static_cast<size_t>(bytes);
#endif
  return size_t{32} << 20;
}

}  // namespace movement

void CopyStrided(size_t item, char* to, int64_t to_stride, const char* from, int64_t from_stride, size_t n) {
  using namespace movement;
  if (n == 0) return;
  switch (item) {
    case 1:
      return CopyItems<uint8_t>(to, to_stride, from, from_stride, n);
    case 2:
      return CopyItems<uint16_t>(to, to_stride, from, from_stride, n);
    case 4:
      return CopyItems<uint32_t>(to, to_stride, from, from_stride, n);
    default:
      return CopyItems<uint64_t>(to, to_stride, from, from_stride, n);
  }
}

void CopyTransposed(size_t item, char* to, int64_t to_stride, const char* from, int64_t from_stride, int64_t rows,
                    int64_t columns) {
  movement::Transpose(item, to, to_stride, from, from_stride, rows, columns);
}

void CopyTransposedTile(size_t item, char* to, int64_t to_stride, const char* from, int64_t from_stride, int64_t rows,
                        int64_t columns) {
  movement::TransposeTile(item, to, to_stride, from, from_stride, rows, columns);
}

void CopyBlock(char* to, int64_t to_step, const char* from, int64_t from_step, size_t count, size_t bytes) {
  movement::Block(to, to_step, from, from_step, count, bytes);
}

void CopyRows(char* to, int64_t step, const char* const* from, size_t count, size_t bytes) {
  movement::Rows(to, step, from, count, bytes);
}

void CopyStreaming(char* to, const char* from, size_t bytes) { movement::Stream(to, from, bytes); }

void FinishStreaming() { hwy::FlushStream(); }

size_t StreamingSize() {
  static const size_t size = movement::LastLevelCache();
  return size;
}

}  // namespace sconce
#endif  // HWY_ONCE
