#include "threads.h"

#include <pthreadpool.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <thread>

namespace sconce {
namespace {

struct Pool {
  std::mutex mutex;
  int count = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  // Shared, so that a caller in another worker keeps the pool that it runs on while the count changes.
  std::shared_ptr<struct pthreadpool> threads;
};

// Never destroyed: at process exit other workers may still be computing.
Pool& ThePool() {
  static Pool* pool = new Pool;
  return *pool;
}

std::shared_ptr<struct pthreadpool> Threads() {
  Pool& pool = ThePool();
  std::lock_guard<std::mutex> lock(pool.mutex);
  if (!pool.threads) pool.threads.reset(pthreadpool_create(pool.count), pthreadpool_destroy);
  return pool.threads;
}

struct Split {
  void (*body)(void*, int64_t, int64_t);
  void* context;
  int64_t count;
  int64_t parts;
};

void RunPart(void* context, size_t part) {
  const Split& split = *static_cast<Split*>(context);
  const int64_t begin = split.count * static_cast<int64_t>(part) / split.parts;
  const int64_t end = split.count * static_cast<int64_t>(part + 1) / split.parts;
  split.body(split.context, begin, end);
}

}  // namespace

int NumThreads() {
  Pool& pool = ThePool();
  std::lock_guard<std::mutex> lock(pool.mutex);
  return pool.count;
}

void SetNumThreads(int count) {
  Pool& pool = ThePool();
  std::lock_guard<std::mutex> lock(pool.mutex);
  pool.count = count;
  pool.threads.reset();
}

void ParallelFor(int64_t count, int64_t grain, void (*body)(void*, int64_t, int64_t), void* context) {
  if (count <= grain) return body(context, 0, count);
  const int64_t parts = std::min<int64_t>(NumThreads(), count / grain);
  if (parts <= 1) return body(context, 0, count);
  Split split{body, context, count, parts};
  const auto threads = Threads();
  pthreadpool_parallelize_1d(threads.get(), RunPart, &split, static_cast<size_t>(parts), 0);
}

}  // namespace sconce
