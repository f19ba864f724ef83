// The same work on several threads, each with a share of its own.
#pragma once
#include <functional>
#include <thread>
#include <vector>

namespace limits {

// Calls work(thread) once on each of `count` threads, of which one is the caller's.
inline void OnThreads(int count, const std::function<void(int)>& work) {
  std::vector<std::thread> others;
  for (int thread = 1; thread < count; thread++) others.emplace_back(work, thread);
  work(0);
  for (std::thread& other : others) other.join();
}

}  // namespace limits
