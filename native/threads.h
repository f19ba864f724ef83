// One thread pool for the process, shared by all Node workers.
#pragma once

#include <cstdint>

namespace sconce {

int NumThreads();
void SetNumThreads(int count);

// Calls body(context, begin, end) on disjoint ranges that cover [0, count), at most NumThreads() at once, each at least
// `grain` long. Runs on this thread alone when there is no more than one grain.
void ParallelFor(int64_t count, int64_t grain, void (*body)(void* context, int64_t begin, int64_t end), void* context);

template <class F>
void ParallelFor(int64_t count, int64_t grain, F&& body) {
  ParallelFor(
      count, grain, [](void* context, int64_t begin, int64_t end) { (*static_cast<F*>(context))(begin, end); },
      const_cast<void*>(static_cast<const void*>(&body)));
}

}  // namespace sconce
