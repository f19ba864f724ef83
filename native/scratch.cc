#include "scratch.h"

#include "hwy/aligned_allocator.h"

namespace sconce {
namespace {

struct Buffer {
  hwy::AlignedFreeUniquePtr<char[]> data;
  size_t bytes = 0;
};
thread_local Buffer buffer;

}  // namespace

char* Scratch(size_t bytes) {
  if (bytes > buffer.bytes) {
    buffer.data.reset();
    buffer.data = hwy::AllocateAligned<char>(bytes);
    buffer.bytes = buffer.data ? bytes : 0;
  }
  return buffer.data.get();
}

}  // namespace sconce
